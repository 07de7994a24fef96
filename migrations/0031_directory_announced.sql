-- A change of the directory is announced to all servers, so that they need not wait for their next look at it.

create or replace function bump_directory_revision() returns trigger language plpgsql as $$
begin
    update directory_revision set revision = revision + 1;
    notify tidepool_directory;
    return null;
end $$;
