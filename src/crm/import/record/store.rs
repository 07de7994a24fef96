//! The statements about rows of records.

use std::collections::HashMap;

use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::crm::import::Problem;
use crate::kernel::id::{CustomerId, ImportId, OpportunityId, uuids};

/// The rows before the row `before` that create the records, or write the contacts, with these external ids.
pub async fn earlier(
    db: &mut PgConnection,
    import: ImportId,
    before: i32,
    keys: &[String],
) -> sqlx::Result<HashMap<String, i32>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select k.key as "key!", r.number from unnest($3::text[]) k (key)
           cross join lateral (select number from import_row
                               where import_id = $1 and external_id = k.key and number < $2 and outcome in ('CREATE', 'UPDATE')
                               order by number limit 1) r"#,
        import as ImportId,
        before,
        keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.number)).collect())
}

/// A row of an order.
pub struct StoredRow {
    /// Its number.
    pub number: i32,
    /// The external id of the order.
    pub key: String,
    /// Its cells.
    pub cells: Vec<String>,
    /// What was wrong with it when the file was read.
    pub problems: Vec<Problem>,
}

/// The rows with these external ids that are not done yet.
pub async fn rows_of_orders(db: &mut PgConnection, import: ImportId, keys: &[String]) -> sqlx::Result<Vec<StoredRow>> {
    let rows = sqlx::query!(
        r#"select number, external_id as "key!", cells as "cells: Json<Vec<String>>",
                  case when outcome = 'ERROR' then problems else '[]' end as "problems!: Json<Vec<Problem>>"
           from import_row where import_id = $1 and external_id = any($2) and done_at is null order by number"#,
        import as ImportId,
        keys
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| StoredRow {
        number: row.number,
        key: row.key,
        cells: row.cells.0,
        problems: row.problems.0,
    });
    Ok(rows.collect())
}

/// The customers of opportunities, and whether they are open, without archived opportunities.
pub async fn opportunities(
    db: &mut PgConnection,
    ids: &[OpportunityId],
) -> sqlx::Result<HashMap<OpportunityId, (CustomerId, String)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select id as "id: OpportunityId", customer_id as "customer: CustomerId", stage_kind from sales_opportunity
           where id = any($1) and archived_at is null"#,
        &uuids(ids)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.customer, row.stage_kind))).collect())
}

/// A row that has created a record.
pub struct CreatedRecord {
    /// Its number.
    pub number: i32,
    /// The record.
    pub record: Uuid,
}

/// The next rows whose records are to be undone.
pub async fn next_records(db: &mut PgConnection, import: ImportId, most: i64) -> sqlx::Result<Vec<CreatedRecord>> {
    let rows = sqlx::query!(
        r#"select number, record_id as "record!" from import_row
           where import_id = $1 and record_id is not null and undone is null order by number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| CreatedRecord { number: row.number, record: row.record }).collect())
}

/// Saves how rows were undone.
pub async fn save_undone(
    db: &mut PgConnection,
    import: ImportId,
    numbers: &[i32],
    undone: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update import_row r set undone = e.undone from unnest($2::integer[], $3::text[]) e (number, undone)
         where r.import_id = $1 and r.number = e.number",
        import as ImportId,
        numbers,
        undone
    )
    .execute(db)
    .await?;
    Ok(())
}
