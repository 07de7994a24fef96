-- Mass acts: what happened to customers at once, so that it can be looked at and undone together.

create table operation_batch (
    id               uuid primary key,
    kind             text not null constraint operation_batch_kind
        check (kind in ('TEAM_RELEASE', 'ASSIGNMENT', 'TRANSFER', 'DEPARTURE', 'POOL_RULE')),
    -- Null: the system.
    operator_user_id uuid constraint operation_batch_operator references app_user,
    -- Who left, or who got all of them.
    about_user_id    uuid constraint operation_batch_about_user references app_user,
    -- What was asked for, where customers were not named one by one.
    filter           jsonb,
    at               timestamptz not null,
    moved            bigint not null,
    returned         bigint not null default 0,
    undone_by        uuid constraint operation_batch_undoer references app_user,
    undone_at        timestamptz,
    constraint operation_batch_undone check ((undone_by is null) = (undone_at is null))
);
create index operation_batch_by_time on operation_batch (at, id);
create index operation_batch_of_operator on operation_batch (operator_user_id, at, id);

-- The batch of a rule's run has its id.
insert into operation_batch (id, kind, at, moved, returned, undone_by, undone_at)
select r.id, 'POOL_RULE', r.started_at, t.moved, r.returned, r.undone_by, r.undone_at
from pool_rule_run r
join (select run_id, count(*) as moved from customer_operation_log where run_id is not null group by run_id) t on t.run_id = r.id;
alter table pool_rule_run drop column returned, drop column undone_by, drop column undone_at;

-- The log is what happened in a batch; undoing one is logged with it, too. It says what each customer was like before: with that
-- it is put back.
alter table customer_operation_log rename column run_id to batch_id;
alter table customer_operation_log drop constraint operation_run;
alter table customer_operation_log add constraint operation_in_batch foreign key (batch_id) references operation_batch;
alter table customer_operation_log drop constraint operation_rule_with_run;
alter table customer_operation_log add constraint operation_rule_with_run
    check ((cause = 'RULE') = (rule_id is not null) and (rule_id is null or batch_id is not null));
alter table customer_operation_log add column first_followup_time timestamptz;
alter table customer_operation_log add column last_followup_time timestamptz;
alter table customer_operation_log add column next_contact_at timestamptz;
alter table customer_operation_log add column protected_until timestamptz;
create index operation_of_batch on customer_operation_log (batch_id, at, id) where batch_id is not null;

-- What runs took so far stood in a table of its own.
alter table customer_operation_log disable trigger append_only;
update customer_operation_log l
set first_followup_time = t.first_followup_time, last_followup_time = t.last_followup_time, next_contact_at = t.next_contact_at
from pool_rule_taken t
where l.batch_id = t.run_id and l.customer_id = t.customer_id and l.at = t.at;
alter table customer_operation_log enable trigger append_only;
drop table pool_rule_taken;

-- Who does things to many sees what was done, those above them, too.
insert into permission (role, resource, action, scope)
    select r.name, 'operation_batch', 'read', p.scope
    from role r join (values ('manager', 'own'), ('manager', 'team'), ('hr', 'own'), ('admin', 'all')) p (role, scope) on p.role = r.name
    on conflict do nothing;
