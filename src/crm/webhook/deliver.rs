//! What waits is delivered, by whichever server gets it: each attempt puts the next one off first, so nothing is held while
//! the receiver is waited for, and what a server that dies was at comes up again. It may come twice, by the same id.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::client::{self, DeliveryError};
use super::message;
use super::store::{self, Attempt};
use crate::kernel::app::App;

/// How often a server looks whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many are under way at once: one that hangs leaves room for others.
const AT_ONCE: usize = 10;

/// Delivers what is due, until the server closes.
pub async fn keep_delivering(app: Arc<App>) {
    let feed = app.feed().clone();
    let delivering = async {
        // Tasks of their own: one that waits for a connection of the pool never holds up the look for more, nor that it.
        let mut under_way = JoinSet::new();
        loop {
            match store::attempt(app.pool(), app.clock().now(), AT_ONCE - under_way.len()).await {
                Ok(due) => due.into_iter().for_each(|attempt| {
                    under_way.spawn(try_one(app.clone(), attempt));
                }),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the webhook waits"),
            }
            tokio::select! {
                Some(_) = under_way.join_next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    };
    tokio::select! {
        () = feed.closed() => {}
        () = delivering => {}
    }
}

/// Tries a delivery. Where it can't even be written down how that went, it is tried again.
async fn try_one(app: Arc<App>, attempt: Attempt) {
    let id = attempt.message.id;
    let kept = match send(&app, &attempt).await {
        Ok(()) => store::delivered(app.pool(), id, app.clock().now()).await,
        Err(error) => {
            tracing::debug!(notification.id = %id, error = &error as &dyn std::error::Error, "not delivered");
            store::failed(app.pool(), id, &error.to_string(), app.clock().now()).await
        }
    };
    if let Err(error) = kept {
        tracing::warn!(notification.id = %id, error = &error as &dyn std::error::Error, "it will be delivered again");
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
