//! Every statement about imports and their rows.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row};

use super::Problem;
use super::column::Column;
use super::person::Added;
use super::read::WRITE;
use super::row_result::{Before, DuplicateOf, Outcome, RowResult};
use super::validate::Earlier;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::{Error, Text};
use crate::kernel::id::{ContactId, CustomerId, ImportId, UserId, new_uuid};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// An import that is to be begun.
pub struct New<'a> {
    /// Its id.
    pub id: ImportId,
    /// As the file is called where it came from.
    pub file_name: &'a str,
    /// The source of rows that give none.
    pub default_source: Option<&'a str>,
    /// How long companies that come into the pool are protected.
    pub protect_for: Option<TimeDelta>,
}

/// Begins an import, whose file is then read.
pub async fn insert(db: &mut PgConnection, new: New<'_>, creator: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into import (id, file_name, status, columns, default_source, protect_for_seconds, created_by, created_at, reading_at)
         values ($1, $2, 'READING', '[]', $3, $4, $5, $6, $6)",
        new.id as ImportId,
        new.file_name,
        new.default_source,
        new.protect_for.map(|protection| protection.num_seconds()),
        creator as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Says what the columns mean, and which sheet is read.
pub async fn has_columns(
    db: &mut PgConnection,
    import: ImportId,
    sheet: Option<&str>,
    columns: &[Column],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set sheet = $2, columns = $3 where id = $1",
        import as ImportId,
        sheet,
        Json(columns) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Says that the file is being read still.
pub async fn is_reading(db: impl PgExecutor<'_>, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set reading_at = $2 where id = $1 and status = 'READING'", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// What the companies and contacts of a batch are known by.
#[derive(Default)]
pub struct Keys {
    pub name_keys: Vec<String>,
    pub credit_codes: Vec<String>,
    pub contact_names: Vec<String>,
}

/// A row of the file with what becomes of it.
pub struct ValidatedRow<'a> {
    /// Its number.
    pub number: i32,
    /// As it is in the file.
    pub cells: &'a [String],
    /// What its company is known by, where it can be told.
    pub name_key: Option<String>,
    /// How else.
    pub credit_code: Option<String>,
    /// What becomes of it.
    pub result: RowResult,
}

/// Keeps rows that were judged, and counts them; false when nobody waits for them any more. Nothing is done yet: no contact is
/// there.
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
        #[serde(flatten)]
        told: Told<'a>,
    }
    let staged = rows.iter().map(|row| Staged {
        id: new_uuid(now).to_string(),
        cells: row.cells,
        name_key: row.name_key.as_deref(),
        credit_code: row.credit_code.as_deref(),
        told: Told { contact_id: None, ..Told::of(row.number, &row.result) },
    });
    let counted = sqlx::query!(
        "with kept as (
             insert into import_row (id, import_id, number, created_by, cells, name_key, credit_code, contact_name, outcome,
                                     of_number, duplicate_of, problems, customer_id)
             select id, $1, number, $2, cells, name_key, credit_code, contact_name, outcome, of_number, duplicate_of, problems, customer_id
             from jsonb_to_recordset($3) as e (
                 id uuid, number integer, cells jsonb, name_key text, credit_code text, contact_name text, outcome text,
                 of_number integer, duplicate_of text, problems jsonb, customer_id uuid))
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

/// A verdict as it is kept.
#[derive(Serialize)]
struct Told<'a> {
    number: i32,
    outcome: &'static str,
    duplicate_of: Option<&'static str>,
    of_number: Option<i32>,
    problems: &'a [Problem],
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    customer_id: Option<CustomerId>,
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    contact_id: Option<ContactId>,
    contact_name: Option<&'a str>,
    contact_version: i32,
    contact_added: Option<&'a Added>,
    before: Option<&'a Before>,
    written_at: Option<DateTime<Utc>>,
}

impl<'a> Told<'a> {
    fn of(number: i32, result: &'a RowResult) -> Self {
        let (outcome, duplicate_of) = match result.outcome {
            Outcome::Create => ("CREATE", None),
            Outcome::Update => ("UPDATE", None),
            Outcome::Error => ("ERROR", None),
            Outcome::Duplicate(of) => ("DUPLICATE", Some(of)),
        };
        let duplicate_of = duplicate_of.map(|of| match of {
            DuplicateOf::Row => "ROW",
            DuplicateOf::Same => "SAME",
            DuplicateOf::Pooled => "POOLED",
            DuplicateOf::Taken => "TAKEN",
            DuplicateOf::Blocked => "BLOCKED",
            DuplicateOf::Archived => "ARCHIVED",
            DuplicateOf::Similar => "SIMILAR",
        });
        let contact = result.contact.as_ref();
        Self {
            number,
            outcome,
            duplicate_of,
            of_number: result.of_number,
            problems: &result.problems,
            customer_id: result.customer,
            contact_id: contact.map(|contact| contact.id),
            contact_name: contact.map(|contact| contact.name.as_str()),
            contact_version: contact.map_or(1, |contact| contact.version),
            contact_added: contact.and_then(|contact| contact.added.as_ref()),
            before: result.written.as_ref().and_then(|written| written.before.as_ref()),
            written_at: result.written.as_ref().map(|written| written.at),
        }
    }
}

/// The companies with one of these names or credit codes that rows before this one enter or change; of those that are not
/// done yet with what they say, and what others say of contacts of these names.
pub async fn earlier(
    db: &mut PgConnection,
    import: ImportId,
    before: i32,
    Keys { name_keys, credit_codes, contact_names }: &Keys,
) -> sqlx::Result<Vec<Earlier>> {
    // One look into an index for each key, whatever PostgreSQL thinks of a table that has just been filled.
    let rows = sqlx::query!(
        r#"with first as (
               select r.* from unnest($3::text[]) k (key)
               cross join lateral (
                   select id from import_row
                   where import_id = $1 and name_key = k.key and number < $2 and of_number is null and outcome in ('CREATE', 'UPDATE')
                   order by number limit 1) r
               union
               select r.* from unnest($4::text[]) k (key)
               cross join lateral (
                   select id from import_row
                   where import_id = $1 and credit_code = k.key and number < $2 and of_number is null and outcome in ('CREATE', 'UPDATE')
                   order by number limit 1) r)
           select h.number, h.name_key as "name_key!", h.credit_code, h.customer_id as "customer_id: CustomerId",
                  case when h.done_at is null then h.cells end as "cells: Json<Vec<String>>",
                  coalesce((select jsonb_agg(r.cells order by r.number)
                            from (select h.number, h.cells where h.contact_name = any($5) and h.done_at is null
                                  union all
                                  select r.number, r.cells from import_row r
                                  where r.import_id = $1 and r.of_number = h.number and r.number < $2
                                        and r.contact_name = any($5) and r.done_at is null) r), '[]') as "contacts!: Json<Vec<Vec<String>>>"
           from first f join import_row h on h.id = f.id
           order by h.number"#,
        import as ImportId,
        before,
        name_keys,
        credit_codes,
        contact_names
    )
    .fetch_all(db)
    .await?;
    let earlier = rows.into_iter().map(|row| Earlier {
        number: row.number,
        name_key: row.name_key,
        credit_code: row.credit_code,
        customer: row.customer_id,
        cells: row.cells.map(|cells| cells.0),
        contacts: row.contacts.0,
    });
    Ok(earlier.collect())
}

/// The file is read, and every row judged; false when nobody waits for it any more.
pub async fn is_read(db: &mut PgConnection, import: ImportId) -> sqlx::Result<bool> {
    let read =
        sqlx::query!("update import set status = 'READY' where id = $1 and status = 'READING'", import as ImportId)
            .execute(db)
            .await?;
    Ok(read.rows_affected() == 1)
}

/// Forgets an import whose file can't be read to its end, and who brought it is told so.
pub async fn forget(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<()> {
    sqlx::query!("delete from import where id = $1 and status in ('READING', 'FAILED')", import as ImportId)
        .execute(db)
        .await?;
    Ok(())
}

/// Says of an import why its file can't be read to its end. The rows that were, are of no use.
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

/// The same of those whose file nobody has read since: the server that did is gone.
pub async fn fail_abandoned(db: impl PgExecutor<'_>, since: DateTime<Utc>, why: &Text) -> sqlx::Result<()> {
    sqlx::query!(
        "with failed as (
             update import set status = 'FAILED', row_count = 0, stopped_en = $2, stopped_zh = $3
             where status = 'READING' and reading_at < $1 returning id)
         delete from import_row r using failed f where r.import_id = f.id",
        since,
        why.en,
        why.zh
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How far an import is.
pub struct State {
    /// Its status.
    pub status: String,
    /// Somebody has begun to undo it.
    pub is_taken_back: bool,
}

/// The state of an import that the actor's permission reaches, locked.
pub async fn lock(op: &mut Op<'_>, import: ImportId) -> Result<Option<State>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let id = binds.bind(Arg::Uuid(import.uuid()));
    let reached = predicate(WRITE, rights.scopes(WRITE), Place::itself("i"), &mut binds);
    let text = format!(
        "select i.status, i.undo_by is not null from import i where i.id = {id} and {reached} for no key update"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let state =
        |row: &PgRow| -> sqlx::Result<_> { Ok(State { status: row.try_get(0)?, is_taken_back: row.try_get(1)? }) };
    Ok(rows.first().map(state).transpose()?)
}

/// Lets an import run, with somebody's rights.
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

/// An import that somebody has to carry on.
pub struct Work {
    /// Which.
    pub import: ImportId,
    /// With whose rights.
    pub user: UserId,
    /// To undo it.
    pub is_undo: bool,
}

/// Imports that are to be carried on.
pub async fn under_way(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Work>> {
    sqlx::query_as!(
        Work,
        r#"select id as "import: ImportId", case when status = 'UNDOING' then undo_by else run_by end as "user!: UserId",
                  status = 'UNDOING' as "is_undo!"
           from import where status in ('RUNNING', 'UNDOING') order by started_at"#
    )
    .fetch_all(db)
    .await
}

/// What an import needs to go on.
pub struct UnderWay {
    /// What its columns mean.
    pub columns: Vec<Column>,
    /// The source of rows that give none.
    pub default_source: Option<String>,
    /// How long companies that come into the pool are protected.
    pub protect_for: Option<TimeDelta>,
}

/// Holds an import that runs, so that nobody else does its next batch; `None` when somebody else has it, or it does not run.
pub async fn hold(db: &mut PgConnection, import: ImportId) -> sqlx::Result<Option<UnderWay>> {
    let row = sqlx::query!(
        r#"select columns as "columns: Json<Vec<Column>>", default_source, protect_for_seconds
           from import where id = $1 and status = 'RUNNING' for no key update skip locked"#,
        import as ImportId
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| UnderWay {
        columns: row.columns.0,
        default_source: row.default_source,
        protect_for: row.protect_for_seconds.map(TimeDelta::seconds),
    }))
}

/// A row that is to be done.
pub struct ToDo {
    /// Its number.
    pub number: i32,
    /// As it is in the file.
    pub cells: Vec<String>,
    /// It stays as it was judged when the file was read: it is wrong, or much like a customer that was there.
    pub is_judged: bool,
}

/// The next rows to be done.
pub async fn next_rows(db: &mut PgConnection, import: ImportId, most: i64) -> sqlx::Result<Vec<ToDo>> {
    let rows = sqlx::query!(
        r#"select number, cells as "cells: Json<Vec<String>>", (outcome = 'ERROR' or duplicate_of is not distinct from 'SIMILAR') as "is_judged!"
           from import_row
           where import_id = $1 and done_at is null order by number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ToDo { number: row.number, cells: row.cells.0, is_judged: row.is_judged }).collect())
}

/// Says of rows what was done, in the transaction that did it. Those without a verdict stay as they were judged.
pub async fn rows_are_done(
    db: &mut PgConnection,
    import: ImportId,
    rows: &[ToDo],
    results: &[(i32, RowResult)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let told: Vec<_> = results.iter().map(|(number, result)| Told::of(*number, result)).collect();
    sqlx::query!(
        "update import_row r
         set done_at = $3, outcome = e.outcome, of_number = e.of_number, duplicate_of = e.duplicate_of, problems = e.problems,
             customer_id = e.customer_id, contact_id = e.contact_id, contact_name = e.contact_name,
             contact_version = e.contact_version, contact_added = e.contact_added, before = e.before, written_at = e.written_at
         from jsonb_to_recordset($2) as e (
             number integer, outcome text, of_number integer, duplicate_of text, problems jsonb, customer_id uuid,
             contact_id uuid, contact_name text, contact_version integer, contact_added jsonb, before jsonb, written_at timestamptz)
         where r.import_id = $1 and r.number = e.number",
        import as ImportId,
        Json(told) as _,
        now
    )
    .execute(&mut *db)
    .await?;
    let validated: Vec<i32> = rows.iter().filter(|row| row.is_judged).map(|row| row.number).collect();
    sqlx::query!(
        "with judged as (update import_row set done_at = $3 where import_id = $1 and number = any($2))
         update import set rows_done = rows_done + $4 where id = $1",
        import as ImportId,
        &validated,
        now,
        i32::try_from(rows.len()).unwrap_or(i32::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every row is done.
pub async fn is_done(db: &mut PgConnection, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set status = 'DONE', finished_at = $2 where id = $1", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// It can't go on: what was done stays, the rest waits for somebody to run it again.
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

/// The file of failed rows begins with its headers; `None` unless this user brought the file.
pub async fn headers(db: impl PgExecutor<'_>, import: ImportId, user: UserId) -> sqlx::Result<Option<Vec<Column>>> {
    let columns = sqlx::query_scalar!(
        r#"select columns as "columns: Json<Vec<Column>>" from import where id = $1 and created_by = $2"#,
        import as ImportId,
        user as UserId
    )
    .fetch_optional(db)
    .await?;
    Ok(columns.map(|columns| columns.0))
}

/// A row, and what is told of it.
pub struct Validated {
    /// Its number.
    pub number: i32,
    /// What becomes of it.
    pub outcome: String,
    /// What is wrong, or stands in the way.
    pub problems: Vec<Problem>,
}

/// So many rows: first those of which something is told.
pub async fn validated(db: impl PgExecutor<'_>, import: ImportId, most: i64) -> sqlx::Result<Vec<Validated>> {
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
        .map(|row| Validated { number: row.number, outcome: row.outcome, problems: row.problems.0 })
        .collect())
}

/// A row that was not done, and why.
pub struct Failed {
    /// Its number.
    pub number: i32,
    /// As it is in the file.
    pub cells: Vec<String>,
    /// What stands in the way.
    pub problems: Vec<Problem>,
}

/// The rows that were not done, or would not be, behind this number.
pub async fn failed(db: impl PgExecutor<'_>, import: ImportId, after: i32, most: i64) -> sqlx::Result<Vec<Failed>> {
    let rows = sqlx::query!(
        r#"select number, cells as "cells: Json<Vec<String>>", problems as "problems: Json<Vec<Problem>>" from import_row
           where import_id = $1 and outcome in ('DUPLICATE', 'ERROR') and number > $2 order by number limit $3"#,
        import as ImportId,
        after,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Failed { number: row.number, cells: row.cells.0, problems: row.problems.0 })
        .collect())
}

/// How many rows come to what.
pub async fn counts(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select outcome, count(*) as "count!" from import_row where import_id = $1 group by outcome order by outcome"#,
        import as ImportId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.count)).collect())
}

/// Why an import stopped before its end, if it did.
pub async fn why_stopped(db: impl PgExecutor<'_>, import: ImportId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select stopped_en from import where id = $1", import as ImportId).fetch_one(db).await
}
