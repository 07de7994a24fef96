//! Every statement that writes or locks users, sessions and the policy.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::session::{Ended, OpenSession};
use super::user::NewUser;
use crate::kernel::access::PolicyLine;
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::scalar;
use crate::kernel::session::TokenHash;

/// What a sign-in is checked against.
pub struct Account {
    pub id: UserId,
    pub password_hash: Option<String>,
}

/// The active user with this e-mail address.
pub async fn account(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: UserId", password_hash from app_user where email = $1 and status = 'ACTIVE'"#,
        email
    )
    .fetch_optional(db)
    .await
}

/// Attempts before the present one.
pub struct Attempt {
    pub failures_before: i32,
    pub last_failed_at: Option<DateTime<Utc>>,
}

/// Counts an attempt as failed, and tells what was before. What is older than `forgotten` begins anew. One statement, so
/// that of many attempts at once each sees those before it.
///
/// An attempt that has to wait is [taken back](take_back): the wait does not begin anew with each.
pub async fn count_attempt(
    db: impl PgExecutor<'_>,
    subject: &str,
    now: DateTime<Utc>,
    forgotten: DateTime<Utc>,
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
        forgotten
    )
    .fetch_one(db)
    .await
}

/// Takes one attempt back; of none that failed before, nothing stays.
pub async fn take_back(
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

/// A success takes all failures of an account back.
pub async fn forget_failures(db: &mut PgConnection, subject: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_failure where subject = $1", subject).execute(db).await?;
    Ok(())
}

/// Forgets at most `most` subjects that have not failed since `before`; how many.
pub async fn forget_old_failures(db: impl PgExecutor<'_>, before: DateTime<Utc>, most: i64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        "delete from sign_in_failure where subject in (select subject from sign_in_failure where last_failed_at < $1 limit $2)",
        before,
        most
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}

/// Notes when somebody signed in; false when they have departed.
pub async fn note_sign_in(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let noted = sqlx::query!(
        "update app_user set last_sign_in_at = $2 where id = $1 and status = 'ACTIVE'",
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// A session to open.
pub struct NewSession {
    pub id: SessionId,
    pub user_id: UserId,
    pub access_hash: TokenHash,
    pub access_expires_at: DateTime<Utc>,
    pub refresh_hash: TokenHash,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Opens a session.
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

/// A session that an access token opens.
pub struct Accessed {
    pub id: SessionId,
    pub user_id: UserId,
    pub access_expires_at: DateTime<Utc>,
}

/// The living session of an access token.
pub async fn session_of_access_token(
    db: impl PgExecutor<'_>,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Accessed>> {
    sqlx::query_as!(
        Accessed,
        r#"select id as "id: SessionId", user_id as "user_id: UserId", access_expires_at from session
           where access_hash = $1 and access_expires_at > $2 and ended_at is null"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// When the access token of a session that has not ended ends.
pub async fn good_until(
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

/// A session that a refresh token leads to.
pub struct Refreshed {
    pub id: SessionId,
    pub user_id: UserId,
    pub rotated_at: Option<DateTime<Utc>>,
    /// Whether the token is the present one, not the one before.
    pub is_current: bool,
}

/// The living session of a refresh token or of the one before it, locked; its user is kept from departing.
pub async fn lock_session_of_refresh_token(
    db: &mut PgConnection,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Refreshed>> {
    // People before sessions, as everywhere.
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
        Refreshed,
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
pub async fn rotate(
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

/// Ends a session; one that has ended stays as it is. Waits for the writes that the session is in the middle of.
pub async fn end_session(
    db: &mut PgConnection,
    session: SessionId,
    why: Ended,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("select id from session where id = $1 for no key update", session as SessionId)
        .fetch_optional(&mut *db)
        .await?;
    sqlx::query!(
        "update session set ended_at = $2, ended_why = $3 where id = $1 and ended_at is null",
        session as SessionId,
        now,
        why.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends all sessions of a user but one.
pub async fn end_sessions(
    db: &mut PgConnection,
    user: UserId,
    but: Option<SessionId>,
    why: Ended,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "select id from session where user_id = $1 and ended_at is null and id is distinct from $2 order by id for no key update",
        user as UserId,
        but as Option<SessionId>
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "update session set ended_at = $3, ended_why = $4 where user_id = $1 and ended_at is null and id is distinct from $2",
        user as UserId,
        but as Option<SessionId>,
        now,
        why.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whose session it is.
pub async fn user_of_session(db: &mut PgConnection, session: SessionId) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(r#"select user_id as "user_id: UserId" from session where id = $1"#, session as SessionId)
        .fetch_optional(db)
        .await
}

/// Somebody's open sessions.
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

/// Enters a user, with the start of their place in the tree.
pub async fn insert_user(
    db: &mut PgConnection,
    id: UserId,
    user: &NewUser,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into app_user (id, email, name, password_hash, phone, manager_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)",
        id as UserId,
        user.email,
        user.name,
        password_hash,
        user.phone,
        user.manager as Option<UserId>,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into user_manager_history (user_id, manager_id, valid_from) values ($1, $2, $3)",
        id as UserId,
        user.manager as Option<UserId>,
        now
    )
    .execute(&mut *db)
    .await?;
    set_roles(db, id, &user.roles).await
}

/// Gives a user these roles and no others.
pub async fn set_roles(db: &mut PgConnection, user: UserId, roles: &[String]) -> sqlx::Result<()> {
    sqlx::query!("delete from user_role where user_id = $1 and role <> all($2)", user as UserId, roles)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into user_role (user_id, role) select $1, unnest($2::text[]) on conflict do nothing",
        user as UserId,
        roles
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Changes a password.
pub async fn set_password(db: &mut PgConnection, user: UserId, hash: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update app_user set password_hash = $2, updated_at = $3 where id = $1", user as UserId, hash, now)
        .execute(db)
        .await?;
    Ok(())
}

/// The password of a user, as hashed.
pub async fn password_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select password_hash from app_user where id = $1", user as UserId).fetch_one(db).await
}

/// Moves users below another manager, and notes it in the history.
pub async fn set_manager(
    db: &mut PgConnection,
    users: &[Uuid],
    manager: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update app_user set manager_id = $2, updated_at = $3 where id = any($1)",
        users,
        manager as Option<UserId>,
        now
    )
    .execute(&mut *db)
    .await?;
    // A place in the tree that would begin and end at once never was.
    sqlx::query!(
        "update user_manager_history set manager_id = $2 where user_id = any($1) and valid_to is null and valid_from >= $3",
        users,
        manager as Option<UserId>,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with closed as (
             update user_manager_history set valid_to = $3
             where user_id = any($1) and valid_to is null and valid_from < $3 returning user_id)
         insert into user_manager_history (user_id, manager_id, valid_from) select user_id, $2, $3 from closed",
        users,
        manager as Option<UserId>,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks a user's row, once nothing of theirs is under way; whether they are active, if they exist.
pub async fn lock_leaver(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<bool>> {
    let status = sqlx::query_scalar!("select status from app_user where id = $1 for no key update", user as UserId)
        .fetch_optional(db)
        .await?;
    Ok(status.map(|status| status == "ACTIVE"))
}

/// What somebody pursues and handles that is not done.
#[derive(Debug)]
pub struct OpenWork {
    /// Open opportunities.
    pub opportunities: i64,
    /// Orders that are not paid in full.
    pub orders: i64,
}

/// What is left to do of what somebody pursues and handles.
pub async fn open_work_of(db: &mut PgConnection, user: UserId) -> sqlx::Result<OpenWork> {
    sqlx::query_as!(
        OpenWork,
        r#"select (select count(*) from sales_opportunity where owner_user_id = $1 and stage_kind = 'OPEN' and archived_at is null) as "opportunities!",
                  (select count(*) from sales_order where owner_user_id = $1 and status = 'PENDING') as "orders!""#,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Closes an account.
pub async fn set_departed(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update app_user set status = 'DEPARTED', updated_at = $2 where id = $1", user as UserId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Opens an account again.
pub async fn set_active(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update app_user set status = 'ACTIVE', updated_at = $2 where id = $1 and status <> 'ACTIVE'",
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Enters roles.
pub async fn insert_roles(db: &mut PgConnection, roles: &[(&str, &str, &str, bool)]) -> sqlx::Result<()> {
    for (name, title_en, title_zh, grantable) in roles {
        save_role(db, name, title_en, title_zh, *grantable).await?;
    }
    Ok(())
}

/// Enters a role, or changes the one of this name.
pub async fn save_role(
    db: &mut PgConnection,
    name: &str,
    title_en: &str,
    title_zh: &str,
    grantable_by_hr: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into role (name, title_en, title_zh, grantable_by_hr) values ($1, $2, $3, $4)
         on conflict (name) do update set title_en = $2, title_zh = $3, grantable_by_hr = $4",
        name,
        title_en,
        title_zh,
        grantable_by_hr
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether there are roles: then the installation has a policy.
pub async fn has_roles(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from role) as "exists!""#).fetch_one(db).await
}

/// Adds a line to the policy; one that is there stays.
pub async fn add_line(db: &mut PgConnection, line: &PolicyLine) -> sqlx::Result<()> {
    match line {
        PolicyLine::Permits { role, resource, action, scope } => {
            sqlx::query!(
                "insert into permission (role, resource, action, scope) values ($1, $2, $3, $4) on conflict do nothing",
                role,
                resource,
                action,
                scope
            )
            .execute(db)
            .await?
        }
        PolicyLine::Inherits { role, inherits } => {
            sqlx::query!(
                "insert into role_inheritance (role, inherits) values ($1, $2) on conflict do nothing",
                role,
                inherits
            )
            .execute(db)
            .await?
        }
    };
    Ok(())
}

/// Takes a permission out of the policy; one that is not there stays away.
pub async fn remove_permission(
    db: &mut PgConnection,
    role: &str,
    resource: &str,
    action: &str,
    scope: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from permission where role = $1 and resource = $2 and action = $3 and scope = $4",
        role,
        resource,
        action,
        scope
    )
    .execute(db)
    .await?;
    Ok(())
}
