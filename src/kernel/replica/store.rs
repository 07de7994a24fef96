//! What PostgreSQL says about its log.

use sqlx::PgExecutor;

use super::position::Position;
use crate::kernel::feed::Epoch;

/// Behind everything that is committed at the primary.
pub async fn committed(db: impl PgExecutor<'_>) -> sqlx::Result<Position> {
    let position =
        sqlx::query_scalar!(r#"select (pg_current_wal_insert_lsn() - '0/0')::bigint as "position!""#).fetch_one(db);
    Ok(Position(position.await?))
}

/// Up to where the primary has written its log to disk: a replica can have that.
pub async fn flushed(db: impl PgExecutor<'_>) -> sqlx::Result<Position> {
    let position =
        sqlx::query_scalar!(r#"select (pg_current_wal_flush_lsn() - '0/0')::bigint as "position!""#).fetch_one(db);
    Ok(Position(position.await?))
}

/// Up to where a replica has replayed the log, and the epoch that it has; `None` if it is no replica, or none any more.
pub async fn replayed(db: impl PgExecutor<'_>) -> sqlx::Result<Option<(Position, Epoch)>> {
    let row = sqlx::query!(
        r#"select (pg_last_wal_replay_lsn() - '0/0')::bigint as "position!", epoch
           from installation where pg_is_in_recovery()"#
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((Position(row.position), Epoch::saved(&row.epoch)?))).transpose()
}
