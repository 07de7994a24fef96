//! Every statement that writes the ledger of figures and its sums.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// The lock of the one server that numbers postings and adds them to the sums.
const KEEPER_LOCK: i64 = 0x7469_6465_6669_6775;

/// Whether there is anything to do: the zone of the sums, and whether postings or customers wait.
pub async fn due(db: &PgPool) -> sqlx::Result<(String, bool)> {
    let row = sqlx::query!(
        r#"select time_zone, exists (select from posting_outbox) or exists (select from sales_analysis_due) as "waits!"
           from sales_analysis_state"#
    )
    .fetch_one(db)
    .await?;
    Ok((row.time_zone, row.waits))
}

/// Numbers at most `most` postings and adds them to the sums; returns how much was done. Waits while another server does
/// this. The lock is taken in a statement of its own, so that the second statement sees all that was committed before.
pub async fn keep(db: &PgPool, now: DateTime<Utc>, most: i32) -> sqlx::Result<i64> {
    let mut transaction = db.begin().await?;
    sqlx::query!("select set_config('statement_timeout', '0', true) from pg_advisory_xact_lock($1)", KEEPER_LOCK)
        .fetch_one(&mut *transaction)
        .await?;
    let done = sqlx::query_scalar!(r#"select keep_sales_analysis($1, $2) as "done!""#, now, most)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done)
}

/// Makes all sums anew, in the days of a zone.
pub async fn recount(db: &PgPool, zone: &str) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    sqlx::query!("select set_config('statement_timeout', '0', true) from pg_advisory_xact_lock($1)", KEEPER_LOCK)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query!("select recount_sales_analysis($1)", zone).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
