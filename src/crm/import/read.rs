//! How imports are read: by those who brought them, and by administrators, who do not see what was in the rows.

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, List, Order, Root, RootKind, Type, VisibleThrough};

/// To import customers, and to see imports.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Import);

static STATUS: Enum = Enum {
    name: "ImportStatus",
    doc: "How far an import is.",
    values: &[
        ("READING", "The file is being read (`rowCount` tells how far): wait, and ask again."),
        (
            "FAILED",
            "The file could not be read to its end (`stoppedEn`, `stoppedZh`), and nothing is done: import it anew.",
        ),
        ("READY", "Every row is judged, and nothing done: `runImport` does it."),
        ("RUNNING", "The rows are being done."),
        ("STOPPED", "It stopped before its end (`stoppedEn`, `stoppedZh`): what is done stays, `runImport` goes on."),
        ("DONE", "Every row is done."),
        ("UNDOING", "It is being undone."),
        ("UNDONE", "It was undone, where nobody had touched what it entered and changed (`undone` of its rows)."),
    ],
};

static OUTCOME: Enum = Enum {
    name: "ImportOutcome",
    doc: "What becomes of a row.",
    values: &[
        ("CREATE", "Its company is entered."),
        (
            "UPDATE",
            "It changes a company that you may change, or adds a contact to it or to that of an earlier row, or phones and e-mail addresses to a contact of the same name. What it says otherwise is not written (`problems`).",
        ),
        ("DUPLICATE", "Its company is there already, or may be (`duplicateOf`): nothing is done."),
        ("ERROR", "Something is wrong with it (`problems`): nothing is done."),
    ],
};

static DUPLICATE: Enum = Enum {
    name: "ImportDuplicate",
    doc: "Of what a row is a duplicate.",
    values: &[
        (
            "ROW",
            "Of an earlier row of the file (`ofNumber`): it adds no further contact. What it says otherwise is in `problems`.",
        ),
        (
            "SAME",
            "Of a customer that you may change, and that has all this already, or keeps what it has (`problems`).",
        ),
        ("POOLED", "Of a customer in the pool that you may not change."),
        ("TAKEN", "Of a customer that somebody owns."),
        ("BLOCKED", "Of a customer on the blacklist."),
        ("ARCHIVED", "Of a customer that is archived."),
        (
            "SIMILAR",
            "Perhaps of a customer with a similar name that was there when the file was read. If it is another company, import the row with `notDuplicate`.",
        ),
    ],
};

static UNDONE: Enum = Enum {
    name: "ImportUndone",
    doc: "What undoing an import did with a row.",
    values: &[
        ("ARCHIVED", "What it entered is archived."),
        (
            "RESTORED",
            "What it changed is as before, and contacts that it added are archived: of all of it, what nobody has touched since.",
        ),
        (
            "KEPT",
            "All stays: somebody has touched it since (changed, moved, followed up, entered an opportunity, an order or feedback), or it is not for who undid it to change.",
        ),
    ],
};

static FIELD: Enum = Enum { name: "ImportField", doc: "What a column of a file is.", values: &[] };

/// What an import is to readers.
pub fn describe() -> Entity {
    let count = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    Entity::node("Import", "import", "Customers from a file.", "import {t}", WRITE, VisibleThrough::Itself)
        .fields([
            Field::new("fileName", Type::Text, "{t}.file_name", "What the file was called."),
            Field::new("sheet", Type::Text, "{t}.sheet", "Of a workbook, the sheet that was read.").nullable(),
            Field::new("status", Type::Enum(&STATUS), "{t}.status", "How far it is.").filterable(),
            Field::new(
                "rowCount",
                Type::Int,
                "{t}.row_count",
                "How many rows the file has, headers and blank ones not counted; while it is read, how many were read so far.",
            ),
            Field::new("rowsDone", Type::Int, "{t}.rows_done", "How many of them are done, whatever became of them."),
            count(
                "creates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'CREATE')",
                "Rows whose company is entered.",
            ),
            count(
                "updates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'UPDATE')",
                "Rows that change a company or add a contact.",
            ),
            count(
                "duplicates",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'DUPLICATE')",
                "Rows whose company is there already.",
            ),
            count(
                "errors",
                "(select count(*) from import_row r where r.import_id = {t}.id and r.outcome = 'ERROR')",
                "Rows with which something is wrong.",
            ),
            Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the file was brought."),
            Field::new("startedAt", Type::DateTime, "{t}.started_at", "When it was first run; null: not yet.")
                .nullable(),
            Field::new("finishedAt", Type::DateTime, "{t}.finished_at", "When its last row was done; null: not yet.")
                .nullable(),
            Field::new("undoneAt", Type::DateTime, "{t}.undone_at", "When it was undone; null: it was not.").nullable(),
            Field::new("stoppedEn", Type::Text, "{t}.stopped_en", "Why it stopped or failed before its end, in English.")
                .nullable(),
            Field::new("stoppedZh", Type::Text, "{t}.stopped_zh", "Why it stopped or failed before its end, in Chinese.")
                .nullable(),
            Field::new(
                "failedRowsPath",
                Type::Text,
                "case when {t}.created_by = {me} then '/imports/import_' || {t}.id || '/failed.csv' end",
                "Where on this server the rows are that were not done, or would not be, with what is wrong (`GET`, with the same `authorization`): a CSV file to correct and import again. Null for all but the one who brought the file.",
            )
            .nullable(),
        ])
        .edges([
            Edge::to_one("createdBy", "User", "{t}.id = {p}.created_by", "Who brought the file."),
            Edge::to_one("runBy", "User", "{t}.id = {p}.run_by", "With whose rights it runs; null: not yet."),
            Edge::few("columns", "ImportColumn", "true", "{t}.place", "The columns of the file; none until they are read."),
            Edge::pages("rows", "ImportRow", "{t}.import_id = {p}.id", "Its rows."),
        ])
        .orders(orders())
}

/// What a column of the file is to readers.
pub fn describe_column() -> Entity {
    Entity::part(
        "ImportColumn",
        "A column of a file.",
        "jsonb_array_elements({p}.columns) with ordinality {t} (said, place)",
    )
    .fields([
        Field::new("header", Type::Text, "{t}.said ->> 'header'", "What it is called in the file."),
        Field::new("field", Type::Enum(&FIELD), "{t}.said ->> 'field'", "What it is."),
        Field::new("extra", Type::Text, "{t}.said ->> 'extra'", "Which extra field it is.").nullable(),
    ])
}

/// What a row of the file is to readers.
pub fn describe_row() -> Entity {
    Entity::node(
        "ImportRow",
        "importrow",
        "A row of a file, with what becomes of it: as judged until it is done, then as it was done.",
        "import_row {t}",
        WRITE,
        VisibleThrough::Itself,
    )
    .fields([
        Field::new(
            "number",
            Type::Int,
            "{t}.number",
            "Its number in the file, from 1; of a table of text, blank rows are not counted.",
        ),
        Field::new(
            "cells",
            Type::Texts,
            "case when {t}.created_by = {me} then {t}.cells end",
            "Its cells; null for all but the one who brought the file.",
        )
        .nullable(),
        Field::new("outcome", Type::Enum(&OUTCOME), "{t}.outcome", "What becomes of it.").filterable(),
        Field::new("duplicateOf", Type::Enum(&DUPLICATE), "{t}.duplicate_of", "Of what it is a duplicate.").nullable(),
        Field::new(
            "ofNumber",
            Type::Int,
            "{t}.of_number",
            "The number of the earlier row of the same company that enters or changes it.",
        )
        .nullable(),
        Field::new(
            "undone",
            Type::Enum(&UNDONE),
            "{t}.undone",
            "What undoing the import did with it; null: nothing, or not yet.",
        )
        .nullable()
        .filterable(),
        Field::new("doneAt", Type::DateTime, "{t}.done_at", "When it was done; null: not yet.").nullable(),
    ])
    .edges([
        Edge::few(
            "problems",
            "ImportProblem",
            "true",
            "{t}.place",
            "What is wrong with it, stands in the way, or is not written.",
        ),
        Edge::to_one(
            "customer",
            "Customer",
            "{t}.id = (select coalesce(m.merged_into, m.id) from customer m where m.id = {p}.customer_id)",
            "The company that it enters, changes or repeats, or the one that this was merged into; null when that is not there yet, or not for you to see.",
        ),
    ])
    .orders([Order {
        name: "NUMBER",
        doc: "The number in the file.",
        key: "{t}.number",
        ty: Type::Int,
        newest_first: false,
    }])
}

/// What is wrong with a row, to readers.
pub fn describe_problem() -> Entity {
    Entity::part(
        "ImportProblem",
        "Something that is wrong with a row, or stands in its way.",
        "jsonb_array_elements({p}.problems) with ordinality {t} (said, place)",
    )
    .fields([
        Field::new(
            "column",
            Type::Text,
            "{t}.said ->> 'column'",
            "In which column, by its header; null: the whole row.",
        )
        .nullable(),
        Field::new("messageEn", Type::Text, "{t}.said ->> 'en'", "What is wrong, in English."),
        Field::new("messageZh", Type::Text, "{t}.said ->> 'zh'", "What is wrong, in Chinese."),
    ])
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "When the file was brought.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

/// Imports at the top.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "imports",
            doc: "Files of customers: yours, or for administrators everybody's; the latest first.",
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
            doc: "One import; null when there is none or you may not see it.",
            kind: RootKind::ById("Import"),
        },
    ]
}
