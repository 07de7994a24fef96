//! Statements that all operations use.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::kernel::actor::Origin;
use crate::kernel::audit::Entry;
use crate::kernel::event::{Batch, Event, Notification};
use crate::kernel::id::{
    ApiKeyId, CustomerId, OperationBatchId, PoolId, PoolRuleId, SessionId, TaskId, UserId, WebhookId, new_uuid, uuids,
};
use crate::kernel::scalar::name_of;

/// The revision of the directory, if the session has not ended and its user is active. The triggers that keep edits then know who acts in
/// this transaction, and when. Both rows are locked until the transaction ends: a
/// departure updates the user's row and a revocation the session's row, and both wait for these locks. Foreign keys
/// that reference a user take a weaker lock, for which a departure does not wait, so there is no deadlock.
pub async fn lock_session(
    db: &mut PgConnection,
    session: SessionId,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<i64>> {
    let locked = sqlx::query!(
        "select r.revision, set_config('tidepool.user', u.id::text, true), set_config('tidepool.at', $3::timestamptz::text, true) as at
         from app_user u join session s on s.user_id = u.id cross join directory_revision r
         where s.id = $1 and u.id = $2 and u.status = 'ACTIVE' and s.ended_at is null and s.access_expires_at > $3
         for share of u, s",
        session as SessionId,
        user as UserId,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(locked.map(|row| row.revision))
}

/// The revision of the directory, if an API key is valid and its user is active. Both are then locked until the transaction
/// ends, as those of a [session](lock_session) are.
pub async fn lock_api_key(db: &mut PgConnection, key: ApiKeyId, now: DateTime<Utc>) -> sqlx::Result<Option<i64>> {
    let locked = sqlx::query!(
        "select r.revision, set_config('tidepool.user', u.id::text, true), set_config('tidepool.at', $2::timestamptz::text, true) as at
         from app_user u join api_key k on k.user_id = u.id cross join directory_revision r
         where k.id = $1 and u.status = 'ACTIVE' and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
         for share of u, k",
        key as ApiKeyId,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(locked.map(|row| row.revision))
}

/// Whether a user is active. If so, their departure waits until the transaction ends, in which they act as in that of a
/// [session](lock_session).
pub async fn lock_user(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let held = sqlx::query!(
        "select set_config('tidepool.user', id::text, true), set_config('tidepool.at', $2::timestamptz::text, true) as at
         from app_user where id = $1 and status = 'ACTIVE' for share",
        user as UserId,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(held.is_some())
}

/// Locks the directory against other changes: each change increments the revision, and two changes of the reporting
/// tree must not form a circle together.
pub async fn lock_directory(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select revision from directory_revision for update").fetch_one(db).await?;
    Ok(())
}

/// Locks against other operations that end sessions: two users who end each other's sessions would deadlock.
pub async fn lock_ends_of_sessions(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select revision from session_revision for update").fetch_one(db).await?;
    Ok(())
}

/// Waits until no other operation of this user counts towards a limit. It is an advisory lock, because a lock on the
/// user's row would deadlock with operations that hold that row.
pub async fn take_turn(db: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", user.to_string()).execute(db).await?;
    Ok(())
}

/// Stores the id that an operation creates under an idempotency key. If the key was used before, returns the operation
/// and the id of that time.
pub async fn remember_key(
    db: &mut PgConnection,
    user: UserId,
    key: &str,
    operation: &str,
    result: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<(String, Uuid)>> {
    let inserted = sqlx::query!(
        "insert into idempotency_key (user_id, key, operation, result_id, at) values ($1, $2, $3, $4, $5)
         on conflict (user_id, key) do nothing",
        user as UserId,
        key,
        operation,
        result,
        now
    )
    .execute(&mut *db)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let before = sqlx::query!(
        "select operation, result_id from idempotency_key where user_id = $1 and key = $2",
        user as UserId,
        key
    )
    .fetch_one(db)
    .await?;
    Ok(Some((before.operation, before.result_id)))
}

/// Deletes at most `limit` idempotency keys from before a moment, and returns how many it deleted.
pub async fn delete_keys(db: impl PgExecutor<'_>, before: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from idempotency_key where (user_id, key) in (select user_id, key from idempotency_key where at < $1 limit $2)",
        before,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// Adds a number of customers to a batch, which is created by the first call.
pub async fn count_in_batch(
    db: &mut PgConnection,
    batch: &Batch,
    operator: Option<UserId>,
    more: usize,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into operation_batch (id, kind, operator_user_id, about_user_id, filter, at, moved) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set moved = operation_batch.moved + excluded.moved",
        batch.id as OperationBatchId,
        name_of(batch.kind),
        operator as Option<UserId>,
        batch.about as Option<UserId>,
        batch.filter,
        now,
        more as i64
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes the operation log. The rows of a batch have the values that the customers had before it, and all rows have the pool before
/// it if it changes, so they must be written before the customers change.
pub async fn log(
    db: &mut PgConnection,
    ids: Vec<Uuid>,
    operator: Option<UserId>,
    batch: Option<OperationBatchId>,
    events: &[Event],
) -> sqlx::Result<()> {
    let entries: Vec<_> = events.iter().map(|event| event.kind.log_entry()).collect();
    let optional = |owner: Option<UserId>| owner.map(UserId::uuid);
    sqlx::query!(
        "insert into customer_operation_log
             (id, customer_id, operator_user_id, type, cause, previous_owner_user_id, new_owner_user_id, remark, at, moved, rule_id, batch_id,
              first_followup_time, last_followup_time, protected_until, owned_since, pool_entry_time, pool_id, previous_pool_id)
         select e.id, customer_id, $1, type, cause, previous_owner, new_owner, remark, at, moved::jsonb, rule, batch,
                c.first_followup_time, c.last_followup_time, c.protected_until, c.owned_since, c.pool_entry_time,
                coalesce(e.pool, b.pool_id), nullif(b.pool_id, coalesce(e.pool, b.pool_id))
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[],
                     $10::text[], $11::uuid[], $12::uuid[], $14::uuid[])
              as e (id, customer_id, type, cause, previous_owner, new_owner, remark, at, moved, rule, batch, pool)
         left join customer c on $13 and c.id = customer_id
         left join customer b on b.id = customer_id",
        operator as Option<UserId>,
        &ids,
        &uuids(&events.iter().map(|event| event.customer).collect::<Vec<_>>()),
        &entries.iter().map(|entry| entry.kind.to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.cause.to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| optional(entry.previous_owner)).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| optional(entry.new_owner)).collect::<Vec<_>>() as &[Option<Uuid>],
        &events.iter().map(|event| event.remark.clone()).collect::<Vec<_>>() as &[Option<String>],
        &events.iter().map(|event| event.at).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.moved.map(|moved| serde_json::json!(moved).to_string())).collect::<Vec<_>>()
            as &[Option<String>],
        &entries.iter().map(|entry| entry.rule.map(PoolRuleId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| entry.undone.or(batch).map(OperationBatchId::uuid)).collect::<Vec<_>>()
            as &[Option<Uuid>],
        batch.is_some(),
        &events.iter().map(|event| event.pool.map(PoolId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores notifications, and writes their events to the outbox.
pub async fn notify(db: &mut PgConnection, actor: Option<UserId>, notifications: &[Notification]) -> sqlx::Result<()> {
    let runs: Vec<_> = notifications.iter().map(|item| item.about.run()).collect();
    let imports: Vec<_> = notifications.iter().map(|item| item.about.import()).collect();
    sqlx::query!(
        "with told as (
             insert into notification (id, user_id, kind, customer_id, customer_name, about_user_id, actor_user_id, at, rule_id,
                                       run_id, customers, due_at, import_kind, records, task_id, webhook_name)
             select n.id, n.user_id, n.kind, n.customer_id, c.name, n.about_user_id, $1, n.at, n.rule_id, n.run_id, n.customers, n.due_at,
                    n.import_kind, n.records, n.task_id, w.name
             from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::uuid[], $9::uuid[],
                         $10::bigint[], $11::timestamptz[], $12::text[], $13::integer[], $14::uuid[], $15::uuid[])
                  n (id, user_id, kind, customer_id, about_user_id, at, rule_id, run_id, customers, due_at, import_kind, records, task_id,
                     webhook_id)
             left join customer c on c.id = n.customer_id left join webhook w on w.id = n.webhook_id
             returning id, user_id, customer_id, at)
         insert into event_outbox (topic, kind, customer_id, user_id, notification_id, occurred_at)
         select 'NOTIFICATION', 'NOTIFIED', customer_id, user_id, id, at from told",
        actor as Option<UserId>,
        &notifications.iter().map(|item| new_uuid(item.at)).collect::<Vec<_>>(),
        &notifications.iter().map(|item| item.user.uuid()).collect::<Vec<_>>(),
        &notifications.iter().map(|item| item.notice.name().to_owned()).collect::<Vec<_>>(),
        &notifications.iter().map(|item| item.about.customer().map(CustomerId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &notifications.iter().map(|item| item.about.user().map(UserId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &notifications.iter().map(|item| item.at).collect::<Vec<_>>(),
        &notifications.iter().map(|item| item.rule.map(|rule| rule.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &runs.iter().map(|run| run.map(|(run, ..)| run.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &runs.iter().map(|run| run.map(|(_, customers, _)| customers)).collect::<Vec<_>>() as &[Option<i64>],
        &runs.iter().map(|run| run.and_then(|(.., due)| due)).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &imports.iter().map(|import| import.map(|(kind, _)| kind.to_owned())).collect::<Vec<_>>() as &[Option<String>],
        &imports.iter().map(|import| import.map(|(_, records)| records)).collect::<Vec<_>>() as &[Option<i32>],
        &notifications.iter().map(|item| item.about.task().map(TaskId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &notifications.iter().map(|item| item.about.webhook().map(WebhookId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes an entry of the audit log.
pub async fn audit(
    db: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    actor: Option<UserId>,
    origin: &Origin,
    entry: &Entry,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into audit_entry (id, at, kind, actor_user_id, address, user_agent, about_user_id, customer_id, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        now,
        name_of(entry.kind),
        actor as Option<UserId>,
        origin.address.map(|address| address.to_string()),
        origin.agent.as_deref(),
        entry.about as Option<UserId>,
        entry.customer as Option<CustomerId>,
        &entry.details
    )
    .execute(db)
    .await?;
    Ok(())
}
