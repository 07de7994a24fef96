-- Notifications: what users have to know that others did with their customers, and its delivery by HTTP.

-- A notification of one user, about a customer or about another user.
create table notification (
    id            uuid not null,
    user_id       uuid not null constraint notification_user references app_user,
    kind          text not null,
    customer_id   uuid constraint notification_customer references customer,
    -- The name at that time, because a user may not see a customer any more that was taken from them.
    customer_name text,
    -- Null: the system.
    actor_user_id uuid constraint notification_actor references app_user,
    at            timestamptz not null,
    -- Null: unread.
    read_at       timestamptz,
    -- Which rule took the customer, or is about to.
    rule_id       uuid constraint notification_rule references customer_pool_rule,
    about_user_id uuid constraint notification_about_user references app_user,
    primary key (id, at),
    constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE')),
    constraint notification_about
        check (num_nonnulls(customer_id, about_user_id) = 1 and (customer_id is null) = (customer_name is null))
);
create index notification_of_user on notification (user_id, at, id);
-- The number of unread notifications.
create index notification_unread on notification (user_id) where read_at is null;
-- A merge moves the notifications of a customer.
create index notification_of_customer on notification (customer_id);
-- Whether a rule has notified the owner of a customer already.
create index notification_of_rule on notification (customer_id, rule_id, at) where rule_id is not null;

-- The receiver that notifications are delivered to by HTTP. No row: they are not delivered.
create table webhook (
    only_row        boolean primary key default true,
    url             text not null,
    -- Deliveries are signed with it. The API never shows it.
    secret          bytea not null,
    last_success_at timestamptz,
    last_error_at   timestamptz,
    last_error      text,
    constraint webhook_one_row check (only_row),
    constraint webhook_lengths
        check (length(url) <= 2000 and length(secret) between 24 and 64 and length(last_error) <= 200),
    constraint webhook_error check ((last_error is null) = (last_error_at is null))
);

-- The delivery of a notification. It is tried until the receiver has accepted it, for at most 3 days. The row is
-- deleted 7 days after that.
create table webhook_delivery (
    -- A notification is delivered once.
    notification_id uuid primary key,
    -- The time of the notification, which is part of its key.
    at              timestamptz not null,
    attempts        integer not null default 0,
    -- When to try next. A server sets this to the time of the next attempt before it tries, so no other server tries
    -- meanwhile, and another one tries again when the server fails.
    due_at          timestamptz,
    delivered_at    timestamptz,
    given_up_at     timestamptz,
    constraint webhook_delivery_notification foreign key (notification_id, at) references notification (id, at),
    -- It waits, was delivered, or was given up.
    constraint webhook_delivery_ends_once check (num_nonnulls(due_at, delivered_at, given_up_at) = 1)
);
create index webhook_delivery_due on webhook_delivery (due_at, at, notification_id) where due_at is not null;
-- What is to be deleted.
create index webhook_delivery_ended on webhook_delivery (coalesce(delivered_at, given_up_at)) where due_at is null;

-- Writes the delivery in the transaction of the notification, so that no statement can forget it. The row of the
-- receiver is locked, so a receiver that is switched off at the same time leaves no delivery behind.
create function deliver_notifications() returns trigger language plpgsql as $$
begin
    insert into webhook_delivery (notification_id, at, due_at)
    select n.id, n.at, n.at from new_rows n, (select from webhook for key share) w;
    return null;
end $$;
create trigger webhook_delivers after insert on notification referencing new table as new_rows
    for each statement execute function deliver_notifications();
