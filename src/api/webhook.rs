//! The webhook: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use crate::crm::{setting, webhook};
use crate::kernel::access::Grant;
use crate::kernel::error::Error;
use crate::kernel::scalar::DateTime;

/// The webhook: the URL that receives all notifications by HTTP, and the state of its deliveries. Each notification is
/// a POST of JSON, signed as described by Standard Webhooks (standardwebhooks.com).
#[derive(SimpleObject)]
struct Webhook {
    /// The URL that receives the notifications.
    url: String,
    /// When a notification was last delivered; null: never.
    last_success_at: Option<DateTime>,
    /// When a delivery last failed; null: never.
    last_error_at: Option<DateTime>,
    /// Why the last failed delivery failed.
    last_error: Option<String>,
    /// How many notifications are waiting for delivery. A delivery that fails is tried again for three days: first
    /// after 20 seconds, then after twice as long each time, at most after one hour.
    waiting: i64,
    /// How many notifications could not be delivered for three days and were given up in the last seven days.
    given_up: i64,
}

/// The part of `Query` about the webhook.
#[derive(Default)]
pub struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// The webhook, for users who may change the settings; null for other users, and if there is no webhook.
    async fn webhook(&self, ctx: &Context<'_>) -> Option<Resolved<Webhook>> {
        read(ctx).await.map_err(Into::into).transpose()
    }
}

async fn read(ctx: &Context<'_>) -> Result<Option<Webhook>, Error> {
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

/// The URL and the secret of the webhook.
#[derive(InputObject)]
struct SaveWebhookInput {
    /// The URL that receives the notifications: `https://…`, at a public address, of at most 2,000 characters. If it is
    /// left out, it stays as it is; null switches the webhook off and deletes the notifications that are waiting.
    url: MaybeUndefined<String>,
    /// The secret with which notifications are signed: `whsec_` and 24 to 64 random bytes in Base64. It is required for
    /// the first time; if it is left out later, it stays as it is. The API never returns it.
    secret: Option<String>,
}

/// The result of saving the webhook.
#[derive(SimpleObject)]
struct SaveWebhookPayload {
    /// The webhook as it is now; null if it is switched off.
    webhook: Option<Webhook>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about the webhook.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Sets the receiver to which all notifications (`notifications`) are delivered by HTTP from now on, or switches
    /// the delivery off. Each notification is delivered at least once: recognize repeated ones by their header
    /// `webhook-id`.
    async fn save_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The URL and the secret of the webhook.")] input: SaveWebhookInput,
    ) -> Resolved<SaveWebhookPayload> {
        let SaveWebhookInput { url, secret } = input;
        let (_, user_errors) =
            perform(ctx, async |op| webhook::save(op, field_change(url), secret.as_deref()).await).await?;
        Ok(SaveWebhookPayload { webhook: read(ctx).await?, user_errors })
    }
}
