//! Statements about the protection period and its ends.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

/// Locks the protection period until the operation ends, shared with other releases. A change of the period waits for
/// releases under way, and releases wait for a change: otherwise a release could write an end by the old period that
/// the change does not see. This lock must be taken before customers are locked, because a change takes its locks in
/// that order.
pub async fn lock_protection_period(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1)", PERIOD_LOCK).execute(db).await?;
    Ok(())
}

/// The advisory lock that releases hold shared, and that a change of the protection period or the calendar holds alone.
const PERIOD_LOCK: i64 = 0x7469_6465_0001;

/// Computes the end of protection anew for customers that are still protected after a release, counted from when they
/// came into the pool; returns how many were changed. Customers that are claimable already stay so. A new end that is
/// in the past is announced as of now. Customers that were created in the pool are left alone, because their creator
/// chose their protection.
pub async fn recompute_protection(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    sqlx::query!("select pg_advisory_xact_lock($1)", PERIOD_LOCK).execute(&mut *db).await?;
    let changed = sqlx::query!(
        "update customer
         set protected_until = protected_until(pool_entry_time, pool_id),
             protection_due = greatest(protected_until(pool_entry_time, pool_id), $1, updated_at + interval '1 microsecond'),
             updated_at = greatest($1, updated_at + interval '1 microsecond')
         where protection_due is not null and protected_until > $1 and pool_entry_time > created_at
             and protected_until is distinct from protected_until(pool_entry_time, pool_id)",
        now
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected())
}

/// The time of the next end of protection that has not been announced.
pub async fn next_end_of_protection(db: impl PgExecutor<'_>) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!("select min(protection_due) from customer where protection_due is not null").fetch_one(db).await
}

/// Announces at most `most` ends of protection that are due; returns how many rows were handled. A blacklisted customer
/// is handled without an event, because nobody can claim it. A locked row is left for the next call, because it may be
/// claimed just now.
pub async fn announce_ends_of_protection(db: impl PgExecutor<'_>, now: DateTime<Utc>, most: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"with due as (
               select id, protection_due from customer where protection_due <= $1
               order by protection_due, id limit $2 for no key update skip locked),
           ended as (
               update customer c set protection_due = null from due d where c.id = d.id
               returning c.id, d.protection_due as at, pool_image(c) as image),
           announced as (
               insert into event_outbox (topic, kind, customer_id, occurred_at, before, after)
               select 'POOL', 'BECAME_CLAIMABLE', id, at, image, image from ended where image is not null order by at, id)
           select count(*) as "count!" from ended"#,
        now,
        most
    )
    .fetch_one(db)
    .await
}
