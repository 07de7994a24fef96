-- Values of imported files that a user has given a meaning: `约500` in a column of sizes is `UP_TO_1000`. It is used
-- in all later imports of the same user.
create table import_value (
    user_id     uuid not null constraint import_value_user references app_user,
    -- The field of the column, as in `import.columns`, and with EXTRA the key of the extra field.
    field       text collate "C" not null,
    extra       text collate "C" not null default '',
    -- The value in the file, as it is compared: without case, width and spaces.
    value_key   text collate "C" not null,
    -- What is read instead. Null: the cell is read as blank.
    replacement text,
    saved_at    timestamptz not null,
    primary key (user_id, field, extra, value_key),
    constraint import_value_lengths
        check (length(value_key) between 1 and 200 and length(replacement) between 1 and 200)
);
