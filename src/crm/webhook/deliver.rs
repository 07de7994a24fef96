//! Servers deliver to the webhooks that are due. Before an attempt, a server sets the time of the next attempt. So it holds no
//! connection and no lock while it waits for the receiver, and if the server dies, the delivery is retried. A delivery may therefore
//! arrive more than once, with the same id. A webhook gets one delivery at a time, so its events are in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::client::{self, DeliveryError, Outgoing};
use super::store::{self, Attempt};
use super::{Format, RETRY_FOR, Target, message, robot, words};
use crate::crm::setting::WRITE;
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::WebhookId;
use crate::kernel::metrics;
use crate::kernel::op::Op;

/// How often a server looks for due deliveries.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How often a server measures how the webhooks are.
const MEASURE_INTERVAL: Duration = Duration::from_secs(15);
/// The maximum number of simultaneous attempts of a server. It is more than one, so that a receiver that does not
/// respond delays no other webhook.
const MAX_CONCURRENT: usize = 10;

/// Delivers what is due, until the server stops.
pub async fn keep_delivering(app: Arc<App>) {
    let feed = app.feed().clone();
    let delivering = async {
        // Each attempt is a task, so that attempts and this loop do not wait for each other when they need a database
        // connection.
        let mut attempts = JoinSet::new();
        let mut measured: Option<Instant> = None;
        loop {
            if measured.is_none_or(|last| last.elapsed() >= MEASURE_INTERVAL) {
                measured = Some(Instant::now());
                measure(&app).await;
            }
            // What is held is delivered when an operator has said that this is the same installation.
            let most = if app.is_held() { 0 } else { MAX_CONCURRENT - attempts.len() };
            match store::claim_due(app.pool(), app.clock().now(), most).await {
                Ok(due) => due.into_iter().for_each(|attempt| {
                    attempts.spawn(deliver(app.clone(), attempt));
                }),
                Err(error) => tracing::warn!(?error, "cannot read due webhook deliveries"),
            }
            tokio::select! {
                Some(_) = attempts.join_next() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    };
    tokio::select! {
        () = feed.closed() => {}
        () = delivering => {}
    }
}

/// Records how the webhooks are.
async fn measure(app: &App) {
    match store::find_status(app.pool()).await {
        Ok(status) => {
            let waiting = status.waiting_since.map(|since| (app.clock().now() - since).to_std().unwrap_or_default());
            metrics::webhooks(status.failing, waiting.unwrap_or_default());
        }
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "cannot read how the webhooks are"),
    }
}

/// Makes one attempt and saves its outcome. If the outcome cannot be saved, the delivery is retried.
async fn deliver(app: Arc<App>, attempt: Attempt) {
    let webhook = attempt.target.id;
    if let Err(error) = try_to_deliver(&app, &attempt).await {
        tracing::warn!(webhook.id = %webhook, ?error, "cannot save the outcome of a webhook delivery; it will be retried");
    }
}

async fn try_to_deliver(app: &App, attempt: &Attempt) -> Result<(), Error> {
    let sent = match outgoing(app, attempt).await? {
        Some(outgoing) => send(app, attempt.target.format, outgoing).await,
        // All its events are forgotten.
        None => Ok(()),
    };
    let now = app.clock().now();
    metrics::webhook_delivery(sent.is_ok());
    let Err(error) = sent else {
        let pause = if attempt.target.format == Format::Standard { TimeDelta::zero() } else { robot::PAUSE };
        return Ok(store::mark_delivered(app.pool(), attempt, now, pause).await?);
    };
    let webhook = attempt.target.id;
    tracing::debug!(webhook.id = %webhook, error = &error as &dyn std::error::Error, "webhook delivery failed");
    let since = store::mark_failed(app.pool(), attempt, &error.to_string(), now).await?;
    if since.is_some_and(|since| since <= now - RETRY_FOR) {
        let mut op = app.begin(Actor::System("webhook")).await?;
        pause(&mut op, webhook).await?;
        op.commit().await?;
    }
    Ok(())
}

/// Pauses a webhook that has failed for too long, and notifies those who may change it.
async fn pause(op: &mut Op<'_>, webhook: WebhookId) -> Result<(), Error> {
    let now = op.now();
    if !store::pause(op.db(), webhook, now - RETRY_FOR, now).await? {
        return Ok(());
    }
    tracing::warn!(webhook.id = %webhook, "a webhook has failed for three days and is paused");
    let notification = |user| Notification {
        user,
        notice: Notice::WebhookPaused,
        about: About::Webhook(webhook),
        at: now,
        rule: None,
    };
    let holders = op.directory().holders(WRITE).map_err(|error| Error::Internal(error.into()))?;
    let notifications: Vec<_> = holders.into_iter().map(notification).collect();
    op.notify(&notifications).await
}

/// The request of a delivery. `None`: it has no event any more.
async fn outgoing(app: &App, attempt: &Attempt) -> Result<Option<Outgoing>, Error> {
    let events = store::events(app.pool(), attempt).await?;
    if events.is_empty() {
        return Ok(None);
    }
    let target = &attempt.target;
    Ok(Some(match target.format {
        Format::Standard => {
            signed(app, target, format!("delivery_{}", attempt.delivery), message::body(&attempt.epoch, &events))
        }
        format => {
            let directory = app.directory().await?;
            let text = words::message(&events, &directory.stages, target.language, robot::most_bytes(format));
            robot::request(format, &target.url, target.secret.as_deref(), app.clock().now(), &text)
        }
    }))
}

/// A request of our own form.
fn signed(app: &App, target: &Target, id: String, body: String) -> Outgoing {
    let timestamp = app.clock().now().timestamp();
    let secrets = target.secret.iter().chain(&target.previous_secret).map(Vec::as_slice);
    let headers = vec![
        ("user-agent", concat!("tidepool/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("webhook-signature", message::signatures(secrets, &id, timestamp, &body)),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    Outgoing { url: target.url.clone(), headers, body }
}

async fn send(app: &App, format: Format, outgoing: Outgoing) -> Result<(), DeliveryError> {
    let is_robot = format != Format::Standard;
    let answer = client::post(outgoing, is_robot, app.limits().allow_private_webhooks).await?;
    if is_robot { robot::check(&answer) } else { Ok(()) }
}

/// Sends a message that says that it is a test. What waits is not touched. Returns why it failed, if it has failed.
pub async fn test(app: &App, target: &Target) -> Option<String> {
    let now = app.clock().now();
    let outgoing = match target.format {
        Format::Standard => {
            let id = format!("test_{}_{}", target.id, now.timestamp_micros());
            signed(app, target, id, message::test_body(&target.name, now))
        }
        format => {
            let text = words::test(&target.name, target.language);
            robot::request(format, &target.url, target.secret.as_deref(), now, &text)
        }
    };
    send(app, target.format, outgoing).await.err().map(|error| error.to_string())
}
