//! Statements about the outbox and the log of events.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::kernel::transaction::begin;

/// The key of the advisory lock that a server holds while it moves events.
const SEQUENCER_LOCK: i64 = 0x7469_6465_0002;
/// The channel on which servers notify each other of new events.
pub const CHANNEL: &str = "tidepool_event";
/// The channel on which a change of the directory is announced, by a trigger.
pub const DIRECTORY_CHANNEL: &str = "tidepool_directory";

/// The events that were moved to the log.
pub struct Moved {
    /// Their number.
    pub count: i64,
    /// The last position, if there are any.
    pub head: Option<i64>,
}

/// Moves at most `most` events from the outbox to the log, and notifies the other servers. Waits while another server
/// does this.
///
/// The lock is taken in a statement of its own, so that the second statement sees all that the previous server has
/// committed. The second statement is planned for each execution, because a plan from a time when the outbox and the
/// log were almost empty would scan them once they are full. A server that hangs between the two statements loses the
/// lock after a second.
pub async fn sequence(db: &PgPool, now: DateTime<Utc>, most: i64) -> sqlx::Result<Moved> {
    let mut transaction = begin(db).await?;
    sqlx::query!(
        "select set_config('plan_cache_mode', 'force_custom_plan', true) as planned,
                set_config('idle_in_transaction_session_timeout', '1s', true) as idle
         from pg_advisory_xact_lock($1)",
        SEQUENCER_LOCK
    )
    .fetch_one(&mut *transaction)
    .await?;
    let moved = sqlx::query!(
        r#"with taken as (
               delete from event_outbox
               where id <= (select max(id) from (select id from event_outbox order by id limit $1) oldest) returning *),
           moved as (
               insert into event (position, topic, kind, cause, customer_id, user_id, notification_id, occurred_at,
                                  before, after, logged_at)
               select coalesce((select max(position) from event), 0) + row_number() over (order by t.id), t.topic, t.kind,
                      case when t.topic <> 'POOL' then null
                           when t.kind = 'BECAME_CLAIMABLE' then 'PROTECTION_ENDED'
                           when l.type in ('RELEASE', 'RECLAIM') then l.cause
                           when l.type = 'CREATE' then 'CREATED'
                           when l.type = 'UNBLACKLIST' then 'UNBLACKLISTED'
                           when l.type = 'RESTORE' then 'RESTORED'
                           when t.before -> 'version' <> t.after -> 'version' then 'EDITED'
                           when t.before is not null and t.after is not null then 'PROTECTION_PERIOD' end,
                      t.customer_id, t.user_id, t.notification_id, t.occurred_at, t.before, t.after, $2
               from taken t
               -- One change of a customer, one instant: the row of its log tells why. It may have been merged since.
               left join lateral (select o.type, o.cause from customer_operation_log o
                                  where o.customer_id = t.customer_id and o.at = t.occurred_at and o.merged_from is null
                                  union all
                                  select o.type, o.cause from customer_operation_log o
                                  where o.merged_from = t.customer_id and o.at = t.occurred_at limit 1) l on true
               returning position)
           select count(*) as "count!", max(position) as head,
                  -- Nobody looks at it: it is a column so that it is done.
                  case when count(*) > 0 then pg_notify($3, max(position)::text) end is null as told
           from moved"#,
        most,
        now,
        CHANNEL
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Moved { count: moved.count, head: moved.head })
}

/// The first and the last position of the log; of an empty one, 1 and 0.
pub async fn bounds(db: impl PgExecutor<'_>) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"select coalesce(min(position), 1) as "first!", coalesce(max(position), 0) as "last!" from event"#
    )
    .fetch_one(db)
    .await?;
    Ok((row.first, row.last))
}

/// Whom a range of the log concerns.
pub struct Concerned {
    /// The positions about the pool, in order.
    pub pool: Vec<i64>,
    /// Whether the protection of a customer began or changed.
    pub protection: bool,
    /// The recipients of notifications.
    pub users: Vec<Uuid>,
}

/// Whom the events after `after`, up to `upto`, concern.
pub async fn concerned(db: impl PgExecutor<'_>, after: i64, upto: i64) -> sqlx::Result<Concerned> {
    sqlx::query_as!(
        Concerned,
        r#"select coalesce(array_agg(position order by position) filter (where topic = 'POOL'), '{}') as "pool!",
                  coalesce(bool_or(before ? 'protected_until' or after ? 'protected_until'), false) as "protection!",
                  coalesce(array_agg(distinct user_id) filter (where user_id is not null), '{}') as "users!"
           from event where position > $1 and position <= $2"#,
        after,
        upto
    )
    .fetch_one(db)
    .await
}

/// Deletes at most `most` events that came into the log before `before`, and returns their number. The last event is
/// kept, because the next position follows from it.
pub async fn forget(db: impl PgExecutor<'_>, before: DateTime<Utc>, most: i64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        "delete from event where position < (select max(position) from event) and position <= (
             select max(position) from (select position, logged_at from event order by position limit $2) oldest
             where logged_at < $1)",
        before,
        most
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
