-- Runs of pool rules: which customers a run has counted, what waits for approval and until when, and who is told.

-- The customers that a run has counted and may take. They are chosen once, as of the planned time, so a run takes nothing
-- that it has not counted. A row is deleted when its customer is taken, and with the end of the run. Customers and users are
-- not referenced, because the insert would wait for customers that others have locked; neither is ever deleted.
create table pool_rule_run_customer (
    run_id        uuid not null constraint pool_rule_run_customer_run references pool_rule_run,
    customer_id   uuid not null,
    -- The owner at that time. If the customer has another owner by now, the run leaves it alone.
    owner_user_id uuid not null,
    -- The run takes it only after an approval, or at the deadline.
    waits         boolean not null,
    primary key (run_id, customer_id)
);
create index pool_rule_run_customer_waits on pool_rule_run_customer (run_id, owner_user_id) where waits;

-- Runs that wait have no such list. They lapse, and the next run counts again.
update pool_rule_run set status = 'LAPSED', finished_at = greatest(now(), started_at) where status = 'AWAITING_APPROVAL';
-- Runs that are under way count again; what they have taken stays counted.
update pool_rule_run set matched = null, pass = 1, after_customer = null where status = 'RUNNING';

alter table pool_rule_run
    drop column held_owners,
    -- How many of its customers had to wait for approval.
    add column held bigint not null default 0,
    -- Whether these are all of its customers, because they were too many; otherwise they are those of single owners.
    add column is_stopped boolean not null default false,
    -- Until when the run can be approved: the next planned time.
    add column approve_by timestamptz;

alter table customer_pool_rule
    -- What becomes of customers that wait because one owner would lose many, if nobody approves: false: they are released
    -- at the deadline; true: they stay.
    add column keeps_unapproved boolean not null default false,
    add constraint pool_rule_keeps_unapproved check (not keeps_unapproved or action = 'RELEASE_TO_POOL');

-- A notification may be about a run that waits for approval: to those who may approve it, and to the superior of an owner
-- who would lose customers by it.
alter table notification
    add column run_id uuid constraint notification_run references pool_rule_run,
    -- How many customers it is about.
    add column customers bigint,
    -- Until when the recipient can act.
    add column due_at timestamptz,
    drop constraint notification_kind,
    add constraint notification_kind check (kind in (
        'ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE', 'SUPERIOR_CHANGED',
        'APPROVAL_DUE')),
    drop constraint notification_about,
    add constraint notification_about
        check (num_nonnulls(customer_id, about_user_id) <= 1 and (customer_id is null) = (customer_name is null)
            and (customer_id is not null or about_user_id is not null or run_id is not null)),
    add constraint notification_approval
        check ((kind = 'APPROVAL_DUE') = (run_id is not null) and (run_id is null) = (customers is null));
