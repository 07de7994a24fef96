-- When the last backup was begun that this program made. Null: it has made none.
alter table installation add column backed_up_at timestamptz;
