//! Every statement about the place and the epoch of the installation.

use sqlx::PgConnection;

use crate::kernel::feed::{Epoch, SEQUENCER_LOCK};

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// PostgreSQL's cluster, which replicas share.
    pub system_identifier: i64,
    /// The database in it.
    pub database_oid: i64,
    /// The history of the cluster: another one after each failover, and after a restore from an archive.
    pub timeline: String,
}

/// Waits until no server moves events, and keeps them from it until the transaction ends.
pub async fn lock(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", SEQUENCER_LOCK).execute(db).await?;
    Ok(())
}

/// Where this database is; `None` if it is a replica.
pub async fn present_place(db: &mut PgConnection) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"select system_identifier as "system_identifier!", database_oid as "database_oid!", timeline as "timeline!"
           from present_place() where timeline is not null"#
    )
    .fetch_optional(db)
    .await
}

/// Where servers ran last; `None` if none has run yet.
pub async fn last_place(db: &mut PgConnection) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"select system_identifier as "system_identifier!", database_oid as "database_oid!", timeline as "timeline!"
           from installation where timeline is not null"#
    )
    .fetch_optional(db)
    .await
}

/// Notes where servers run.
pub async fn save_place(db: &mut PgConnection, place: &Place) -> sqlx::Result<()> {
    sqlx::query!(
        "update installation set system_identifier = $1, database_oid = $2, timeline = $3",
        place.system_identifier,
        place.database_oid,
        place.timeline
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins an epoch after the known one, or after any. False if the present one is another one already.
pub async fn begin_epoch(db: &mut PgConnection, known: Option<Epoch>, epoch: Epoch) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "update installation set epoch = $1 where epoch = coalesce($2, epoch)",
        epoch.to_string(),
        known.map(|known| known.to_string())
    )
    .execute(db)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Notes whether webhooks, e-mail and pool rules are held.
pub async fn hold(db: &mut PgConnection, is_held: bool) -> sqlx::Result<()> {
    sqlx::query!("update installation set is_held = $1", is_held).execute(db).await?;
    Ok(())
}
