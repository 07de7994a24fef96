//! Every statement about attempts to sign in and their failures.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::kernel::id::UserId;

/// The data that a sign-in is validated against.
pub struct Account {
    pub id: UserId,
    pub password_hash: Option<String>,
    /// Whether the account was signed in from the network before.
    pub is_known: bool,
}

/// Finds the active user with this e-mail address, who may have signed in from this network before. It is one statement,
/// so that its time does not tell which accounts exist.
pub async fn find_account(db: impl PgExecutor<'_>, email: &str, network: &str) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        r#"select u.id as "id: UserId", u.password_hash,
                  exists (select from session s where s.user_id = u.id and s.network = $2) as "is_known!"
           from app_user u where u.email = $1 and u.status = 'ACTIVE'"#,
        email,
        network
    )
    .fetch_optional(db)
    .await
}

/// The failed attempts before the present one.
pub struct Attempt {
    pub failures_before: i32,
    pub last_failed_at: Option<DateTime<Utc>>,
}

/// Counts an attempt as failed, and returns the failures before it. The count starts again if the last failure is not
/// later than `reset_before`. It is one statement, so that each of many simultaneous attempts sees those before it.
pub async fn count_attempt(
    db: impl PgExecutor<'_>,
    subject: &str,
    now: DateTime<Utc>,
    reset_before: DateTime<Utc>,
) -> sqlx::Result<Attempt> {
    sqlx::query_as!(
        Attempt,
        r#"with before as (select failures, last_failed_at from sign_in_failure where subject = $1 and last_failed_at > $3)
           insert into sign_in_failure as f (subject, failures, last_failed_at) values ($1, 1, $2)
           on conflict (subject) do update
               set failures = case when f.last_failed_at > $3 then f.failures + 1 else 1 end, last_failed_at = $2
           returning failures - 1 as "failures_before!", (select last_failed_at from before) as last_failed_at"#,
        subject,
        now,
        reset_before
    )
    .fetch_one(db)
    .await
}

/// Reverts one [`count_attempt`]: the count is one less, and the last failure is the one before.
pub async fn revert_attempt(
    db: impl PgExecutor<'_>,
    subject: &str,
    last_failed_at: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sign_in_failure set failures = greatest(failures - 1, 0), last_failed_at = coalesce($2, last_failed_at)
         where subject = $1",
        subject,
        last_failed_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes the failures of an account, after an attempt with the right password.
pub async fn delete_failures(db: &mut PgConnection, subject: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_failure where subject = $1", subject).execute(db).await?;
    Ok(())
}

/// Deletes at most `limit` subjects whose last failure is before `before`, and returns how many it deleted.
pub async fn delete_old_failures(db: impl PgExecutor<'_>, before: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from sign_in_failure where subject in (select subject from sign_in_failure where last_failed_at < $1 limit $2)",
        before,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
