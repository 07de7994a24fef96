-- The ledger of figures. Every fact that a figure counts is an additive posting, written by triggers in the transaction of
-- the fact. What is taken back is posted again with the sign turned: with the same `at`, and known later. So the sum of
-- postings by `at` is the figure as it stands, the sum of those known until a moment is the figure as it was then, and no
-- posting is ever changed.
--
-- As events do, postings wait in an outbox until one server at a time (an advisory lock) numbers them. So positions
-- appear in order, and who sees a position can see all positions before it. What is read is always the ledger and the outbox
-- together (`sales_fact`): a fact counts from its commit on.

-- A user together with the superiors at some time, the nearest first. A posting names the placement at the time of its
-- fact, so that the sums of a team stay when people move in the tree.
create table placement (
    id      integer generated always as identity primary key,
    user_id uuid not null constraint placement_user references app_user,
    above   uuid[] not null,
    constraint placement_unique unique (user_id, above)
);
create index placement_above on placement using gin (above);
create trigger append_only before update or delete or truncate on placement
    for each statement execute function refuse_change();

-- The superiors of a user at a moment, the nearest first. Before the first row of the history, they are those of that row.
create function managers_above(who uuid, moment timestamptz) returns uuid[] language sql stable as $$
    with recursive up (manager_id, depth) as (
        (select h.manager_id, 1 from user_manager_history h
         where h.user_id = who and (h.valid_to is null or h.valid_to > moment) order by h.valid_from limit 1)
        union all
        select next.manager_id, up.depth + 1
        from up cross join lateral (
            select h.manager_id from user_manager_history h
            where h.user_id = up.manager_id and (h.valid_to is null or h.valid_to > moment) order by h.valid_from limit 1) next
        where up.depth < 100)
    select coalesce(array_agg(manager_id order by depth), '{}') from up where manager_id is not null
$$;

-- Every placement is there before facts name it: those of a user, and of everybody below, when the tree changes.
create function place_users() returns trigger language plpgsql as $$
begin
    insert into placement (user_id, above)
    with recursive moved (user_id) as (
        select user_id from changed_rows where valid_to is null
        union
        select h.user_id from user_manager_history h join moved m on h.manager_id = m.user_id where h.valid_to is null)
    select user_id, managers_above(user_id, 'infinity') from moved
    on conflict do nothing;
    return null;
end $$;
create trigger user_placed after insert on user_manager_history referencing new table as changed_rows
    for each statement execute function place_users();
create trigger user_moved after update on user_manager_history referencing new table as changed_rows
    for each statement execute function place_users();
insert into placement (user_id, above)
select user_id, managers_above(user_id, 'infinity') from user_manager_history where valid_to is null;

-- The columns of a posting that a trigger fills in.
create table posting_outbox (
    seq            bigint generated always as identity primary key,
    id             uuid not null default gen_random_uuid(),
    -- What kind of fact it is, and which of its kind.
    subject        text collate "C" not null,
    detail         text collate "C" not null,
    -- To which instant it counts.
    at             timestamptz not null,
    -- To whose credit. Null: nobody's, such as customers that enter the pool.
    user_id        uuid,
    customer_id    uuid not null,
    opportunity_id uuid,
    order_id       uuid,
    -- Which rule took the customer.
    rule_id        uuid,
    -- '' where there is none, because sums are kept by it.
    stage          text collate "C" not null default '',
    currency       text collate "C" not null default '',
    -- The month in which an opportunity was expected to close.
    close_month    date,
    -- What it adds.
    n              integer not null,
    amount         numeric(14, 2),
    -- The amount times the probability: percent of two decimals are exact with four.
    weighted       numeric(18, 4),
    seconds        bigint
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index posting_outbox_of_opportunity on posting_outbox (opportunity_id) where opportunity_id is not null;

-- The ledger. It has no foreign keys to what it is about, because it stays valid as it was.
create table posting (
    position       bigint primary key,
    id             uuid not null,
    subject        text collate "C" not null,
    detail         text collate "C" not null,
    at             timestamptz not null,
    -- When it was numbered: never before `at`, and never falling as positions grow.
    known_at       timestamptz not null,
    user_id        uuid,
    placement_id   integer constraint posting_placement references placement,
    customer_id    uuid not null,
    opportunity_id uuid,
    order_id       uuid,
    rule_id        uuid,
    stage          text collate "C" not null,
    currency       text collate "C" not null,
    close_month    date,
    n              integer not null,
    amount         numeric(14, 2),
    weighted       numeric(18, 4),
    seconds        bigint,
    constraint posting_subject check (subject in (
        'HAND', 'POOL', 'UNDONE', 'MOVE', 'COHORT', 'OUTCOME', 'PIPELINE', 'BOOK', 'CASH', 'FOLLOW_UP')),
    constraint posting_known_after check (known_at >= at),
    constraint posting_credited check ((user_id is null) = (placement_id is null))
);
create index posting_by_time on posting (at, id);
create index posting_of_subject on posting (subject, at);
create index posting_of_user on posting (user_id, subject, at) where user_id is not null;
create index posting_of_placement on posting (placement_id, subject, at) where placement_id is not null;
create index posting_of_customer on posting (customer_id, at);
create index posting_of_opportunity on posting (opportunity_id) where opportunity_id is not null;
create trigger append_only before update or delete or truncate on posting
    for each statement execute function refuse_change();

-- All facts, those that are numbered and those that are not yet.
create view sales_fact as
select p.position, p.id, p.subject, p.detail, p.at, p.known_at, p.user_id, p.placement_id, l.above, p.customer_id, p.opportunity_id, p.order_id,
       p.rule_id, p.stage, p.currency, p.close_month, p.n, p.amount, p.weighted, p.seconds
from posting p left join placement l on l.id = p.placement_id
union all
select null, o.id, o.subject, o.detail, o.at, null, o.user_id, (select l.id from placement l where l.user_id = o.user_id and l.above = m.above),
       m.above, o.customer_id, o.opportunity_id, o.order_id, o.rule_id, o.stage, o.currency, o.close_month, o.n, o.amount, o.weighted,
       o.seconds
from posting_outbox o cross join lateral (select case when o.user_id is not null then managers_above(o.user_id, o.at) end) m (above);

-- HAND, POOL: who got (+1) and who no longer has (-1) a customer; without a user it is the pool. Archived and merged
-- customers are nobody's, so the sum until a moment is who had what then. `detail` is what happened and why; `seconds` is
-- how long it had been so. A merged customer keeps the history of its own.
--
-- UNDONE takes the counts of moves back that were undone, at the time of the move. It is no balance: the undo itself
-- is a move.
--
-- These are functions of a row, and not views, so that what a trigger posts is looked up by index, whatever the planner
-- thinks of the tables.
create function operation_postings(l customer_operation_log)
    returns table (subject text, detail text, at timestamptz, user_id uuid, customer_id uuid, rule_id uuid, n integer, seconds bigint)
    language sql stable as $$
    with step as materialized (
        select l.type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER') as moves,
               coalesce(l.merged_from, l.customer_id) as whose,
               max(p.at) filter (where p.type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER')) as since,
               coalesce((array_agg(p.type order by p.at desc, p.id desc) filter (where p.type in ('ARCHIVE', 'RESTORE')))[1] = 'ARCHIVE', false)
                   as was_archived
        from customer_operation_log p
        where p.customer_id = l.customer_id
            and coalesce(p.merged_from, p.customer_id) = coalesce(l.merged_from, l.customer_id) and (p.at, p.id) < (l.at, l.id))
    select case when l.previous_owner_user_id is null then 'POOL' else 'HAND' end,
           l.type || case when l.type = 'TRANSFER' then '_OUT:' else ':' end || l.cause, l.at, l.previous_owner_user_id, s.whose,
           l.rule_id, -1, extract(epoch from l.at - s.since)::bigint
    from step s where not s.was_archived and l.type not in ('CREATE', 'RESTORE', 'BLACKLIST', 'UNBLACKLIST')
    union all
    select case when l.new_owner_user_id is null then 'POOL' else 'HAND' end,
           l.type || case when l.type = 'TRANSFER' then '_IN:' else ':' end || l.cause, l.at, l.new_owner_user_id, s.whose, l.rule_id, 1, null
    from step s where s.moves and not s.was_archived or l.type = 'RESTORE' and s.was_archived
    union all
    select 'UNDONE', m.type || r.side || m.cause, m.at, r.user_id, s.whose, m.rule_id, r.n, null
    from step s
    cross join lateral (
        select o.type, o.cause, o.at, o.rule_id, o.previous_owner_user_id, o.new_owner_user_id from customer_operation_log o
        where o.customer_id = l.customer_id and coalesce(o.merged_from, o.customer_id) = s.whose
            and (s.moves and o.batch_id = l.batch_id and o.cause <> 'UNDO' or l.type = 'ARCHIVE' and o.type = 'CREATE')
        order by o.at desc limit 1) m
    cross join lateral (values
        (m.previous_owner_user_id, case when m.type = 'TRANSFER' then '_OUT:' else ':' end, 1),
        (m.new_owner_user_id, case when m.type = 'TRANSFER' then '_IN:' else ':' end, -1)) r (user_id, side, n)
    where l.cause = 'UNDO' and (r.user_id is not null or r.n = -1 and m.type = 'CREATE')
$$;

-- BOOK: what was ordered, changed and called off; CASH: what was paid and paid back. To the credit of who sold it.
create function order_postings(h order_history)
    returns table (subject text, user_id uuid, opportunity_id uuid, currency text, n integer, amount numeric)
    language sql stable as $$
    select 'BOOK', o.sold_by_user_id, o.opportunity_id, o.currency, case h.action when 'CREATE' then 1 when 'CHANGE_LINES' then 0 else -1 end,
           case h.action
               when 'CREATE' then coalesce(
                   (select c.total_before from order_history c where c.order_id = h.order_id and c.action = 'CHANGE_LINES' order by c.at, c.id limit 1),
                   o.total_amount)
               when 'CHANGE_LINES' then h.total_after - h.total_before
               else -o.total_amount end
    from sales_order o where o.id = h.order_id and h.action in ('CREATE', 'CHANGE_LINES', 'CANCEL', 'REFUND')
    union all
    select 'CASH', o.sold_by_user_id, o.opportunity_id, o.currency, case h.action when 'PAY' then 1 else -1 end,
           case h.action when 'PAY' then h.amount else -h.amount end
    from sales_order o where o.id = h.order_id and h.action in ('PAY', 'REFUND') and h.amount is not null
$$;

-- MOVE: an opportunity came to a stage. `detail` is the stage before ('' for a new one), and `seconds` how long it was
-- there without interruption.
create function move_postings(h opportunity_history) returns table (detail text, seconds bigint) language sql stable as $$
    select coalesce(p.stage, ''),
           extract(epoch from h.valid_from - (
               select min(r.valid_from) from opportunity_history r
               where r.opportunity_id = h.opportunity_id and r.valid_from < h.valid_from and r.valid_from > coalesce((
                   select max(x.valid_from) from opportunity_history x
                   where x.opportunity_id = h.opportunity_id and x.valid_from < h.valid_from and x.stage <> p.stage), '-infinity')))::bigint
    from (select) one
    left join opportunity_history p on p.opportunity_id = h.opportunity_id and p.valid_to = h.valid_from
    where p.stage is distinct from h.stage
$$;

-- COHORT: an opportunity by the time of its creation. `detail` is the way that it went: the open stages in the order of
-- their first visits, and after `=` how it ended, if it is closed now. To the credit of its first owner.
create view cohort_posting as
select o.id as opportunity_id, o.created_at as at, o.customer_id, w.way || case when o.stage_kind = 'OPEN' then '' else '=' || o.stage_kind end as detail,
       w.user_id
from sales_opportunity o
cross join lateral (
    select coalesce(string_agg(v.stage, '>' order by v.first_at) filter (where v.stage_kind = 'OPEN'), '') as way,
           (array_agg(v.owner order by v.first_at))[1] as user_id
    from (select h.stage, h.stage_kind, min(h.valid_from) as first_at, (array_agg(h.owner_user_id order by h.valid_from))[1] as owner
          from opportunity_history h where h.opportunity_id = o.id group by h.stage, h.stage_kind) v) w;

-- What the pipeline counts of an opportunity, as it is or as a version of it was.
create type pipeline_state as (
    owner_user_id uuid, stage text, stage_kind text, amount numeric, currency text, close_date date, probability integer, archived_at timestamptz);
create function pipeline_state_of(o sales_opportunity) returns pipeline_state language sql immutable as $$
    select row(o.owner_user_id, o.stage, o.stage_kind, o.amount, o.currency, o.close_date, o.probability, o.archived_at)::pipeline_state
$$;

-- PIPELINE: what a change of an opportunity, or of who has its customer, does to the pipeline. An opportunity is in it
-- while it is open, its owner has the customer, and neither is archived. `was` is null for a new one.
create function pipeline_change(was pipeline_state, was_live boolean, it pipeline_state, is_live boolean)
    returns table (detail text, user_id uuid, stage text, currency text, close_month date, n integer, amount numeric, weighted numeric)
    language sql stable as $$
    -- It comes.
    select case when was.stage is null then 'CREATED' when was.stage_kind <> 'OPEN' then 'REOPENED' else 'RESUMED' end,
           it.owner_user_id, it.stage, coalesce(it.currency, ''), date_trunc('month', it.close_date)::date, 1, it.amount,
           it.amount * it.probability / 100
    where not was_live and is_live
    union all
    -- It goes.
    select case when it.stage_kind <> 'OPEN' then it.stage_kind when it.archived_at is not null then 'ARCHIVED' else 'LEFT' end,
           was.owner_user_id, was.stage, coalesce(was.currency, ''), date_trunc('month', was.close_date)::date, -1, -was.amount,
           -was.amount * was.probability / 100
    where was_live and not is_live
    union all
    -- It becomes worth more or less; in another currency it goes out of the one and comes into the other.
    select case when it.amount > was.amount then 'INCREASED' else 'DECREASED' end, was.owner_user_id, was.stage, was.currency,
           date_trunc('month', was.close_date)::date, 0, it.amount - was.amount, (it.amount - was.amount) * was.probability / 100
    where was_live and is_live and it.currency = was.currency and it.amount <> was.amount
    union all
    select 'DECREASED', was.owner_user_id, was.stage, coalesce(was.currency, ''), date_trunc('month', was.close_date)::date, -1,
           -was.amount, -was.amount * was.probability / 100
    where was_live and is_live and it.currency is distinct from was.currency
    union all
    select 'INCREASED', was.owner_user_id, was.stage, coalesce(it.currency, ''), date_trunc('month', was.close_date)::date, 1,
           it.amount, it.amount * was.probability / 100
    where was_live and is_live and it.currency is distinct from was.currency
    union all
    -- It moves within: out of one account and into another.
    select case when it.owner_user_id <> was.owner_user_id then 'REASSIGNED' when it.stage <> was.stage then 'MOVED'
                when date_trunc('month', it.close_date) is distinct from date_trunc('month', was.close_date) then 'RESCHEDULED'
                else 'REWEIGHTED' end,
           r.owner_user_id, r.stage, coalesce(it.currency, ''), r.close_month, r.n, r.n * it.amount, r.n * it.amount * r.probability / 100
    from (values (was.owner_user_id, was.stage, date_trunc('month', was.close_date)::date, was.probability, -1),
                 (it.owner_user_id, it.stage, date_trunc('month', it.close_date)::date, it.probability, 1)) r (owner_user_id, stage, close_month, probability, n)
    where was_live and is_live
        and (it.owner_user_id, it.stage, date_trunc('month', it.close_date), it.probability)
            is distinct from (was.owner_user_id, was.stage, date_trunc('month', was.close_date), was.probability)
$$;

-- Whether an opportunity is in the pipeline.
create function is_live(o sales_opportunity, c customer) returns boolean language sql immutable as $$
    select o.stage_kind = 'OPEN' and o.archived_at is null and c.archived_at is null and coalesce(c.owner_user_id = o.owner_user_id, false)
$$;

create function post_operations() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, rule_id, n, seconds)
    select p.subject, p.detail, p.at, p.user_id, p.customer_id, p.rule_id, p.n, p.seconds
    from new_rows r cross join lateral operation_postings(r) p;
    return null;
end $$;
create trigger operation_posted after insert on customer_operation_log referencing new table as new_rows
    for each statement execute function post_operations();

create function post_order_steps() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select p.subject, r.action, r.at, p.user_id, r.customer_id, p.opportunity_id, r.order_id, p.currency, p.n, p.amount
    from new_rows r cross join lateral order_postings(r) p;
    return null;
end $$;
create trigger order_step_posted after insert on order_history referencing new table as new_rows
    for each statement execute function post_order_steps();

create function post_follow_ups() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'FOLLOW_UP', channel, at, author_user_id, customer_id, opportunity_id, 1 from new_rows;
    return null;
end $$;
create trigger follow_up_posted after insert on followup referencing new table as new_rows
    for each statement execute function post_follow_ups();

create function post_moves() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'MOVE', p.detail, r.valid_from, r.owner_user_id, r.customer_id, r.opportunity_id, r.stage, coalesce(r.currency, ''), 1,
           r.amount, p.seconds
    from new_rows r cross join lateral move_postings(r) p;
    return null;
end $$;
create trigger move_posted after insert on opportunity_history referencing new table as new_rows
    for each statement execute function post_moves();

-- Takes back what stands of a subject about opportunities. Its plan is kept from a time when the outbox was empty, and must
-- not scan it when many postings wait.
create function take_back(of_subject text, opportunities uuid[]) returns void language plpgsql set enable_seqscan = off as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, -sum(n), -sum(amount), -sum(seconds)
    from (select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds from posting
          where opportunity_id = any(opportunities) and subject = of_subject
          union all
          select subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds from posting_outbox
          where opportunity_id = any(opportunities) and subject = of_subject) stands
    group by subject, detail, at, user_id, customer_id, opportunity_id, stage, currency having sum(n) <> 0;
end $$;

-- The triggers come after those that write the history (`opportunity_changed`, `opportunity_entered`), by their names.
create function post_new_opportunities() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'COHORT', p.detail, p.at, p.user_id, p.customer_id, p.opportunity_id, 1
    from new_rows r join cohort_posting p on p.opportunity_id = r.id;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'OUTCOME', stage_kind, closed_at, owner_user_id, customer_id, id, stage, coalesce(currency, ''), 1, amount,
           extract(epoch from closed_at - created_at)::bigint
    from new_rows where stage_kind <> 'OPEN';
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted)
    select 'PIPELINE', p.detail, r.created_at, p.user_id, r.customer_id, r.id, p.stage, p.currency, p.close_month, p.n, p.amount, p.weighted
    from new_rows r join customer c on c.id = r.customer_id
    cross join lateral pipeline_change(null, false, pipeline_state_of(r), is_live(r, c)) p;
    return null;
end $$;
create trigger opportunity_posted_new after insert on sales_opportunity referencing new table as new_rows
    for each statement execute function post_new_opportunities();

create function post_changed_opportunities() returns trigger language plpgsql as $$
declare
    moved uuid[];
begin
    select array_agg(n.id) into moved from new_rows n join old_rows o on o.id = n.id where n.stage_kind <> o.stage_kind;
    if moved is not null then
        perform take_back('OUTCOME', moved);
        insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
        select 'OUTCOME', stage_kind, closed_at, owner_user_id, customer_id, id, stage, coalesce(currency, ''), 1, amount,
               extract(epoch from closed_at - created_at)::bigint
        from new_rows where id = any(moved) and stage_kind <> 'OPEN';
    end if;
    select array_agg(n.id) into moved from new_rows n join old_rows o on o.id = n.id
    where n.stage <> o.stage
        and (n.stage_kind <> o.stage_kind
             -- An open stage that it has been in before makes no other way.
             or n.stage_kind = 'OPEN' and not exists (
                 select from opportunity_history h
                 where h.opportunity_id = n.id and h.stage = n.stage and h.valid_from < n.updated_at));
    if moved is not null then
        perform take_back('COHORT', moved);
        insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
        select 'COHORT', p.detail, p.at, p.user_id, p.customer_id, p.opportunity_id, 1 from cohort_posting p where p.opportunity_id = any(moved);
    end if;
    -- A merge changes the customer alone, at the time of the customer.
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted)
    select 'PIPELINE', p.detail, case when n.customer_id = o.customer_id then n.updated_at else c.updated_at end,
           p.user_id, n.customer_id, n.id, p.stage, p.currency, p.close_month, p.n, p.amount, p.weighted
    from new_rows n join old_rows o on o.id = n.id
    join customer c on c.id = n.customer_id
    join customer b on b.id = o.customer_id
    cross join lateral pipeline_change(pipeline_state_of(o), is_live(o, b), pipeline_state_of(n), is_live(n, c)) p
    where n.updated_at <> o.updated_at or n.customer_id <> o.customer_id;
    return null;
end $$;
create trigger opportunity_posted_change after update on sales_opportunity
    referencing old table as old_rows new table as new_rows
    for each statement execute function post_changed_opportunities();

-- Opportunities leave the pipeline and come back to it with their customers.
create function post_owners_of_opportunities() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, close_month, n, amount, weighted)
    select 'PIPELINE', case when p.detail = 'LEFT' and n.archived_at is not null and n.merged_into is null then 'ARCHIVED' else p.detail end,
           n.updated_at, p.user_id, o.customer_id, o.id, p.stage, p.currency, p.close_month, p.n, p.amount, p.weighted
    from new_rows n join old_rows w on w.id = n.id
    join sales_opportunity o on o.customer_id = n.id and o.stage_kind = 'OPEN' and o.archived_at is null
    cross join lateral pipeline_change(pipeline_state_of(o), is_live(o, w), pipeline_state_of(o), is_live(o, n)) p
    where (n.owner_user_id, n.archived_at is null) is distinct from (w.owner_user_id, w.archived_at is null);
    return null;
end $$;
create trigger customer_posted after update on customer
    referencing old table as old_rows new table as new_rows
    for each statement execute function post_owners_of_opportunities();
