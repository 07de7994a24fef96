-- Contacts that are put away.

-- As customers are: what is archived is in no list, and its details find nothing, until it is restored.
alter table contact add column archived_at timestamptz;
alter table contact add constraint contact_primary_is_there check (archived_at is null or not is_primary);
