//! Every statement that writes absences.

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
    pub starts: DateTime<Utc>,
    pub ends: DateTime<Utc>,
    pub settled: DateTime<Utc>,
}

/// The first and last days of somebody's absences, in their order.
pub async fn of(db: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<(NaiveDate, NaiveDate)>> {
    let rows =
        sqlx::query!("select first_day, last_day from absence where user_id = $1 order by first_day", user as UserId)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.first_day, row.last_day)).collect())
}

/// Those of some users who are away at a moment.
pub async fn away(db: &mut PgConnection, users: &[UserId], now: DateTime<Utc>) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"select user_id as "user: UserId" from absence where user_id = any($1) and starts <= $2 and ends > $2"#,
        &uuids(users),
        now
    )
    .fetch_all(db)
    .await
}

/// Whether somebody owns customers, archived ones not counted.
pub async fn owns_customers(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from customer where owner_user_id = $1 and archived_at is null) as "owns!""#,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Records an absence.
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

/// Forgets an absence.
pub async fn delete(db: &mut PgConnection, user: UserId, first_day: NaiveDate) -> sqlx::Result<()> {
    sqlx::query!("delete from absence where user_id = $1 and first_day = $2", user as UserId, first_day)
        .execute(db)
        .await?;
    Ok(())
}
