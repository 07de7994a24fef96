//! Every statement about absences.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::id::{UserId, uuids};

/// An absence to record.
pub struct Absence {
    pub id: Uuid,
    pub user: UserId,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// The beginning of the first day.
    pub starts: DateTime<Utc>,
    /// The end of the last day.
    pub ends: DateTime<Utc>,
    /// The end of the day after the last one. Pool rules take no customer of the user before it.
    pub settled: DateTime<Utc>,
}

/// Returns the first and the last day of each absence of a user, in the order of the days.
pub async fn absences_of(db: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<(NaiveDate, NaiveDate)>> {
    let rows =
        sqlx::query!("select first_day, last_day from absence where user_id = $1 order by first_day", user as UserId)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.first_day, row.last_day)).collect())
}

/// Returns those of the users who are away at `now`.
pub async fn away(db: &mut PgConnection, users: &[UserId], now: DateTime<Utc>) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"select user_id as "user: UserId" from absence where user_id = any($1) and starts <= $2 and ends > $2"#,
        &uuids(users),
        now
    )
    .fetch_all(db)
    .await
}

/// Returns whether a user owns a customer that is not archived.
pub async fn owns_customers(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from customer where owner_user_id = $1 and archived_at is null) as "owns!""#,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Inserts an absence.
pub async fn insert(
    db: &mut PgConnection,
    absence: &Absence,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into absence (id, user_id, first_day, last_day, starts, ends, settled, recorded_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        absence.id,
        absence.user as UserId,
        absence.first_day,
        absence.last_day,
        absence.starts,
        absence.ends,
        absence.settled,
        by as Option<UserId>,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes an absence.
pub async fn delete(db: &mut PgConnection, user: UserId, first_day: NaiveDate) -> sqlx::Result<()> {
    sqlx::query!("delete from absence where user_id = $1 and first_day = $2", user as UserId, first_day)
        .execute(db)
        .await?;
    Ok(())
}
