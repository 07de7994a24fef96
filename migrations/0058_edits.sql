-- The history of edits: who changed which field of what, from what to what, and when. Triggers write it, so that no writer can forget
-- it. It has edits of customers with their extras, contacts, opportunities, products, users and settings.
--
-- A creation is no edit, because the row says who created it and the first edit of a field says what was there before. Who owns a customer,
-- its archiving and its blacklisting are in `customer_operation_log`, stages and owners of opportunities in `opportunity_history`, and rights
-- and sign-ins in `audit_entry`: they are not written twice. What is computed (clocks, keys of searches, versions) is no edit.

-- One field of one row was changed. The row is a contact or an opportunity of a customer, the customer itself, a product or a user; if
-- it is none of them, it is the settings.
create table edit (
    id             uuid not null,
    at             timestamptz not null,
    customer_id    uuid constraint edit_customer references customer,
    contact_id     uuid constraint edit_contact references contact,
    opportunity_id uuid constraint edit_opportunity references sales_opportunity,
    product_id     uuid constraint edit_product references product,
    about_user_id  uuid constraint edit_about_user references app_user,
    -- The name of the field in the API. An extra is `extras.` with its key.
    field          text collate "C" not null,
    -- Values as the API writes them: none if the field was empty, several of a list, an amount of money with its currency.
    before         text[] collate "C" not null,
    after          text[] collate "C" not null,
    -- Who did it. Null: the system.
    user_id        uuid constraint edit_user references app_user,
    -- The customer that it was an edit of, if that one was merged since: its history moves to the customer that stays.
    merged_from    uuid constraint edit_merged_from references customer,
    primary key (id, at),
    constraint edit_of_one check (num_nonnulls(customer_id, product_id, about_user_id) <= 1),
    constraint edit_belongs
        check (num_nonnulls(contact_id, opportunity_id) <= 1
            and (customer_id is not null or num_nonnulls(contact_id, opportunity_id, merged_from) = 0)),
    constraint edit_changes check (before <> after)
);
create index edit_of_customer on edit (customer_id, at, id) where customer_id is not null;
create index edit_of_contact on edit (contact_id, at, id) where contact_id is not null;
create index edit_of_opportunity on edit (opportunity_id, at, id) where opportunity_id is not null;
create index edit_of_product on edit (product_id, at, id) where product_id is not null;
create index edit_of_user on edit (about_user_id, at, id) where about_user_id is not null;
create index edit_of_settings on edit (at, id) where customer_id is null and product_id is null and about_user_id is null;

-- What happened stays. A merge moves the edits of the merged customer, and of what belonged to it, to the one that stays.
create trigger append_only before delete or truncate on edit for each statement execute function refuse_change();
create trigger only_move_to_survivor before update on edit for each row execute function only_move_to_survivor();

-- It has the rights of the owner of the table, because servers may not change edits.
create function move_edits_to_survivor() returns trigger language plpgsql security definer as $$
begin
    update edit set customer_id = new.merged_into, merged_from = coalesce(merged_from, customer_id) where customer_id = new.id;
    return null;
end $$;
do $$
begin
    execute format('alter function move_edits_to_survivor set search_path = %I, pg_temp', current_schema);
end $$;
create trigger edits_moved after update of merged_into on customer
    for each row when (old.merged_into is null and new.merged_into is not null) execute function move_edits_to_survivor();

-- Who acts in this transaction: an operation says it where it locks its actor. Null: the system.
create function acting_user() returns uuid language sql stable as $$
    select nullif(current_setting('tidepool.user', true), '')::uuid
$$;

-- A UUIDv7 of a time.
create function edit_id(at timestamptz) returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(
        overlay(uuid_send(gen_random_uuid()) placing substring(int8send(floor(extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid
$$;

-- A field of one value.
create function edit_value(value text) returns text[] language sql immutable parallel safe as $$
    select case when value is null then '{}' else array[value] end
$$;

create function keep_customer_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, customer_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.id, e.field, edit_value(e.before), edit_value(e.after), acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('name', o.name, n.name), ('creditCode', o.credit_code, n.credit_code), ('source', o.source, n.source),
        ('sourceDetail', o.source_detail, n.source_detail), ('industry', o.industry, n.industry), ('size', o.size, n.size),
        ('level', o.level, n.level), ('region', o.region, n.region)) e (field, before, after)
    -- The whole rows are compared first, because most changes of customers are no edits and may be of very many rows.
    where (o.name, o.credit_code, o.source, o.source_detail, o.industry, o.size, o.level, o.region)
            is distinct from (n.name, n.credit_code, n.source, n.source_detail, n.industry, n.size, n.level, n.region)
        and e.before collate "C" is distinct from e.after collate "C";
    return null;
end $$;
create trigger edits_kept after update on customer
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_customer_edits();

-- Extras are written after their customer, at whose time they are edited. Those of a customer that has not changed since its creation are
-- written with it.
create function keep_extra_edits() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into edit (id, at, customer_id, field, before, after, user_id)
        select edit_id(c.updated_at), c.updated_at, c.id, 'extras.' || n.key, '{}', extra_value(n.text_value, n.number_value, n.boolean_value, n.date_value),
               acting_user()
        from new_rows n join customer c on c.id = n.customer_id
        where c.updated_at > c.created_at;
    elsif tg_op = 'DELETE' then
        insert into edit (id, at, customer_id, field, before, after, user_id)
        select edit_id(c.updated_at), c.updated_at, c.id, 'extras.' || o.key, extra_value(o.text_value, o.number_value, o.boolean_value, o.date_value), '{}',
               acting_user()
        from old_rows o join customer c on c.id = o.customer_id;
    else
        -- What a merge moves is new to the customer that stays.
        insert into edit (id, at, customer_id, field, before, after, user_id)
        select edit_id(c.updated_at), c.updated_at, c.id, 'extras.' || n.key, v.before, v.after, acting_user()
        from new_rows n join customer c on c.id = n.customer_id
        left join old_rows o on o.customer_id = n.customer_id and o.key = n.key
        cross join lateral (select
            case when o.key is null then '{}' else extra_value(o.text_value, o.number_value, o.boolean_value, o.date_value) end as before,
            extra_value(n.text_value, n.number_value, n.boolean_value, n.date_value) as after) v
        where v.before <> v.after;
    end if;
    return null;
end $$;
-- An extra as the API writes it.
create function extra_value(text_value text, number_value numeric, boolean_value boolean, date_value date) returns text[]
    language sql immutable parallel safe
    as $$ select array[coalesce(text_value, trim_scale(number_value)::text, boolean_value::text, to_char(date_value, 'YYYY-MM-DD'))] $$;
create trigger edits_kept_new after insert on customer_extra
    referencing new table as new_rows for each statement execute function keep_extra_edits();
create trigger edits_kept after update on customer_extra
    referencing old table as old_rows new table as new_rows for each statement execute function keep_extra_edits();
create trigger edits_kept_removed after delete on customer_extra
    referencing old table as old_rows for each statement execute function keep_extra_edits();

create function keep_contact_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, customer_id, contact_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.customer_id, n.id, e.field, e.before, e.after, acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('name', edit_value(o.name), edit_value(n.name)), ('title', edit_value(o.title), edit_value(n.title)),
        ('decisionRole', edit_value(o.decision_role), edit_value(n.decision_role)), ('phones', o.phones, n.phones),
        ('emails', o.emails, n.emails), ('wechat', edit_value(o.wechat), edit_value(n.wechat)),
        ('isPrimary', edit_value(o.is_primary::text), edit_value(n.is_primary::text)),
        ('isArchived', edit_value((o.archived_at is not null)::text), edit_value((n.archived_at is not null)::text)))
        e (field, before, after)
    where e.before collate "C" <> e.after collate "C";
    return null;
end $$;
create trigger edits_kept after update on contact
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_contact_edits();

-- Older programs do not say who acts, and write each extra anew.
update installation set oldest_program = 58;
