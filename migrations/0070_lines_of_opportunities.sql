-- Opportunities have lines, as orders have: which products, how many of each, at which price.
--
-- A set of lines is never changed. Other lines are another set, so that the history of edits can say what the lines were. The product of an
-- opportunity is that of its first line, so figures by product count each opportunity once.
create table opportunity_product (
    opportunity_id uuid not null constraint opportunity_product_opportunity references sales_opportunity,
    -- The version of the opportunity that brought this set of lines.
    line_set       integer not null,
    -- The place in the opportunity, from 1.
    position       integer not null,
    product_id     uuid not null constraint opportunity_product_product references product,
    quantity       numeric(12, 3) not null,
    -- The price that is expected, in the currency of the opportunity.
    unit_price     numeric(14, 2) not null,
    -- What is taken off the whole line.
    discount       numeric(14, 2) not null default 0,
    amount         numeric(14, 2) not null generated always as (round(quantity * unit_price, 2) - discount) stored,
    primary key (opportunity_id, line_set, position),
    constraint opportunity_product_bounds
        check (line_set >= 1 and position >= 1 and quantity > 0 and unit_price >= 0 and discount >= 0 and amount >= 0)
);
create index opportunity_product_of_product on opportunity_product (product_id, opportunity_id);
create trigger append_only before update or delete or truncate on opportunity_product
    for each statement execute function refuse_change();

alter table sales_opportunity
    -- The present set of lines. Null: it has no lines, and at most its product is known.
    add column line_set integer,
    -- Whether the amount is the sum of the lines, or was given.
    add column amount_is_sum boolean not null default false,
    add constraint opportunity_sum_of_lines check (not amount_is_sum or line_set is not null);

-- Refuses an opportunity whose product or amount does not fit its lines. It is checked at the commit, because the opportunity and its lines are
-- written one after the other.
create function check_opportunity_lines() returns trigger language plpgsql as $$
declare
    checked uuid;
begin
    if tg_table_name = 'sales_opportunity' then checked := new.id; else checked := new.opportunity_id; end if;
    if exists (
        select from sales_opportunity o
        where o.id = checked and o.line_set is not null
            and (o.amount is null
                or coalesce(o.product_id <> (select l.product_id from opportunity_product l
                                             where l.opportunity_id = o.id and l.line_set = o.line_set and l.position = 1), true)
                or o.amount_is_sum and o.amount <> (select sum(l.amount) from opportunity_product l
                                                    where l.opportunity_id = o.id and l.line_set = o.line_set))) then
        raise exception 'the product of an opportunity is that of its first line, and its amount is given or the sum of its lines'
            using errcode = 'check_violation', constraint = 'opportunity_fits_lines';
    end if;
    return null;
end $$;
create constraint trigger opportunity_fits_lines
    after insert or update of product_id, amount, line_set, amount_is_sum on sales_opportunity
    deferrable initially deferred for each row when (new.line_set is not null) execute function check_opportunity_lines();
create constraint trigger opportunity_fits_lines after insert on opportunity_product
    deferrable initially deferred for each row execute function check_opportunity_lines();

-- What the history of edits says of a set of lines: of each line the product, the quantity, the price and the discount.
create function line_values(of uuid, lines integer) returns text[] language sql stable as $$
    select coalesce(array_agg(format('product_%s %s × %s%s', product_id, trim_scale(quantity), unit_price,
                                     case when discount > 0 then ' − ' || discount else '' end) order by position), '{}')
    from opportunity_product where opportunity_id = of and line_set = lines
$$;
create or replace function keep_opportunity_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, customer_id, opportunity_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.customer_id, n.id, e.field, e.before, e.after, acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('name', edit_value(o.name), edit_value(n.name)), ('note', edit_value(o.note), edit_value(n.note)),
        ('competitor', edit_value(o.competitor), edit_value(n.competitor)),
        ('expectedProduct', edit_value('product_' || o.product_id), edit_value('product_' || n.product_id)),
        ('expectedAmount', money_value(o.amount, o.currency), money_value(n.amount, n.currency)),
        ('amountIsSum', edit_value(o.amount_is_sum::text), edit_value(n.amount_is_sum::text)),
        ('expectedCloseDate', edit_value(to_char(o.close_date, 'YYYY-MM-DD')), edit_value(to_char(n.close_date, 'YYYY-MM-DD'))),
        ('probability', edit_value(o.probability::text), edit_value(n.probability::text)),
        ('isArchived', edit_value((o.archived_at is not null)::text), edit_value((n.archived_at is not null)::text)))
        e (field, before, after)
    where e.before collate "C" <> e.after collate "C" and (e.field <> 'probability' or n.stage = o.stage)
    union all
    select edit_id(n.updated_at), n.updated_at, n.customer_id, n.id, 'lines', line_values(o.id, o.line_set), line_values(n.id, n.line_set),
           acting_user()
    from new_rows n join old_rows o on o.id = n.id
    where n.line_set is distinct from o.line_set;
    return null;
end $$;

-- BI tools read the lines, too: what is expected of each product, beside `fact_opportunity`, which counts each opportunity once.
create view bi.fact_opportunity_line as
select l.opportunity_id, l.position, l.product_id, l.quantity, l.unit_price, l.discount, l.amount, o.currency, o.created_at,
       (o.created_at at time zone s.time_zone)::date as created_day
from sales_opportunity o join opportunity_product l on l.opportunity_id = o.id and l.line_set = o.line_set cross join sales_analysis_state s;
comment on view bi.fact_opportunity_line is 'The lines of opportunities as they are today. Opportunities without lines are in fact_opportunity only.';

-- An older program would change a product or an amount that lines say.
update installation set oldest_program = 70;
