-- Several webhooks, each with the events that it wants. Triggers write these events to the outbox, so that no statement can forget
-- one; the sequencer gives them positions as it does others, and they are kept as long. A webhook is followed up to a position, so what
-- it gets is in order, and it can get it again.

alter table event_outbox
    drop constraint event_outbox_kind,
    drop constraint event_outbox_about,
    -- What a webhook gets is in `after`: its type and its data, as they were when it happened.
    add constraint event_outbox_kind
        check ((topic, kind) in (
            ('POOL', 'CHANGED'), ('POOL', 'BECAME_CLAIMABLE'), ('NOTIFICATION', 'NOTIFIED'), ('WEBHOOK', 'CUSTOMER_MOVED'),
            ('WEBHOOK', 'OPPORTUNITY_MOVED'), ('WEBHOOK', 'ORDER_STEP'), ('WEBHOOK', 'FOLLOW_UP'), ('WEBHOOK', 'IMPORT'),
            ('WEBHOOK', 'POOL_RULE_RUN'), ('WEBHOOK', 'APPROVAL'), ('WEBHOOK', 'NOTIFICATION'))),
    add constraint event_outbox_about check (topic in ('NOTIFICATION', 'WEBHOOK') or customer_id is not null),
    add constraint event_outbox_webhook check (topic <> 'WEBHOOK' or after is not null);
-- What a webhook gets next, of each kind that it wants.
create index event_of_webhooks on event (kind, position) where topic = 'WEBHOOK';
-- From where on a webhook gets what came since a time.
create index event_of_webhooks_since on event (logged_at) where topic = 'WEBHOOK';

drop trigger webhook_delivers on notification;
drop function deliver_notifications();

-- The webhook that there was, if there was one, is the first of them.
alter table webhook drop column only_row;
alter table webhook
    drop constraint webhook_lengths,
    drop constraint webhook_error,
    alter column secret drop not null,
    add column id uuid primary key default gen_random_uuid(),
    add column name text not null default 'Webhook',
    -- Requests of our own form, or messages for a robot of a group.
    add column format text not null default 'STANDARD',
    -- The language of messages.
    add column locale text not null default 'zh',
    -- It still signs, beside the present one, until then.
    add column previous_secret bytea,
    add column previous_secret_until timestamptz,
    -- The kinds of events that it wants.
    add column events text[] not null default '{NOTIFICATION}',
    -- It has got all events that it wants up to here, and the delivery that is tried now ends there. A delivery that is tried again is the
    -- same one, with the same id.
    add column position bigint,
    add column batch_upto bigint,
    add column delivery_id uuid,
    -- How often this delivery was tried, and when to try next. A server sets this to the time of the next attempt before it tries, so
    -- no other server tries meanwhile, and another one tries again when the server fails.
    add column attempts integer not null default 0,
    add column due_at timestamptz,
    -- Since when nothing has succeeded. Null: the last attempt did.
    add column failing_since timestamptz,
    -- Nothing is tried: a user has paused it, or it has failed for too long.
    add column paused_at timestamptz,
    -- When a user last tested it.
    add column tested_at timestamptz,
    add column created_at timestamptz;
update webhook set position = (select coalesce(max(position), 0) from event), due_at = now(), created_at = now();
alter table webhook
    alter column id drop default,
    alter column name drop default,
    alter column format drop default,
    alter column locale drop default,
    alter column events drop default,
    alter column position set not null,
    alter column due_at set not null,
    alter column created_at set not null,
    add constraint webhook_lengths
        check (length(name) between 1 and 100 and length(url) <= 2000 and length(last_error) <= 200
            and length(secret) between 1 and 200 and length(previous_secret) between 1 and 200),
    add constraint webhook_format check (format in ('STANDARD', 'WECOM', 'DINGTALK', 'FEISHU')),
    -- Requests of our own form are always signed, messages for WeCom never.
    add constraint webhook_secret
        check (case format when 'STANDARD' then secret is not null and length(secret) between 24 and 64
                           when 'WECOM' then secret is null else true end),
    add constraint webhook_previous_secret check ((previous_secret is null) = (previous_secret_until is null)),
    add constraint webhook_locale check (locale in ('en', 'zh')),
    add constraint webhook_events
        check (cardinality(events) > 0 and events <@ '{CUSTOMER_MOVED,OPPORTUNITY_MOVED,ORDER_STEP,FOLLOW_UP,IMPORT,POOL_RULE_RUN,APPROVAL,NOTIFICATION}'),
    add constraint webhook_batch check (batch_upto > position and (batch_upto is null) = (delivery_id is null)),
    add constraint webhook_error check ((last_error is null) = (last_error_at is null));

-- Whether any webhook wants events of a kind.
create function webhook_wants(event text) returns boolean language sql stable as $$
    select exists (select from webhook w where event = any (w.events))
$$;
-- A time as the API writes it.
create function json_time(at timestamptz) returns text language sql stable as $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
-- What has an id and a name. Null: there is none.
create function json_named(prefix text, id uuid, name text) returns jsonb language sql stable as $$
    select case when id is not null then jsonb_build_object('id', prefix || '_' || id, 'name', name) end
$$;
create function json_money(amount numeric, currency text) returns jsonb language sql stable as $$
    select case when amount is not null then jsonb_build_object('amount', amount::text, 'currency', currency) end
$$;

-- The owner of a customer changed, or it was entered, archived or put on the blacklist.
create function tell_webhooks_of_operations() returns trigger language plpgsql as $$
begin
    if webhook_wants('CUSTOMER_MOVED') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'CUSTOMER_MOVED', l.at, jsonb_build_object('type', 'customer.' || lower(l.type), 'data', jsonb_build_object(
            'id', 'operation_' || l.id, 'kind', l.type, 'cause', l.cause, 'customer', json_named('customer', l.customer_id, c.name),
            'previousOwner', json_named('user', p.id, p.name), 'newOwner', json_named('user', n.id, n.name),
            'actor', json_named('user', a.id, a.name), 'poolRule', json_named('poolrule', r.id, r.name)))
        from new_rows l join customer c on c.id = l.customer_id left join app_user p on p.id = l.previous_owner_user_id
        left join app_user n on n.id = l.new_owner_user_id left join app_user a on a.id = l.operator_user_id
        left join customer_pool_rule r on r.id = l.rule_id
        order by l.at, l.id;
    end if;
    return null;
end $$;
create trigger webhooks_told after insert on customer_operation_log referencing new table as new_rows
    for each statement execute function tell_webhooks_of_operations();

-- An opportunity was created, or its stage changed.
create function tell_webhooks_of_opportunities() returns trigger language plpgsql as $$
begin
    if webhook_wants('OPPORTUNITY_MOVED') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'OPPORTUNITY_MOVED', h.valid_from, jsonb_build_object(
            'type', case when b.stage is null then 'opportunity.created' else 'opportunity.moved' end, 'data', jsonb_build_object(
                'opportunity', json_named('opportunity', o.id, o.name), 'customer', json_named('customer', c.id, c.name),
                'stage', h.stage, 'stageKind', h.stage_kind, 'previousStage', b.stage, 'amount', json_money(h.amount, h.currency),
                'owner', json_named('user', w.id, w.name), 'actor', json_named('user', a.id, a.name)))
        from new_rows h join sales_opportunity o on o.id = h.opportunity_id join customer c on c.id = h.customer_id
        join app_user w on w.id = h.owner_user_id left join app_user a on a.id = h.changed_by
        left join opportunity_history b on b.opportunity_id = h.opportunity_id and b.valid_to = h.valid_from
        where b.stage is distinct from h.stage
        order by h.valid_from, h.opportunity_id;
    end if;
    return null;
end $$;
create trigger webhooks_told after insert on opportunity_history referencing new table as new_rows
    for each statement execute function tell_webhooks_of_opportunities();

-- An order was created or has taken a step.
create function tell_webhooks_of_orders() returns trigger language plpgsql as $$
begin
    if webhook_wants('ORDER_STEP') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'ORDER_STEP', h.at, jsonb_build_object('type', 'order.' || lower(h.action), 'data', jsonb_build_object(
            'order', json_named('order', o.id, o.order_no), 'customer', json_named('customer', c.id, c.name), 'action', h.action,
            'status', h.to_status, 'previousStatus', h.from_status, 'total', json_money(o.total_amount, o.currency),
            'owner', json_named('user', w.id, w.name), 'actor', json_named('user', a.id, a.name)))
        from new_rows h join sales_order o on o.id = h.order_id join customer c on c.id = h.customer_id
        join app_user w on w.id = o.owner_user_id left join app_user a on a.id = h.user_id
        order by h.at, h.id;
    end if;
    return null;
end $$;
create trigger webhooks_told after insert on order_history referencing new table as new_rows
    for each statement execute function tell_webhooks_of_orders();

-- A follow-up was recorded. What was said is not told.
create function tell_webhooks_of_follow_ups() returns trigger language plpgsql as $$
begin
    if webhook_wants('FOLLOW_UP') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'FOLLOW_UP', f.created_at, jsonb_build_object('type', 'follow_up.recorded', 'data', jsonb_build_object(
            'id', 'followup_' || f.id, 'customer', json_named('customer', c.id, c.name),
            'opportunity', json_named('opportunity', o.id, o.name), 'channel', f.channel, 'at', json_time(f.at),
            'author', json_named('user', a.id, a.name)))
        from new_rows f join customer c on c.id = f.customer_id join app_user a on a.id = f.author_user_id
        left join sales_opportunity o on o.id = f.opportunity_id
        order by f.created_at, f.id;
    end if;
    return null;
end $$;
create trigger webhooks_told after insert on followup referencing new table as new_rows
    for each statement execute function tell_webhooks_of_follow_ups();

-- An import was read, has ended, or was undone.
create function tell_webhooks_of_import() returns trigger language plpgsql as $$
begin
    if webhook_wants('IMPORT') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'IMPORT', acting_at(), jsonb_build_object('type', 'import.' || lower(new.status), 'data', jsonb_build_object(
            'id', 'import_' || new.id, 'kind', new.kind, 'status', new.status, 'fileName', new.file_name, 'rows', new.row_count,
            'rowsDone', new.rows_done, 'creator', json_named('user', u.id, u.name)))
        from app_user u where u.id = new.created_by;
    end if;
    return null;
end $$;
create trigger webhooks_told after update of status on import for each row
    when (old.status <> new.status and new.status in ('READY', 'FAILED', 'STOPPED', 'DONE', 'UNDONE'))
    execute function tell_webhooks_of_import();

-- A run of a pool rule has ended, waits for approval, or was decided on.
create function tell_webhooks_of_run() returns trigger language plpgsql as $$
declare
    event text := case when new.status in ('DONE', 'STOPPED', 'FAILED') and old.status <> new.status then 'POOL_RULE_RUN' else 'APPROVAL' end;
    step text := case when event = 'APPROVAL' and new.approved_at is distinct from old.approved_at then 'APPROVED' else new.status end;
begin
    if webhook_wants(event) then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', event, coalesce(new.finished_at, acting_at()), jsonb_build_object(
            'type', case event when 'APPROVAL' then 'approval.' else 'pool_rule_run.' end || lower(step), 'data', jsonb_build_object(
                'id', 'poolrulerun_' || new.id, 'poolRule', json_named('poolrule', r.id, r.name), 'status', step,
                'plannedAt', json_time(new.planned_at), 'matched', new.matched, 'released', new.released, 'waiting', new.held,
                'approveBy', json_time(new.approve_by), 'actor', json_named('user', a.id, a.name)))
        from customer_pool_rule r left join app_user a on a.id = new.approved_by where r.id = new.rule_id;
    end if;
    return null;
end $$;
create trigger webhooks_told after update on pool_rule_run for each row
    when (old.status <> new.status and new.status <> 'RUNNING'
          or new.approved_at is not null and old.approved_at is distinct from new.approved_at)
    execute function tell_webhooks_of_run();

-- A webhook is paused after it has failed for long, and administrators are notified.
alter table notification
    -- The name of the webhook at that time.
    add column webhook_name text,
    drop constraint notification_kind,
    add constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                        'APPROVAL_DUE', 'QUICK_RELEASES', 'SUPERIOR_CHANGED', 'IMPORTED', 'TASK_GIVEN', 'TASK_DUE', 'ENQUIRY',
                        'WEBHOOK_PAUSED')),
    drop constraint notification_about,
    add constraint notification_about
        check (num_nonnulls(customer_id, about_user_id) <= 1 and (customer_id is null) = (customer_name is null)
            and (customer_id is not null or about_user_id is not null or run_id is not null or kind in ('IMPORTED', 'WEBHOOK_PAUSED'))),
    add constraint notification_webhook check ((kind = 'WEBHOOK_PAUSED') = (webhook_name is not null));

-- What a notification says.
create function webhook_notification(n notification) returns jsonb language sql stable as $$
    select jsonb_build_object('type', 'notification.' || lower(n.kind), 'data', jsonb_build_object(
        'id', 'notification_' || n.id, 'kind', n.kind, 'user', json_named('user', u.id, u.name) || jsonb_build_object('email', u.email),
        'customer', json_named('customer', n.customer_id, n.customer_name), 'aboutUser', json_named('user', b.id, b.name),
        'actor', json_named('user', a.id, a.name), 'poolRule', json_named('poolrule', r.id, r.name),
        'poolRuleRun', case when n.run_id is not null then jsonb_build_object('id', 'poolrulerun_' || n.run_id) end,
        'customers', n.customers, 'dueAt', json_time(n.due_at), 'importKind', n.import_kind, 'records', n.records,
        'task', case when k.id is not null
            then jsonb_build_object('id', 'task_' || k.id, 'subject', k.subject, 'dueTime', json_time(k.due_at)) end,
        'webhook', n.webhook_name))
    from app_user u left join app_user b on b.id = n.about_user_id left join app_user a on a.id = n.actor_user_id
    left join customer_pool_rule r on r.id = n.rule_id left join task k on k.id = n.task_id
    where u.id = n.user_id
$$;
create function tell_webhooks_of_notifications() returns trigger language plpgsql as $$
begin
    if webhook_wants('NOTIFICATION') then
        insert into event_outbox (topic, kind, occurred_at, after)
        select 'WEBHOOK', 'NOTIFICATION', n.at, webhook_notification(n) from new_rows n order by n.at, n.id;
    end if;
    return null;
end $$;
create trigger webhooks_told after insert on notification referencing new table as new_rows
    for each statement execute function tell_webhooks_of_notifications();

-- What was not delivered yet comes first.
insert into event_outbox (topic, kind, occurred_at, after)
select 'WEBHOOK', 'NOTIFICATION', n.at, webhook_notification(n)
from webhook_delivery d join notification n on (n.id, n.at) = (d.notification_id, d.at)
where d.due_at is not null and exists (select from webhook)
order by n.at, n.id;
drop table webhook_delivery;

-- Older programs deliver from the table that is gone.
update installation set oldest_program = 80;
