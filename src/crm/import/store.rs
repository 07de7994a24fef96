//! The statements about imports and their rows that the dry run, the run and others share.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row};

use super::Problem;
use super::change::FieldChange;
use super::column::Column;
use super::kind::Kind;
use super::read::WRITE;
use super::row_input::{BatchKeys, EarlierCompany};
use super::row_result::{Before, DuplicateOf, Outcome, RowResult};
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::{Error, Text};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::named;
use crate::kernel::sql::{Arg, Binds, Statement};

/// The columns of a row's result.
#[derive(Serialize)]
pub(super) struct ResultColumns<'a> {
    number: i32,
    outcome: &'static str,
    duplicate_of: Option<&'static str>,
    of_number: Option<i32>,
    problems: &'a [Problem],
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    customer_id: Option<CustomerId>,
    contact_names: Vec<&'a str>,
    record_id: Option<String>,
    before: Option<&'a Before>,
    changes: &'a [FieldChange],
    written_at: Option<DateTime<Utc>>,
}

impl<'a> ResultColumns<'a> {
    /// The columns of the row with this number.
    pub fn of(number: i32, result: &'a RowResult) -> Self {
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
        Self {
            number,
            outcome,
            duplicate_of,
            of_number: result.of_number,
            problems: &result.problems,
            customer_id: result.customer,
            contact_names: result.contacts.iter().map(|contact| contact.name.as_str()).collect(),
            record_id: result.record.map(|record| record.to_string()),
            before: result.written.as_ref().and_then(|written| written.before.as_ref()),
            changes: &result.changes,
            written_at: result.written.as_ref().map(|written| written.at),
        }
    }
}

/// The companies with these names, credit codes or external ids that rows before the row `before` create or update. Rows that are not
/// done yet come with their cells, those that add to contacts only if the contact has one of these names.
pub async fn earlier(
    db: &mut PgConnection,
    import: ImportId,
    before: i32,
    BatchKeys { name_keys, credit_codes, external_ids, contact_names, .. }: &BatchKeys,
) -> sqlx::Result<Vec<EarlierCompany>> {
    // The lateral joins make one index lookup for each key, even if PostgreSQL has no statistics of the newly filled
    // table.
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
                   order by number limit 1) r
               union
               select r.* from unnest($6::text[]) k (key)
               cross join lateral (
                   select id from import_row
                   where import_id = $1 and external_id = k.key and number < $2 and of_number is null and outcome in ('CREATE', 'UPDATE')
                   order by number limit 1) r)
           select h.number, h.name_key as "name_key!", h.credit_code, h.external_id, h.customer_id as "customer_id: CustomerId",
                  case when h.done_at is null then h.cells end as "cells: Json<Vec<String>>",
                  coalesce((select jsonb_agg(r.cells order by r.number)
                            from (select h.number, h.cells where h.contact_names && $5 and h.done_at is null
                                  union all
                                  select r.number, r.cells from import_row r
                                  where r.import_id = $1 and r.of_number = h.number and r.number < $2
                                        and r.contact_names && $5 and r.done_at is null) r), '[]') as "contacts!: Json<Vec<Vec<String>>>"
           from first f join import_row h on h.id = f.id
           order by h.number"#,
        import as ImportId,
        before,
        name_keys,
        credit_codes,
        contact_names,
        external_ids
    )
    .fetch_all(db)
    .await?;
    let earlier = rows.into_iter().map(|row| EarlierCompany {
        number: row.number,
        name_key: row.name_key,
        credit_code: row.credit_code,
        external_id: row.external_id,
        customer: row.customer_id,
        cells: row.cells.map(|cells| cells.0),
        contacts: row.contacts.0,
    });
    Ok(earlier.collect())
}

/// The state of an import.
pub struct ImportState {
    /// Its status.
    pub status: String,
    /// What its file has rows of.
    pub kind: Kind,
    /// A user has started to undo it.
    pub is_undo_started: bool,
}

/// Locks an import that the actor's permission reaches, and returns its state.
pub async fn lock(op: &mut Op<'_>, import: ImportId) -> Result<Option<ImportState>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let id = binds.bind(Arg::Uuid(import.uuid()));
    let reached = predicate(&rights, WRITE, rights.scopes(WRITE), Place::itself("i"), &mut binds);
    let text = format!(
        "select i.status, i.undo_by is not null, i.kind from import i where i.id = {id} and {reached} for no key update"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let state = |row: &PgRow| -> Result<_, Error> {
        Ok(ImportState { status: row.try_get(0)?, is_undo_started: row.try_get(1)?, kind: named(row.try_get(2)?)? })
    };
    rows.first().map(state).transpose()
}

/// The columns of an import; `None` unless this user is its importer.
pub async fn columns_for_importer(
    db: impl PgExecutor<'_>,
    import: ImportId,
    user: UserId,
) -> sqlx::Result<Option<Vec<Column>>> {
    let columns = sqlx::query_scalar!(
        r#"select columns as "columns: Json<Vec<Column>>" from import where id = $1 and created_by = $2"#,
        import as ImportId,
        user as UserId
    )
    .fetch_optional(db)
    .await?;
    Ok(columns.map(|columns| columns.0))
}

/// A row that was not done.
pub struct FailedRow {
    /// Its number.
    pub number: i32,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why it was not done.
    pub problems: Vec<Problem>,
}

/// The rows with a number above `after` that were not done, or that the run would not do.
pub async fn failed_rows(
    db: impl PgExecutor<'_>,
    import: ImportId,
    after: i32,
    most: i64,
) -> sqlx::Result<Vec<FailedRow>> {
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
        .map(|row| FailedRow { number: row.number, cells: row.cells.0, problems: row.problems.0 })
        .collect())
}

/// Records that a server is still reading the file.
pub async fn record_heartbeat(db: impl PgExecutor<'_>, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set reading_at = $2 where id = $1 and status = 'READING'", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Lets the imports fail that have had no heartbeat since this moment, and deletes their rows.
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
