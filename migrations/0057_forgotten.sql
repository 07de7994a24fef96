-- What is kept for a time only.

-- For how many days a notification is kept.
alter table setting add column notification_days integer not null default 400,
    add constraint setting_notification_days check (notification_days between 30 and 36500);

-- Rows come in the order of time, so these indexes have one entry for many pages, and find the oldest rows.
create index idempotency_key_by_time on idempotency_key using brin (at);
create index session_by_time on session using brin (created_at);
create index notification_by_time on notification using brin (at);
