//! The statements of the run.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use crate::crm::import::Problem;
use crate::crm::import::column::Column;
use crate::crm::import::kind::Kind;
use crate::crm::import::options::Options;
use crate::crm::import::row_contact::ContactAdditions;
use crate::crm::import::row_result::RowResult;
use crate::crm::import::store::ResultColumns;
use crate::kernel::error::{Error, Text};
use crate::kernel::id::{ImportId, PoolId, UserId};
use crate::kernel::scalar::named;

/// Sets the status RUNNING; the import runs with the rights of this user.
pub async fn start(db: &mut PgConnection, import: ImportId, runner: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set status = 'RUNNING', run_by = $2, started_at = coalesce(started_at, $3), stopped_en = null, stopped_zh = null
         where id = $1",
        import as ImportId,
        runner as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An import that is running or being undone.
pub struct ActiveImport {
    /// Its id.
    pub import: ImportId,
    /// The user with whose rights it goes on.
    pub user: UserId,
    /// It is being undone.
    pub is_undo: bool,
}

/// The imports that are running or being undone.
pub async fn active_imports(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<ActiveImport>> {
    sqlx::query_as!(
        ActiveImport,
        r#"select id as "import: ImportId", case when status = 'UNDOING' then undo_by else run_by end as "user!: UserId",
                  status = 'UNDOING' as "is_undo!"
           from import where status in ('RUNNING', 'UNDOING') order by started_at"#
    )
    .fetch_all(db)
    .await
}

/// A running import.
pub struct RunningImport {
    /// What its file has rows of.
    pub kind: Kind,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How its cells are read.
    pub options: Options,
    /// For how long new customers in the pool are protected.
    pub protect_for: Option<TimeDelta>,
}

/// Locks a running import, so that no other server does its next batch; `None` if another server has locked it, or it
/// does not run.
pub async fn lock_running(db: &mut PgConnection, import: ImportId) -> Result<Option<RunningImport>, Error> {
    let row = sqlx::query!(
        r#"select kind, columns as "columns: Json<Vec<Column>>", default_source, options as "options: Json<Options>", protect_for_seconds, pool_id as "pool: PoolId"
           from import where id = $1 and status = 'RUNNING' for no key update skip locked"#,
        import as ImportId
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(RunningImport {
        kind: named(&row.kind)?,
        columns: row.columns.0,
        options: Options { source: row.default_source, pool: row.pool, ..row.options.0 },
        protect_for: row.protect_for_seconds.map(TimeDelta::seconds),
    }))
}

/// A row that is not done yet.
pub struct PendingRow {
    /// Its number.
    pub number: i32,
    /// Its cells.
    pub cells: Vec<String>,
    /// The external id of its record.
    pub external_id: Option<String>,
    /// It keeps the result of the dry run, which is an error or the similarity to a customer.
    pub keeps_result: bool,
}

/// The next rows that are not done yet.
pub async fn next_rows(db: &mut PgConnection, import: ImportId, most: i64) -> sqlx::Result<Vec<PendingRow>> {
    let rows = sqlx::query!(
        r#"select number, external_id, cells as "cells: Json<Vec<String>>", (outcome = 'ERROR' or duplicate_of is not distinct from 'SIMILAR') as "keeps_result!"
           from import_row
           where import_id = $1 and done_at is null order by number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PendingRow {
            number: row.number,
            cells: row.cells.0,
            external_id: row.external_id,
            keeps_result: row.keeps_result,
        })
        .collect())
}

/// Saves the results of rows in the transaction that has written them; other rows keep that of the dry run.
pub async fn save_results(
    db: &mut PgConnection,
    import: ImportId,
    unchanged: &[i32],
    results: &[(i32, RowResult)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    #[derive(Serialize)]
    struct ContactColumns<'a> {
        number: i32,
        contact_id: String,
        added: Option<&'a ContactAdditions>,
        version: i32,
    }
    let result_columns: Vec<_> = results.iter().map(|(number, result)| ResultColumns::of(*number, result)).collect();
    let contacts = results.iter().flat_map(|(number, result)| result.contacts.iter().map(|contact| (*number, contact)));
    let contact_columns = contacts.map(|(number, contact)| ContactColumns {
        number,
        contact_id: contact.id.uuid().to_string(),
        added: contact.added.as_ref(),
        version: contact.version,
    });
    let contact_columns: Vec<_> = contact_columns.collect();
    sqlx::query!(
        "update import_row r
         set done_at = $3, outcome = e.outcome, of_number = e.of_number, duplicate_of = e.duplicate_of, problems = e.problems, changes = e.changes,
             customer_id = e.customer_id, contact_names = e.contact_names, before = e.before, written_at = e.written_at,
             record_id = e.record_id
         from jsonb_to_recordset($2) as e (
             number integer, outcome text, of_number integer, duplicate_of text, problems jsonb, changes jsonb, customer_id uuid,
             contact_names text[], before jsonb, written_at timestamptz, record_id uuid)
         where r.import_id = $1 and r.number = e.number",
        import as ImportId,
        Json(result_columns) as _,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into import_row_contact (import_id, number, contact_id, added, version)
         select $1, number, contact_id, added, version
         from jsonb_to_recordset($2) as e (number integer, contact_id uuid, added jsonb, version integer)",
        import as ImportId,
        Json(contact_columns) as _
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with unchanged as (update import_row set done_at = $3 where import_id = $1 and number = any($2))
         update import set rows_done = rows_done + $4 where id = $1",
        import as ImportId,
        unchanged,
        now,
        i32::try_from(unchanged.len() + results.len()).unwrap_or(i32::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts what an import gave to users.
pub async fn count_owners(db: &mut PgConnection, import: ImportId, given: &BTreeMap<UserId, i32>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import_owner (import_id, user_id, records)
         select $1, g.user_id, g.records from unnest($2::uuid[], $3::integer[]) g (user_id, records)
         on conflict (import_id, user_id) do update set records = import_owner.records + excluded.records",
        import as ImportId,
        &given.keys().map(|user| user.uuid()).collect::<Vec<_>>(),
        &given.values().copied().collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What an import has given to users who were not told yet; they are to be told now.
pub async fn take_owners(db: &mut PgConnection, import: ImportId) -> sqlx::Result<Vec<(UserId, i32)>> {
    let rows = sqlx::query!(
        r#"delete from import_owner where import_id = $1 returning user_id as "user: UserId", records"#,
        import as ImportId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.user, row.records)).collect())
}

/// Sets the status DONE after every row is done.
pub async fn mark_done(db: &mut PgConnection, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set status = 'DONE', finished_at = $2 where id = $1", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Sets the status STOPPED with the reason. Rows that are done stay done; the others wait until a user runs the import
/// again.
pub async fn stop(db: impl PgExecutor<'_>, import: ImportId, why: &Text) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set status = 'STOPPED', stopped_en = $2, stopped_zh = $3 where id = $1 and status in ('RUNNING', 'UNDOING')",
        import as ImportId,
        why.en,
        why.zh
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The result of a row in short.
pub struct RowSummary {
    /// Its number.
    pub number: i32,
    /// Its outcome.
    pub outcome: String,
    /// Its problems.
    pub problems: Vec<Problem>,
}

/// The results of at most `most` rows, those with problems first.
pub async fn row_summaries(db: impl PgExecutor<'_>, import: ImportId, most: i64) -> sqlx::Result<Vec<RowSummary>> {
    let rows = sqlx::query!(
        r#"select number, outcome, problems as "problems: Json<Vec<Problem>>" from import_row
           where import_id = $1 order by problems = '[]', number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RowSummary { number: row.number, outcome: row.outcome, problems: row.problems.0 })
        .collect())
}

/// The number of rows of each outcome.
pub async fn counts(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select outcome, count(*) as "count!" from import_row where import_id = $1 group by outcome order by outcome"#,
        import as ImportId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.count)).collect())
}

/// Why an import stopped before its end; `None`: it did not stop.
pub async fn stop_reason(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select stopped_en from import where id = $1", import as ImportId).fetch_one(db).await
}
