//! Every statement that undoes imports.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::id::{ContactId, CustomerId, ImportId, UserId, uuids};
use crate::import::judge::Before;

/// Lets an import be undone, with somebody's rights.
pub async fn start(db: &mut PgConnection, import: ImportId, undoer: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set status = 'UNDOING', undo_by = $2, stopped_en = null, stopped_zh = null where id = $1",
        import as ImportId,
        undoer as UserId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A row whose company was entered or changed.
pub struct Undoable {
    /// Its number.
    pub number: i32,
    /// The customer.
    pub customer: CustomerId,
    /// Its company was not there before.
    pub is_new: bool,
    /// What was there before.
    pub before: Option<Before>,
    /// When it was written to.
    pub written_at: Option<DateTime<Utc>>,
}

/// Holds an import that is being undone; false when somebody else has it.
pub async fn hold(db: &mut PgConnection, import: ImportId) -> sqlx::Result<bool> {
    let held = sqlx::query_scalar!(
        "select 1 from import where id = $1 and status = 'UNDOING' for no key update skip locked",
        import as ImportId
    )
    .fetch_optional(db)
    .await?;
    Ok(held.is_some())
}

/// The next rows to be undone: of each company the first one.
pub async fn next_rows(db: &mut PgConnection, import: ImportId, most: i64) -> sqlx::Result<Vec<Undoable>> {
    let rows = sqlx::query!(
        r#"select number, customer_id as "customer!: CustomerId", outcome = 'CREATE' as "is_new!",
                  before as "before: Json<Before>", written_at
           from import_row
           where import_id = $1 and customer_id is not null and of_number is null and undone is null
                 and outcome in ('CREATE', 'UPDATE') and done_at is not null
           order by number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    let undoable = rows.into_iter().map(|row| Undoable {
        number: row.number,
        customer: row.customer,
        is_new: row.is_new,
        before: row.before.map(|before| before.0),
        written_at: row.written_at,
    });
    Ok(undoable.collect())
}

/// Those of the customers with contacts that this import did not add, or that somebody has changed.
pub async fn with_other_contacts(
    db: &mut PgConnection,
    import: ImportId,
    customers: &[CustomerId],
) -> sqlx::Result<HashSet<CustomerId>> {
    let found = sqlx::query_scalar!(
        r#"select distinct k.customer_id as "id: CustomerId" from contact k
           where k.customer_id = any($2)
                 and (k.version > 1 or not exists (select from import_row r
                                                   where r.customer_id = k.customer_id and r.import_id = $1 and r.contact_id = k.id))"#,
        import as ImportId,
        &uuids(customers)
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().collect())
}

/// The contacts that this import added to the customers and that nobody has changed since, each with its customer.
pub async fn untouched_contacts(
    db: &mut PgConnection,
    import: ImportId,
    customers: &[CustomerId],
) -> sqlx::Result<Vec<(ContactId, CustomerId)>> {
    let found = sqlx::query!(
        r#"select k.id as "id: ContactId", k.customer_id as "customer_id: CustomerId"
           from import_row r join contact k on k.id = r.contact_id
           where r.customer_id = any($2) and r.import_id = $1 and k.customer_id = r.customer_id and k.version = 1"#,
        import as ImportId,
        &uuids(customers)
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().map(|row| (row.id, row.customer_id)).collect())
}

/// Says of rows what was done to undo them.
pub async fn rows_are_undone(
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

/// Every row is undone that could be.
pub async fn is_undone(db: &mut PgConnection, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set status = 'UNDONE', undone_at = $2 where id = $1", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}
