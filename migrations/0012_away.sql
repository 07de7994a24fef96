-- Who is away: whom it is asked of to find others for their customers, and who is suggested meanwhile.

-- How long somebody may be away before their superior is asked to transfer their customers; null: nobody is asked.
alter table setting add column long_absence_seconds bigint default 2592000;
alter table setting add constraint setting_long_absence check (long_absence_seconds between 0 and 31622400);

-- What somebody is told is about a customer, or about somebody.
alter table notification alter column customer_id drop not null;
alter table notification alter column customer_name drop not null;
alter table notification add column about_user_id uuid constraint notification_about_user references app_user;
alter table notification add constraint notification_about
    check (num_nonnulls(customer_id, about_user_id) = 1 and (customer_id is null) = (customer_name is null));
alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind
    check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE'));
alter table event alter column customer_id drop not null;
alter table event_outbox alter column customer_id drop not null;
alter table event_outbox add constraint event_outbox_about check (topic = 'NOTIFICATION' or customer_id is not null);

-- What a rep sold lately. Of orders all: nearly all count, and each step of one would have to leave an index that asks for the status.
create index order_seller_by_time on sales_order (sold_by_user_id, ordered_at);
create index opportunity_won_by_owner on sales_opportunity (owner_user_id, closed_at) where stage_kind = 'WON';
