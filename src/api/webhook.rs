//! The webhook: who receives what users are told, and whether it arrives.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use crate::crm::{setting, webhook};
use crate::kernel::access::Grant;
use crate::kernel::error::Error;
use crate::kernel::scalar::DateTime;

/// Where notifications are delivered by HTTP, and whether they arrive. Each is a POST of JSON, signed as Standard Webhooks
/// (standardwebhooks.com) say.
#[derive(SimpleObject)]
struct Webhook {
    /// Where they go.
    url: String,
    /// When one was last delivered.
    last_success_at: Option<DateTime>,
    /// When one last could not be delivered.
    last_error_at: Option<DateTime>,
    /// Why.
    last_error: Option<String>,
    /// How many are still to be delivered. One that fails is tried again for three days, from after 20 seconds to once an hour.
    waiting: i64,
    /// How many were given up in the last seven days.
    given_up: i64,
}

/// The part of `Query` about the webhook.
#[derive(Default)]
pub struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// Where notifications are delivered by HTTP, for those who may change settings; null when that is nowhere.
    async fn webhook(&self, ctx: &Context<'_>) -> Resolved<Option<Webhook>> {
        read(ctx).await
    }
}

async fn read(ctx: &Context<'_>) -> Resolved<Option<Webhook>> {
    let request = request(ctx);
    // The URL may be a secret by itself.
    if Grant::of(&request.viewer()?.rights, setting::WRITE).is_none() {
        return Ok(None);
    }
    let status = webhook::find_status(request.app().pool()).await.map_err(Error::from)?;
    Ok(status.map(|status| Webhook {
        url: status.url,
        last_success_at: status.last_success_at.map(DateTime),
        last_error_at: status.last_error_at.map(DateTime),
        last_error: status.last_error,
        waiting: status.waiting,
        given_up: status.given_up,
    }))
}

/// Where to deliver notifications.
#[derive(InputObject)]
struct SaveWebhookInput {
    /// Where they go: `https://…`, at a public address. Left out, it stays; null switches it off, and drops what waits.
    url: MaybeUndefined<String>,
    /// What they are signed with: `whsec_` and 24 to 64 random bytes in Base64. Left out, it stays; nobody can read it back.
    secret: Option<String>,
}

/// The webhook after the change.
#[derive(SimpleObject)]
struct SaveWebhookPayload {
    /// The webhook as it is now; null when it is off.
    webhook: Option<Webhook>,
    /// Why the change was refused.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about the webhook.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Delivers what users are told (`notifications`) to a receiver of yours by HTTP, from now on; or to nobody any more. Each is
    /// delivered at least once: know those that you have by their `webhook-id`.
    async fn save_webhook(&self, ctx: &Context<'_>, input: SaveWebhookInput) -> Resolved<SaveWebhookPayload> {
        let SaveWebhookInput { url, secret } = input;
        let (_, user_errors) =
            perform(ctx, async |op| webhook::save(op, field_change(url), secret.as_deref()).await).await?;
        Ok(SaveWebhookPayload { webhook: read(ctx).await?, user_errors })
    }
}
