-- The operation log: who entered, claimed, released, received or blacklisted which customer, and why.

-- Operations on many customers at once, so that they can be looked at and undone together. The rows of the log name
-- their batch.
create table operation_batch (
    -- The batch of a rule's run has the id of the run.
    id               uuid primary key,
    kind             text not null constraint operation_batch_kind
        check (kind in ('TEAM_RELEASE', 'ASSIGNMENT', 'TRANSFER', 'DEPARTURE', 'POOL_RULE')),
    -- Null: the system.
    operator_user_id uuid constraint operation_batch_operator references app_user,
    -- Who left, or who received all customers.
    about_user_id    uuid constraint operation_batch_about_user references app_user,
    -- Which customers were asked for, where they were not named one by one.
    filter           jsonb,
    at               timestamptz not null,
    -- How many customers were moved, and how many of them were put back when the batch was undone.
    moved            bigint not null,
    returned         bigint not null default 0,
    -- Who undid it last. It may be undone again, for customers that could not be put back before.
    undone_by        uuid constraint operation_batch_undoer references app_user,
    undone_at        timestamptz,
    constraint operation_batch_undone check ((undone_by is null) = (undone_at is null))
);
create index operation_batch_by_time on operation_batch (at, id);
create index operation_batch_of_operator on operation_batch (operator_user_id, at, id);

-- The log. Every change of the owner of a customer, its creation included, writes one row in the same transaction. So
-- the rows of a customer explain its owner: each begins with the owner that the one before ended with.
create table customer_operation_log (
    id                     uuid not null,
    customer_id            uuid not null constraint operation_customer references customer,
    -- Null: the system.
    operator_user_id       uuid constraint operation_operator references app_user,
    type                   text not null,
    cause                  text not null,
    -- Null: the pool.
    previous_owner_user_id uuid constraint operation_previous_owner references app_user,
    new_owner_user_id      uuid constraint operation_new_owner references app_user,
    remark                 text,
    -- Two changes of one customer have different times, so a time identifies a change of it.
    at                     timestamptz not null,
    -- Of a merge: how much was moved to the customer that stays, by kind.
    moved                  jsonb,
    -- Which rule took the customer.
    rule_id                uuid constraint operation_rule references customer_pool_rule,
    -- In which batch it happened; of an undo, which batch it undid.
    batch_id               uuid constraint operation_in_batch references operation_batch,
    -- Of a row in a batch: the times of the customer before the operation. An undo puts them back.
    first_followup_time    timestamptz,
    last_followup_time     timestamptz,
    next_contact_at        timestamptz,
    protected_until        timestamptz,
    -- The customer that it happened to, if that one was merged since: its history moves to the customer that stays.
    merged_from            uuid constraint operation_merged_from references customer,
    primary key (id, at),
    constraint operation_type check (type in (
        'CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER', 'BLACKLIST', 'UNBLACKLIST', 'ARCHIVE', 'RESTORE',
        'MERGE')),
    constraint operation_cause check (cause in ('MANUAL', 'MANAGER', 'DEPARTURE', 'IMPORT', 'RULE', 'UNDO')),
    constraint operation_remark_length check (length(remark) <= 1000),
    constraint operation_moved check ((moved is not null) = (type = 'MERGE')),
    -- A rule is the cause exactly where a rule is named, and a rule works in a batch.
    constraint operation_rule_with_run
        check ((cause = 'RULE') = (rule_id is not null) and (rule_id is null or batch_id is not null))
);
create index operation_of_customer on customer_operation_log (customer_id, at, id);
-- Limits are counted from the log, not from what somebody owns: so claim, release and claim again count twice.
create index operation_claims on customer_operation_log (operator_user_id, at) where type = 'CLAIM';
-- Who owned a customer before, for the cooldown.
create index operation_previous_owner on customer_operation_log (customer_id, previous_owner_user_id, at)
    where previous_owner_user_id is not null;
create index operation_of_batch on customer_operation_log (batch_id, at, id) where batch_id is not null;
create index operation_of_merged on customer_operation_log (merged_from, at) where merged_from is not null;

-- What happened stays.
create trigger append_only before delete or truncate on customer_operation_log
    for each statement execute function refuse_change();

-- The only update that is allowed: a merge moves the rows of the merged customer to the one that stays, and notes whose
-- they were.
create function only_move_to_survivor() returns trigger language plpgsql as $$
begin
    if new.merged_from is distinct from coalesce(old.merged_from, old.customer_id)
        or not exists (select from customer where id = old.customer_id and merged_into = new.customer_id)
        or to_jsonb(new) - array['customer_id', 'merged_from']
           <> to_jsonb(old) - array['customer_id', 'merged_from'] then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger only_move_to_survivor before update on customer_operation_log
    for each row execute function only_move_to_survivor();
