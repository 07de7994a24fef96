//! Every statement about webhooks and what they get.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Draft, Format, Kind, Target, Webhook};
use crate::kernel::error::{Error, Language};
use crate::kernel::id::WebhookId;
use crate::kernel::scalar::{name_of, named};

/// How many events that wait are counted at most.
pub const MOST_COUNTED: i64 = 10_000;
/// How many events a request of our own form has at most, and of how many one message tells.
const MOST_EVENTS: i64 = 100;
const MOST_IN_MESSAGE: i64 = 1_000;

/// The webhooks, in the order of their creation, or one of them.
async fn find(db: impl PgExecutor<'_>, id: Option<WebhookId>) -> Result<Vec<Webhook>, Error> {
    let rows = sqlx::query!(
        r#"select w.id as "id: WebhookId", w.name, w.url, w.format, w.locale, w.secret is not null as "has_secret!",
                  w.previous_secret_until, w.events, 'event_' || i.epoch || '_' || w.position as "cursor!", w.paused_at, w.failing_since,
                  w.last_success_at, w.last_error_at, w.last_error,
                  (select count(*) from (select from event e
                                         where e.topic = 'WEBHOOK' and e.kind = any (w.events) and e.position > w.position limit $2) e)
                      as "waiting!",
                  (select min(f.logged_at) from unnest(w.events) k cross join lateral (
                       select e.logged_at from event e
                       where e.topic = 'WEBHOOK' and e.kind = k and e.position > w.position order by e.position limit 1) f) as waiting_since
           from webhook w cross join installation i where $1::uuid is null or w.id = $1 order by w.created_at, w.id"#,
        id as Option<WebhookId>,
        MOST_COUNTED
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Webhook {
                id: row.id,
                name: row.name,
                url: row.url,
                format: named(&row.format)?,
                language: language(&row.locale),
                has_secret: row.has_secret,
                previous_secret_until: row.previous_secret_until,
                events: kinds(&row.events)?,
                cursor: row.cursor,
                paused_at: row.paused_at,
                failing_since: row.failing_since,
                last_success_at: row.last_success_at,
                last_error_at: row.last_error_at,
                last_error: row.last_error,
                waiting: row.waiting,
                waiting_since: row.waiting_since,
            })
        })
        .collect()
}

/// The webhooks, in the order of their creation.
pub async fn find_all(db: impl PgExecutor<'_>) -> Result<Vec<Webhook>, Error> {
    find(db, None).await
}

/// A webhook, if there is one with this id.
pub async fn find_one(db: impl PgExecutor<'_>, id: WebhookId) -> Result<Option<Webhook>, Error> {
    Ok(find(db, Some(id)).await?.pop())
}

/// How the webhooks are, together.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are counts")]
pub struct Status {
    pub webhooks: i64,
    /// Those whose last attempt has failed, paused or not, and the last error of them.
    pub failing: i64,
    pub last_error: Option<String>,
    pub paused: i64,
    /// Since when the first event is in the log that waits for a webhook that is not paused.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Reads how the webhooks are.
pub async fn find_status(db: impl PgExecutor<'_>) -> sqlx::Result<Status> {
    sqlx::query_as!(
        Status,
        r#"with waiting as (
               select w.id, (select min(e.logged_at) from unnest(w.events) k cross join lateral (
                   select e.logged_at from event e
                   where e.topic = 'WEBHOOK' and e.kind = k and e.position > w.position order by e.position limit 1) e) as since
               from webhook w)
           select count(*) as "webhooks!", count(*) filter (where w.failing_since is not null) as "failing!",
                  (array_agg(w.last_error order by w.last_error_at desc) filter (where w.failing_since is not null))[1] as last_error,
                  count(*) filter (where w.paused_at is not null) as "paused!",
                  min(waiting.since) filter (where w.paused_at is null) as waiting_since
           from webhook w join waiting on waiting.id = w.id"#
    )
    .fetch_one(db)
    .await
}

fn language(locale: &str) -> Language {
    if locale == "zh" { Language::Chinese } else { Language::English }
}

fn kinds(names: &[String]) -> Result<Vec<Kind>, Error> {
    names.iter().map(|name| named(name)).collect()
}

fn stored(events: &[Kind]) -> Vec<String> {
    events.iter().map(|event| name_of(*event).to_owned()).collect()
}

/// Counts the webhooks.
pub async fn count(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from webhook"#).fetch_one(db).await
}

/// Inserts a webhook that has got everything up to now.
pub async fn insert(
    db: &mut PgConnection,
    id: WebhookId,
    new: &Draft,
    secret: Option<&[u8]>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into webhook (id, name, url, format, locale, secret, events, position, due_at, created_at)
         select $1, $2, $3, $4, $5, $6, $7, (select coalesce(max(position), 0) from event), $8, $8",
        id as WebhookId,
        new.name,
        new.url,
        name_of(new.format),
        new.language.tag(),
        secret,
        &stored(&new.events),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A webhook as users change it.
#[derive(Debug)]
pub struct Row {
    id: WebhookId,
    pub name: String,
    pub url: String,
    pub format: Format,
    pub language: Language,
    secret: Option<Vec<u8>>,
    previous_secret: Option<(Vec<u8>, DateTime<Utc>)>,
    pub events: Vec<Kind>,
    pub is_paused: bool,
    pub tested_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Where its deliveries go at a time.
    pub fn target(self, now: DateTime<Utc>) -> Target {
        let previous_secret = self.previous_secret.filter(|(_, until)| *until > now).map(|(secret, _)| secret);
        Target {
            id: self.id,
            name: self.name,
            url: self.url,
            format: self.format,
            language: self.language,
            secret: self.secret,
            previous_secret,
        }
    }
}

/// Locks a webhook.
pub async fn lock(db: &mut PgConnection, id: WebhookId) -> Result<Option<Row>, Error> {
    let row = sqlx::query!(
        "select name, url, format, locale, secret, previous_secret, previous_secret_until, events, paused_at, tested_at
         from webhook where id = $1 for no key update",
        id as WebhookId
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Row {
            id,
            name: row.name,
            url: row.url,
            format: named(&row.format)?,
            language: language(&row.locale),
            secret: row.secret,
            previous_secret: row.previous_secret.zip(row.previous_secret_until),
            events: kinds(&row.events)?,
            is_paused: row.paused_at.is_some(),
            tested_at: row.tested_at,
        })
    })
    .transpose()
}

/// Lets a webhook begin behind what it has got or did not want: at the first event that waits for it, or at the end of the log.
pub async fn skip_to_waiting(db: &mut PgConnection, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query!(
        "update webhook w set batch_upto = null, delivery_id = null, position = coalesce(
             (select min(f.position) - 1 from unnest(w.events) k cross join lateral (
                 select e.position from event e
                 where e.topic = 'WEBHOOK' and e.kind = k and e.position > w.position order by e.position limit 1) f),
             (select max(position) from event), w.position)
         where w.id = $1",
        id as WebhookId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves a webhook, which is tried at once, unless it is paused.
#[expect(clippy::too_many_arguments, reason = "they are the columns of the table")]
pub async fn update(
    db: &mut PgConnection,
    id: WebhookId,
    name: &str,
    url: &str,
    language: Language,
    events: &[Kind],
    is_paused: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update webhook
         set name = $2, url = $3, locale = $4, events = $5, paused_at = case when $6 then coalesce(paused_at, $7) end,
             failing_since = case when $6 then failing_since end, batch_upto = null, delivery_id = null, attempts = 0, due_at = $7
         where id = $1",
        id as WebhookId,
        name,
        url,
        language.tag(),
        &stored(events),
        is_paused,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves another secret. The present one also signs until `until`.
pub async fn set_secret(
    db: &mut PgConnection,
    id: WebhookId,
    secret: Option<&[u8]>,
    until: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update webhook
         set secret = $2, previous_secret = case when $3::timestamptz is not null then secret end, previous_secret_until = $3
         where id = $1",
        id as WebhookId,
        secret,
        until
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a webhook.
pub async fn delete(db: &mut PgConnection, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query!("delete from webhook where id = $1", id as WebhookId).execute(db).await?;
    Ok(())
}

/// Deletes all webhooks.
pub async fn delete_all(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("delete from webhook").execute(db).await?;
    Ok(())
}

/// The position in the log behind which everything for webhooks is that came at a time or later.
pub async fn position_before(db: impl PgExecutor<'_>, since: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select coalesce((select min(position) - 1 from event where topic = 'WEBHOOK' and logged_at >= $1),
                           (select max(position) from event), 0) as "position!""#,
        since
    )
    .fetch_one(db)
    .await
}

/// Sets up to where a webhook has got events.
pub async fn set_position(db: &mut PgConnection, id: WebhookId, position: i64, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update webhook set position = $2, batch_upto = null, delivery_id = null, attempts = 0, due_at = $3 where id = $1",
        id as WebhookId,
        position,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes when a webhook is tested.
pub async fn note_test(db: &mut PgConnection, id: WebhookId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update webhook set tested_at = $2 where id = $1", id as WebhookId, now).execute(db).await?;
    Ok(())
}

/// A delivery to attempt now.
#[derive(Debug)]
pub struct Attempt {
    pub target: Target,
    pub delivery: Uuid,
    pub position: i64,
    pub upto: i64,
    pub epoch: String,
}

/// Claims at most `limit` webhooks with something to deliver that are due, the longest due first, and sets the time of their next
/// attempt: after 20 seconds, twice as long after each further attempt, and at most an hour. That is longer than an attempt takes, so
/// no other server attempts the same meanwhile. What a delivery has is decided at its first attempt.
pub async fn claim_due(db: impl PgExecutor<'_>, now: DateTime<Utc>, limit: usize) -> Result<Vec<Attempt>, Error> {
    let rows = sqlx::query!(
        r#"with due as (
               select w.id from webhook w
               where w.due_at <= $1 and w.paused_at is null
                     and exists (select from unnest(w.events) k cross join lateral (
                                     select from event e where e.topic = 'WEBHOOK' and e.kind = k and e.position > w.position limit 1) e)
               order by w.due_at, w.id limit $2 for no key update of w skip locked)
           update webhook w
           set attempts = w.attempts + 1, due_at = $1 + least(20 * 2 ^ least(w.attempts, 10), 3600) * interval '1 second',
               delivery_id = coalesce(w.delivery_id, gen_random_uuid()),
               batch_upto = coalesce(w.batch_upto, (
                   select max(f.position) from (
                       select f.position from unnest(w.events) k cross join lateral (
                           select e.position from event e where e.topic = 'WEBHOOK' and e.kind = k and e.position > w.position
                           order by e.position limit case w.format when 'STANDARD' then $3::bigint else $4::bigint end) f
                       order by f.position limit case w.format when 'STANDARD' then $3::bigint else $4::bigint end) f))
           from due cross join installation i where w.id = due.id
           returning w.id as "id: WebhookId", w.name, w.url, w.format, w.locale, w.secret,
                     case when w.previous_secret_until > $1 then w.previous_secret end as previous_secret, w.delivery_id as "delivery!",
                     w.position, w.batch_upto as "upto!", i.epoch as "epoch!""#,
        now,
        limit as i64,
        MOST_EVENTS,
        MOST_IN_MESSAGE
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let target = Target {
                id: row.id,
                name: row.name,
                url: row.url,
                format: named(&row.format)?,
                language: language(&row.locale),
                secret: row.secret,
                previous_secret: row.previous_secret,
            };
            Ok(Attempt { target, delivery: row.delivery, position: row.position, upto: row.upto, epoch: row.epoch })
        })
        .collect()
}

/// An event of a delivery.
#[derive(Debug)]
pub struct LoggedEvent {
    pub position: i64,
    pub at: DateTime<Utc>,
    /// Its `type` and its `data`.
    pub what: Json,
}

/// The events of a delivery, in their order.
pub async fn events(db: impl PgExecutor<'_>, of: &Attempt) -> sqlx::Result<Vec<LoggedEvent>> {
    sqlx::query_as!(
        LoggedEvent,
        r#"select e.position, e.occurred_at as at, e.after as "what!"
           from webhook w join event e on e.topic = 'WEBHOOK' and e.kind = any (w.events) and e.position > $2 and e.position <= $3
           where w.id = $1 order by e.position"#,
        of.target.id as WebhookId,
        of.position,
        of.upto
    )
    .fetch_all(db)
    .await
}

/// Marks a delivery as made. The next one is made `pause` later at the earliest.
pub async fn mark_delivered(
    db: impl PgExecutor<'_>,
    of: &Attempt,
    now: DateTime<Utc>,
    pause: TimeDelta,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update webhook
         set position = batch_upto, batch_upto = null, delivery_id = null, attempts = 0, due_at = $4, failing_since = null,
             last_success_at = $3
         where id = $1 and delivery_id = $2",
        of.target.id as WebhookId,
        of.delivery,
        now,
        now + pause
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the error of an attempt. Returns since when nothing has succeeded, if the delivery is still wanted.
pub async fn mark_failed(
    db: impl PgExecutor<'_>,
    of: &Attempt,
    error: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        r#"update webhook set last_error = left($3, 200), last_error_at = $4, failing_since = coalesce(failing_since, $4)
           where id = $1 and delivery_id = $2 returning failing_since as "failing_since!""#,
        of.target.id as WebhookId,
        of.delivery,
        error,
        now
    )
    .fetch_optional(db)
    .await
}

/// Pauses a webhook that has failed since `since` or longer. False if it is not so any more.
pub async fn pause(
    db: &mut PgConnection,
    id: WebhookId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let paused = sqlx::query!(
        "update webhook set paused_at = $3 where id = $1 and paused_at is null and failing_since <= $2",
        id as WebhookId,
        since,
        now
    )
    .execute(db)
    .await?;
    Ok(paused.rows_affected() == 1)
}
