//! Statements about single sign-on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::kernel::id::UserId;

/// Saves the sign-in of the active user of an identity, whose row it locks; none if there is none.
pub async fn connected_user(
    db: &mut PgConnection,
    provider: &str,
    subject: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"update app_user u set last_sign_in_at = $3 from identity i
           where i.provider = $1 and i.subject = $2 and u.id = i.user_id and u.status = 'ACTIVE'
           returning u.id as "id: UserId""#,
        provider,
        subject,
        now
    )
    .fetch_optional(db)
    .await
}

/// Saves the sign-in of the active user with an e-mail address, whose row it locks; none if there is none.
pub async fn user_with_email(db: &mut PgConnection, email: &str, now: DateTime<Utc>) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"update app_user set last_sign_in_at = $2 where email = $1 and status = 'ACTIVE' and not is_service returning id as "id: UserId""#,
        email,
        now
    )
    .fetch_optional(db)
    .await
}

/// Connects an identity with a user. The constraints refuse an identity or a user that is connected already.
pub async fn connect(
    db: &mut PgConnection,
    provider: &str,
    subject: &str,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity (provider, subject, user_id, created_at) values ($1, $2, $3, $4)",
        provider,
        subject,
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Disconnects a user from a provider.
pub async fn disconnect(db: &mut PgConnection, provider: &str, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("delete from identity where provider = $1 and user_id = $2", provider, user as UserId)
        .execute(db)
        .await?;
    Ok(())
}
