-- Edits of opportunities and products.

-- Stages, owners and why something was lost are moves, which `opportunity_history` has with their times; the probability of a new stage follows from it.
create function keep_opportunity_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, customer_id, opportunity_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.customer_id, n.id, e.field, e.before, e.after, acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('name', edit_value(o.name), edit_value(n.name)), ('note', edit_value(o.note), edit_value(n.note)),
        ('competitor', edit_value(o.competitor), edit_value(n.competitor)),
        ('expectedProduct', edit_value('product_' || o.product_id), edit_value('product_' || n.product_id)),
        ('expectedAmount', money_value(o.amount, o.currency), money_value(n.amount, n.currency)),
        ('expectedCloseDate', edit_value(to_char(o.close_date, 'YYYY-MM-DD')), edit_value(to_char(n.close_date, 'YYYY-MM-DD'))),
        ('probability', edit_value(o.probability::text), edit_value(n.probability::text)),
        ('isArchived', edit_value((o.archived_at is not null)::text), edit_value((n.archived_at is not null)::text)))
        e (field, before, after)
    where e.before collate "C" <> e.after collate "C" and (e.field <> 'probability' or n.stage = o.stage);
    return null;
end $$;
-- An amount with its currency.
create function money_value(amount numeric, currency text) returns text[] language sql immutable parallel safe as $$
    select case when amount is null then '{}' else array[amount::text, currency] end
$$;
create trigger edits_kept after update on sales_opportunity
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_opportunity_edits();

create function keep_product_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, product_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.id, e.field, e.before, e.after, acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('sku', edit_value(o.sku), edit_value(n.sku)), ('name', edit_value(o.name), edit_value(n.name)),
        ('category', edit_value(o.category), edit_value(n.category)), ('unit', edit_value(o.unit), edit_value(n.unit)),
        ('unitPrice', money_value(o.unit_price, o.currency), money_value(n.unit_price, n.currency)),
        ('isActive', edit_value(o.active::text), edit_value(n.active::text)),
        ('isArchived', edit_value((o.archived_at is not null)::text), edit_value((n.archived_at is not null)::text)))
        e (field, before, after)
    where e.before collate "C" <> e.after collate "C";
    return null;
end $$;
create trigger edits_kept after update on product
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_product_edits();
