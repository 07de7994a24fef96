-- Working days, and what goes by them.

alter table setting add column weekly_days_off text[] not null default '{}';
alter table setting add constraint setting_weekly_days_off
    check (weekly_days_off <@ '{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}' and cardinality(weekly_days_off) < 7);
-- Protection that would end before this hour, or on a day off, ends at this hour of that day or the next working one. Null: it ends
-- when it does.
alter table setting add column claim_opens time;

-- Days that are not as their week says: holidays, and working days on a weekend (调休).
create table calendar_day (
    day    date primary key,
    is_off boolean not null,
    name   text not null constraint calendar_day_name check (length(name) between 1 and 100)
);
create trigger directory_changed after insert or update or delete on calendar_day
    for each statement execute function bump_directory_revision();

-- What follows from both: each day off as instants. Working time is a clock that stands still on them.
create table day_off (
    starts    timestamptz primary key,
    ends      timestamptz not null,
    -- All time off until it ends.
    total     interval not null,
    -- Where the clock of working time stands all day.
    stands_at timestamptz not null
);
create index day_off_by_working_time on day_off (stands_at, starts);

create function write_days_off() returns trigger language plpgsql as $$
begin
    delete from day_off;
    insert into day_off (starts, ends, total, stands_at)
        select starts, ends, total, ends - total
        from (select starts, ends, sum(ends - starts) over (order by starts) as total
              from (select d.midnight at time zone s.business_time_zone as starts,
                           (d.midnight + interval '1 day') at time zone s.business_time_zone as ends
                    from setting s, generate_series(timestamp '2020-01-01', timestamp '2079-12-31', interval '1 day') d (midnight)
                         left join calendar_day c on c.day = d.midnight::date
                    where coalesce(c.is_off, trim(to_char(d.midnight, 'DAY')) = any(s.weekly_days_off))) days) summed;
    return null;
end $$;
create trigger days_off_changed after update of weekly_days_off, business_time_zone on setting
    for each row when ((old.weekly_days_off, old.business_time_zone) is distinct from (new.weekly_days_off, new.business_time_zone))
    execute function write_days_off();
create trigger days_off_changed after insert or update or delete on calendar_day
    for each statement execute function write_days_off();
alter table setting alter column weekly_days_off set default '{SATURDAY,SUNDAY}';
update setting set weekly_days_off = default;

-- When what stops to rest at a moment can be claimed.
create function claimable_from(at timestamptz) returns timestamptz language sql stable strict as $$
    select case
        when s.claim_opens is null then at
        else greatest(at, (((coalesce(
            (select back.ends
             from (select starts, ends from day_off where starts <= at order by starts desc limit 1) off,
                  lateral (select ends from day_off l
                           where l.starts >= off.starts and not exists (select from day_off n where n.starts = l.ends)
                           order by l.starts limit 1) back
             where at < off.ends), at) at time zone s.business_time_zone)::date + s.claim_opens) at time zone s.business_time_zone))
        end
    from setting s
$$;

-- Until when what comes into the pool at a moment rests; null: not at all.
create function protected_until(entry timestamptz) returns timestamptz language sql stable strict as $$
    select case when s.claim_opens is null then r.ends else claimable_from(r.ends) end
    from setting s, lateral (select entry + nullif(s.protection_period_seconds, 0) * interval '1 second') r (ends)
$$;

-- Whether a rule counts working days alone, and runs on them alone.
alter table customer_pool_rule add column workdays boolean not null default false;
drop trigger directory_changed on customer_pool_rule;
create trigger directory_changed after insert or delete or update of name, condition, action, priority, schedule, enabled, workdays
    on customer_pool_rule for each statement execute function bump_directory_revision();

-- How long before a rule takes a customer its owner has to be told. 0: not at all.
alter table setting add column notice_seconds bigint not null default 0;
alter table setting add constraint setting_notice check (notice_seconds between 0 and 31622400);
-- What owners were told, as long as the rule matches and they have the customer.
create table pool_rule_notice (
    rule_id       uuid not null constraint pool_rule_notice_rule references customer_pool_rule,
    customer_id   uuid not null constraint pool_rule_notice_customer references customer,
    owner_user_id uuid not null constraint pool_rule_notice_owner references app_user,
    owned_since   timestamptz not null,
    at            timestamptz not null,
    primary key (rule_id, customer_id)
);
-- How many owners a run told.
alter table pool_rule_run add column announced bigint not null default 0;
