-- Sums of postings, so that figures of long times and large teams need not read every fact. A job adds what is new in the
-- ledger; `recount_sales_analysis` makes all sums anew, with the same result.

-- How the sums are kept.
create table sales_analysis_state (
    only_row  boolean primary key default true check (only_row),
    -- The zone whose days and months they are of. With another one in the settings, the job counts anew.
    time_zone text not null
);
insert into sales_analysis_state (time_zone) select business_time_zone from setting;

-- The sums: of everybody by day; of everybody by one attribute of the customer, of each manager's team and of each user by
-- month. A team is everybody below the manager at the time of the fact; the facts of the manager are those of the user.
create table sales_analysis (
    subject  text collate "C" not null,
    who      text collate "C" not null,
    -- Nil for everybody.
    who_id   uuid not null,
    -- The attribute of the customer, or NONE.
    by       text collate "C" not null,
    value    text collate "C" not null,
    starts   date not null,
    stage    text collate "C" not null,
    detail   text collate "C" not null,
    currency text collate "C" not null,
    n        bigint not null,
    amount   numeric(20, 2) not null,
    weighted numeric(20, 4) not null,
    seconds  bigint not null,
    primary key (subject, who, by, who_id, starts, value, stage, detail, currency),
    constraint sales_analysis_who check (who in ('EVERYBODY', 'TEAM', 'USER')),
    constraint sales_analysis_by check (by in ('NONE', 'SOURCE', 'INDUSTRY', 'SIZE', 'LEVEL', 'REGION'))
) with (fillfactor = 80);

-- The attributes by which the facts of a customer are in the sums. They are those of today: a corrected industry was wrong
-- before, too. Those of a merged customer are those of the one that stays.
create table sales_analysis_customer (
    customer_id uuid primary key,
    source      text collate "C" not null,
    industry    text collate "C" not null,
    size        text collate "C" not null,
    level       text collate "C" not null,
    region      text collate "C" not null
);

-- Customers whose attributes have changed since. Until the job has moved their facts, sums by an attribute are made of
-- facts.
create table sales_analysis_due (
    seq         bigint generated always as identity primary key,
    customer_id uuid not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create function note_attributes() returns trigger language plpgsql as $$
begin
    insert into sales_analysis_due (customer_id)
    select n.id from new_rows n join old_rows o on o.id = n.id
    where (n.source, n.industry, n.size, n.level, n.region, n.merged_into)
        is distinct from (o.source, o.industry, o.size, o.level, o.region, o.merged_into);
    return null;
end $$;
create trigger customer_attributes_noted after update on customer
    referencing old table as old_rows new table as new_rows
    for each statement execute function note_attributes();

-- The attributes of today.
create view sales_attributes as
select c.id as customer_id, s.source, coalesce(s.industry, '') as industry, coalesce(s.size, '') as size,
       coalesce(s.level, '') as level, coalesce(s.region, '') as region
from customer c join customer s on s.id = coalesce(c.merged_into, c.id);

-- Stands for everybody.
create function uuid_nil() returns uuid language sql immutable parallel safe
    as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

-- Adds the postings of a range of positions to the sums, in the order of the key.
create function add_to_sales_analysis(above bigint, upto bigint) returns void language sql as $$
    insert into sales_analysis (subject, who, who_id, by, value, starts, stage, detail, currency, n, amount, weighted, seconds)
    select p.subject, w.who, w.who_id, w.by, w.value, w.starts, p.stage, p.detail, p.currency,
           sum(p.n), coalesce(sum(p.amount), 0), coalesce(sum(p.weighted), 0), coalesce(sum(p.seconds), 0)
    from (select p.*, (p.at at time zone (select time_zone from sales_analysis_state))::date as day
          from posting p where p.position > above and p.position <= upto) p
    join sales_analysis_customer c on c.customer_id = p.customer_id
    left join placement l on l.id = p.placement_id
    cross join lateral (
        select 'EVERYBODY', uuid_nil(), 'NONE', '', p.day
        union all
        select 'EVERYBODY', uuid_nil(), a.by, a.value, date_trunc('month', p.day)::date
        from (values ('SOURCE', c.source), ('INDUSTRY', c.industry), ('SIZE', c.size), ('LEVEL', c.level), ('REGION', c.region)) a (by, value)
        union all
        select 'TEAM', m, 'NONE', '', date_trunc('month', p.day)::date from unnest(l.above) m
        union all
        select 'USER', p.user_id, 'NONE', '', date_trunc('month', p.day)::date where p.user_id is not null) w (who, who_id, by, value, starts)
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    order by 1, 2, 4, 3, 6, 5, 7, 8, 9
    on conflict (subject, who, by, who_id, starts, value, stage, detail, currency) do update
    set n = sales_analysis.n + excluded.n, amount = sales_analysis.amount + excluded.amount,
        weighted = sales_analysis.weighted + excluded.weighted, seconds = sales_analysis.seconds + excluded.seconds
$$;

-- Moves the facts of customers from the attributes by which they are in the sums to those of today. It is one statement, so that
-- the sums and what is noted of the attributes see the same ones, whatever is committed meanwhile.
create function regroup_sales_analysis(customers uuid[]) returns void language sql as $$
    with goal as materialized (select * from sales_attributes where customer_id = any(customers)),
    moved as (
        insert into sales_analysis (subject, who, who_id, by, value, starts, stage, detail, currency, n, amount, weighted, seconds)
        select p.subject, 'EVERYBODY', uuid_nil(), a.by, r.value, date_trunc('month', p.day)::date, p.stage, p.detail, p.currency,
               sum(r.sign * p.n), coalesce(sum(r.sign * p.amount), 0), coalesce(sum(r.sign * p.weighted), 0),
               coalesce(sum(r.sign * p.seconds), 0)
        from sales_analysis_customer k
        join goal c on c.customer_id = k.customer_id
        join lateral (select p.*, (p.at at time zone (select time_zone from sales_analysis_state))::date as day
                      from posting p where p.customer_id = k.customer_id) p on true
        cross join lateral (values
            ('SOURCE', k.source, c.source), ('INDUSTRY', k.industry, c.industry), ('SIZE', k.size, c.size),
            ('LEVEL', k.level, c.level), ('REGION', k.region, c.region)) a (by, was, value)
        cross join lateral (values (a.was, -1), (a.value, 1)) r (value, sign)
        where a.was <> a.value
        group by 1, 4, 5, 6, 7, 8, 9
        order by 1, 4, 6, 5, 7, 8, 9
        on conflict (subject, who, by, who_id, starts, value, stage, detail, currency) do update
        set n = sales_analysis.n + excluded.n, amount = sales_analysis.amount + excluded.amount,
            weighted = sales_analysis.weighted + excluded.weighted, seconds = sales_analysis.seconds + excluded.seconds)
    update sales_analysis_customer k
    set source = c.source, industry = c.industry, size = c.size, level = c.level, region = c.region
    from goal c where c.customer_id = k.customer_id
$$;

-- The superiors of the users of waiting postings, each at the time of the fact. Between two changes of the tree they are the same,
-- so they are looked up once for each user and stretch of time, and not for each posting.
create function superiors_of_postings(waiting bigint[]) returns table (seq bigint, user_id uuid, above uuid[]) language sql stable as $$
    with change as materialized (
        select array(select distinct valid_to from user_manager_history where valid_to is not null order by valid_to) as moments),
    fact as materialized (
        select o.seq, o.user_id, width_bucket(o.at, c.moments) as stretch
        from posting_outbox o cross join change c where o.seq = any(waiting) and o.user_id is not null),
    place as materialized (
        select f.user_id, f.stretch, managers_above(f.user_id, coalesce(c.moments[f.stretch], '-infinity')) as above
        from (select distinct user_id, stretch from fact) f cross join change c)
    select f.seq, f.user_id, p.above from fact f join place p using (user_id, stretch)
$$;

-- Numbers at most `most` postings of the outbox and adds them to the sums; first it regroups at most as many customers.
-- Returns how many rows it has taken. The lock is taken by the caller, in a statement before, so that all that is seen
-- here was committed by the server that had it before.
create function keep_sales_analysis(moment timestamptz, most integer) returns bigint language plpgsql as $$
declare
    due     bigint[];
    changed uuid[];
    taken   bigint[];
    last    bigint;
    known   timestamptz;
begin
    select array_agg(d.seq), array_agg(distinct d.customer_id) into due, changed
    from (select seq, customer_id from sales_analysis_due order by seq limit most) d;
    if due is not null then
        -- What was merged into a customer counts by it.
        perform regroup_sales_analysis(array(
            select c.id from customer c where c.id = any(changed) or c.merged_into = any(changed)));
        delete from sales_analysis_due where seq = any(due);
    end if;
    select array_agg(o.seq) into taken from (select seq from posting_outbox order by seq limit most) o;
    if taken is not null then
        select coalesce(max(position), 0) into last from posting;
        select greatest(moment, known_at) into known from posting where position = last;
        insert into placement (user_id, above)
        select distinct user_id, above from superiors_of_postings(taken)
        on conflict do nothing;
        insert into sales_analysis_customer
        select * from sales_attributes a where a.customer_id in (select customer_id from posting_outbox where seq = any(taken))
        on conflict do nothing;
        with gone as (delete from posting_outbox where seq = any(taken) returning *)
        insert into posting (position, id, subject, detail, at, known_at, user_id, placement_id, customer_id, opportunity_id, order_id,
                             rule_id, stage, currency, close_month, n, amount, weighted, seconds)
        select last + row_number() over (order by g.seq), g.id, g.subject, g.detail, g.at,
               -- A fact may be dated ahead of this clock; then all behind it are known as late.
               greatest(coalesce(known, moment), max(g.at) over (order by g.seq)),
               g.user_id, l.id, g.customer_id, g.opportunity_id, g.order_id, g.rule_id, g.stage, g.currency, g.close_month, g.n,
               g.amount, g.weighted, g.seconds
        from gone g left join superiors_of_postings(taken) s on s.seq = g.seq
        left join placement l on l.user_id = s.user_id and l.above = s.above;
        perform add_to_sales_analysis(last, last + cardinality(taken));
    end if;
    return coalesce(cardinality(taken), 0) + coalesce(cardinality(due), 0);
end $$;

-- Makes all sums anew, in the days of a zone.
create function recount_sales_analysis(zone text) returns void language plpgsql as $$
begin
    update sales_analysis_state set time_zone = zone;
    delete from sales_analysis;
    delete from sales_analysis_due;
    delete from sales_analysis_customer;
    insert into sales_analysis_customer
    select * from sales_attributes where customer_id in (select customer_id from posting);
    perform add_to_sales_analysis(0, (select coalesce(max(position), 0) from posting));
end $$;

-- Posts all that happened before there was a ledger, or that was copied into the tables while triggers were off, and sums it
-- up, so that servers need not while people look at figures. The ledger must be empty.
create function post_history() returns void language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, rule_id, n, seconds)
    select p.subject, p.detail, p.at, p.user_id, p.customer_id, p.rule_id, p.n, p.seconds
    from customer_operation_log l cross join lateral operation_postings(l) p order by p.at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'FOLLOW_UP', channel, at, author_user_id, customer_id, opportunity_id, 1 from followup order by at;
    perform post_order_history();
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'MOVE', p.detail, h.valid_from, h.owner_user_id, h.customer_id, h.opportunity_id, h.stage, coalesce(h.currency, ''), 1, h.amount, p.seconds
    from opportunity_history h cross join lateral move_postings(h) p order by h.valid_from;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'COHORT', detail, at, user_id, customer_id, opportunity_id, 1 from cohort_posting order by at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'OUTCOME', o.stage_kind, o.closed_at, coalesce(h.owner_user_id, o.owner_user_id), o.customer_id, o.id, o.stage,
           coalesce(o.currency, ''), 1, o.amount, extract(epoch from o.closed_at - o.created_at)::bigint
    from sales_opportunity o left join opportunity_history h on h.opportunity_id = o.id and h.valid_from = o.closed_at
    where o.closed_at is not null order by o.closed_at;
    perform post_pipeline_history();
    while keep_sales_analysis(now(), 100000) > 0 loop end loop;
end $$;

-- What happened to orders.
create function post_order_history() returns void language sql as $$
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select p.subject, h.action, h.at, p.user_id, h.customer_id, p.opportunity_id, h.order_id, p.currency, p.n, p.amount
    from order_history h cross join lateral order_postings(h) p order by h.at;
$$;

-- The changes of the pipeline, from versions and from who had the customers. Only the last archiving is known, so an
-- opportunity that was archived and restored counts as never archived.
create function post_pipeline_history() returns void language sql as $$
    with held as (
        select customer_id, owner, unnest(range_agg(tstzrange(at, until))) as during
        from (select l.customer_id, l.new_owner_user_id as owner, l.at,
                     lead(l.at) over (partition by coalesce(l.merged_from, l.customer_id) order by l.at, l.id) as until
              from customer_operation_log l
              where l.type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER', 'MERGE')) l
        where owner is not null and (until is null or at < until) group by customer_id, owner),
    version as (
        select h.opportunity_id, h.customer_id, h.valid_from, h.valid_to, h.stage_kind,
               row(h.owner_user_id, h.stage, h.stage_kind, h.amount, h.currency, h.close_date, h.probability, null)::pipeline_state as state
        from opportunity_history h),
    stretch as (
        select v.*, greatest(v.valid_from, lower(d.during)) as starts, least(v.valid_to, upper(d.during), g.archived_at) as ends, g.archived_at
        from version v
        join sales_opportunity o on o.id = v.opportunity_id
        join customer c on c.id = v.customer_id
        cross join lateral (select least(o.archived_at, c.archived_at)) g (archived_at)
        join held d on d.customer_id = v.customer_id and d.owner = (v.state).owner_user_id and d.during && tstzrange(v.valid_from, v.valid_to)
        where v.stage_kind = 'OPEN' and (g.archived_at is null or greatest(v.valid_from, lower(d.during)) < g.archived_at)),
    turn as (
        select s.*, lag(s.state) over w as before, lag(s.ends) over w as before_ends, lead(s.starts) over w as next_starts
        from stretch s window w as (partition by s.opportunity_id order by s.starts)),
    change as (
        select t.opportunity_id, t.customer_id, t.starts as at, p.*
        from turn t
        left join version w on w.opportunity_id = t.opportunity_id and w.valid_to = t.valid_from
        cross join lateral pipeline_change(
            case when t.before_ends = t.starts then t.before when t.starts > t.valid_from then t.state else w.state end,
            coalesce(t.before_ends = t.starts, false), t.state, true) p
        union all
        select t.opportunity_id, t.customer_id, t.ends, p.*
        from turn t
        left join version w on w.opportunity_id = t.opportunity_id and w.valid_from = t.ends
        cross join lateral (
            select row((t.state).owner_user_id, (t.state).stage, (t.state).stage_kind, (t.state).amount, (t.state).currency,
                       (t.state).close_date, (t.state).probability, case when t.ends = t.archived_at then t.ends end)::pipeline_state) as n (state)
        cross join lateral pipeline_change(t.state, true, case when w.opportunity_id is null then n.state else w.state end, false) p
        where t.ends is not null and t.next_starts is distinct from t.ends)
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted)
    select 'PIPELINE', detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted
    from change order by at
$$;

-- Installations that exist.
select post_history();
