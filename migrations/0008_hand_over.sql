-- Every way a customer changes hands.

-- Installations that are there get what new ones start with (casbin/policy.csv).
insert into permission (role, resource, action, scope)
    select p.role, 'customer', 'transfer', p.scope
    from (values ('manager', 'team'), ('admin', 'all')) p (role, scope)
    join role r on r.name = p.role
    on conflict do nothing;

alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind
    check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE'));

-- When somebody is away. Days off do not count against them; who records them is a superior or HR.
create table absence (
    id          uuid primary key,
    user_id     uuid not null constraint absence_user references app_user,
    -- Days of the business time zone, both included.
    first_day   date not null,
    last_day    date not null,
    -- The same as instants: from the start of the first day to the end of the last one.
    starts      timestamptz not null,
    ends        timestamptz not null,
    -- The end of the first day back: nothing of theirs falls before.
    settled     timestamptz not null,
    recorded_by uuid constraint absence_recorder references app_user,
    created_at  timestamptz not null,
    constraint absence_forward check (first_day <= last_day and starts < ends and ends < settled)
);
create index absence_of_user on absence (user_id, starts);
create trigger directory_changed after insert or update or delete on absence
    for each statement execute function bump_directory_revision();

insert into permission (role, resource, action, scope)
    select p.role, 'absence', 'write', p.scope
    from (values ('manager', 'team'), ('hr', 'all'), ('admin', 'all')) p (role, scope)
    join role r on r.name = p.role
    on conflict do nothing;

-- Every server keeps the rules that are on in memory: each customer shows when it will fall, and by which.
create trigger directory_changed after insert or delete or update of name, condition, action, priority, schedule, enabled
    on customer_pool_rule for each statement execute function bump_directory_revision();

-- What each job did last, for administrators.
create table job_last_run (
    job         text primary key,
    started_at  timestamptz not null,
    finished_at timestamptz not null,
    error       text
);
insert into permission (role, resource, action, scope)
    select r.name, 'job', 'read', 'all' from role r where r.name = 'admin'
    on conflict do nothing;

-- How many customers a run of a rule takes at most, the most neglected first; null: all.
alter table customer_pool_rule add column max_per_run integer;
alter table customer_pool_rule add constraint pool_rule_max_per_run check (max_per_run is null or max_per_run > 0 and action = 'RELEASE_TO_POOL');
