//! Every statement that writes or locks sessions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::model::{Chain, EndReason, OpenSession};
use crate::kernel::actor::Origin;
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::scalar;
use crate::kernel::session::TokenHash;

/// A session to insert.
pub struct NewSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub family_hash: TokenHash,
    pub refresh_hash: TokenHash,
    pub access_hash: TokenHash,
    pub access_expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Inserts a session with its first tokens.
pub async fn insert_session(db: &mut PgConnection, session: &NewSession, origin: &Origin) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into session (id, user_id, family_hash, next_refresh_hashes, access_expires_at, created_at, expires_at,
                              last_used_at, user_agent, address, network)
         values ($1, $2, $3, array[$4::bytea], $5, $6, $7, $6, $8, $9, $10)",
        session.id as SessionId,
        session.user_id as UserId,
        &session.family_hash,
        &session.refresh_hash,
        session.access_expires_at,
        session.created_at,
        session.expires_at,
        origin.agent.as_deref(),
        origin.address.map(|address| address.to_string()),
        origin.network()
    )
    .execute(&mut *db)
    .await?;
    insert_access_token(db, session.id, &session.access_hash, session.access_expires_at).await
}

async fn insert_access_token(
    db: &mut PgConnection,
    session: SessionId,
    hash: &TokenHash,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into access_token (hash, session_id, expires_at) values ($1, $2, $3)",
        hash,
        session as SessionId,
        expires_at
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
        r#"select s.id as "id: SessionId", s.user_id as "user_id: UserId", t.expires_at as access_expires_at
           from access_token t join session s on s.id = t.session_id
           where t.hash = $1 and t.expires_at > $2 and s.ended_at is null"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Whether an access token is known, whatever became of its session.
pub async fn has_token(db: impl PgExecutor<'_>, hash: &TokenHash) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from access_token where hash = $1) as "has!""#, hash)
        .fetch_one(db)
        .await
}

/// Returns when the latest access token of a session expires; none if it has expired or the session has ended.
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
pub struct Family {
    pub id: SessionId,
    pub user_id: UserId,
    pub chain: Chain,
}

/// Locks the session of a family of refresh tokens; none if the session has expired or ended, or was not used since
/// `unused_since`. Its user is locked in share mode, and so cannot depart meanwhile.
pub async fn lock_family(
    db: &mut PgConnection,
    family: &TokenHash,
    now: DateTime<Utc>,
    unused_since: Option<DateTime<Utc>>,
) -> sqlx::Result<Option<Family>> {
    // Users are locked before sessions, as everywhere.
    let user = sqlx::query_scalar!(
        r#"select u.id as "id: UserId" from session s join app_user u on u.id = s.user_id
           where s.family_hash = $1 and u.status = 'ACTIVE' for share of u"#,
        family
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(user_id) = user else { return Ok(None) };
    let found = sqlx::query!(
        r#"select id as "id: SessionId", used_refresh_hash, next_refresh_hashes from session
           where family_hash = $1 and expires_at > $2 and ended_at is null and ($3::timestamptz is null or last_used_at > $3)
           for no key update"#,
        family,
        now,
        unused_since
    )
    .fetch_optional(db)
    .await?;
    let hash =
        |bytes: Vec<u8>| TokenHash::try_from(bytes).map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()));
    found
        .map(|row| {
            let used = row.used_refresh_hash.map(hash).transpose()?;
            let next = row.next_refresh_hashes.into_iter().map(hash).collect::<Result<_, _>>()?;
            Ok(Family { id: row.id, user_id, chain: Chain { used, next } })
        })
        .transpose()
}

/// Saves the refresh tokens of a session and a further access token, and where it was used from. Access tokens that have
/// expired are deleted.
pub async fn renew(
    db: &mut PgConnection,
    session: SessionId,
    chain: &Chain,
    access: &TokenHash,
    access_expires_at: DateTime<Utc>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update session
         set used_refresh_hash = $2, next_refresh_hashes = $3, access_expires_at = $4, last_used_at = $5, user_agent = $6,
             address = $7
         where id = $1",
        session as SessionId,
        chain.used.as_ref().map(|hash| hash.as_slice()),
        &chain.next.iter().map(|hash| hash.to_vec()).collect::<Vec<_>>(),
        access_expires_at,
        now,
        origin.agent.as_deref(),
        origin.address.map(|address| address.to_string())
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from access_token where session_id = $1 and expires_at <= $2", session as SessionId, now)
        .execute(&mut *db)
        .await?;
    insert_access_token(db, session, access, access_expires_at).await
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

/// Ends all sessions.
pub async fn end_all(db: &mut PgConnection, reason: EndReason, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update session set ended_at = $1, ended_why = $2 where ended_at is null", now, reason.name())
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

/// Returns the open sessions of a user, the one that was used last first; at most 100.
pub async fn open_sessions(
    db: impl PgExecutor<'_>,
    user: UserId,
    now: DateTime<Utc>,
    unused_since: Option<DateTime<Utc>>,
) -> sqlx::Result<Vec<OpenSession>> {
    let rows = sqlx::query!(
        r#"select id as "id: SessionId", created_at, expires_at, last_used_at, user_agent, address from session
           where user_id = $1 and ended_at is null and expires_at > $2 and ($3::timestamptz is null or last_used_at > $3)
           order by last_used_at desc, id desc limit 100"#,
        user as UserId,
        now,
        unused_since
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenSession {
            id: row.id,
            created_at: scalar::DateTime(row.created_at),
            expires_at: scalar::DateTime(row.expires_at),
            last_used_at: scalar::DateTime(row.last_used_at),
            user_agent: row.user_agent,
            address: row.address,
        })
        .collect())
}

/// Deletes at most `limit` sessions that ended before a moment, and returns how many it deleted.
pub async fn delete_ended(db: impl PgExecutor<'_>, before: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "with ended as (
             select id from session where created_at < $1 and coalesce(ended_at, expires_at) < $1 limit $2),
         tokens as (delete from access_token a using ended e where a.session_id = e.id)
         delete from session s using ended e where s.id = e.id",
        before,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// Deletes at most `limit` access tokens that have expired, and returns how many it deleted.
pub async fn delete_expired_tokens(db: impl PgExecutor<'_>, now: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from access_token where hash in (select hash from access_token where expires_at <= $1 limit $2)",
        now,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
