//! How clients read imports: importers read their own, and administrators read all, without the cells of the rows.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// The permission to import files and to read imports.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Import);

static KIND: Enum = Enum::of_inputs("ImportKind");

static STATUS: Enum = Enum {
    name: "ImportStatus",
    doc: "The status of an import.",
    values: &[
        (
            "READING",
            "The file is being read, and `rowCount` is the number of rows read so far. Wait, and query it again.",
        ),
        (
            "FAILED",
            "The file could not be read to its end, for the reason in `stoppedEn` and `stoppedZh`. Nothing is written. Import the file again.",
        ),
        ("READY", "Every row is validated, and nothing is written yet. `runImport` runs the import."),
        ("RUNNING", "The rows are being written."),
        (
            "STOPPED",
            "The import stopped before its end, for the reason in `stoppedEn` and `stoppedZh`. Rows that are done stay done, and `runImport` continues with the others.",
        ),
        ("DONE", "Every row is done."),
        ("UNDOING", "The import is being undone."),
        (
            "UNDONE",
            "The import was undone, except for customers that somebody used after the import: see `undone` of its rows.",
        ),
    ],
};

static OUTCOME: Enum = Enum {
    name: "ImportOutcome",
    doc: "The outcome of a row.",
    values: &[
        ("CREATE", "The row creates a customer, or a record of the kind of the import."),
        (
            "UPDATE",
            "The row updates a customer that you may update, or it adds a contact to it or to the company of an earlier row, or phones and e-mail addresses to a contact of the same name. Its other values are not written and are listed in `problems`.",
        ),
        (
            "DUPLICATE",
            "The company or the record of the row exists already, or may exist: see `duplicateOf`. Nothing is written.",
        ),
        ("ERROR", "The row has errors, which are listed in `problems`. Nothing is written."),
    ],
};

static DUPLICATE: Enum = Enum {
    name: "ImportDuplicate",
    doc: "What a row is a duplicate of.",
    values: &[
        (
            "ROW",
            "The row is a duplicate of an earlier row of the file, whose number is in `ofNumber`, and adds no new contact. Its other values are not written and are listed in `problems`.",
        ),
        (
            "SAME",
            "The row is a duplicate of a customer that you may update. The customer has all values of the row, or keeps its own values, which are listed in `problems`. Of other records: the record is there already, and stays as it is.",
        ),
        ("POOLED", "The row is a duplicate of a customer in the pool that you may not update."),
        ("TAKEN", "The row is a duplicate of a customer that has an owner and that you may not update."),
        ("BLOCKED", "The row is a duplicate of a customer on the blacklist."),
        ("ARCHIVED", "The row is a duplicate of an archived customer."),
        (
            "SIMILAR",
            "A customer had a similar name when the file was read, so the row may be a duplicate. If it is another company, import the row again with `notDuplicate`.",
        ),
    ],
};

static UNDONE: Enum = Enum {
    name: "ImportUndone",
    doc: "How undoing an import changed what a row had written.",
    values: &[
        (
            "ARCHIVED",
            "The customer that the row, or the first row of the same company, created is archived; or the product.",
        ),
        (
            "RESTORED",
            "The values that the row changed are restored, and a contact that it created is archived, except for what somebody changed after the import.",
        ),
        ("REMOVED", "The follow-up, the opportunity or the order that the row created is removed."),
        (
            "KEPT",
            "Nothing is changed, because somebody has used the customer or the record after the import (changed, moved or followed up on it, or created an opportunity, an order or feedback), or because the user who undid the import may not change it.",
        ),
    ],
};

static FIELD: Enum = Enum { name: "ImportField", doc: "The field that a column of a file holds.", values: &[] };

/// Describes imports.
pub fn describe() -> Entity {
    let count = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    Entity::node("Import", "import", "An import of customers or other records from a file.", "import {t}", WRITE, VisibleThrough::Itself)
        .fields([
            Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What the file has rows of.").filterable(),
            Field::new("fileName", Type::Text, "{t}.file_name", "The name of the file on the importer's machine."),
            Field::new("sheet", Type::Text, "{t}.sheet", "The name of the sheet that was read; null for a CSV file.").nullable(),
            Field::new("encoding", Type::Text, "{t}.encoding", "The encoding of the CSV file; null for a workbook.").nullable(),
            Field::new("status", Type::Enum(&STATUS), "{t}.status", "The status of the import.").filterable(),
            Field::new(
                "rowCount",
                Type::Int,
                "{t}.row_count",
                "The number of rows of the file, without headers and blank rows; while the file is being read, the number of rows read so far.",
            ),
            Field::new("rowsDone", Type::Int, "{t}.rows_done", "The number of rows that are done, with any outcome."),
            count(
                "creates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'CREATE')",
                "The number of rows that create a customer or another record.",
            ),
            count(
                "updates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'UPDATE')",
                "The number of rows that update a customer, add a contact, or add to a contact.",
            ),
            count(
                "duplicates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'DUPLICATE')",
                "The number of rows whose company or record exists already, or may exist.",
            ),
            count(
                "errors",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'ERROR')",
                "The number of rows with errors.",
            ),
            Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the import was created."),
            Field::new("startedAt", Type::DateTime, "{t}.started_at", "When the import was first run; null if it has not been run.")
                .nullable(),
            Field::new("finishedAt", Type::DateTime, "{t}.finished_at", "When its last row was done; null if it is not done.")
                .nullable(),
            Field::new("undoneAt", Type::DateTime, "{t}.undone_at", "When it was undone; null if it is not undone.").nullable(),
            Field::new("stoppedEn", Type::Text, "{t}.stopped_en", "Why the import stopped or failed before its end, in English; null if it did not.")
                .nullable(),
            Field::new("stoppedZh", Type::Text, "{t}.stopped_zh", "Why the import stopped or failed before its end, in Chinese; null if it did not.")
                .nullable(),
            Field::new(
                "failedRowsPath",
                Type::Text,
                "case when {t}.created_by = {me} then '/imports/import_' || {t}.id || '/failed.csv' end",
                "The path on this server of a CSV file with the rows that were not done, or that a run would not do, and their problems. Download it with `GET` and the same `authorization` header, correct the rows, and import the file again. Null for everybody except the importer.",
            )
            .nullable(),
        ])
        .edges([
            Edge::to_one("createdBy", "User", "{t}.id = {p}.created_by", "The user who imported the file."),
            Edge::to_one("runBy", "User", "{t}.id = {p}.run_by", "The user with whose rights the import runs; null if it has not been run."),
            Edge::few("columns", "ImportColumn", "true", "{t}.position", "The columns of the file; empty until they are read."),
            Edge::pages("rows", "ImportRow", "{t}.import_id = {p}.id", "The rows of the file."),
        ])
        .orders(orders())
}

/// Describes the columns of a file.
pub fn describe_column() -> Entity {
    Entity::part(
        "ImportColumn",
        "A column of a file.",
        "jsonb_array_elements({p}.columns) with ordinality {t} (item, position)",
    )
    .fields([
        Field::new("header", Type::Text, "{t}.item ->> 'header'", "The header of the column in the file."),
        Field::new("field", Type::Enum(&FIELD), "{t}.item ->> 'field'", "The field that the column holds."),
        Field::new(
            "extra",
            Type::Text,
            "{t}.item ->> 'extra'",
            "The key of the extra field that the column holds; null with other fields.",
        )
        .nullable(),
        Field::new(
            "contact",
            Type::Int,
            "({t}.item ->> 'contact')::integer",
            "Which contact of the row the column holds a value of, from 1; null with other fields. Where the headers of contacts' names are numbered (`联系人2`, `Contact 2`), the number of a header is that of its contact, and 1 without a number. Where the same header of a name stands several times, each begins the next contact. Otherwise the row has one contact, and numbered phones and e-mail addresses (`电话2`) are further ones of it.",
        )
        .nullable(),
    ])
}

/// Describes the rows of a file.
pub fn describe_row() -> Entity {
    Entity::node(
        "ImportRow",
        "importrow",
        "A row of a file with its result: that of the dry run until the row is done, then that of the run.",
        "import_row {t}",
        WRITE,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new(
            "number",
            Type::Int,
            "{t}.number",
            "The number of the row in the file, from 1. In a CSV file, blank rows are not counted.",
        ),
        Field::new(
            "cells",
            Type::Texts,
            "case when {t}.created_by = {me} then {t}.cells end",
            "The cells of the row; null for everybody except the importer.",
        )
        .nullable(),
        Field::new("outcome", Type::Enum(&OUTCOME), "{t}.outcome", "The outcome of the row.").filterable(),
        Field::new(
            "duplicateOf",
            Type::Enum(&DUPLICATE),
            "{t}.duplicate_of",
            "What the row is a duplicate of; null if the outcome is not DUPLICATE.",
        )
        .nullable(),
        Field::new(
            "ofNumber",
            Type::Int,
            "{t}.of_number",
            "The number of the earlier row that creates or updates the same company; null if there is none.",
        )
        .nullable(),
        Field::new(
            "undone",
            Type::Enum(&UNDONE),
            "{t}.undone",
            "How undoing the import changed what the row had written; null if the row is not undone or wrote nothing.",
        )
        .nullable()
        .filterable(),
        Field::new("doneAt", Type::DateTime, "{t}.done_at", "When the row was done; null if it is not done.").nullable(),
    ])
    .edges([
        Edge::few(
            "problems",
            "ImportProblem",
            "true",
            "{t}.position",
            "The errors of the row, what prevents it from being written, and its values that are not written.",
        ),
        Edge::few(
            "changes",
            "ImportChange",
            "true",
            "{t}.position",
            "The values of an existing customer that the row changes, before and after; empty for everybody except the importer.",
        ),
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = (select coalesce(m.merged_into, m.id) from customer m where m.id = {p}.customer_id)",
            "The customer that the row creates, updates or is a duplicate of, or to which its record belongs; or the customer into which that one was merged; null if it does not exist yet or if you may not see it.",
        ),
    ])
    .orders([Order {
        name: "NUMBER",
        doc: "The number of the row in the file.",
        key: "{t}.number",
        ty: Type::Int,
        newest_first: false,
    }])
}

/// Describes the changes of a row.
pub fn describe_change() -> Entity {
    Entity::part(
        "ImportChange",
        "A value of an existing customer that a row changes, or a value that it adds to a contact.",
        "jsonb_array_elements(case when {p}.created_by = {me} then {p}.changes else '[]' end) with ordinality {t} (item, position)",
    )
    .fields([
        Field::new("column", Type::Text, "{t}.item ->> 'column'", "The header of the column that has the new value.").nullable(),
        Field::new(
            "before",
            Type::Text,
            "{t}.item ->> 'before'",
            "The value before; null if there was none, or if it is a detail of a contact. Choices are given by their codes.",
        )
        .nullable(),
        Field::new("after", Type::Text, "{t}.item ->> 'after'", "The value after.").nullable(),
    ])
}

/// Describes the problems of a row.
pub fn describe_problem() -> Entity {
    Entity::part(
        "ImportProblem",
        "A problem of a row: an error, what prevents the row from being written, or a value that is not written.",
        "jsonb_array_elements({p}.problems) with ordinality {t} (item, position)",
    )
    .fields([
        Field::new(
            "column",
            Type::Text,
            "{t}.item ->> 'column'",
            "The header of the column that has the problem; null if it is a problem of the whole row.",
        )
        .nullable(),
        Field::new("messageEn", Type::Text, "{t}.item ->> 'en'", "The problem in English."),
        Field::new("messageZh", Type::Text, "{t}.item ->> 'zh'", "The problem in Chinese."),
    ])
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "When the import was created.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// The fields of `Query` for imports.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "imports",
            doc: "The imports of customers and other records, the latest first: your own ones, or all if you are an administrator.",
            kind: RootKind::List(List {
                of: "Import",
                on: "true",
                through: None,
                order_type: "ImportOrder",
                orders: orders(),
                search: None,
                live_connection: None,
            }),
        },
        Root {
            name: "import",
            doc: "An import by its id; null if it does not exist or if you may not see it.",
            kind: RootKind::ById("Import"),
        },
    ]
}
