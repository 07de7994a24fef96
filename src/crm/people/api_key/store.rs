//! Every statement that writes API keys.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::kernel::id::{ApiKeyId, UserId};
use crate::kernel::session::TokenHash;

/// A key to insert.
pub struct Row<'k> {
    pub id: ApiKeyId,
    pub user: UserId,
    pub name: &'k str,
    pub hash: TokenHash,
    pub prefix: &'k str,
    pub roles: Option<&'k [String]>,
    pub networks: &'k [String],
    pub expires_at: Option<DateTime<Utc>>,
}

/// Whether a user is a service user.
pub async fn is_service(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!("select is_service from app_user where id = $1", user as UserId).fetch_one(db).await
}

/// Inserts a key.
pub async fn insert(db: &mut PgConnection, key: &Row<'_>, by: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_key (id, user_id, name, hash, prefix, roles, networks, expires_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        key.id as ApiKeyId,
        key.user as UserId,
        key.name,
        &key.hash,
        key.prefix,
        key.roles as Option<&[String]>,
        key.networks,
        key.expires_at,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The user of a key.
pub async fn user_of(db: &mut PgConnection, id: ApiKeyId) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(r#"select user_id as "user: UserId" from api_key where id = $1"#, id as ApiKeyId)
        .fetch_optional(db)
        .await
}

/// Revokes a key; false if it is revoked already. It waits for the operations of the key that are running, because each of
/// them holds the key's row.
pub async fn revoke(db: &mut PgConnection, id: ApiKeyId, by: UserId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let revoked = sqlx::query!(
        "update api_key set revoked_at = $3, revoked_by = $2 where id = $1 and revoked_at is null",
        id as ApiKeyId,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Saves when a key was used, unless a later use is saved.
pub async fn save_use(db: &PgPool, id: ApiKeyId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)",
        id as ApiKeyId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
