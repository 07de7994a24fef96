-- Contacts that are put away, and what else imports can say.

-- As customers are, contacts are archived: what is archived is in no list, and its details find nothing, until it is restored.
alter table contact add column archived_at timestamptz;
alter table contact add constraint contact_primary_is_there check (archived_at is null or not is_primary);

-- Of companies with similar names nobody but people can tell whether they are one: their rows are left to the importer.
alter table import_row drop constraint import_row_duplicate_of;
alter table import_row add constraint import_row_duplicate_of
    check (duplicate_of in ('ROW', 'SAME', 'POOLED', 'TAKEN', 'BLOCKED', 'ARCHIVED', 'SIMILAR'));

-- How long nobody may claim what comes from the file into the pool; null: at once.
alter table import add column protect_for_seconds bigint
    constraint import_protect_for check (protect_for_seconds between 0 and 31622400);
