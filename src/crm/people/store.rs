//! Every statement that writes or locks users.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::NewUser;
use crate::kernel::id::{UserId, uuids};

/// Inserts a user, with the first entry of the history of their managers.
pub async fn insert_user(
    db: &mut PgConnection,
    id: UserId,
    user: &NewUser,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into app_user (id, email, name, password_hash, phone, manager_id, created_at, updated_at, is_service)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        id as UserId,
        user.email,
        user.name,
        password_hash,
        user.phone,
        user.manager as Option<UserId>,
        now,
        user.is_service
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

/// Replaces the roles of a user.
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

/// Returns the password hash of a user.
pub async fn password_hash_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select password_hash from app_user where id = $1", user as UserId).fetch_one(db).await
}

/// Gives users another manager, and writes it to the history.
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
    // A manager who would begin and end at the same instant is replaced, because the history has no empty periods.
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

/// What is changed of a user: `None` keeps the value.
pub struct UserChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<Option<String>>,
    pub locale: Option<Option<&'static str>>,
}

/// Changes a user. A link to set the password is void after a change of the e-mail address that it was sent to.
pub async fn update_user(
    db: &mut PgConnection,
    user: UserId,
    change: &UserChange,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update app_user
         set email = coalesce($2, email), name = coalesce($3, name), phone = case when $4 then $5 else phone end,
             locale = case when $6 then $7 else locale end, updated_at = $8
         where id = $1",
        user as UserId,
        change.email,
        change.name,
        change.phone.is_some(),
        change.phone.clone().flatten(),
        change.locale.is_some(),
        change.locale.flatten(),
        now
    )
    .execute(&mut *db)
    .await?;
    if change.email.is_some() {
        sqlx::query!("delete from password_link where user_id = $1", user as UserId).execute(db).await?;
    }
    Ok(())
}

/// Returns the language of a user's e-mail.
pub async fn locale_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select locale from app_user where id = $1", user as UserId).fetch_one(db).await
}

/// Whether one of these users owns a customer.
pub async fn own_customers(db: &mut PgConnection, users: &[Uuid]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from customer where owner_user_id = any($1)) as "exists!""#, users)
        .fetch_one(db)
        .await
}

/// Locks a user's row, and returns whether the user is active; `None` if there is no such user. It waits for the user's
/// operations that are running, because each of them holds the row in share mode.
pub async fn lock_user(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<bool>> {
    let status = sqlx::query_scalar!("select status from app_user where id = $1 for no key update", user as UserId)
        .fetch_optional(db)
        .await?;
    Ok(status.map(|status| status == "ACTIVE"))
}

/// The unfinished work of a user.
#[derive(Debug)]
pub struct OpenWork {
    /// The number of their open opportunities that are not archived.
    pub opportunities: i64,
    /// The number of their orders that are not paid in full.
    pub orders: i64,
    /// The number of their open tasks.
    pub tasks: i64,
}

/// Counts the unfinished work of a user.
pub async fn open_work_of(db: &mut PgConnection, user: UserId) -> sqlx::Result<OpenWork> {
    sqlx::query_as!(
        OpenWork,
        r#"select (select count(*) from sales_opportunity where owner_user_id = $1 and stage_kind = 'OPEN' and archived_at is null) as "opportunities!",
                  (select count(*) from sales_order where owner_user_id = $1 and closed_at is null
                      and (status = 'PENDING' or payment_status <> 'PAID')) as "orders!",
                  (select count(*) from task where owner_user_id = $1 and status = 'OPEN') as "tasks!""#,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Closes the account of a user. A link to set the password is void.
pub async fn set_departed(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from password_link where user_id = $1", user as UserId).execute(&mut *db).await?;
    sqlx::query!("update app_user set status = 'DEPARTED', updated_at = $2 where id = $1", user as UserId, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Opens the account of a departed user again, without a password.
pub async fn set_active(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update app_user set status = 'ACTIVE', password_hash = null, updated_at = $2 where id = $1 and status <> 'ACTIVE'",
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of the active users who can sign in, or are signed in. A new account waits for its person to set a password, or to
/// come from an identity provider.
pub async fn who_can_sign_in(
    db: &mut PgConnection,
    users: &[UserId],
    now: DateTime<Utc>,
) -> sqlx::Result<HashSet<UserId>> {
    let found = sqlx::query_scalar!(
        r#"select u.id as "id: UserId" from app_user u
           where u.id = any($1)
             and (u.password_hash is not null
                  or exists (select from identity i where i.user_id = u.id)
                  or exists (select from session s where s.user_id = u.id and s.ended_at is null and s.expires_at > $2))"#,
        &uuids(users),
        now
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().collect())
}

/// Saves when a user signed in; false if the user has departed.
pub async fn save_sign_in(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "update app_user set last_sign_in_at = $2 where id = $1 and status = 'ACTIVE'",
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}
