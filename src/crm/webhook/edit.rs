//! What administrators do with webhooks.

use chrono::{DateTime, Utc};

use super::draft::{self, Draft, Edit};
use super::{BETWEEN_TESTS, Format, Kind, MOST_WEBHOOKS, OVERLAP, Target, store};
use crate::crm::setting::WRITE;
use crate::kernel::audit::{self, Entry};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::feed;
use crate::kernel::id::WebhookId;
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;

/// Creates a webhook, which gets what happens from now on. Returns its id, and its secret if that was generated.
pub async fn create(op: &mut Op<'_>, new: Draft) -> Result<(WebhookId, Option<String>), Error> {
    op.authorize(WRITE)?;
    let new = Draft {
        name: draft::name(&new.name)?,
        url: draft::url(&new.url, op.app().limits().allow_private_webhooks)?,
        events: draft::events(new.events)?,
        ..new
    };
    let (secret, shown) = draft::secret(new.format, new.secret.as_deref())?;
    if store::count(op.db()).await? >= i64::from(MOST_WEBHOOKS) {
        let (en, zh) = (
            format!("There can be at most {MOST_WEBHOOKS} webhooks."),
            format!("最多只能有 {MOST_WEBHOOKS} 个 Webhook。"),
        );
        return Err(UserError::new(Code::Invalid, Text::new(en, zh)).limit(MOST_WEBHOOKS).into());
    }
    let (id, now) = (op.new_id(), op.now());
    store::insert(op.db(), id, &new, secret.as_deref(), now).await?;
    let entry = entry("created", &new.name).detail(format!("format: {}", name_of(new.format)));
    let entry = with_host(entry.detail(format!("events: {}", names(&new.events))), &new.url);
    op.audit(entry).await?;
    Ok((id, shown))
}

/// Changes a webhook. What waits is delivered as the webhook is then.
pub async fn update(op: &mut Op<'_>, id: WebhookId, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let before = require(op, id).await?;
    let name = edit.name.as_deref().map(draft::name).transpose()?.unwrap_or_else(|| before.name.clone());
    let allow_private = op.app().limits().allow_private_webhooks;
    let url = edit.url.as_deref().map(|url| draft::url(url, allow_private)).transpose()?;
    let url = url.unwrap_or_else(|| before.url.clone());
    let events = edit.events.map(draft::events).transpose()?.unwrap_or_else(|| before.events.clone());
    let language = edit.language.unwrap_or(before.language);
    let is_paused = edit.is_paused.unwrap_or(before.is_paused);
    let mut entry = entry("changed", &before.name).changes(
        [
            ("name", before.name.clone()),
            ("events", names(&before.events)),
            ("language", before.language.tag().to_owned()),
            ("isPaused", before.is_paused.to_string()),
        ],
        [
            ("name", name.clone()),
            ("events", names(&events)),
            ("language", language.tag().to_owned()),
            ("isPaused", is_paused.to_string()),
        ],
    );
    if url != before.url {
        entry = with_host(entry, &url);
    }
    if entry.details.len() == 1 {
        return Ok(());
    }
    if events != before.events {
        // What happened before, and was not wanted, is not delivered now.
        store::skip_to_waiting(op.db(), id).await?;
    }
    let now = op.now();
    store::update(op.db(), id, &name, &url, language, &events, is_paused, now).await?;
    op.audit(entry).await
}

/// Gives a webhook another secret, and returns it if it was generated. The present one also signs for some time; a robot has one
/// secret alone.
pub async fn rotate_secret(op: &mut Op<'_>, id: WebhookId, given: Option<&str>) -> Result<Option<String>, Error> {
    op.authorize(WRITE)?;
    let before = require(op, id).await?;
    if before.format == Format::Wecom {
        return Err(draft::no_secret().into());
    }
    let (secret, shown) = draft::secret(before.format, given)?;
    let until = (before.format == Format::Standard).then(|| op.now() + OVERLAP);
    store::set_secret(op.db(), id, secret.as_deref(), until).await?;
    op.audit(entry("secret", &before.name)).await?;
    Ok(shown)
}

/// Deletes a webhook, with what waits for it.
pub async fn delete(op: &mut Op<'_>, id: WebhookId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let before = require(op, id).await?;
    store::delete(op.db(), id).await?;
    op.audit(entry("deleted", &before.name)).await
}

/// Deletes all webhooks, because an installation is another one now.
pub async fn delete_all(op: &mut Op<'_>) -> Result<(), Error> {
    store::delete_all(op.db()).await?;
    op.audit(Entry::of(audit::Kind::WebhookChanged).detail("off")).await
}

/// Lets a webhook get events again: those behind a cursor, or those that came into the log at a time or later.
pub async fn replay(
    op: &mut Op<'_>,
    id: WebhookId,
    after: Option<&str>,
    since: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let before = require(op, id).await?;
    let (position, from) = match (after, since) {
        (Some(cursor), None) => {
            let found = feed::resume(op.db(), cursor).await;
            let found = found.map_err(|error| match error {
                Error::CursorExpired | Error::BadInput(_) => UserError::invalid(
                    &["after"],
                    "Events are kept for 30 days, and this is no cursor of one that is kept.",
                    "事件只保留 30 天，找不到这个游标对应的事件。",
                )
                .into(),
                other => other,
            })?;
            (found.position, cursor.to_owned())
        }
        (None, Some(time)) => {
            if time < feed::kept_since(op.now()) || time > op.now() {
                let (en, zh) = (
                    "Events are kept for 30 days: give a time within them.",
                    "事件只保留 30 天，请填写这段时间内的时间。",
                );
                return Err(UserError::invalid(&["since"], en, zh).into());
            }
            (store::position_before(op.db(), time).await?, time.to_rfc3339())
        }
        _ => {
            let (en, zh) = ("Give either a cursor or a time.", "请填写游标或时间，只填一个。");
            return Err(UserError::invalid(&["after"], en, zh).into());
        }
    };
    let now = op.now();
    store::set_position(op.db(), id, position, now).await?;
    op.audit(entry("replayed", &before.name).detail(format!("from: {from}"))).await
}

/// Prepares the test of a webhook; [`deliver::test`](super::deliver::test) sends its message after the commit.
pub async fn begin_test(op: &mut Op<'_>, id: WebhookId) -> Result<Target, Error> {
    op.authorize(WRITE)?;
    let before = require(op, id).await?;
    if op.app().is_held() {
        let (en, zh) = ("This installation is held, so nothing is sent.", "这是一份尚未确认的副本，对外推送已暂停。");
        return Err(UserError::new(Code::Conflict, Text::new(en, zh)).into());
    }
    let next = before.tested_at.map(|tested| tested + BETWEEN_TESTS);
    if let Some(until) = next.filter(|next| *next > op.now()) {
        let (en, zh) = ("It was tested just now. Wait a few seconds.", "刚刚测试过，请过几秒再试。");
        return Err(UserError::new(Code::Conflict, Text::new(en, zh)).until(until).into());
    }
    let now = op.now();
    store::note_test(op.db(), id, now).await?;
    op.audit(entry("tested", &before.name)).await?;
    Ok(before.target(now))
}

async fn require(op: &mut Op<'_>, id: WebhookId) -> Result<store::Row, Error> {
    let found = store::lock(op.db(), id).await?;
    Ok(found.ok_or_else(|| UserError::not_found().at(&["webhookId"]))?)
}

fn entry(what: &str, name: &str) -> Entry {
    Entry::of(audit::Kind::WebhookChanged).detail(format!("{what}: {name}"))
}

fn with_host(entry: Entry, url: &str) -> Entry {
    match draft::host(url) {
        Some(host) => entry.detail(format!("host: {host}")),
        None => entry,
    }
}

fn names(events: &[Kind]) -> String {
    events.iter().map(|event| name_of(*event)).collect::<Vec<_>>().join(", ")
}
