-- Customers from a file: first every row is judged and nothing done, then they are entered, in batches.

create table import (
    id             uuid primary key,
    file_name      text not null,
    -- Of a workbook, the sheet that was read.
    sheet          text,
    status         text not null,
    -- In the order of the file: `header`, and what it means (`field`, and `extra` for the key of an extra field).
    columns        jsonb not null,
    -- The source of rows that give none.
    default_source text,
    row_count      integer not null default 0,
    rows_done      integer not null default 0,
    created_by     uuid not null constraint import_creator references app_user,
    created_at     timestamptz not null,
    -- With whose rights it runs: whoever started it last.
    run_by         uuid constraint import_runner references app_user,
    started_at     timestamptz,
    finished_at    timestamptz,
    -- With whose rights it is undone: whoever asked for it last.
    undo_by        uuid constraint import_undoer references app_user,
    undone_at      timestamptz,
    -- Why it stopped before its end, in both languages.
    stopped_en     text,
    stopped_zh     text,
    constraint import_status check (status in ('READING', 'READY', 'RUNNING', 'STOPPED', 'DONE', 'UNDOING', 'UNDONE')),
    constraint import_stopped check ((status = 'STOPPED') = (stopped_en is not null) and (stopped_en is null) = (stopped_zh is null)),
    constraint import_lengths check (length(file_name) between 1 and 255 and length(sheet) <= 255),
    constraint import_rows check (rows_done between 0 and row_count)
);
create index import_by_time on import (created_at, id);
create index import_of_user on import (created_by, created_at, id);
-- What servers look for several times a second.
create index import_under_way on import (started_at) where status in ('RUNNING', 'UNDOING');

-- The rows of the file, each with what becomes of it: as judged, and once it is done, as it was done. A row is done in the
-- transaction that says so, and so exactly once.
create table import_row (
    id           uuid primary key,
    import_id    uuid not null constraint import_row_import references import on delete cascade,
    number       integer not null,
    -- Who sees it: as its import.
    created_by   uuid not null,
    -- As they are in the file, as text.
    cells        jsonb not null,
    -- What companies are known by, and the contact that it adds: later rows of the same company look here.
    name_key     text collate "C",
    credit_code  text collate "C",
    contact_name text collate "C",
    outcome      text not null,
    -- The earlier row of the same company, when that one enters or changes it.
    of_number    integer,
    duplicate_of text,
    -- What is wrong: `column` (null: the whole row), `en`, `zh`.
    problems     jsonb not null default '[]',
    customer_id  uuid constraint import_row_customer references customer,
    contact_id   uuid constraint import_row_contact references contact,
    done_at      timestamptz,
    -- What its company was like before it changed it (`draft`, `extras`), and when it wrote to it: whoever has touched the
    -- customer since, its last change is another.
    before       jsonb,
    written_at   timestamptz,
    -- What undoing the import did with it.
    undone       text,
    constraint import_row_undone check (undone in ('ARCHIVED', 'RESTORED', 'KEPT')),
    constraint import_row_number unique (import_id, number),
    constraint import_row_outcome check (outcome in ('CREATE', 'UPDATE', 'DUPLICATE', 'ERROR')),
    constraint import_row_duplicate check ((outcome = 'DUPLICATE') = (duplicate_of is not null)),
    constraint import_row_duplicate_of check (duplicate_of in ('ROW', 'SAME', 'POOLED', 'TAKEN', 'BLOCKED', 'ARCHIVED')),
    constraint import_row_done check (done_at is not null or customer_id is null or outcome <> 'CREATE')
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
create index import_row_by_outcome on import_row (import_id, outcome, number, id);
create index import_row_to_do on import_row (import_id, number) where done_at is null;
create index import_row_to_undo on import_row (import_id, number) where customer_id is not null and of_number is null and undone is null;
create index import_row_of_name on import_row (import_id, name_key, number) where name_key is not null;
create index import_row_of_code on import_row (import_id, credit_code, number) where credit_code is not null;
create index import_row_of_company on import_row (import_id, of_number) where of_number is not null;
create index import_row_of_customer on import_row (customer_id, import_id) where customer_id is not null;

alter table customer_operation_log drop constraint operation_cause;
alter table customer_operation_log add constraint operation_cause check (cause in ('MANUAL', 'MANAGER', 'DEPARTURE', 'IMPORT'));

insert into permission (role, resource, action, scope)
    select role.name, 'import', 'write', held.scope
    from (values ('marketing', 'own'), ('admin', 'all')) held (role, scope)
    join role on role.name = held.role on conflict do nothing;
