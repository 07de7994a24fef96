-- Imports that are read whatever becomes of their request, contacts that they add numbers to, and phone numbers that are
-- compared in one form.

-- An import is there from the moment its file has come, and FAILED (with why) when the file can't be read to its end.
alter table import drop constraint import_status;
alter table import add constraint import_status
    check (status in ('READING', 'FAILED', 'READY', 'RUNNING', 'STOPPED', 'DONE', 'UNDOING', 'UNDONE'));
alter table import drop constraint import_stopped;
alter table import add constraint import_stopped
    check ((status in ('STOPPED', 'FAILED')) = (stopped_en is not null) and (stopped_en is null) = (stopped_zh is null));
-- When the server that reads the file last said so: one that says nothing for long is gone.
alter table import add column reading_at timestamptz;
update import set reading_at = created_at where status = 'READING';
alter table import add constraint import_is_read check (status <> 'READING' or reading_at is not null);
create index import_reading on import (reading_at) where status = 'READING';

-- Of a contact that was there: what the row added to it (`phones`, `emails`, `title`, `wechat`); null: the row entered it. And the
-- contact's version when that was done: whoever has changed it since, it has another.
alter table import_row add column contact_added jsonb;
alter table import_row add column contact_version integer not null default 1;

-- Phone numbers anew, as `phone_key` makes them: however a number of China is written, it is the same.
create function pg_temp.phone_key(phone text) returns text language sql immutable as $$
    select case
               when china ~ '^1[3-9]\d{9}$' or china ~ '^(400|800)\d{7}$' then china
               when china is not null then '0' || china
               when digits ~ '^01[3-9]\d{9}$' then substr(digits, 2)
               else digits
           end || coalesce('x' || nullif(extension, ''), '')
    from (select *, (regexp_match(digits, '^860?([1-9]\d{8,10})$'))[1] as china
          from (select case when btrim(phone) like '+%' then main else regexp_replace(main, '^00', '') end as digits, extension
                from (select regexp_replace(parts[1], '[^0-9]', '', 'g') as main, regexp_replace(parts[2], '[^0-9]', '', 'g') as extension
                      from regexp_match(phone, '^(.*?)((?:x|ext|转|分机|#).*)?$', 'is') as m (parts)) p) d) n
$$;
update contact k set phone_keys = anew.keys
from (select c.id, array(select pg_temp.phone_key(phone) from unnest(c.phones) with ordinality p (phone, place) order by place) as keys
      from contact c where c.phones <> '{}') anew
where anew.id = k.id and anew.keys <> k.phone_keys;
