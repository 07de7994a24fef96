//! The statements of the dry run.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use crate::crm::import::column::Column;
use crate::crm::import::file::Beginning;
use crate::crm::import::kind::Kind;
use crate::crm::import::options::Options;
use crate::crm::import::replacement::{MOST, Replacement};
use crate::crm::import::row_result::RowResult;
use crate::crm::import::store::ResultColumns;
use crate::kernel::error::Text;
use crate::kernel::id::{ImportId, PoolId, UserId, new_uuid};
use crate::kernel::scalar::name_of;

/// An import that is to be inserted.
pub struct NewImport<'a> {
    /// Its id.
    pub id: ImportId,
    /// What its file has rows of.
    pub kind: Kind,
    /// The name of the file on the importer's machine.
    pub file_name: &'a str,
    /// How its cells are read.
    pub options: &'a Options,
    /// For how long new customers in the pool are protected.
    pub protect_for: Option<TimeDelta>,
}

/// Inserts an import with the status READING.
pub async fn insert(
    db: &mut PgConnection,
    new: NewImport<'_>,
    creator: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import (id, file_name, status, columns, default_source, options, protect_for_seconds, created_by, created_at, reading_at, kind, pool_id)
         values ($1, $2, 'READING', '[]', $3, $4, $5, $6, $7, $7, $8, $9)",
        new.id as ImportId,
        new.file_name,
        new.options.source,
        Json(new.options) as _,
        new.protect_for.map(|protection| protection.num_seconds()),
        creator as UserId,
        now,
        name_of(new.kind),
        new.options.pool as Option<PoolId>
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves what is read instead of values, for this import and later ones of the user.
pub async fn remember(
    db: &mut PgConnection,
    user: UserId,
    replacements: &[Replacement],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_value (user_id, field, extra, value_key, replacement, saved_at)
         select distinct on (e.field, e.extra, e.value) $1, e.field, coalesce(e.extra, ''), e.value, e.replacement, $3
         from rows from (jsonb_to_recordset($2) as (field text, extra text, value text, replacement text))
              with ordinality e (field, extra, value, replacement, place)
         order by e.field, e.extra, e.value, e.place desc
         on conflict (user_id, field, extra, value_key) do update
         set replacement = excluded.replacement, saved_at = excluded.saved_at",
        user as UserId,
        Json(replacements) as _,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is read instead of values in the imports of a user, the latest ones.
pub async fn remembered(db: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Replacement>> {
    let rows = sqlx::query!(
        r#"select coalesce(jsonb_agg(jsonb_build_object('field', v.field, 'extra', nullif(v.extra, ''), 'value', v.value_key,
                                                        'replacement', v.replacement)), '[]') as "all!: Json<Vec<Replacement>>"
           from (select * from import_value where user_id = $1 order by saved_at desc, field, value_key limit $2) v"#,
        user as UserId,
        MOST as i64
    )
    .fetch_one(db)
    .await?;
    Ok(rows.all.0)
}

/// Saves the fields of the columns, and what is known of the table.
pub async fn save_columns(
    db: &mut PgConnection,
    import: ImportId,
    beginning: &Beginning,
    options: &Options,
    columns: &[Column],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set sheet = $2, encoding = $3, options = $4, columns = $5 where id = $1",
        import as ImportId,
        beginning.sheet,
        beginning.encoding,
        Json(options) as _,
        Json(columns) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A row of the file with its result.
pub struct ValidatedRow<'a> {
    /// Its number.
    pub number: i32,
    /// Its cells.
    pub cells: &'a [String],
    /// The key of its company's name, if the row can be read.
    pub name_key: Option<String>,
    /// Its company's credit code.
    pub credit_code: Option<String>,
    /// The external id of its record.
    pub external_id: Option<String>,
    /// Its result.
    pub result: RowResult,
}

/// Inserts validated rows and counts them; false if the import has failed in the meantime. The ids of new contacts and
/// records are not saved, because the run decides on them.
pub async fn insert_rows(
    db: &mut PgConnection,
    import: ImportId,
    creator: UserId,
    rows: &[ValidatedRow<'_>],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    #[derive(Serialize)]
    struct Staged<'a> {
        id: String,
        cells: &'a [String],
        name_key: Option<&'a str>,
        credit_code: Option<&'a str>,
        external_id: Option<&'a str>,
        #[serde(flatten)]
        result_columns: ResultColumns<'a>,
    }
    let staged = rows.iter().map(|row| Staged {
        id: new_uuid(now).to_string(),
        cells: row.cells,
        name_key: row.name_key.as_deref(),
        credit_code: row.credit_code.as_deref(),
        external_id: row.external_id.as_deref(),
        result_columns: ResultColumns::of(row.number, &row.result),
    });
    let counted = sqlx::query!(
        "with kept as (
             insert into import_row (id, import_id, number, created_by, cells, name_key, credit_code, external_id, contact_names, outcome,
                                     of_number, duplicate_of, problems, changes, customer_id)
             select id, $1, number, $2, cells, name_key, credit_code, external_id, contact_names, outcome, of_number, duplicate_of, problems, changes, customer_id
             from jsonb_to_recordset($3) as e (
                 id uuid, number integer, cells jsonb, name_key text, credit_code text, external_id text, contact_names text[], outcome text,
                 of_number integer, duplicate_of text, problems jsonb, changes jsonb, customer_id uuid))
         update import set row_count = row_count + $4 where id = $1 and status = 'READING'",
        import as ImportId,
        creator as UserId,
        Json(staged.collect::<Vec<_>>()) as _,
        i32::try_from(rows.len()).unwrap_or(i32::MAX)
    )
    .execute(db)
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Sets the status READY after every row is validated; false if the import has failed in the meantime.
pub async fn mark_ready(db: &mut PgConnection, import: ImportId) -> sqlx::Result<bool> {
    let read =
        sqlx::query!("update import set status = 'READY' where id = $1 and status = 'READING'", import as ImportId)
            .execute(db)
            .await?;
    Ok(read.rows_affected() == 1)
}

/// Deletes an import whose file can't be read to its end, after the importer has got the reason as an answer.
pub async fn delete(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<()> {
    sqlx::query!("delete from import where id = $1 and status in ('READING', 'FAILED')", import as ImportId)
        .execute(db)
        .await?;
    Ok(())
}

/// Saves why the file of an import can't be read to its end, and deletes the rows that were read.
pub async fn fail(db: impl PgExecutor<'_>, import: ImportId, why: &Text) -> sqlx::Result<()> {
    sqlx::query!(
        "with failed as (
             update import set status = 'FAILED', row_count = 0, stopped_en = $2, stopped_zh = $3 where id = $1 and status = 'READING' returning id)
         delete from import_row r using failed f where r.import_id = f.id",
        import as ImportId,
        why.en,
        why.zh
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The next external ids of the rows of an import, in their order.
pub async fn next_orders(db: &mut PgConnection, import: ImportId, after: &str, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select distinct external_id as "key!" from import_row
           where import_id = $1 and external_id > $2 order by 1 limit $3"#,
        import as ImportId,
        after,
        most
    )
    .fetch_all(db)
    .await
}

/// Saves the results of rows that were judged after all rows were read.
pub async fn save_judged(db: &mut PgConnection, import: ImportId, results: &[(i32, RowResult)]) -> sqlx::Result<()> {
    let columns = results.iter().map(|(number, result)| ResultColumns::of(*number, result));
    sqlx::query!(
        "update import_row r
         set outcome = e.outcome, of_number = e.of_number, duplicate_of = e.duplicate_of, problems = e.problems, customer_id = e.customer_id
         from jsonb_to_recordset($2) as e (
             number integer, outcome text, of_number integer, duplicate_of text, problems jsonb, customer_id uuid)
         where r.import_id = $1 and r.number = e.number",
        import as ImportId,
        Json(columns.collect::<Vec<_>>()) as _
    )
    .execute(db)
    .await?;
    Ok(())
}
