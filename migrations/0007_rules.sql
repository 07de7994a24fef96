-- The rules by which customers come back to the pool, and what they did.

-- A rule is data: a condition (an expression in CEL over the variables of a customer), an action, a schedule.
create table customer_pool_rule (
    id              uuid primary key,
    name            text not null,
    condition       text not null,
    action          text not null,
    -- How long before it would match the owner is told.
    days_ahead      integer,
    -- The larger wins.
    priority        integer not null,
    -- A cron line in the business time zone, or `every: P3D`. What keeps customers has none.
    schedule        text,
    enabled         boolean not null,
    -- Planned times count from then on. Null: from when a server first looks.
    scheduled_since timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         integer not null default 1,
    constraint pool_rule_action check (action in ('RELEASE_TO_POOL', 'WARN_OWNER', 'KEEP')),
    constraint pool_rule_schedule check ((action = 'KEEP') = (schedule is null)),
    constraint pool_rule_days_ahead check ((action = 'WARN_OWNER') = (days_ahead is not null) and days_ahead between 0 and 90),
    constraint pool_rule_lengths check (length(name) between 1 and 100 and octet_length(condition) between 1 and 4000 and length(schedule) <= 100)
);
create index pool_rule_by_priority on customer_pool_rule (priority, id);

insert into customer_pool_rule (id, name, condition, action, priority, schedule, enabled, created_at, updated_at) values
    ('0190a5b4-0000-7000-8000-000000000001', '超过 3 天未跟进 · No follow-up for 3 days', 'followup_days > 3', 'RELEASE_TO_POOL', 20, '0 3 * * *', true, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000002', '首次跟进后 90 天未成交 · No order within 90 days', 'first_followup_days > 90 && orders_in_ownership == 0', 'RELEASE_TO_POOL', 10, 'every: P3D', true, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000003', '重点客户保留 · Key accounts stay', 'level == "KEY"', 'KEEP', 100, null, false, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000004', '订单执行中保留 · An order under way', 'open_orders > 0', 'KEEP', 90, null, false, now(), now());

-- Installations that are there get what new ones start with (casbin/policy.csv).
insert into permission (role, resource, action, scope)
    select p.role, 'pool_rule', p.action, 'all'
    from (values
        ('sales', 'read'), ('marketing', 'read'), ('manager', 'preview'), ('manager', 'read_runs'),
        ('admin', 'read'), ('admin', 'write'), ('admin', 'preview'), ('admin', 'read_runs'), ('admin', 'approve'), ('admin', 'undo')) p (role, action)
    join role r on r.name = p.role
    on conflict do nothing;

-- What rules did: one row for each planned time, whichever server gets there first. A run is made of batches, each a
-- transaction under the row's lock; whoever comes next goes on where the last one stopped.
create table pool_rule_run (
    id               uuid primary key,
    rule_id          uuid not null constraint pool_rule_run_rule references customer_pool_rule,
    -- The rule as it was counted with: a run of another one stops.
    rule_version     integer not null,
    planned_at       timestamptz not null,
    status           text not null default 'RUNNING',
    started_at       timestamptz not null,
    finished_at      timestamptz,
    -- How many customers it was about; null until it was counted.
    matched          bigint,
    -- How many it took, or whose owners it told.
    released         bigint not null default 0,
    -- Whose customers it leaves alone until somebody approves.
    held_owners      uuid[] not null default '{}',
    -- What could not be taken.
    failed_customers uuid[] not null default '{}',
    -- How far it is. A second pass gets those that somebody held during the first.
    pass             integer not null default 1,
    after_customer   uuid,
    error            text,
    approved_by      uuid constraint pool_rule_run_approver references app_user,
    approved_at      timestamptz,
    returned         bigint not null default 0,
    undone_by        uuid constraint pool_rule_run_undoer references app_user,
    undone_at        timestamptz,
    constraint pool_rule_run_once unique (rule_id, planned_at),
    constraint pool_rule_run_status check (status in ('RUNNING', 'AWAITING_APPROVAL', 'DONE', 'STOPPED', 'LAPSED', 'FAILED')),
    constraint pool_rule_run_finished check ((status in ('RUNNING', 'AWAITING_APPROVAL')) = (finished_at is null))
);
create index pool_rule_run_by_time on pool_rule_run (planned_at, id);
create index pool_rule_run_of_rule on pool_rule_run (rule_id, planned_at, id);
create index pool_rule_run_open on pool_rule_run (status) where finished_at is null;

-- What each customer was like that a run took: with that it is given back.
create table pool_rule_taken (
    run_id              uuid not null references pool_rule_run,
    customer_id         uuid not null constraint pool_rule_taken_customer references customer,
    owner_user_id       uuid not null references app_user,
    first_followup_time timestamptz,
    last_followup_time  timestamptz,
    next_contact_at     timestamptz,
    -- Its entry into the pool: as long as that is the customer's, nobody has had it since.
    at                  timestamptz not null,
    primary key (run_id, customer_id)
);

-- The log names the rule and the run.
alter table customer_operation_log add column rule_id uuid constraint operation_rule references customer_pool_rule;
alter table customer_operation_log add column run_id uuid constraint operation_run references pool_rule_run;
alter table customer_operation_log drop constraint operation_cause;
alter table customer_operation_log add constraint operation_cause check (cause in ('MANUAL', 'MANAGER', 'DEPARTURE', 'IMPORT', 'RULE', 'UNDO'));
alter table customer_operation_log add constraint operation_rule_with_run check ((cause = 'RULE') = (rule_id is not null) and (rule_id is null) = (run_id is null));

-- By which rule somebody lost a customer, or is about to.
alter table notification add column rule_id uuid constraint notification_rule references customer_pool_rule;
alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind check (kind in ('ASSIGNED', 'TAKEN', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE'));
create index notification_of_rule on notification (customer_id, rule_id, at) where rule_id is not null;
