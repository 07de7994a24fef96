//! Every statement about the outbox and the log.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// Held by the one who moves events: `pg_advisory_xact_lock`.
const SEQUENCER_LOCK: i64 = 0x7469_6465_0002;
/// Where servers hear that the log has grown.
pub const CHANNEL: &str = "tidepool_event";

/// What was moved to the log.
pub struct Moved {
    /// How many.
    pub count: i64,
    /// The last position, if any was.
    pub head: Option<i64>,
}

/// Moves at most `most` events from the outbox to the log, and tells the other servers. Waits while another server does.
///
/// The lock comes in a statement of its own: the next one sees all that the last sequencer has left. That is planned anew each
/// time: a plan from when the outbox or the log was all but empty would read them row by row once they are full. A server that
/// stands still between the two loses the lock soon.
pub async fn sequence(db: &PgPool, now: DateTime<Utc>, most: i64) -> sqlx::Result<Moved> {
    let mut transaction = db.begin().await?;
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

/// Whom a stretch of the log concerns.
pub struct Concerned {
    /// The positions about the pool, in order.
    pub pool: Vec<i64>,
    /// Whether a customer came to rest there, or its rest was changed.
    pub protection: bool,
    /// Those who are told something.
    pub users: Vec<Uuid>,
}

/// Whom the log concerns behind `after`, as far as `upto`.
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

/// Forgets at most `most` events that came into the log before `before`; how many. The last one stays: positions go on
/// from there.
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
