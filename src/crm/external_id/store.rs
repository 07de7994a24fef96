//! Every statement about external ids.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Key, Kind};
use crate::kernel::id::ImportId;

/// The records that have these keys.
pub async fn records(db: &mut PgConnection, kind: Kind, keys: &[String]) -> sqlx::Result<HashMap<String, Uuid>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows =
        sqlx::query!("select key, record_id from external_id where kind = $1 and key = any($2)", kind.name(), keys)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.record_id)).collect())
}

/// Inserts keys, in their order, so that two transactions that insert the same keys do not deadlock.
pub async fn insert(db: &mut PgConnection, kind: Kind, import: ImportId, keys: &[Key]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into external_id (kind, key, record_id, import_id)
         select $1, k.key, k.record_id, $2 from unnest($3::text[], $4::uuid[]) k (key, record_id) order by k.key",
        kind.name(),
        import as ImportId,
        &keys.iter().map(|key| key.key.clone()).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.record).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes the keys that an import brought to these records.
pub async fn forget(db: &mut PgConnection, kind: Kind, import: ImportId, records: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from external_id where kind = $1 and import_id = $2 and record_id = any($3)",
        kind.name(),
        import as ImportId,
        records
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the keys of a record to another one.
pub async fn move_to(db: &mut PgConnection, kind: Kind, from: Uuid, to: Uuid) -> sqlx::Result<()> {
    sqlx::query!("update external_id set record_id = $3 where kind = $1 and record_id = $2", kind.name(), from, to)
        .execute(db)
        .await?;
    Ok(())
}
