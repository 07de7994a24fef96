//! Statements about second factors.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::kernel::id::UserId;
use crate::kernel::session::TokenHash;

/// The second factor of a user.
pub struct Factor {
    pub secret: Vec<u8>,
    /// The step of the code that was used last; `None` if it is not confirmed.
    pub last_step: Option<i64>,
}

/// Saves a secret that is not confirmed; false if the user has one that is.
pub async fn save_secret(db: &mut PgConnection, user: UserId, secret: &[u8], now: DateTime<Utc>) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "insert into second_factor as f (user_id, secret, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set secret = $2, created_at = $3 where f.confirmed_at is null",
        user as UserId,
        secret,
        now
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// Locks the second factor of a user, so that of two who use a code at once the second finds it used.
pub async fn lock(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Factor>> {
    sqlx::query_as!(Factor, "select secret, last_step from second_factor where user_id = $1 for update", user as UserId)
        .fetch_optional(db)
        .await
}

/// Confirms a second factor by the code of a step.
pub async fn confirm(db: &mut PgConnection, user: UserId, step: i64, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update second_factor set confirmed_at = $3, last_step = $2 where user_id = $1",
        user as UserId,
        step,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the step of a code that was used.
pub async fn use_step(db: &mut PgConnection, user: UserId, step: i64) -> sqlx::Result<()> {
    sqlx::query!("update second_factor set last_step = $2 where user_id = $1", user as UserId, step)
        .execute(db)
        .await?;
    Ok(())
}

/// Inserts the hashes of recovery codes.
pub async fn insert_recovery_codes(db: &mut PgConnection, user: UserId, hashes: &[Vec<u8>]) -> sqlx::Result<()> {
    sqlx::query!("insert into recovery_code (user_id, hash) select $1, unnest($2::bytea[])", user as UserId, hashes)
        .execute(db)
        .await?;
    Ok(())
}

/// Uses a recovery code up; false if the user has none with this hash.
pub async fn use_recovery_code(db: &mut PgConnection, user: UserId, hash: &TokenHash) -> sqlx::Result<bool> {
    let used = sqlx::query!("delete from recovery_code where user_id = $1 and hash = $2", user as UserId, hash)
        .execute(db)
        .await?;
    Ok(used.rows_affected() == 1)
}

/// Deletes the second factor of a user; false if there was none.
pub async fn delete(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let deleted = sqlx::query!("delete from second_factor where user_id = $1", user as UserId).execute(db).await?;
    Ok(deleted.rows_affected() == 1)
}
