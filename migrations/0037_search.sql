-- Contacts are found by their names and orders by their numbers, as customers are by their names: by their beginning, or by pairs
-- of characters anywhere in them.
create index contact_search on contact using gin (bigrams(fold(name))) where archived_at is null;
create index contact_search_prefix on contact (fold(name)) where archived_at is null;
create index order_search on sales_order using gin (bigrams(lower(order_no)));
create index order_search_prefix on sales_order (lower(order_no));
