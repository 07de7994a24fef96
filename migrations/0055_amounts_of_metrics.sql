-- The amounts of the views that sum facts say how many digits they have, as those of the facts do, so that a file of typed columns can
-- hold them. Their values are the same.
drop view bi.metric_win_rate_month, bi.metric_performance_month;

create view bi.metric_win_rate_month as
select date_trunc('month', day)::date as month, user_id, currency,
       coalesce(sum(n) filter (where detail = 'WON'), 0)::bigint as won, coalesce(sum(n) filter (where detail = 'LOST'), 0)::bigint as lost,
       coalesce(sum(n) filter (where detail = 'VOID'), 0)::bigint as void,
       coalesce(sum(amount) filter (where detail = 'WON'), 0)::numeric(18, 2) as won_amount
from bi.fact_posting where subject = 'OUTCOME' group by 1, 2, 3;
comment on view bi.metric_win_rate_month is 'Sums, never ratios: the win rate of any rows is sum(won) / sum(won + lost).';

create view bi.metric_performance_month as
select date_trunc('month', day)::date as month, user_id, currency,
       coalesce(sum(n) filter (where subject = 'FOLLOW_UP' and detail <> 'ORDER'), 0)::bigint as follow_ups,
       coalesce(sum(n) filter (where subject in ('HAND', 'UNDONE') and detail like 'CLAIM:%'), 0)::bigint as claims,
       coalesce(sum(n) filter (where subject = 'OUTCOME' and detail = 'WON'), 0)::bigint as won,
       coalesce(sum(n) filter (where subject = 'BOOK'), 0)::bigint as orders,
       coalesce(sum(amount) filter (where subject = 'BOOK'), 0)::numeric(18, 2) as booked,
       coalesce(sum(amount) filter (where subject = 'CASH'), 0)::numeric(18, 2) as received
from bi.fact_posting where user_id is not null group by 1, 2, 3;
comment on view bi.metric_performance_month is 'Sums by user, month and currency; counts that have no currency are in rows without one.';

-- Roles of tools that exist: what they may read in later views is said by who made them, who need not be who migrates.
do $$
declare
    reader name;
begin
    for reader in
        select r.rolname from pg_roles r
        where shobj_description(r.oid, 'pg_authid') = 'Reads the schema bi of Tidepool' and has_schema_privilege(r.oid, 'bi', 'usage')
    loop
        execute format('grant select on all tables in schema bi to %I', reader);
    end loop;
end $$;
