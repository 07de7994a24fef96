-- A row of a file may give several contacts. What it wrote to each of them is kept for undoing the import.
create table import_row_contact (
    import_id  uuid not null,
    number     integer not null,
    contact_id uuid not null constraint import_row_contact_contact references contact,
    -- What the row added to a contact that existed (`phones`, `emails`, `title`, `wechat`). Null: the row created the
    -- contact.
    added      jsonb,
    -- The version of the contact after that. When it has another one now, somebody has edited it since.
    version    integer not null,
    constraint import_row_contact_pkey primary key (import_id, number, contact_id),
    constraint import_row_contact_row foreign key (import_id, number) references import_row (import_id, number) on delete cascade
);
insert into import_row_contact (import_id, number, contact_id, added, version)
select import_id, number, contact_id, contact_added, contact_version from import_row where contact_id is not null;

-- The names of the contacts that the row writes. Later rows of the same company find it by them.
alter table import_row add column contact_names text[] collate "C" not null default '{}';
update import_row set contact_names = array[contact_name] where contact_name is not null;
alter table import_row drop column contact_id, drop column contact_name, drop column contact_added, drop column contact_version;
