//! Statements that load, lock and write contacts.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row};
use uuid::Uuid;

use super::model::{Change, Details, Draft, EMAIL, EMAIL_DOMAIN, Entry, Keys, PHONE, READ_DETAILS};
use crate::kernel::access::Rights;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::actor::Origin;
use crate::kernel::directory::Settings;
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId, UserId, new_uuid, uuids};
use crate::kernel::read::LookUp;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

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

/// How many details a user has seen since a moment. Revealing the same contact again counts again.
pub async fn seen_since(db: &mut PgConnection, user: UserId, since: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select seen_details($1, $2) as "seen!""#, user as UserId, since).fetch_one(db).await
}

/// Logs looks at contacts.
pub async fn log_reveals(
    db: &mut PgConnection,
    ids: &[Uuid],
    contacts: &[ContactId],
    user: UserId,
    now: DateTime<Utc>,
    by_release: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into contact_reveal (id, contact_id, customer_id, user_id, at, by_release)
         select e.id, k.id, k.customer_id, $3, $4, $5
         from unnest($1::uuid[], $2::uuid[]) e (id, contact_id) join contact k on k.id = e.contact_id",
        ids,
        &uuids(contacts),
        user as UserId,
        now,
        by_release
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The contacts of customers that are not archived.
pub async fn contacts_of(db: &mut PgConnection, customers: &[CustomerId]) -> sqlx::Result<Vec<ContactId>> {
    sqlx::query_scalar!(
        r#"select id as "id: ContactId" from contact where customer_id = any($1) and archived_at is null order by id"#,
        &uuids(customers)
    )
    .fetch_all(db)
    .await
}

/// Of how many customers a user has seen the contacts by a claim and a release since a moment.
pub async fn released_since(db: &mut PgConnection, user: UserId, since: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(distinct customer_id) as "count!" from contact_reveal where user_id = $1 and at >= $2 and by_release"#,
        user as UserId,
        since
    )
    .fetch_one(db)
    .await
}

/// Counts look-ups and logs them; false, and nothing is written, if they are more than the limit leaves. Those of
/// details that the viewer may read do not count.
pub async fn count_look_ups(
    db: impl PgExecutor<'_>,
    look_ups: &[LookUp],
    rights: &Rights,
    settings: &Settings,
    now: DateTime<Utc>,
    origin: &Origin,
) -> sqlx::Result<bool> {
    let mut binds = Binds::default();
    let readable = predicate(rights, READ_DETAILS, rights.scopes(READ_DETAILS), Place::of("k", "c"), &mut binds);
    let kinds = binds.bind(Arg::Texts(look_ups.iter().map(|look_up| look_up.kind.to_owned()).collect()));
    let keys = binds.bind(Arg::Texts(look_ups.iter().map(|look_up| look_up.key.clone()).collect()));
    let (me, moment) = (binds.me(), binds.now());
    let since = binds.bind(Arg::Time(Some(settings.day_around(now).0)));
    let most = binds.bind(Arg::Int(settings.max_reveals_per_day.map(i64::from)));
    let entry = binds.bind(Arg::Uuid(new_uuid(now)));
    let address = binds.bind(Arg::Text(origin.address.map(|address| address.to_string()).unwrap_or_default()));
    let agent = binds.bind(Arg::Text(origin.agent.as_deref().unwrap_or_default().to_owned()));
    let text = format!(
        "with asked as (
             select distinct l.kind, sha256(convert_to({me}::text || ' ' || l.kind || ' ' || l.key, 'UTF8')) as hash
             from unnest({kinds}::text[], {keys}::text[]) l (kind, key)
             where not exists (
                 select from contact k join customer c on c.id = k.customer_id
                 where k.archived_at is null and {readable}
                       and (l.kind = '{PHONE}' and k.phone_keys @> array[l.key]
                            or l.kind = '{EMAIL}' and k.email_keys @> array[l.key]
                            or l.kind = '{EMAIL_DOMAIN}' and email_domains(k.email_keys) @> array[l.key])))
         select count_look_ups({me}::uuid, array(select kind from asked order by kind, hash),
                               array(select hash from asked order by kind, hash), {since}, {moment}, {most},
                               {entry}, nullif({address}, ''), nullif({agent}, ''))"
    );
    Statement::new(text.into(), &binds, &[], rights, now).fetch_one(db).await?.try_get(0)
}

/// Deletes at most `most` look-ups from before a moment, and returns how many it deleted.
pub async fn delete_look_ups(db: impl PgExecutor<'_>, before: DateTime<Utc>, most: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from detail_look_up where (user_id, at, hash) in (
             select user_id, at, hash from detail_look_up where at < $1 limit $2)",
        before,
        most
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
