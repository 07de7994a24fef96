//! Statements about the links by which people set their passwords.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::kernel::id::UserId;
use crate::kernel::session::TokenHash;

/// What a link depends on.
pub struct LockedAccount {
    /// Whether somebody can sign in to it.
    pub is_open: bool,
    /// Whether it stands for a machine, which has no password.
    pub is_service: bool,
    pub locale: Option<String>,
}

/// Locks the row of an active user.
pub async fn lock_account(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<LockedAccount>> {
    sqlx::query_as!(
        LockedAccount,
        r#"select password_hash is not null or exists (select from identity i where i.user_id = u.id) as "is_open!",
                  is_service, locale
           from app_user u where id = $1 and status = 'ACTIVE' for no key update of u"#,
        user as UserId
    )
    .fetch_optional(db)
    .await
}

/// Saves a link, in place of the one before.
pub async fn save_link(
    db: &mut PgConnection,
    user: UserId,
    hash: &TokenHash,
    creator: Option<UserId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into password_link (user_id, hash, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id) do update set hash = $2, created_by = $3, created_at = $4, expires_at = $5",
        user as UserId,
        hash,
        creator as Option<UserId>,
        now,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account of a link.
pub struct FoundAccount {
    pub user_id: UserId,
    pub email: String,
    pub password_hash: Option<String>,
}

/// Finds the account of a link that is good; none if its user has departed.
pub async fn find(db: impl PgExecutor<'_>, hash: &TokenHash, now: DateTime<Utc>) -> sqlx::Result<Option<FoundAccount>> {
    sqlx::query_as!(
        FoundAccount,
        r#"select u.id as "user_id: UserId", u.email, u.password_hash
           from password_link l join app_user u on u.id = l.user_id
           where l.hash = $1 and l.expires_at > $2 and u.status = 'ACTIVE'"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Uses a link up; false if it is not good any more.
pub async fn use_link(db: &mut PgConnection, hash: &TokenHash, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let used =
        sqlx::query!("delete from password_link where hash = $1 and expires_at > $2", hash, now).execute(db).await?;
    Ok(used.rows_affected() == 1)
}
