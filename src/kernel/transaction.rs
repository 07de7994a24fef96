//! How transactions begin.

use std::panic::resume_unwind;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

/// Begins a transaction, which is rolled back if the caller gives up, at any moment.
///
/// sqlx 0.9.0 does not see a transaction whose caller gives up while it begins: the connection goes back to the pool with the
/// transaction open, and what others then write over it is neither visible nor kept. So it begins in a task of its own, which
/// nobody cancels.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(pool, None).await
}

/// The same, by another statement than `begin`.
pub async fn begin_with(pool: &PgPool, statement: Option<Arc<str>>) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let beginning = tokio::spawn(async move {
        match statement {
            Some(statement) => pool.begin_with(AssertSqlSafe(statement)).await,
            None => pool.begin().await,
        }
    });
    match beginning.await {
        Ok(begun) => begun,
        Err(failed) if failed.is_panic() => resume_unwind(failed.into_panic()),
        // The runtime stops.
        Err(_) => Err(sqlx::Error::PoolClosed),
    }
}
