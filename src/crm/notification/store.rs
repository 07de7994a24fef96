//! Every statement about notifications, except the one that inserts them.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::kernel::event::Notice;
use crate::kernel::id::{NotificationId, UserId, uuids};

/// Marks notifications of a user as read: those with these ids, or all.
pub async fn mark_read(
    db: &mut PgConnection,
    user: UserId,
    ids: Option<&[NotificationId]>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update notification set read_at = $3
         where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
        user as UserId,
        ids.map(uuids) as Option<Vec<Uuid>>,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes at most `limit` notifications from before a moment, and returns how many it deleted.
pub async fn delete_older(db: impl PgExecutor<'_>, before: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from notification where (id, at) in (
             select n.id, n.at from notification n where n.at < $1 limit $2)",
        before,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// Counts the unread notifications of a user.
pub async fn count_unread(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from notification where user_id = $1 and read_at is null"#,
        user as UserId
    )
    .fetch_one(db)
    .await
}

/// Counts the notifications of a kind that a user got because of another user since a moment.
pub async fn count_about(
    db: impl PgExecutor<'_>,
    user: UserId,
    notice: Notice,
    actor: UserId,
    since: DateTime<Utc>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from notification where user_id = $1 and kind = $2 and actor_user_id = $3 and at >= $4"#,
        user as UserId,
        notice.name(),
        actor as UserId,
        since
    )
    .fetch_one(db)
    .await
}
