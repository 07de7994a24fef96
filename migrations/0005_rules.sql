-- Pool rules: the conditions on which customers go back to the pool, the runs of the rules, and whom a rule has
-- notified.

-- A rule: a condition (an expression in CEL over the variables of a customer), an action and a schedule. Rules are
-- never deleted, because the operation log names them.
create table customer_pool_rule (
    id              uuid primary key,
    name            text not null,
    condition       text not null,
    -- Release the customers to the pool, warn their owners, or keep the customers from all rules of this priority or a
    -- lower one.
    action          text not null,
    -- Of a warning: how many days before the condition would be true the owner is notified.
    days_ahead      integer,
    -- The larger number decides.
    priority        integer not null,
    -- A cron expression in the business time zone, or `every: P3D`. A rule that keeps customers is never run, so it has
    -- none.
    schedule        text,
    enabled         boolean not null,
    -- Planned times count from this time on, so that what was missed while the rule was off is not made up. Null: no
    -- server has looked at the rule yet.
    scheduled_since timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused, and a run of an old version stops.
    version         integer not null default 1,
    -- How many customers a run takes at most, the longest without a follow-up first. Null: all.
    max_per_run     integer,
    -- Whether days are counted as working days, and runs take place on working days only.
    workdays        boolean not null default false,
    constraint pool_rule_action check (action in ('RELEASE_TO_POOL', 'WARN_OWNER', 'KEEP')),
    constraint pool_rule_schedule check ((action = 'KEEP') = (schedule is null)),
    constraint pool_rule_days_ahead
        check ((action = 'WARN_OWNER') = (days_ahead is not null) and days_ahead between 0 and 90),
    constraint pool_rule_lengths
        check (length(name) between 1 and 100 and octet_length(condition) between 1 and 4000
            and length(schedule) <= 100),
    -- Only a release has a limit.
    constraint pool_rule_max_per_run check (max_per_run is null or max_per_run > 0 and action = 'RELEASE_TO_POOL')
);
create index pool_rule_by_priority on customer_pool_rule (priority, id);

-- What a new installation starts with: two rules that release customers, and two examples of rules that keep them,
-- switched off.
insert into customer_pool_rule (id, name, condition, action, priority, schedule, enabled, created_at, updated_at) values
    ('0190a5b4-0000-7000-8000-000000000001', '超过 3 天未跟进 · No follow-up for 3 days',
     'followup_days > 3', 'RELEASE_TO_POOL', 20, '0 3 * * *', true, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000002', '首次跟进后 90 天未成交 · No order within 90 days',
     'first_followup_days > 90 && orders_in_ownership == 0', 'RELEASE_TO_POOL', 10, 'every: P3D', true, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000003', '重点客户保留 · Key accounts stay',
     'level == "KEY"', 'KEEP', 100, null, false, now(), now()),
    ('0190a5b4-0000-7000-8000-000000000004', '订单执行中保留 · An order under way',
     'open_orders > 0', 'KEEP', 90, null, false, now(), now());

-- Servers keep the enabled rules in memory, because each customer shows when it will go to the pool and by which rule.
-- The start of the schedule and `max_per_run` do not matter for that.
create trigger directory_changed after insert or delete
    or update of name, condition, action, priority, schedule, enabled, workdays on customer_pool_rule
    for each statement execute function bump_directory_revision();

-- A run of a rule, for one planned time. A run works in batches of customers, each one a transaction that locks this
-- row; so any server can do the next batch, and after a failure the next one continues where the last one ended.
create table pool_rule_run (
    id               uuid primary key,
    rule_id          uuid not null constraint pool_rule_run_rule references customer_pool_rule,
    -- The version of the rule that the run began with. When the rule is changed, the run stops.
    rule_version     integer not null,
    planned_at       timestamptz not null,
    status           text not null default 'RUNNING',
    started_at       timestamptz not null,
    finished_at      timestamptz,
    -- How many customers matched at the start. Null: they were not counted yet.
    matched          bigint,
    -- How many customers it released, or of how many it warned the owner.
    released         bigint not null default 0,
    -- Owners who would lose too many customers: the run takes none of theirs until somebody approves it.
    held_owners      uuid[] not null default '{}',
    -- Customers that could not be released because of an error. The run leaves them out.
    failed_customers uuid[] not null default '{}',
    -- How far the run is: it visits customers by id. The second pass takes customers that were locked by others during
    -- the first, and the third notifies owners.
    pass             integer not null default 1,
    after_customer   uuid,
    error            text,
    approved_by      uuid constraint pool_rule_run_approver references app_user,
    approved_at      timestamptz,
    -- How many customers it has announced to their owners, where `setting.notice_seconds` asks for that.
    announced        bigint not null default 0,
    -- One run for each planned time, whichever server begins it.
    constraint pool_rule_run_once unique (rule_id, planned_at),
    constraint pool_rule_run_status
        check (status in ('RUNNING', 'AWAITING_APPROVAL', 'DONE', 'STOPPED', 'LAPSED', 'FAILED')),
    constraint pool_rule_run_finished check ((status in ('RUNNING', 'AWAITING_APPROVAL')) = (finished_at is null))
);
create index pool_rule_run_by_time on pool_rule_run (planned_at, id);
create index pool_rule_run_of_rule on pool_rule_run (rule_id, planned_at, id);
-- What is to be worked on: servers look every second.
create index pool_rule_run_open on pool_rule_run (status) where finished_at is null;

-- Which owner was notified that a rule will take a customer. A row is valid as long as the rule matches and the same
-- ownership goes on (`owner_user_id`, `owned_since`): the rule takes the customer when the row is old enough.
create table pool_rule_notice (
    rule_id       uuid not null constraint pool_rule_notice_rule references customer_pool_rule,
    customer_id   uuid not null constraint pool_rule_notice_customer references customer,
    owner_user_id uuid not null constraint pool_rule_notice_owner references app_user,
    owned_since   timestamptz not null,
    at            timestamptz not null,
    primary key (rule_id, customer_id)
);
