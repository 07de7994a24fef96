//! Statements that load, lock and write contacts.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::model::{Change, Details, Draft, Entry, Keys};
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId, UserId, uuids};
use crate::kernel::scalar::{name_of, named};

/// The customer that a contact belongs to.
pub async fn customer_of(db: &mut PgConnection, id: ContactId) -> sqlx::Result<Option<CustomerId>> {
    sqlx::query_scalar!(
        r#"select customer_id as "customer_id: CustomerId" from contact where id = $1"#,
        id as ContactId
    )
    .fetch_optional(db)
    .await
}

/// Locks a contact and returns its fields, its version and whether it is archived.
pub async fn lock(db: &mut PgConnection, id: ContactId) -> Result<(Draft, i32, bool), Error> {
    let row = sqlx::query!(
        r#"select name, title, decision_role, phones, emails, wechat, is_primary, version, archived_at is not null as "is_archived!"
           from contact where id = $1 for no key update"#,
        id as ContactId
    )
    .fetch_one(db)
    .await?;
    let draft = Draft {
        name: row.name,
        title: row.title,
        decision_role: row.decision_role.as_deref().map(named).transpose()?,
        phones: row.phones,
        emails: row.emails,
        wechat: row.wechat,
        is_primary: row.is_primary,
    };
    Ok((draft, row.version, row.is_archived))
}

/// Makes the primary contact of a customer an ordinary one. Its version is raised, because a form that still shows it
/// as primary is out of date.
pub async fn clear_primary(db: &mut PgConnection, customer: CustomerId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update contact set is_primary = false, updated_at = $2, version = version + 1 where customer_id = $1 and is_primary",
        customer as CustomerId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts contacts.
pub async fn insert(db: &mut PgConnection, entries: &[Entry], now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into contact (id, customer_id, name, title, decision_role, phones, emails, wechat, phone_keys, email_keys, is_primary, created_at, updated_at)
         select id, customer_id, name, title, decision_role, phones, emails, wechat, phone_keys, email_keys, is_primary, $2, $2
         from jsonb_to_recordset($1) as e (
             id uuid, customer_id uuid, name text, title text, decision_role text, phones text[], emails text[], wechat text,
             phone_keys text[], email_keys text[], is_primary boolean)",
        Json(entries) as _,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves an edit of a contact.
pub async fn update(
    db: &mut PgConnection,
    id: ContactId,
    draft: &Draft,
    keys: &Keys,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update contact
         set name = $2, title = $3, phones = $4, emails = $5, wechat = $6, phone_keys = $7, email_keys = $8,
             is_primary = $9, decision_role = $10, updated_at = $11, version = version + 1
         where id = $1",
        id as ContactId,
        draft.name,
        draft.title,
        &draft.phones,
        &draft.emails,
        draft.wechat,
        &keys.phone_keys,
        &keys.email_keys,
        draft.is_primary,
        draft.decision_role.map(name_of),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves changes of contacts that still have the version before the change and are not archived; returns how many these
/// are.
pub async fn update_all(db: &mut PgConnection, changes: &[Change], now: DateTime<Utc>) -> sqlx::Result<u64> {
    let saved = sqlx::query!(
        "update contact k
         set title = e.title, phones = e.phones, emails = e.emails, wechat = e.wechat, phone_keys = e.phone_keys,
             email_keys = e.email_keys, updated_at = $2, version = k.version + 1
         from jsonb_to_recordset($1) as e (
             id uuid, version integer, title text, phones text[], emails text[], wechat text, phone_keys text[], email_keys text[])
         where k.id = e.id and k.version = e.version and k.archived_at is null",
        Json(changes) as _,
        now
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected())
}

/// Archives contacts, or restores them. Contacts that are so already are left alone.
pub async fn set_archived(
    db: &mut PgConnection,
    ids: &[ContactId],
    is_archived: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update contact
         set archived_at = case when $2 then $3::timestamptz end, is_primary = false, updated_at = $3, version = version + 1
         where id = any($1) and (archived_at is not null) <> $2",
        &uuids(ids),
        is_archived,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The details of a contact.
pub async fn details(db: &mut PgConnection, id: ContactId) -> sqlx::Result<Details> {
    sqlx::query_as!(Details, "select phones, emails, wechat from contact where id = $1", id as ContactId)
        .fetch_one(db)
        .await
}

/// Counts the reveals of a user since a moment. Revealing the same contact again counts again.
pub async fn revealed_since(db: &mut PgConnection, user: UserId, since: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from contact_reveal where user_id = $1 and at >= $2"#,
        user as UserId,
        since
    )
    .fetch_one(db)
    .await
}

/// Logs a reveal.
pub async fn log_reveal(
    db: &mut PgConnection,
    id: Uuid,
    contact: ContactId,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into contact_reveal (id, contact_id, customer_id, user_id, at)
         select $1, id, customer_id, $3, $4 from contact where id = $2",
        id,
        contact as ContactId,
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
