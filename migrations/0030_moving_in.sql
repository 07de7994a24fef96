-- Moving in from another system: customers keep the keys that they had there, and a grace period before pool rules take them.

alter table setting
    -- For how long pool rules do not take a customer from the owner that an import gave it.
    add column import_grace_seconds bigint not null default 1209600
        constraint setting_import_grace check (import_grace_seconds between 0 and 31622400);

alter table customer
    -- When an import entered it. The grace period of the ownership that the import gave begins then; a later ownership
    -- (`owned_since`) has none.
    add column imported_at timestamptz,
    -- A customer from another system may have a last follow-up while the first one is not known. It stays unknown until
    -- follow-ups are imported: what is recorded later is not the first.
    drop constraint customer_followups_of_ownership,
    add constraint customer_followups_of_ownership check (last_followup_time is null or owner_user_id is not null),
    drop constraint customer_followups_in_order,
    add constraint customer_followups_in_order
        check (first_followup_time is null or last_followup_time is not null and first_followup_time <= last_followup_time);

-- What a file has rows of.
alter table import
    add column kind text not null default 'CUSTOMERS',
    add constraint import_kind check (kind in ('CUSTOMERS', 'CONTACTS', 'PRODUCTS', 'OPPORTUNITIES', 'ORDERS', 'FOLLOW_UPS'));

alter table import_row
    -- The key of the row's record in the other system. Later rows of the same record are found by it.
    add column external_id text collate "C",
    -- The record that the row created, in the table of the import's kind; of customers and contacts other columns say it.
    add column record_id uuid,
    -- A row may name the customer of a record that it will create; the record itself is there when the row is done.
    drop constraint import_row_done,
    add constraint import_row_done check (done_at is not null or record_id is null),
    drop constraint import_row_undone,
    add constraint import_row_undone check (undone in ('ARCHIVED', 'RESTORED', 'REMOVED', 'KEPT')),
    add constraint import_row_external_id check (length(external_id) between 1 and 100);
create index import_row_of_external_id on import_row (import_id, external_id, number) where external_id is not null;
create index import_row_record_to_undo on import_row (import_id, number) where record_id is not null and undone is null;

-- The keys that records had in another system. A record may have several, because companies of there may be one customer
-- here.
create table external_id (
    kind      text not null,
    key       text collate "C" not null,
    record_id uuid not null,
    -- The import that brought the key.
    import_id uuid not null constraint external_id_import references import,
    primary key (kind, key),
    constraint external_id_kind check (kind in ('CUSTOMER', 'CONTACT', 'PRODUCT', 'OPPORTUNITY', 'ORDER', 'FOLLOW_UP')),
    constraint external_id_length check (length(key) between 1 and 100)
);
create index external_id_of_record on external_id (kind, record_id);
create index external_id_of_import on external_id (import_id);

-- Follow-ups of another system may be older than a week. Undoing their import removes them.
alter table followup
    add column import_id uuid constraint followup_import references import,
    drop constraint followup_not_ahead,
    add constraint followup_not_ahead
        check (at <= created_at and (import_id is not null or created_at - at <= interval '7 days'));
create index followup_of_import on followup (import_id, customer_id) where import_id is not null;

-- A follow-up is removed only with the import that brought it, and then counts no more.
create function take_back_follow_ups() returns trigger language plpgsql as $$
begin
    if exists (select from old_rows where import_id is null) then
        raise exception 'only imported follow-ups can be removed' using errcode = 'restrict_violation';
    end if;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'FOLLOW_UP', channel, at, author_user_id, customer_id, opportunity_id, -1 from old_rows;
    return null;
end $$;
create trigger follow_up_taken_back after delete on followup referencing old table as old_rows
    for each statement execute function take_back_follow_ups();

-- How many records a running import has given to each user, until it tells them.
create table import_owner (
    import_id uuid not null constraint import_owner_import references import on delete cascade,
    user_id   uuid not null constraint import_owner_user references app_user,
    records   integer not null constraint import_owner_records check (records > 0),
    primary key (import_id, user_id)
);

-- A notification may be about what an import gave to the user.
alter table notification
    add column import_kind text,
    add column records integer,
    drop constraint notification_kind,
    add constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                        'APPROVAL_DUE', 'QUICK_RELEASES', 'SUPERIOR_CHANGED', 'IMPORTED')),
    drop constraint notification_about,
    add constraint notification_about
        check (num_nonnulls(customer_id, about_user_id) <= 1 and (customer_id is null) = (customer_name is null)
            and (customer_id is not null or about_user_id is not null or run_id is not null or kind = 'IMPORTED')),
    add constraint notification_import
        check ((kind = 'IMPORTED') = (import_kind is not null) and (import_kind is null) = (records is null));

-- Orders of another system. Undoing their import removes them.
alter table sales_order add column import_id uuid constraint order_import references import;
create index order_of_import on sales_order (import_id) where import_id is not null;

-- History stays, unless the record is removed with the import that brought it: `remove_imported_orders` says so for its
-- statements. Servers may not delete it otherwise (`permit_server`).
create function refuse_removal() returns trigger language plpgsql as $$
begin
    if current_setting('tidepool.removes_imported', true) is distinct from 'on' then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
drop trigger append_only on order_history;
create trigger append_only before truncate
    or update of action, from_status, to_status, amount, remark, user_id, at, total_before, total_after on order_history
    for each statement execute function refuse_change();
create trigger removed_with_import before delete on order_history
    for each statement execute function refuse_removal();

-- The lines of a paid order are frozen, unless the order is removed.
create or replace function total_orders() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('tidepool.removes_imported', true) = 'on' then
        return null;
    end if;
    perform from sales_order where id in (select order_id from changed_rows) order by id for no key update;
    if exists (select from sales_order o where o.id in (select order_id from changed_rows)
                                               and (o.status <> 'PENDING' or o.paid_amount > 0)) then
        raise exception 'the lines of a paid order are frozen'
            using errcode = 'restrict_violation', constraint = 'order_lines_frozen';
    end if;
    update sales_order o
    set total_amount = coalesce((select sum(l.amount) from order_product l where l.order_id = o.id), 0)
    where o.id in (select order_id from changed_rows);
    return null;
end $$;

-- Removes those of the orders that an import brought to these customers that nobody has changed since, and that have no
-- feedback, with the follow-ups that they left. What they posted is taken back, also where it was posted for a customer that
-- was merged since. It has the rights of the owner of the tables, because servers may not delete history.
create function remove_imported_orders(import uuid, orders uuid[], customers uuid[]) returns setof uuid
    language plpgsql security definer as $$
declare
    removed uuid[];
begin
    select array_agg(o.id) into removed from (
        select o.id from sales_order o
        where o.id = any(orders) and o.import_id = import and o.customer_id = any(customers) and o.version = 1
            and not exists (select from order_feedback f where f.order_id = o.id)
        order by o.id for update) o;
    if removed is null then
        return;
    end if;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, -sum(n), -sum(amount)
    from (select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount from posting
          where customer_id in (select c.id from customer c where c.id = any(customers) or c.merged_into = any(customers))
              and order_id = any(removed)
          union all
          select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount from posting_outbox
          where order_id = any(removed)) stands
    group by subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency
    having sum(n) <> 0 or sum(amount) <> 0;
    delete from followup f using sales_order o
    where o.id = any(removed) and f.import_id = import and f.channel = 'ORDER' and f.customer_id = o.customer_id and f.at = o.ordered_at
        and f.version = 1 and starts_with(f.content, o.order_no || ': ');
    perform set_config('tidepool.removes_imported', 'on', true);
    delete from order_history where order_id = any(removed);
    delete from order_product where order_id = any(removed);
    delete from sales_order where id = any(removed);
    perform set_config('tidepool.removes_imported', 'off', true);
    update customer c set has_ordered = false
    where c.id = any(customers) and c.has_ordered and not exists (select from sales_order o where o.customer_id = c.id);
    return query select unnest(removed);
end $$;
revoke execute on function remove_imported_orders from public;

-- The same for opportunities that nobody has changed and that no follow-up and no order is about.
alter table sales_opportunity add column import_id uuid constraint opportunity_import references import;
create index opportunity_of_import on sales_opportunity (import_id) where import_id is not null;
drop trigger append_only on opportunity_history;
create trigger append_only before truncate
    or update of valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason,
                 changed_by on opportunity_history
    for each statement execute function refuse_change();
create trigger removed_with_import before delete on opportunity_history
    for each statement execute function refuse_removal();

create function remove_imported_opportunities(import uuid, opportunities uuid[], customers uuid[]) returns setof uuid
    language plpgsql security definer as $$
declare
    removed uuid[];
begin
    select array_agg(o.id) into removed from (
        select o.id from sales_opportunity o
        where o.id = any(opportunities) and o.import_id = import and o.customer_id = any(customers)
            and o.version = 1
            and not exists (select from followup f where f.opportunity_id = o.id)
            and not exists (select from sales_order s where s.opportunity_id = o.id)
        order by o.id for update) o;
    if removed is null then
        return;
    end if;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount,
                                weighted, seconds)
    select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, -sum(n), -sum(amount),
           -sum(weighted), -sum(seconds)
    from (select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted, seconds
          from posting where opportunity_id = any(removed)
          union all
          select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted, seconds
          from posting_outbox where opportunity_id = any(removed)) stands
    group by subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month
    having sum(n) <> 0 or sum(amount) <> 0 or sum(weighted) <> 0 or sum(seconds) <> 0;
    perform set_config('tidepool.removes_imported', 'on', true);
    delete from opportunity_history where opportunity_id = any(removed);
    delete from sales_opportunity where id = any(removed);
    perform set_config('tidepool.removes_imported', 'off', true);
    return query select unnest(removed);
end $$;
revoke execute on function remove_imported_opportunities from public;

-- What counts as imported is said once, so that nothing else becomes removable.
create trigger import_stays before update of import_id on followup for each statement execute function refuse_change();
create trigger import_stays before update of import_id on sales_order for each statement execute function refuse_change();
create trigger import_stays before update of import_id on sales_opportunity for each statement execute function refuse_change();

-- The functions see the tables of this schema, and no temporary ones that somebody else has made.
do $$
begin
    execute format('alter function remove_imported_orders set search_path = %I, pg_temp', current_schema);
    execute format('alter function remove_imported_opportunities set search_path = %I, pg_temp', current_schema);
end $$;

-- Servers read and write rows, export the views, and remove imported records. What happened is in the tables with a trigger
-- `append_only`: of these they change nothing but what is granted by column here, and what the other triggers of the table
-- allow.
create or replace function permit_server(server name) returns void language plpgsql as $$
declare
    history regclass;
begin
    execute format('grant usage on schema %I to %I', current_schema, server);
    execute format('grant select, insert, update, delete on all tables in schema %I to %I', current_schema, server);
    execute format('grant usage on all sequences in schema %I to %I', current_schema, server);
    execute format('grant execute on function remove_imported_orders, remove_imported_opportunities to %I', server);
    execute format('revoke insert, update, delete on _sqlx_migrations from %I', server);
    for history in
        select t.tgrelid from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where t.tgname = 'append_only' and c.relnamespace = current_schema::regnamespace
    loop
        execute format('revoke update, delete on %s from %I', history, server);
    end loop;
    -- A merge moves the rows of the merged customer, a new version of an opportunity ends the one before, and the audit
    -- log forgets old entries.
    execute format('grant update (customer_id, merged_from) on customer_operation_log to %I', server);
    execute format('grant update (valid_to) on opportunity_history to %I', server);
    execute format('grant delete on audit_entry to %I', server);
    perform permit_bi(server);
end $$;
