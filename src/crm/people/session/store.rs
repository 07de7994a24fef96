//! Every statement that writes or locks sessions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::model::{EndReason, OpenSession};
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::scalar;
use crate::kernel::session::TokenHash;

/// A session to insert.
pub struct NewSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub access_hash: TokenHash,
    pub access_expires_at: DateTime<Utc>,
    pub refresh_hash: TokenHash,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Inserts a session.
pub async fn insert_session(db: &mut PgConnection, session: &NewSession) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into session (id, user_id, access_hash, access_expires_at, refresh_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        session.id as SessionId,
        session.user_id as UserId,
        &session.access_hash,
        session.access_expires_at,
        &session.refresh_hash,
        session.created_at,
        session.expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The session of an access token.
pub struct AccessTokenSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub access_expires_at: DateTime<Utc>,
}

/// Finds the session of an access token; none if the token has expired or the session has ended.
pub async fn find_by_access_token(
    db: impl PgExecutor<'_>,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<AccessTokenSession>> {
    sqlx::query_as!(
        AccessTokenSession,
        r#"select id as "id: SessionId", user_id as "user_id: UserId", access_expires_at from session
           where access_hash = $1 and access_expires_at > $2 and ended_at is null"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Returns when the access token of a session expires; none if it has expired or the session has ended.
pub async fn access_expires_at(
    db: impl PgExecutor<'_>,
    session: SessionId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "select access_expires_at from session where id = $1 and ended_at is null and access_expires_at > $2",
        session as SessionId,
        now
    )
    .fetch_optional(db)
    .await
}

/// The session of a refresh token.
pub struct RefreshTokenSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub rotated_at: Option<DateTime<Utc>>,
    /// Whether the token is the current one; if not, it is the one before.
    pub is_current: bool,
}

/// Locks the session whose current or previous refresh token this is; none if the session has expired or ended. Its
/// user is locked in share mode, and so cannot depart meanwhile.
pub async fn lock_by_refresh_token(
    db: &mut PgConnection,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<RefreshTokenSession>> {
    // Users are locked before sessions, as everywhere.
    let user = sqlx::query_scalar!(
        r#"select u.id as "id: UserId" from session s join app_user u on u.id = s.user_id
           where (s.refresh_hash = $1 or s.previous_refresh_hash = $1) and u.status = 'ACTIVE' for share of u"#,
        hash
    )
    .fetch_optional(&mut *db)
    .await?;
    if user.is_none() {
        return Ok(None);
    }
    sqlx::query_as!(
        RefreshTokenSession,
        r#"select id as "id: SessionId", user_id as "user_id: UserId", rotated_at, refresh_hash = $1 as "is_current!" from session
           where (refresh_hash = $1 or previous_refresh_hash = $1) and expires_at > $2 and ended_at is null
           for no key update"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Replaces the tokens of a session.
pub async fn replace_tokens(
    db: &mut PgConnection,
    session: SessionId,
    access: &TokenHash,
    access_expires_at: DateTime<Utc>,
    refresh: &TokenHash,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update session
         set previous_refresh_hash = refresh_hash, access_hash = $2, access_expires_at = $3, refresh_hash = $4, rotated_at = $5
         where id = $1",
        session as SessionId,
        access,
        access_expires_at,
        refresh,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a session; one that has ended stays as it is. It waits for the operations of the session that are running,
/// because each of them holds the session's row.
pub async fn end_session(
    db: &mut PgConnection,
    session: SessionId,
    reason: EndReason,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("select id from session where id = $1 for no key update", session as SessionId)
        .fetch_optional(&mut *db)
        .await?;
    sqlx::query!(
        "update session set ended_at = $2, ended_why = $3 where id = $1 and ended_at is null",
        session as SessionId,
        now,
        reason.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends all sessions of a user except `except`.
pub async fn end_sessions(
    db: &mut PgConnection,
    user: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "select id from session where user_id = $1 and ended_at is null and id is distinct from $2 order by id for no key update",
        user as UserId,
        except as Option<SessionId>
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "update session set ended_at = $3, ended_why = $4 where user_id = $1 and ended_at is null and id is distinct from $2",
        user as UserId,
        except as Option<SessionId>,
        now,
        reason.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Returns the user of a session.
pub async fn user_of_session(db: &mut PgConnection, session: SessionId) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(r#"select user_id as "user_id: UserId" from session where id = $1"#, session as SessionId)
        .fetch_optional(db)
        .await
}

/// Returns the open sessions of a user, the latest first; at most 100.
pub async fn open_sessions(
    db: impl PgExecutor<'_>,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<OpenSession>> {
    let rows = sqlx::query!(
        r#"select id as "id: SessionId", created_at, expires_at from session
           where user_id = $1 and ended_at is null and expires_at > $2 order by created_at desc, id desc limit 100"#,
        user as UserId,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenSession {
            id: row.id,
            created_at: scalar::DateTime(row.created_at),
            expires_at: scalar::DateTime(row.expires_at),
        })
        .collect())
}
