-- The live feed: one durable log of events, from which all subscribers are served.
--
-- A transaction that changes a customer inserts its events into the outbox while it holds the row of the customer, so
-- of two changes of one customer the earlier has the smaller id. Transactions commit in any order. One sequencer at a
-- time (an advisory lock) moves the visible rows of the outbox to the log and gives them the next positions. So
-- positions appear in order, and who sees a position can see all positions before it: therefore a position is the cursor
-- from which clients resume.

-- Events that are not in the log yet. Each row is there for a moment only, so the table is vacuumed by the number of
-- dead rows.
create table event_outbox (
    id              bigint generated always as identity primary key,
    -- Who may get it: those who watch the pool, or one user.
    topic           text not null,
    -- What happened: a customer changed, its protection ended, or a user has a new notification.
    kind            text not null,
    -- Null: a notification that is about a user.
    customer_id     uuid,
    -- The recipient of a notification; null for the pool.
    user_id         uuid,
    notification_id uuid,
    occurred_at     timestamptz not null,
    -- What the pool showed of the customer before and after the change (`pool_image`). Null: it was not in the pool.
    before          jsonb,
    after           jsonb,
    constraint event_outbox_kind
        check ((topic, kind) in (('POOL', 'CHANGED'), ('POOL', 'BECAME_CLAIMABLE'), ('NOTIFICATION', 'NOTIFIED'))),
    constraint event_outbox_about check (topic = 'NOTIFICATION' or customer_id is not null)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The log, with the columns of the outbox. Rows are deleted 30 days after `logged_at`, the oldest first; the last row
-- stays, because the next position is counted from it.
--
-- It has no foreign keys, because an event stays valid as it was when it happened.
create table event (
    -- Counted up by one. The primary key also refuses that two sequencers give out the same position; the table can be
    -- partitioned by it.
    position        bigint primary key,
    topic           text not null,
    kind            text not null,
    -- Why the customer entered the pool or changed in it, from the operation log. Null: it left the pool, or nothing is
    -- known.
    cause           text,
    customer_id     uuid,
    user_id         uuid,
    notification_id uuid,
    occurred_at     timestamptz not null,
    before          jsonb,
    after           jsonb,
    logged_at       timestamptz not null
);
-- What one user has to get.
create index event_of_user on event (user_id, position) where user_id is not null;

-- What the pool shows of a customer, as the filters of the feed compare it. Null: it is not in the pool for anybody.
create function pool_image(c customer) returns jsonb language sql stable as $$
    select case when c.owner_user_id is null and c.blacklisted_at is null and c.archived_at is null
        then jsonb_strip_nulls(to_jsonb(c)
            - '{name_fold,name_bigrams,name_key,source_detail,protection_due,next_contact_at}'::text[]) end
$$;

-- Every change of what the pool shows is an event. Triggers write it, so that no statement can forget it.
create function publish_new_customers() returns trigger language plpgsql as $$
begin
    insert into event_outbox (topic, kind, customer_id, occurred_at, after)
    select 'POOL', 'CHANGED', c.id, c.updated_at, c.image
    from (select n.id, n.updated_at, pool_image(n) as image from new_rows n) c
    where c.image is not null;
    return null;
end $$;
-- A change that leaves `updated_at` as it is shows nothing new to anybody.
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
