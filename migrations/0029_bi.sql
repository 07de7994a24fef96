-- What tools for analysis read: views in a schema of their own, for roles that `tidepool bi-user` makes. They have plain types, days
-- of the business time zone, and neither names of customers nor free text. Only columns are added within a version.
create schema bi;
comment on schema bi is 'Figures for tools. docs/analytics.md says what each means.';

create view bi.about as
select 1 as schema_version, coalesce(max(p.position), 0) as position, max(p.known_at) as through,
       (select time_zone from sales_analysis_state) as time_zone
from (select position, known_at from posting order by position desc limit 1) p;
comment on view bi.about is 'One row: how far the facts reach, and whose days they have.';

create view bi.dim_date as
select d::date as day, date_trunc('week', d)::date as week_starts, date_trunc('month', d)::date as month_starts,
       date_trunc('quarter', d)::date as quarter_starts, extract(year from d)::integer as year
from sales_analysis_state s,
     generate_series(
         (select coalesce(min(starts), current_date) from sales_analysis where who = 'EVERYBODY' and by = 'NONE')::timestamp,
         (now() at time zone s.time_zone)::date::timestamp, interval '1 day') d;
comment on view bi.dim_date is 'The days from the first fact until today.';

create view bi.dim_user as
select id as user_id, name, manager_id, status = 'DEPARTED' as is_departed from app_user;
comment on view bi.dim_user is 'Users, with their managers of today.';

create view bi.dim_placement as select id as placement_id, user_id from placement;
comment on view bi.dim_placement is 'A user at a place in the tree. Facts name the place of their time.';
create view bi.bridge_team as
select a.manager_id, l.id as placement_id, a.depth::integer
from placement l cross join lateral unnest(l.above) with ordinality a (manager_id, depth)
union all
select user_id, id, 0 from placement;
comment on view bi.bridge_team is 'Whose team a place belongs to: joins facts to teams at the time of the fact. The manager is in it with depth 0.';

create view bi.dim_customer as
select a.customer_id, a.source, nullif(a.industry, '') as industry, nullif(a.size, '') as size, nullif(a.level, '') as level,
       nullif(a.region, '') as region, c.merged_into, c.archived_at is not null as is_archived
from sales_attributes a join customer c on c.id = a.customer_id;
comment on view bi.dim_customer is 'The attributes of customers today; of a merged customer, those of the one that stays.';

create view bi.dim_product as select id as product_id, sku, name, category, archived_at is not null as is_archived from product;
comment on view bi.dim_product is 'Products.';
create view bi.dim_stage as select code as stage, name_en, name_zh, position, kind, probability, active as is_active from opportunity_stage;
comment on view bi.dim_stage is 'The stages of the pipeline today.';
create view bi.dim_pool_rule as select id as pool_rule_id, name from customer_pool_rule;
comment on view bi.dim_pool_rule is 'Pool rules.';

create view bi.fact_posting as
select p.position, p.subject, p.detail, p.at, (p.at at time zone s.time_zone)::date as day, p.known_at,
       (p.known_at at time zone s.time_zone)::date as known_day, p.user_id, p.placement_id, p.customer_id, p.opportunity_id, p.order_id,
       p.rule_id as pool_rule_id, p.stage, p.currency, p.close_month, p.n, p.amount, p.weighted, p.seconds
from posting p cross join sales_analysis_state s;
comment on view bi.fact_posting is 'Facts. n, amount (by currency), weighted and seconds add. Balances (HAND, POOL, PIPELINE) are the sum of all facts until a day.';

create view bi.fact_opportunity as
select o.id as opportunity_id, o.customer_id, o.owner_user_id as user_id, o.product_id, o.stage, o.stage_kind, o.amount, o.currency,
       o.probability, o.close_date, o.created_at, (o.created_at at time zone s.time_zone)::date as created_day, o.closed_at,
       (o.closed_at at time zone s.time_zone)::date as closed_day, is_live(o, c) as is_live, o.archived_at is not null as is_archived
from sales_opportunity o join customer c on c.id = o.customer_id cross join sales_analysis_state s;
comment on view bi.fact_opportunity is 'Opportunities as they are today.';

create view bi.metric_win_rate_month as
select date_trunc('month', day)::date as month, user_id, currency,
       coalesce(sum(n) filter (where detail = 'WON'), 0)::bigint as won, coalesce(sum(n) filter (where detail = 'LOST'), 0)::bigint as lost,
       coalesce(sum(n) filter (where detail = 'VOID'), 0)::bigint as void,
       coalesce(sum(amount) filter (where detail = 'WON'), 0) as won_amount
from bi.fact_posting where subject = 'OUTCOME' group by 1, 2, 3;
comment on view bi.metric_win_rate_month is 'Sums, never ratios: the win rate of any rows is sum(won) / sum(won + lost).';

create view bi.metric_performance_month as
select date_trunc('month', day)::date as month, user_id, currency,
       coalesce(sum(n) filter (where subject = 'FOLLOW_UP' and detail <> 'ORDER'), 0)::bigint as follow_ups,
       coalesce(sum(n) filter (where subject in ('HAND', 'UNDONE') and detail like 'CLAIM:%'), 0)::bigint as claims,
       coalesce(sum(n) filter (where subject = 'OUTCOME' and detail = 'WON'), 0)::bigint as won,
       coalesce(sum(n) filter (where subject = 'BOOK'), 0)::bigint as orders,
       coalesce(sum(amount) filter (where subject = 'BOOK'), 0) as booked,
       coalesce(sum(amount) filter (where subject = 'CASH'), 0) as received
from bi.fact_posting where user_id is not null group by 1, 2, 3;
comment on view bi.metric_performance_month is 'Sums by user, month and currency; counts that have no currency are in rows without one.';

-- Roles of tools read these views and nothing else.
create function permit_bi(reader name) returns void language plpgsql as $$
begin
    execute format('grant usage on schema bi to %I', reader);
    execute format('grant select on all tables in schema bi to %I', reader);
    -- Views of later versions, too.
    execute format('alter default privileges in schema bi grant select on tables to %I', reader);
end $$;
revoke execute on function permit_bi from public;

-- Makes a role that reads these views, or gives one that it has made a new password. `password` is a SCRAM verifier, so that no
-- log has the password itself. Who calls it needs CREATEROLE, and need not be a superuser.
create function make_bi_user(reader name, password text) returns void language plpgsql as $$
declare
    mark  constant text := 'Reads the schema bi of Tidepool';
    found pg_roles;
begin
    select * into found from pg_roles where rolname = reader;
    if found.oid is not null and shobj_description(found.oid, 'pg_authid') is distinct from mark then
        raise exception 'the role % exists, and is none of bi-user', reader using errcode = 'duplicate_object';
    end if;
    if found.rolsuper or found.rolcreatedb or found.rolcreaterole or found.rolreplication or found.rolbypassrls then
        raise exception 'the role % may do more than read', reader using errcode = 'insufficient_privilege';
    end if;
    if found.oid is null then
        execute format('create role %I', reader);
        execute format('comment on role %I is %L', reader, mark);
    end if;
    execute format('alter role %I login connection limit 10 password %L', reader, password);
    execute format('alter role %I set search_path = bi', reader);
    execute format('alter role %I set default_transaction_read_only = on', reader);
    execute format('alter role %I set statement_timeout = ''60s''', reader);
    execute format('alter role %I set idle_in_transaction_session_timeout = ''60s''', reader);
    execute format('alter role %I set timezone = %L', reader, (select business_time_zone from setting));
    perform permit_bi(reader);
end $$;
revoke execute on function make_bi_user from public;

-- A text of a table that spreadsheet programs open: an apostrophe stands before what they would run as a formula. The rule is
-- that of `kernel/table.rs`.
create function without_formula(cell text) returns text language sql immutable parallel safe as $$
    select regexp_replace(cell, '(^|[;；\t\r\n])([ \u3000"]*)([=+@＝＋－＠\t\r-])', '\1\2''\3', 'g')
$$;

-- The columns of a view as a file of cells: `a, without_formula(b) as b`.
create function columns_as_cells(view_name text) returns text language sql stable as $$
    select string_agg(case when a.atttypid = 'text'::regtype then format('without_formula(%1$I) as %1$I', a.attname)
                           else quote_ident(a.attname) end, ', ' order by a.attnum)
    from pg_attribute a where a.attrelid = format('bi.%I', view_name)::regclass and a.attnum > 0 and not a.attisdropped
$$;
