//! Every statement about the webhook and its deliveries.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::message::Message;
use crate::kernel::id::{CustomerId, NotificationId, PoolRuleId, PoolRuleRunId, TaskId, UserId};

/// How long after its notification a delivery is retried.
const RETRY_FOR: TimeDelta = TimeDelta::days(3);
/// How long a delivery is kept after it was made or given up.
const KEEP_FOR: TimeDelta = TimeDelta::days(7);

/// The URL of the webhook, and whether deliveries succeed.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Status {
    pub url: String,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_error_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    /// The number of deliveries that are not made yet.
    pub waiting: i64,
    /// The number of deliveries that were given up and are still kept.
    pub given_up: i64,
}

/// Reads the status of the webhook; `None` if it is off.
pub async fn find_status(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Status>> {
    sqlx::query_as!(
        Status,
        r#"select url, last_success_at, last_error_at, last_error,
                  (select count(*) from webhook_delivery where due_at is not null) as "waiting!",
                  (select count(*) from webhook_delivery where given_up_at is not null) as "given_up!"
           from webhook"#
    )
    .fetch_optional(db)
    .await
}

/// Saves the URL and the secret; `None` keeps the present value. False if a value is neither given nor present.
pub async fn save(db: &mut PgConnection, url: Option<&str>, secret: Option<&[u8]>) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "insert into webhook (url, secret)
         select coalesce($1, w.url), coalesce($2, w.secret) from (select) given left join webhook w on true
         where coalesce($1, w.url) is not null and coalesce($2, w.secret) is not null
         on conflict (only_row) do update set url = excluded.url, secret = excluded.secret",
        url,
        secret
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// Switches the webhook off. The webhook is deleted first, so that the trigger writes no further delivery.
pub async fn delete(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("delete from webhook").execute(&mut *db).await?;
    sqlx::query!("delete from webhook_delivery where due_at is not null").execute(db).await?;
    Ok(())
}

/// A delivery to attempt now.
#[derive(Debug)]
pub struct Attempt {
    pub url: String,
    pub secret: Vec<u8>,
    pub message: Message,
}

/// Claims at most `limit` deliveries that are due, the longest due first, and sets the time of their next attempt:
/// after 20 seconds, twice as long after each further attempt, and at most an hour. That is longer than an attempt
/// takes, so no other server attempts them meanwhile.
pub async fn claim_due(db: impl PgExecutor<'_>, now: DateTime<Utc>, limit: usize) -> sqlx::Result<Vec<Attempt>> {
    let rows = sqlx::query!(
        r#"with due as (
               select notification_id from webhook_delivery where due_at <= $1
               order by due_at, at, notification_id limit $2 for update skip locked),
           tried as (
               update webhook_delivery d
               set attempts = attempts + 1, due_at = $1 + least(20 * 2 ^ least(attempts, 10), 3600) * interval '1 second'
               from due where d.notification_id = due.notification_id returning d.notification_id)
           select w.url, w.secret, n.id as "id: NotificationId", n.kind, n.at, n.user_id as "user: UserId", u.email,
                  n.customer_id as "customer: CustomerId", n.customer_name, n.about_user_id as "about_user: UserId",
                  b.name as "about_user_name?", n.actor_user_id as "actor: UserId", a.name as "actor_name?",
                  n.rule_id as "rule: PoolRuleId", r.name as "rule_name?",
                  n.run_id as "run: PoolRuleRunId", n.customers, n.due_at, n.import_kind, n.records,
                  n.task_id as "task: TaskId", k.subject as "task_subject?", k.due_at as "task_due_at?"
           from tried t join notification n on n.id = t.notification_id join app_user u on u.id = n.user_id cross join webhook w
           left join app_user b on b.id = n.about_user_id left join app_user a on a.id = n.actor_user_id
           left join customer_pool_rule r on r.id = n.rule_id left join task k on k.id = n.task_id
           order by n.at, n.id"#,
        now,
        limit as i64
    )
    .fetch_all(db)
    .await?;
    let attempts = rows.into_iter().map(|row| {
        let message = Message {
            id: row.id,
            kind: row.kind,
            at: row.at,
            user: row.user,
            user_email: row.email,
            customer: row.customer,
            customer_name: row.customer_name,
            about_user: row.about_user,
            about_user_name: row.about_user_name,
            actor: row.actor,
            actor_name: row.actor_name,
            rule: row.rule,
            rule_name: row.rule_name,
            run: row.run,
            customers: row.customers,
            due_at: row.due_at,
            import_kind: row.import_kind,
            records: row.records,
            task: row.task,
            task_subject: row.task_subject,
            task_due_at: row.task_due_at,
        };
        Attempt { url: row.url, secret: row.secret, message }
    });
    Ok(attempts.collect())
}

/// Marks a delivery as made.
pub async fn mark_delivered(db: impl PgExecutor<'_>, id: NotificationId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "with delivered as (
             update webhook_delivery set due_at = null, delivered_at = $2
             where notification_id = $1 and due_at is not null)
         update webhook set last_success_at = greatest(last_success_at, $2)",
        id as NotificationId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the error of an attempt. The delivery is given up if its notification is older than [`RETRY_FOR`].
pub async fn mark_failed(
    db: impl PgExecutor<'_>,
    id: NotificationId,
    error: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with given_up as (
             update webhook_delivery set due_at = null, given_up_at = $3
             where notification_id = $1 and due_at is not null and at <= $4)
         update webhook set last_error = left($2, 200), last_error_at = $3",
        id as NotificationId,
        error,
        now,
        now - RETRY_FOR
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes at most `limit` deliveries that ended longer than [`KEEP_FOR`] ago, and returns how many it deleted.
pub async fn delete_old_deliveries(db: impl PgExecutor<'_>, now: DateTime<Utc>, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from webhook_delivery where notification_id in (
             select notification_id from webhook_delivery
             where due_at is null and coalesce(delivered_at, given_up_at) < $1 limit $2)",
        now - KEEP_FOR,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
