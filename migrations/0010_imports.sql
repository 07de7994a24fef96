-- Imports of customers from files. Every row of the file is judged first, which changes nothing. Then the import is
-- run, in batches; and it may be undone.

-- A file and what becomes of it.
create table import (
    id                  uuid primary key,
    file_name           text not null,
    -- Of a workbook, the sheet that was read.
    sheet               text,
    -- The file is read (`READING`), and then ready or failed. It is run and then done, or stopped by a problem, and it
    -- may be undone.
    status              text not null,
    -- A JSON array in the order of the file: the `header` of each column and what it means (`field`; `extra` with the
    -- key of an extra field).
    columns             jsonb not null,
    -- The source of customers whose row has none.
    default_source      text,
    row_count           integer not null default 0,
    rows_done           integer not null default 0,
    created_by          uuid not null constraint import_creator references app_user,
    created_at          timestamptz not null,
    -- Who started the run last: it has the rights of this user.
    run_by              uuid constraint import_runner references app_user,
    started_at          timestamptz,
    finished_at         timestamptz,
    -- Who started the undo last: it has the rights of this user.
    undo_by             uuid constraint import_undoer references app_user,
    undone_at           timestamptz,
    -- Why it failed or stopped, in both languages.
    stopped_en          text,
    stopped_zh          text,
    -- For how long nobody may claim customers that come into the pool from the file, in seconds. Null: at once.
    protect_for_seconds bigint
        constraint import_protect_for check (protect_for_seconds between 0 and 31622400),
    -- When the server that reads the file last reported it. When that is too long ago the server has failed, and so has
    -- the import.
    reading_at          timestamptz,
    constraint import_status
        check (status in ('READING', 'FAILED', 'READY', 'RUNNING', 'STOPPED', 'DONE', 'UNDOING', 'UNDONE')),
    constraint import_stopped
        check ((status in ('STOPPED', 'FAILED')) = (stopped_en is not null)
               and (stopped_en is null) = (stopped_zh is null)),
    constraint import_lengths check (length(file_name) between 1 and 255 and length(sheet) <= 255),
    constraint import_rows check (rows_done between 0 and row_count),
    constraint import_is_read check (status <> 'READING' or reading_at is not null)
);
create index import_by_time on import (created_at, id);
create index import_of_user on import (created_by, created_at, id);
-- What servers look for several times a second: imports to work on, and imports whose server may have failed.
create index import_under_way on import (started_at) where status in ('RUNNING', 'UNDOING');
create index import_reading on import (reading_at) where status = 'READING';

-- A row of the file: first with what will become of it, and after the run with what became of it. The transaction that
-- does what a row asks for also sets `done_at`, so each row is done once. Runs update every row, so the table is
-- vacuumed by the number of dead rows.
create table import_row (
    id              uuid primary key,
    import_id       uuid not null constraint import_row_import references import on delete cascade,
    -- The place in the file, from 1; blank lines of a text file are not counted.
    number          integer not null,
    -- The user who made the import. Who may see the import may see its rows.
    created_by      uuid not null,
    -- A JSON array of the cells as text.
    cells           jsonb not null,
    -- What the company and its contact are identified by. Later rows of the same company are found by it.
    name_key        text collate "C",
    credit_code     text collate "C",
    contact_name    text collate "C",
    outcome         text not null,
    -- The earlier row of the same company, where that one creates or updates it.
    of_number       integer,
    duplicate_of    text,
    -- What is wrong, a JSON array: `column` (null: the whole row) and the text in both languages (`en`, `zh`).
    problems        jsonb not null default '[]',
    customer_id     uuid constraint import_row_customer references customer,
    contact_id      uuid constraint import_row_contact references contact,
    done_at         timestamptz,
    -- What the company was like before the row changed it (`draft`, `extras`), and the time of that change. When the
    -- company has another time of change now, somebody has edited it since, and an undo leaves it as it is.
    before          jsonb,
    written_at      timestamptz,
    -- What an undo did with the customer.
    undone          text,
    -- What the row added to a contact that existed (`phones`, `emails`, `title`, `wechat`). Null: the row created the
    -- contact.
    contact_added   jsonb,
    -- The version of the contact after that. When it has another one now, somebody has edited it since.
    contact_version integer not null default 1,
    constraint import_row_undone check (undone in ('ARCHIVED', 'RESTORED', 'KEPT')),
    constraint import_row_number unique (import_id, number),
    constraint import_row_outcome check (outcome in ('CREATE', 'UPDATE', 'DUPLICATE', 'ERROR')),
    constraint import_row_duplicate check ((outcome = 'DUPLICATE') = (duplicate_of is not null)),
    -- Of an earlier row; of a customer that has all of it already, is in the pool, is owned by somebody, is blacklisted
    -- or archived; or of one with a similar name, which only people can compare.
    constraint import_row_duplicate_of
        check (duplicate_of in ('ROW', 'SAME', 'POOLED', 'TAKEN', 'BLOCKED', 'ARCHIVED', 'SIMILAR')),
    -- A row that creates a customer names it only when it is done.
    constraint import_row_done check (done_at is not null or customer_id is null or outcome <> 'CREATE')
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
create index import_row_by_outcome on import_row (import_id, outcome, number, id);
-- What a run and an undo have still to do.
create index import_row_to_do on import_row (import_id, number) where done_at is null;
create index import_row_to_undo on import_row (import_id, number)
    where customer_id is not null and of_number is null and undone is null;
-- Earlier rows of the same company, and later ones.
create index import_row_of_name on import_row (import_id, name_key, number) where name_key is not null;
create index import_row_of_code on import_row (import_id, credit_code, number) where credit_code is not null;
create index import_row_of_company on import_row (import_id, of_number) where of_number is not null;
create index import_row_of_customer on import_row (customer_id, import_id) where customer_id is not null;
