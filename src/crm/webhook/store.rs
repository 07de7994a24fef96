//! Every statement about the webhook and its deliveries.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::message::Message;
use crate::kernel::id::{CustomerId, NotificationId, PoolRuleId, UserId};

/// For how long a delivery is tried.
const RETRY_FOR: TimeDelta = TimeDelta::days(3);
/// For how long one is kept that was delivered or given up.
const KEPT: TimeDelta = TimeDelta::days(7);

/// How the webhook does.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Status {
    pub url: String,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_error_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    /// How many deliveries are still to be made.
    pub waiting: i64,
    /// How many were given up lately.
    pub given_up: i64,
}

/// How the webhook does; `None` when it is off.
pub async fn status(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Status>> {
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

/// Saves who receives, what is `None` stays; false when there is nothing that could stay.
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

/// Switches it off. First, so that nobody writes a delivery any more.
pub async fn remove(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("delete from webhook").execute(&mut *db).await?;
    sqlx::query!("delete from webhook_delivery where due_at is not null").execute(db).await?;
    Ok(())
}

/// A delivery that is tried now.
#[derive(Debug)]
pub struct Attempt {
    pub url: String,
    pub secret: Vec<u8>,
    pub message: Message,
}

/// Takes deliveries that are due, the longest due first, and puts the next attempt off: by 20 seconds, twice as long each time, at the
/// most an hour. That is longer than an attempt takes, so nobody else tries meanwhile.
pub async fn attempt(db: impl PgExecutor<'_>, now: DateTime<Utc>, most: usize) -> sqlx::Result<Vec<Attempt>> {
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
                  n.rule_id as "rule: PoolRuleId", r.name as "rule_name?"
           from tried t join notification n on n.id = t.notification_id join app_user u on u.id = n.user_id cross join webhook w
           left join app_user b on b.id = n.about_user_id left join app_user a on a.id = n.actor_user_id
           left join customer_pool_rule r on r.id = n.rule_id
           order by n.at, n.id"#,
        now,
        most as i64
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
        };
        Attempt { url: row.url, secret: row.secret, message }
    });
    Ok(attempts.collect())
}

/// The receiver took a delivery.
pub async fn delivered(db: impl PgExecutor<'_>, id: NotificationId, now: DateTime<Utc>) -> sqlx::Result<()> {
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

/// The receiver did not take a delivery. It is tried again, or given up after a while.
pub async fn failed(db: impl PgExecutor<'_>, id: NotificationId, error: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
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

/// Forgets deliveries that ended long enough ago, at most `most`; how many it were.
pub async fn forget(db: impl PgExecutor<'_>, now: DateTime<Utc>, most: i64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        "delete from webhook_delivery where notification_id in (
             select notification_id from webhook_delivery
             where due_at is null and coalesce(delivered_at, given_up_at) < $1 limit $2)",
        now - KEPT,
        most
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
