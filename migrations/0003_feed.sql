-- The live feed: one durable log of what happens, from which everybody who watches is told.
--
-- Writers put events into the outbox while they hold the customer's row, so of one customer's changes the earlier is in
-- front. They become visible when their transactions commit, in any order. One sequencer at a time moves what is visible to
-- the log and gives it the next positions: positions appear in order, and whoever has seen one has been able to see all
-- before it. A position is the cursor that clients resume from.

create table event_outbox (
    id              bigint generated always as identity primary key,
    topic           text not null,
    kind            text not null,
    customer_id     uuid not null,
    -- To whom it is told; null: to all who watch the topic.
    user_id         uuid,
    notification_id uuid,
    occurred_at     timestamptz not null,
    -- What the customer showed in the pool; null where it was not there.
    before          jsonb,
    after           jsonb,
    constraint event_outbox_kind check ((topic, kind) in (('POOL', 'CHANGED'), ('POOL', 'BECAME_CLAIMABLE'), ('NOTIFICATION', 'NOTIFIED')))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table event (
    position        bigint primary key,
    topic           text not null,
    kind            text not null,
    -- Why, for an entry into the pool or a change in it.
    cause           text,
    customer_id     uuid not null,
    user_id         uuid,
    notification_id uuid,
    occurred_at     timestamptz not null,
    before          jsonb,
    after           jsonb,
    -- When it came into the log: it is kept for a time from then on.
    logged_at       timestamptz not null
);
create index event_of_user on event (user_id, position) where user_id is not null;

-- When the end of a customer's protection has to be announced: exactly once for each release, by whichever server gets
-- there first. Null: it was announced, or there is nothing to announce.
alter table customer add column protection_due timestamptz;
alter table customer add constraint customer_protection_due_in_pool check (protection_due is null or pool_entry_time is not null);
update customer set protection_due = protected_until where protected_until > now();
drop index customer_protected;
create index customer_protection_due on customer (protection_due) where protection_due is not null;

-- What a customer shows in the pool, as filters of the feed look at it; null where it is not there.
create function pool_image(c customer) returns jsonb language sql stable as $$
    select case when c.owner_user_id is null and c.blacklisted_at is null
        then jsonb_strip_nulls(to_jsonb(c) - '{name_fold,name_bigrams,name_key,source_detail,protection_due}'::text[]) end
$$;

-- Every change of what the pool shows is an event, whoever makes it: no writer can forget one.
create function publish_new_customers() returns trigger language plpgsql as $$
begin
    insert into event_outbox (topic, kind, customer_id, occurred_at, after)
    select 'POOL', 'CHANGED', c.id, c.updated_at, c.image
    from (select n.id, n.updated_at, pool_image(n) as image from new_rows n) c
    where c.image is not null;
    return null;
end $$;
create function publish_changed_customers() returns trigger language plpgsql as $$
begin
    insert into event_outbox (topic, kind, customer_id, occurred_at, before, after)
    select 'POOL', 'CHANGED', c.id, c.updated_at, c.before, c.after
    from (select n.id, n.updated_at, pool_image(o) as before, pool_image(n) as after
          from old_rows o join new_rows n on n.id = o.id where n.updated_at <> o.updated_at) c
    where c.before is not null or c.after is not null
    order by c.updated_at, c.id;
    return null;
end $$;
create trigger customer_entered after insert on customer referencing new table as new_rows
    for each statement execute function publish_new_customers();
create trigger customer_changed after update on customer referencing old table as old_rows new table as new_rows
    for each statement execute function publish_changed_customers();

-- What somebody has to know that others did with their customers.
create table notification (
    id            uuid primary key,
    user_id       uuid not null constraint notification_user references app_user,
    kind          text not null,
    customer_id   uuid not null constraint notification_customer references customer,
    -- As it was called then: what was taken may be out of sight now.
    customer_name text not null,
    actor_user_id uuid constraint notification_actor references app_user,
    at            timestamptz not null,
    read_at       timestamptz,
    constraint notification_kind check (kind in ('ASSIGNED', 'TAKEN'))
);
create index notification_of_user on notification (user_id, at, id);
create index notification_unread on notification (user_id) where read_at is null;
insert into permission (role, resource, action, scope)
    select name, 'notification', 'read', 'own' from role
    where name in ('sales', 'hr', 'service', 'marketing', 'analyst', 'admin') on conflict do nothing;

-- Counts the ends of sessions: servers that hold streams open look which of theirs have ended when it has moved.
create table session_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);
insert into session_revision (revision) values (1);
create function bump_session_revision() returns trigger language plpgsql as $$
begin
    update session_revision set revision = revision + 1;
    return null;
end $$;
create trigger session_ended after update of ended_at on session
    for each statement execute function bump_session_revision();

-- A text may be longer than an index takes: its beginning will do.
drop index customer_extra_text;
create index customer_extra_text on customer_extra (key, left(text_value, 100)) where text_value is not null;
