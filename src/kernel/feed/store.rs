//! Statements about the outbox and the log of events.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::cursor::{Cursor, Epoch};
use crate::kernel::transaction::begin;

/// The key of the advisory lock that a server holds while it moves events.
pub const SEQUENCER_LOCK: i64 = 0x7469_6465_0002;
/// The channel on which servers notify each other of new events.
pub const CHANNEL: &str = "tidepool_event";
/// The channel on which a change of the directory is announced, by a trigger.
pub const DIRECTORY_CHANNEL: &str = "tidepool_directory";

/// The events that were moved to the log.
pub struct Moved {
    /// Their number.
    pub count: i64,
    /// The last one, if there are any.
    pub head: Option<Cursor>,
    /// Whether nothing was moved because the database is at another place since the last look at it.
    pub is_unsettled: bool,
}

/// Moves at most `most` events from the outbox to the log, and notifies the other servers. Waits while another server
/// does this.
///
/// The lock is taken in a statement of its own, so that the second statement sees all that the previous server has
/// committed. The second statement is planned for each execution, because a plan from a time when the outbox and the
/// log were almost empty would scan them once they are full. A server that hangs between the two statements loses the
/// lock after a second.
///
/// Where the database is at another place, servers first find out whether its log is still the one that they know: until then no
/// position is given.
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
        r#"with here as (select i.epoch, is_at_place(i) as is_settled from installation i),
           taken as (
               delete from event_outbox
               where id <= (select max(id) from (select id from event_outbox order by id limit $1) oldest)
                     and (select h.is_settled from here h) returning *),
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
                           when l.type = 'MOVE' then 'MOVED'
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
           select count(m.position) as "count!", max(m.position) as head, h.epoch as "epoch!", not h.is_settled as "is_unsettled!",
                  -- Nobody looks at it: it is a column so that it is done.
                  case when count(m.position) > 0 then pg_notify($3, 'event_' || h.epoch || '_' || max(m.position)) end is null as told
           from here h left join moved m on true group by h.epoch, h.is_settled"#,
        most,
        now,
        CHANNEL
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let epoch = Epoch::saved(&moved.epoch)?;
    let head = moved.head.map(|position| Cursor { epoch, position });
    Ok(Moved { count: moved.count, head, is_unsettled: moved.is_unsettled })
}

/// The first position and the end of the log; of an empty one, 1 and 0.
pub async fn bounds(db: impl PgExecutor<'_>) -> sqlx::Result<(i64, Cursor)> {
    let row = sqlx::query!(
        r#"select (select coalesce(min(position), 1) from event) as "first!",
                  (select coalesce(max(position), 0) from event) as "last!", i.epoch
           from installation i"#
    )
    .fetch_one(db)
    .await?;
    Ok((row.first, Cursor { epoch: Epoch::saved(&row.epoch)?, position: row.last }))
}

/// Whom a range of the log concerns.
pub struct Concerned {
    /// The positions about the pool, in order.
    pub pool: Vec<i64>,
    /// Whether the protection of a customer began or changed.
    pub protection: bool,
    /// The recipients of notifications.
    pub users: Vec<Uuid>,
    /// What the event before the range is, and the last one of the range, as numbers.
    pub before: Option<i64>,
    pub last: Option<i64>,
}

/// Whom the events after `after`, up to `upto`, concern.
pub async fn concerned(db: impl PgExecutor<'_>, after: i64, upto: i64) -> sqlx::Result<Concerned> {
    sqlx::query_as!(
        Concerned,
        r#"select coalesce(array_agg(position order by position) filter (where topic = 'POOL'), '{}') as "pool!",
                  coalesce(bool_or(before ? 'protected_until' or after ? 'protected_until'), false) as "protection!",
                  coalesce(array_agg(distinct user_id) filter (where user_id is not null), '{}') as "users!",
                  event_image($1) as before, event_image($2) as last
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
