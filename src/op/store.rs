//! What every operation reads and writes.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::event::{Event, Notice};
use crate::id::{SessionId, UserId, new_uuid, uuids};

/// Whether the session is alive and its user active, and if so keeps both from ending before the transaction does: a
/// departure changes the user's row and a revocation the session's, and both wait for these locks. References to a user
/// from what others write take a weaker lock, which a departure does not wait for: so neither waits for the other.
pub async fn hold_session(
    db: &mut PgConnection,
    session: SessionId,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let held = sqlx::query_scalar!(
        "select 1 from app_user u join session s on s.user_id = u.id
         where s.id = $1 and u.id = $2 and u.status = 'ACTIVE' and s.ended_at is null and s.access_expires_at > $3
         for share",
        session as SessionId,
        user as UserId,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(held.is_some())
}

/// Keeps others from changing people, policy, settings or definitions: each change counts on from the last, and two
/// changes of the tree must not make a circle together.
pub async fn lock_directory(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select revision from directory_revision for update").fetch_one(db).await?;
    Ok(())
}

/// Keeps others from ending sessions: two that end each other's would wait for each other.
pub async fn lock_sessions(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select revision from session_revision for update").fetch_one(db).await?;
    Ok(())
}

/// Waits until no other operation of this user counts against a limit. A lock of its own: on the user's row it would wait
/// for those who hold it, and they for it.
pub async fn take_turn(db: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", user.to_string()).execute(db).await?;
    Ok(())
}

/// Writes the operation log.
pub async fn log(
    db: &mut PgConnection,
    ids: Vec<Uuid>,
    operator: Option<UserId>,
    events: &[Event],
) -> sqlx::Result<()> {
    let entries: Vec<_> = events.iter().map(|event| event.kind.log_entry()).collect();
    let optional = |owner: Option<UserId>| owner.map(UserId::uuid);
    sqlx::query!(
        "insert into customer_operation_log
             (id, customer_id, operator_user_id, type, cause, previous_owner_user_id, new_owner_user_id, remark, at)
         select id, customer_id, $1, type, cause, previous_owner, new_owner, remark, at
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[])
              as e (id, customer_id, type, cause, previous_owner, new_owner, remark, at)",
        operator as Option<UserId>,
        &ids,
        &uuids(&events.iter().map(|event| event.customer).collect::<Vec<_>>()),
        &entries.iter().map(|entry| entry.kind.to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.cause.to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| optional(entry.previous_owner)).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| optional(entry.new_owner)).collect::<Vec<_>>() as &[Option<Uuid>],
        &events.iter().map(|event| event.remark.clone()).collect::<Vec<_>>() as &[Option<String>],
        &events.iter().map(|event| event.at).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps what users are told, and publishes it.
pub async fn notify(
    db: &mut PgConnection,
    actor: Option<UserId>,
    notices: &[(&Event, (UserId, Notice))],
) -> sqlx::Result<()> {
    sqlx::query!(
        "with told as (
             insert into notification (id, user_id, kind, customer_id, customer_name, actor_user_id, at)
             select n.id, n.user_id, n.kind, n.customer_id, c.name, $1, n.at
             from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[]) n (id, user_id, kind, customer_id, at)
             join customer c on c.id = n.customer_id
             returning id, user_id, customer_id, at)
         insert into event_outbox (topic, kind, customer_id, user_id, notification_id, occurred_at)
         select 'NOTIFICATION', 'NOTIFIED', customer_id, user_id, id, at from told",
        actor as Option<UserId>,
        &notices.iter().map(|(event, _)| new_uuid(event.at)).collect::<Vec<_>>(),
        &notices.iter().map(|(_, (user, _))| user.uuid()).collect::<Vec<_>>(),
        &notices.iter().map(|(_, (_, notice))| notice.name().to_owned()).collect::<Vec<_>>(),
        &notices.iter().map(|(event, _)| event.customer.uuid()).collect::<Vec<_>>(),
        &notices.iter().map(|(event, _)| event.at).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}
