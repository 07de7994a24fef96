-- What users are told is told elsewhere, too: to one receiver, by HTTP. No row: to nobody.
create table webhook (
    only_row        boolean primary key default true,
    url             text not null,
    -- What deliveries are signed with. It is never read back by anybody.
    secret          bytea not null,
    last_success_at timestamptz,
    last_error_at   timestamptz,
    last_error      text,
    constraint webhook_one_row check (only_row),
    constraint webhook_lengths check (length(url) <= 2000 and length(secret) between 24 and 64 and length(last_error) <= 200),
    constraint webhook_error check ((last_error is null) = (last_error_at is null))
);

-- What is to be delivered, written with the notification itself. It waits until it was delivered or given up.
create table webhook_delivery (
    notification_id uuid primary key constraint webhook_delivery_notification references notification,
    at              timestamptz not null,
    -- How often it was tried. Whoever tries sets `due_at` to the next time first: so a server that dies is no loss.
    attempts        integer not null default 0,
    due_at          timestamptz,
    delivered_at    timestamptz,
    given_up_at     timestamptz,
    constraint webhook_delivery_ends_once check (num_nonnulls(due_at, delivered_at, given_up_at) = 1)
);
create index webhook_delivery_due on webhook_delivery (due_at, at, notification_id) where due_at is not null;
create index webhook_delivery_ended on webhook_delivery (coalesce(delivered_at, given_up_at)) where due_at is null;

-- No writer of notifications can forget it. The receiver is held, so that what is switched off leaves nothing behind.
create function deliver_notifications() returns trigger language plpgsql as $$
begin
    insert into webhook_delivery (notification_id, at, due_at)
    select n.id, n.at, n.at from new_rows n, (select from webhook for key share) w;
    return null;
end $$;
create trigger webhook_delivers after insert on notification referencing new table as new_rows
    for each statement execute function deliver_notifications();
