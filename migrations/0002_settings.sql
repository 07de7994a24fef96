-- Settings and the calendar, what follows from both for the protection of customers, and what jobs did last.

-- The settings that all servers share: exactly one row. A limit that is null does not apply. Durations are in seconds,
-- at most 366 days.
create table setting (
    only_row                        boolean primary key default true,
    -- For how long nobody may claim a customer that was released. 0: not at all.
    protection_period_seconds       bigint not null default 259200,
    -- How many customers somebody may own to claim another one.
    max_owned_customers             integer,
    max_claims_per_day              integer,
    -- For how long a former owner may not claim the customer again.
    previous_owner_cooldown_seconds bigint,
    -- How many contacts somebody may see unmasked in a day.
    max_reveals_per_day             integer default 50,
    -- Decides when a day begins.
    business_time_zone              text not null default 'Asia/Shanghai',
    -- Counts edits, so that an edit of an old version is refused.
    version                         integer not null default 1,
    -- Days of the week that are no working days.
    weekly_days_off                 text[] not null default '{SATURDAY,SUNDAY}',
    -- Protection that would end before this hour, or on a day off, ends at this hour of the same day or of the next
    -- working day. Null: it ends when its period is over.
    claim_opens                     time,
    -- How long before a pool rule takes a customer its owner has to be notified. 0: not at all.
    notice_seconds                  bigint not null default 0,
    -- How long somebody may be away before the superior is asked to transfer their customers. Null: the superior is not
    -- asked.
    long_absence_seconds            bigint default 2592000,
    constraint setting_one_row check (only_row),
    constraint setting_protection_period check (protection_period_seconds between 0 and 31622400),
    constraint setting_max_owned check (max_owned_customers >= 0),
    constraint setting_max_claims check (max_claims_per_day >= 0),
    constraint setting_max_reveals check (max_reveals_per_day >= 0),
    constraint setting_cooldown check (previous_owner_cooldown_seconds between 0 and 31622400),
    -- At least one day of the week is a working day, because otherwise waiting for one would not end.
    constraint setting_weekly_days_off
        check (weekly_days_off <@ '{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}'
               and cardinality(weekly_days_off) < 7),
    constraint setting_notice check (notice_seconds between 0 and 31622400),
    constraint setting_long_absence check (long_absence_seconds between 0 and 31622400)
);
create trigger directory_changed after insert or update or delete on setting
    for each statement execute function bump_directory_revision();

-- Days that differ from their day of the week: holidays, and working days on a weekend (调休).
create table calendar_day (
    day    date primary key,
    is_off boolean not null,
    name   text not null constraint calendar_day_name check (length(name) between 1 and 100)
);
create trigger directory_changed after insert or update or delete on calendar_day
    for each statement execute function bump_directory_revision();

-- Each day off from 2020 to 2079 as instants, computed from the settings and the calendar, so that statements need no
-- calendar arithmetic. Working time is a clock that stops on days off: at an instant it shows the instant less all time
-- off before.
create table day_off (
    starts    timestamptz primary key,
    ends      timestamptz not null,
    -- All time off until this day ends.
    total     interval not null,
    -- What the clock of working time shows during this day.
    stands_at timestamptz not null
);
-- Finds the instant at which the clock of working time shows a given time.
create index day_off_by_working_time on day_off (stands_at, starts);

-- Writes all days off again, because one changed day changes the totals of all later ones.
create function write_days_off() returns trigger language plpgsql as $$
begin
    delete from day_off;
    insert into day_off (starts, ends, total, stands_at)
        select starts, ends, total, ends - total
        from (select starts, ends, sum(ends - starts) over (order by starts) as total
              from (select d.midnight at time zone s.business_time_zone as starts,
                           (d.midnight + interval '1 day') at time zone s.business_time_zone as ends
                    from setting s,
                         generate_series(timestamp '2020-01-01', timestamp '2079-12-31', interval '1 day') d (midnight)
                         left join calendar_day c on c.day = d.midnight::date
                    where coalesce(c.is_off, trim(to_char(d.midnight, 'DAY')) = any(s.weekly_days_off))) days) summed;
    return null;
end $$;
-- It takes some time, so it is done only when a day may have changed.
create trigger days_off_changed after update of weekly_days_off, business_time_zone on setting
    for each row when ((old.weekly_days_off, old.business_time_zone)
                       is distinct from (new.weekly_days_off, new.business_time_zone))
    execute function write_days_off();
create trigger days_off_changed after insert or update or delete on calendar_day
    for each statement execute function write_days_off();

-- The one row, with every setting at its default. The days of the week are set by an update, because the trigger on
-- updates then writes the days off.
insert into setting (weekly_days_off) values ('{}');
update setting set weekly_days_off = default;

-- When a customer whose protection period is over at an instant can be claimed: at that instant, or when claims open
-- next.
create function claimable_from(at timestamptz) returns timestamptz language sql stable strict as $$
    select case
        when s.claim_opens is null then at
        else greatest(at, (((coalesce(
            (select back.ends
             from (select starts, ends from day_off where starts <= at order by starts desc limit 1) off,
                  lateral (select ends from day_off l
                           where l.starts >= off.starts and not exists (select from day_off n where n.starts = l.ends)
                           order by l.starts limit 1) back
             where at < off.ends), at) at time zone s.business_time_zone)::date + s.claim_opens)
            at time zone s.business_time_zone))
        end
    from setting s
$$;

-- Until when a customer that enters the pool at an instant is protected. Null: it is not protected.
create function protected_until(entry timestamptz) returns timestamptz language sql stable strict as $$
    select case when s.claim_opens is null then r.ends else claimable_from(r.ends) end
    from setting s, lateral (select entry + nullif(s.protection_period_seconds, 0) * interval '1 second') r (ends)
$$;

-- What each job of the timetable did last, for administrators.
create table job_last_run (
    job         text primary key,
    started_at  timestamptz not null,
    finished_at timestamptz not null,
    -- Why it failed. Null: it did not.
    error       text
);
