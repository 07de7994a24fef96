-- Tasks: what somebody has to do about a customer, and when. The next contact that a follow-up plans is one, too.

create table task (
    id              uuid primary key,
    customer_id     uuid not null constraint task_customer references customer,
    -- What of the customer it is about. Both null: the customer itself.
    opportunity_id  uuid,
    order_id        uuid,
    -- Who has to do it.
    owner_user_id   uuid not null constraint task_owner references app_user,
    -- Null: contact the customer, as the follow-up planned without words.
    subject         text,
    due_at          timestamptz not null,
    -- When its owner has to be reminded: one server sets it to null and notifies the owner, so that it is done once.
    reminder_due    timestamptz,
    status          text not null default 'OPEN',
    ended_at        timestamptz,
    -- Who completed or cancelled it. Null while it is open, and where it was cancelled because the customer was released
    -- or archived: if that is taken back, it is open again.
    ended_by        uuid constraint task_ender references app_user,
    -- The follow-up that planned it.
    followup_id     uuid,
    followup_at     timestamptz,
    -- The follow-up that completed it.
    completed_in_id uuid,
    completed_in_at timestamptz,
    -- Null: the system.
    created_by      uuid constraint task_creator references app_user,
    -- Who changed it last; the trigger that writes the steps takes it from here. Null: it followed its customer.
    updated_by      uuid constraint task_editor references app_user,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Counts the steps, so that a change of an old version is refused.
    version         integer not null default 1,
    constraint task_of_customer unique (id, customer_id),
    constraint task_opportunity
        foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint task_order foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
    constraint task_about_one check (num_nonnulls(opportunity_id, order_id) <= 1),
    constraint task_followup foreign key (followup_id, followup_at) references followup (id, at),
    constraint task_completed_in foreign key (completed_in_id, completed_in_at) references followup (id, at),
    constraint task_followup_with_time
        check (num_nonnulls(followup_id, followup_at) <> 1 and num_nonnulls(completed_in_id, completed_in_at) <> 1),
    constraint task_status check (status in ('OPEN', 'DONE', 'CANCELLED')),
    constraint task_ended check ((status = 'OPEN') = (ended_at is null) and (ended_by is null or ended_at is not null)),
    constraint task_done_by_somebody check (status <> 'DONE' or ended_by is not null),
    constraint task_completed_in_is_done check (completed_in_id is null or status = 'DONE'),
    constraint task_reminder check (reminder_due is null or (reminder_due = due_at and status = 'OPEN')),
    constraint task_subject_length check (length(subject) between 1 and 1000)
);
-- The lists: of a user, of a customer, of an opportunity and of an order; open ones by when they are due.
create index task_owner_by_due on task (owner_user_id, due_at, id);
create index task_owner_open_by_due on task (owner_user_id, due_at, id) where status = 'OPEN';
create index task_customer_by_due on task (customer_id, due_at, id);
create index task_open_of_customer on task (customer_id, owner_user_id, due_at) where status = 'OPEN';
create index task_by_due on task (due_at, id);
create index task_of_opportunity on task (opportunity_id, due_at, id) where opportunity_id is not null;
create index task_of_order on task (order_id, due_at, id) where order_id is not null;
-- What a follow-up planned and completed. A follow-up plans one task.
create unique index task_of_followup on task (followup_id) where followup_id is not null;
create index task_completed_in on task (completed_in_id) where completed_in_id is not null;
-- Whom to remind next.
create index task_reminder_due on task (reminder_due) where reminder_due is not null;

-- What happened to a task: what it was like after each step, and who took it. Triggers write it, so that no statement can
-- forget it.
create table task_step (
    task_id       uuid not null,
    customer_id   uuid not null,
    -- The version of the task that the step made.
    version       integer not null,
    action        text not null,
    due_at        timestamptz not null,
    owner_user_id uuid not null constraint task_step_owner references app_user,
    -- Null: it followed its customer, or the system entered it.
    user_id       uuid constraint task_step_user references app_user,
    at            timestamptz not null,
    primary key (task_id, version),
    constraint task_step_of foreign key (task_id, customer_id) references task (id, customer_id) on update cascade,
    constraint task_step_action check (action in ('CREATE', 'MOVE', 'HAND_OVER', 'COMPLETE', 'CANCEL', 'REOPEN'))
);
create index task_step_of_customer on task_step (customer_id, task_id);

create function keep_new_tasks() returns trigger language plpgsql as $$
begin
    insert into task_step (task_id, customer_id, version, action, due_at, owner_user_id, user_id, at)
    select id, customer_id, version, 'CREATE', due_at, owner_user_id, created_by, created_at from changed_rows;
    return null;
end $$;
create function keep_changed_tasks() returns trigger language plpgsql as $$
begin
    insert into task_step (task_id, customer_id, version, action, due_at, owner_user_id, user_id, at)
    select n.id, n.customer_id, n.version,
           case when n.status = o.status then case when n.owner_user_id = o.owner_user_id then 'MOVE' else 'HAND_OVER' end
                when n.status = 'OPEN' then 'REOPEN' when n.status = 'DONE' then 'COMPLETE' else 'CANCEL' end,
           n.due_at, n.owner_user_id, n.updated_by, n.updated_at
    from changed_rows n join old_rows o on o.id = n.id
    where (n.status, n.owner_user_id, n.due_at) is distinct from (o.status, o.owner_user_id, o.due_at);
    return null;
end $$;

-- `next_contact_at` of a customer is when its owner has the earliest open task about it.
alter table customer
    drop constraint customer_next_contact_of_ownership,
    add constraint customer_next_contact_of_owner check (next_contact_at is null or owner_user_id is not null);
create function plan_contacts(customers uuid[]) returns void language sql as $$
    update customer c set next_contact_at = n.next
    from (select k.id, (select min(t.due_at) from task t
                        where t.customer_id = k.id and t.owner_user_id = k.owner_user_id and t.status = 'OPEN') as next
          from customer k where k.id = any(customers)) n
    where c.id = n.id and c.next_contact_at is distinct from n.next;
$$;
create function plan_contacts_of_tasks() returns trigger language plpgsql as $$
begin
    perform plan_contacts((select array_agg(distinct customer_id) from changed_rows));
    return null;
end $$;

-- Tasks follow their customer. What its owner had to do goes to the next owner, or is cancelled when nobody owns it any
-- more; when it is archived, all its tasks are cancelled. If the ownership goes on because a batch is undone, or the customer is
-- restored, exactly these tasks are open again. A task about an order stays with its owner, because the order does. A merge
-- moves tasks by a statement of its own.
create function tasks_follow_customers() returns trigger language plpgsql as $$
declare
    moved uuid[];
begin
    if not exists (select from new_rows n join old_rows o on o.id = n.id
                   where n.owner_user_id is distinct from o.owner_user_id or (n.archived_at is null) <> (o.archived_at is null)) then
        return null;
    end if;
    update task t
    set owner_user_id = n.owner_user_id, updated_by = null, updated_at = n.updated_at, version = t.version + 1
    from new_rows n join old_rows o on o.id = n.id
    where n.owner_user_id <> o.owner_user_id and n.merged_into is null
        and t.customer_id = n.id and t.owner_user_id = o.owner_user_id and t.status = 'OPEN' and t.order_id is null;
    update task t
    set status = 'CANCELLED', ended_at = coalesce(n.archived_at, n.pool_entry_time), ended_by = null, reminder_due = null,
        updated_by = null, updated_at = n.updated_at, version = t.version + 1
    from new_rows n join old_rows o on o.id = n.id
    where n.merged_into is null and t.customer_id = n.id and t.status = 'OPEN'
        and (n.archived_at is not null and o.archived_at is null
             or n.owner_user_id is null and t.owner_user_id = o.owner_user_id and t.order_id is null);
    update task t
    set status = 'OPEN', ended_at = null, reminder_due = case when t.due_at > n.updated_at then t.due_at end,
        updated_by = null, updated_at = n.updated_at, version = t.version + 1
    from new_rows n join old_rows o on o.id = n.id
    where n.archived_at is null and t.customer_id = n.id and t.status = 'CANCELLED' and t.ended_by is null
        and (t.ended_at = o.archived_at
             or o.owner_user_id is null and n.owned_since < o.pool_entry_time and t.owner_user_id = n.owner_user_id
                 and t.ended_at = o.pool_entry_time)
        and exists (select from app_user u where u.id = t.owner_user_id and u.status = 'ACTIVE');
    select array_agg(n.id) into moved from new_rows n join old_rows o on o.id = n.id
    where n.owner_user_id is distinct from o.owner_user_id;
    perform plan_contacts(moved);
    return null;
end $$;
create trigger tasks_follow after update on customer
    referencing old table as old_rows new table as new_rows
    for each statement execute function tasks_follow_customers();

-- Gives tasks to a successor, or cancels them if there is none. `by_user` is who does it; null: they follow their customer.
create function hand_over_tasks(tasks uuid[], successor uuid, by_user uuid, moment timestamptz) returns void language sql as $$
    update task
    set owner_user_id = coalesce(successor, owner_user_id),
        status = case when successor is null then 'CANCELLED' else 'OPEN' end,
        ended_at = case when successor is null then moment end, ended_by = case when successor is null then by_user end,
        reminder_due = case when successor is not null then reminder_due end,
        updated_by = by_user, updated_at = moment, version = version + 1
    where id = any(tasks)
$$;

-- Who takes over an order takes over what is to be done about it.
create function tasks_follow_orders() returns trigger language plpgsql as $$
begin
    update task t
    set owner_user_id = n.owner_user_id, updated_by = null, updated_at = n.updated_at, version = t.version + 1
    from new_rows n join old_rows o on o.id = n.id
    where n.owner_user_id <> o.owner_user_id
        and t.order_id = n.id and t.owner_user_id = o.owner_user_id and t.status = 'OPEN';
    return null;
end $$;
create trigger tasks_follow after update on sales_order
    referencing old table as old_rows new table as new_rows
    for each statement execute function tasks_follow_orders();

-- A notification may be about a task.
alter table notification
    add column task_id uuid constraint notification_task references task,
    drop constraint notification_kind,
    add constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                        'APPROVAL_DUE', 'QUICK_RELEASES', 'SUPERIOR_CHANGED', 'IMPORTED', 'TASK_GIVEN', 'TASK_DUE')),
    add constraint notification_about_task check ((kind in ('TASK_GIVEN', 'TASK_DUE')) = (task_id is not null));

-- What is planned becomes a task of the customer's owner, in the words of the follow-up that planned it. Nobody is reminded of
-- what is due already.
insert into task (id, customer_id, opportunity_id, owner_user_id, subject, due_at, reminder_due, followup_id, followup_at,
                  created_by, updated_by, created_at, updated_at)
select gen_random_uuid(), c.id, f.opportunity_id, c.owner_user_id, f.next_plan, c.next_contact_at,
       case when c.next_contact_at > now() then c.next_contact_at end, f.id, f.at,
       coalesce(f.author_user_id, c.owner_user_id), coalesce(f.author_user_id, c.owner_user_id),
       coalesce(f.created_at, c.last_followup_time), coalesce(f.created_at, c.last_followup_time)
from customer c
left join lateral (
    select f.* from followup f where f.customer_id = c.id and f.channel <> 'ORDER' and f.next_contact_at = c.next_contact_at
    order by f.at desc, f.created_at desc, f.id desc limit 1) f on true
where c.next_contact_at is not null and c.archived_at is null;
update customer set next_contact_at = null where next_contact_at is not null and archived_at is not null;
insert into task_step (task_id, customer_id, version, action, due_at, owner_user_id, user_id, at)
select id, customer_id, 1, 'CREATE', due_at, owner_user_id, created_by, created_at from task;

create trigger task_entered after insert on task
    referencing new table as changed_rows for each statement execute function keep_new_tasks();
create trigger task_changed after update on task
    referencing old table as old_rows new table as changed_rows for each statement execute function keep_changed_tasks();
create trigger task_plans_new after insert on task
    referencing new table as changed_rows for each statement execute function plan_contacts_of_tasks();
create trigger task_plans after update on task
    referencing new table as changed_rows for each statement execute function plan_contacts_of_tasks();
create trigger append_only before delete or truncate
    or update of version, action, due_at, owner_user_id, user_id, at on task_step
    for each statement execute function refuse_change();
create trigger never_deleted before delete or truncate on task for each statement execute function refuse_change();

-- A batch that is undone gives the tasks back, so the log need not keep what was planned.
alter table customer_operation_log drop column next_contact_at;
-- Older programs write it.
update installation set oldest_program = 36;

-- Who may do what with tasks, in installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select r.name, 'task', g.action, g.scope
from (values ('sales', 'read', 'own'), ('sales', 'read', 'held'), ('sales', 'write', 'own'), ('sales', 'write', 'held'),
             ('manager', 'read', 'team'), ('manager', 'write', 'team'),
             ('service', 'read', 'own'), ('service', 'write', 'own'),
             ('admin', 'read', 'all'), ('admin', 'write', 'all')) g (role, action, scope)
join role r on r.name = g.role
on conflict do nothing;
