//! Servers deliver the notifications that are due. Before an attempt, a server sets the time of the next attempt. So it
//! holds no connection and no lock while it waits for the receiver, and if the server dies, the delivery is retried. A
//! notification may therefore be delivered more than once, with the same id.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::client::{self, DeliveryError};
use super::message;
use super::store::{self, Attempt};
use crate::kernel::app::App;

/// How often a server looks for due deliveries.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The maximum number of simultaneous attempts of a server. It is more than one, so that a receiver that does not
/// respond delays no other delivery.
const MAX_CONCURRENT: usize = 10;

/// Delivers what is due, until the server stops.
pub async fn keep_delivering(app: Arc<App>) {
    let feed = app.feed().clone();
    let delivering = async {
        // Each attempt is a task, so that attempts and this loop do not wait for each other when they need a database
        // connection.
        let mut attempts = JoinSet::new();
        loop {
            // What is held is delivered when an operator has said that this is the same installation.
            let most = if app.is_held() { 0 } else { MAX_CONCURRENT - attempts.len() };
            match store::claim_due(app.pool(), app.clock().now(), most).await {
                Ok(due) => due.into_iter().for_each(|attempt| {
                    attempts.spawn(deliver(app.clone(), attempt));
                }),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot read due webhook deliveries")
                }
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

/// Makes one attempt and saves its outcome. If the outcome cannot be saved, the delivery is retried.
async fn deliver(app: Arc<App>, attempt: Attempt) {
    let id = attempt.message.id;
    let saved = match send(&app, &attempt).await {
        Ok(()) => store::mark_delivered(app.pool(), id, app.clock().now()).await,
        Err(error) => {
            tracing::debug!(notification.id = %id, error = &error as &dyn std::error::Error, "webhook delivery failed");
            store::mark_failed(app.pool(), id, &error.to_string(), app.clock().now()).await
        }
    };
    if let Err(error) = saved {
        tracing::warn!(notification.id = %id, error = &error as &dyn std::error::Error, "cannot save the outcome of a webhook delivery; it will be retried");
    }
}

async fn send(app: &App, Attempt { url, secret, message }: &Attempt) -> Result<(), DeliveryError> {
    let (id, timestamp, body) = (message.id.to_string(), app.clock().now().timestamp(), message.body());
    let signature = message::signature(secret, &id, timestamp, &body);
    let timestamp = timestamp.to_string();
    let headers = [
        ("user-agent", concat!("tidepool/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", &id),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
    ];
    client::post(url, &headers, body, app.limits().allow_private_webhooks).await
}
