-- Opportunities have names that people call them by, and a note about what was agreed.

alter table sales_opportunity
    add column name text collate "C",
    -- What those who work on it should know.
    add column note text;
alter table sales_opportunity drop constraint opportunity_lengths;
alter table sales_opportunity add constraint opportunity_lengths
    check (length(lost_remark) <= 1000 and length(name) between 1 and 200 and length(note) <= 4000);

-- They are found by their names, as contacts are: by the beginning, or by pairs of characters anywhere in them.
create index opportunity_search on sales_opportunity using gin (bigrams(fold(name))) where archived_at is null;
create index opportunity_search_prefix on sales_opportunity (fold(name)) where archived_at is null;
