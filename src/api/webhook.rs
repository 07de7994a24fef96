//! Webhooks: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform, perform_to_change};
use super::people::{DonePayload, done};
use crate::crm::setting;
use crate::crm::webhook::{self, Draft, Edit, Format, Kind};
use crate::kernel::access::Grant;
use crate::kernel::error::{Error, Language};
use crate::kernel::id::WebhookId;
use crate::kernel::op::Changes;
use crate::kernel::scalar::DateTime;

/// A webhook: a URL that gets events by HTTP, and the state of its deliveries.
#[derive(SimpleObject)]
struct Webhook {
    /// The id of the webhook.
    id: WebhookId,
    /// What it is called.
    name: String,
    /// The URL that gets the events.
    url: String,
    /// The form in which it gets them.
    format: Format,
    /// The language of the messages of a robot.
    language: Language,
    /// The kinds of events that it gets.
    events: Vec<Kind>,
    /// Whether there is a secret with which its requests are signed.
    has_secret: bool,
    /// Until when the secret before the last rotation also signs; null: it does not.
    previous_secret_until: Option<DateTime>,
    /// The place in the log of events up to which it has got all that it wants.
    cursor: String,
    /// Since when nothing is sent, because a user has paused it, or because it has failed for three days (then there is a
    /// `failingSince`); null: it is not paused.
    paused_at: Option<DateTime>,
    /// Since when no attempt has succeeded; null: the last one did, or there was none.
    failing_since: Option<DateTime>,
    /// When a delivery last succeeded; null: never.
    last_success_at: Option<DateTime>,
    /// When a delivery last failed; null: never.
    last_error_at: Option<DateTime>,
    /// Why the last failed delivery failed.
    last_error: Option<String>,
    /// How many events wait for delivery; 10,000 if there are more.
    waiting: i64,
    /// Since when the first of them is in the log; null: none waits.
    waiting_since: Option<DateTime>,
}

impl From<webhook::Webhook> for Webhook {
    fn from(found: webhook::Webhook) -> Self {
        Self {
            id: found.id,
            name: found.name,
            url: found.url,
            format: found.format,
            language: found.language,
            events: found.events,
            has_secret: found.has_secret,
            previous_secret_until: found.previous_secret_until.map(DateTime),
            cursor: found.cursor,
            paused_at: found.paused_at.map(DateTime),
            failing_since: found.failing_since.map(DateTime),
            last_success_at: found.last_success_at.map(DateTime),
            last_error_at: found.last_error_at.map(DateTime),
            last_error: found.last_error,
            waiting: found.waiting,
            waiting_since: found.waiting_since.map(DateTime),
        }
    }
}

/// The part of `Query` about webhooks.
#[derive(Default)]
pub struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// The webhooks, for users who may change the settings; empty for other users.
    async fn webhooks(&self, ctx: &Context<'_>) -> Resolved<Vec<Webhook>> {
        let request = request(ctx);
        // The URL may be a secret by itself.
        if Grant::of(&request.viewer()?.rights, setting::WRITE).is_none() {
            return Ok(Vec::new());
        }
        let found = webhook::find_all(request.app().pool()).await?;
        Ok(found.into_iter().map(Webhook::from).collect())
    }
}

/// A webhook after an operation.
async fn read(ctx: &Context<'_>, id: WebhookId) -> Result<Option<Webhook>, Error> {
    Ok(webhook::find_one(request(ctx).app().pool(), id).await?.map(Webhook::from))
}

/// The webhook to create.
#[derive(InputObject)]
struct CreateWebhookInput {
    /// What it is called: 1 to 100 characters.
    name: String,
    /// The URL that gets the events: `https://…`, at a public address, of at most 2,000 characters.
    url: String,
    /// The form in which it gets them. It can't be changed later.
    #[graphql(default_with = "Format::Standard")]
    format: Format,
    /// The language of the messages of a robot.
    #[graphql(default_with = "Language::Chinese")]
    language: Language,
    /// The kinds of events that it gets: at least one.
    events: Vec<Kind>,
    /// The secret with which requests are signed. For `STANDARD` it is `whsec_` and 24 to 64 random bytes in Base64, and is generated
    /// if it is left out. For `DINGTALK` and `FEISHU` it is what the group shows if its robot checks signatures. `WECOM` has none.
    secret: Option<String>,
}

/// A webhook whose secret was set.
#[derive(SimpleObject)]
struct WebhookSecretPayload {
    /// The webhook as it is now; null if the input was refused.
    webhook: Option<Webhook>,
    /// The secret, if it was generated. Nobody can read it again: give it to the receiver.
    secret: Option<String>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The change of a webhook. What is left out stays as it is.
#[derive(InputObject)]
struct UpdateWebhookInput {
    /// The id of the webhook.
    webhook_id: WebhookId,
    /// What it is called: 1 to 100 characters.
    name: Option<String>,
    /// The URL that gets the events: `https://…`, at a public address, of at most 2,000 characters.
    url: Option<String>,
    /// The language of the messages of a robot.
    language: Option<Language>,
    /// The kinds of events that it gets: at least one. It gets those of a new kind that happen from now on.
    events: Option<Vec<Kind>>,
    /// Whether nothing is sent. Events wait meanwhile, for at most 30 days; `false` sends them at once.
    is_paused: Option<bool>,
}

/// A webhook that was changed.
#[derive(SimpleObject)]
struct WebhookPayload {
    /// The webhook as it is now.
    webhook: Option<Webhook>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The webhook to delete.
#[derive(InputObject)]
struct DeleteWebhookInput {
    /// The id of the webhook.
    webhook_id: WebhookId,
}

/// The webhook that gets another secret.
#[derive(InputObject)]
struct RotateWebhookSecretInput {
    /// The id of the webhook.
    webhook_id: WebhookId,
    /// The new secret, as for `createWebhook`. For `STANDARD` it is generated if it is left out; `DINGTALK` and `FEISHU` are not signed
    /// any more without one.
    secret: Option<String>,
}

/// The webhook to test.
#[derive(InputObject)]
struct TestWebhookInput {
    /// The id of the webhook.
    webhook_id: WebhookId,
}

/// The result of testing a webhook.
#[derive(SimpleObject)]
struct TestWebhookPayload {
    /// Whether the receiver has accepted the message.
    succeeded: bool,
    /// Why it has not; null if it has, or if the input was refused.
    error: Option<String>,
    /// Why the input was refused; empty if the message was sent.
    user_errors: Vec<UserErrorView>,
}

/// From where on a webhook gets events again. Give either `after` or `since`.
#[derive(InputObject)]
struct ReplayWebhookInput {
    /// The id of the webhook.
    webhook_id: WebhookId,
    /// The cursor of an event or a delivery: it gets what is behind it.
    after: Option<String>,
    /// It gets what happened at this time or later.
    since: Option<DateTime>,
}

/// The part of `Mutation` about webhooks.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Creates a webhook, which gets the events of its kinds that happen from now on: in order, each at least once. Recognize repeated
    /// deliveries by their header `webhook-id`, and events by their `cursor`. There can be at most 20 webhooks.
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook to create.")] input: CreateWebhookInput,
    ) -> Resolved<WebhookSecretPayload> {
        let CreateWebhookInput { name, url, format, language, events, secret } = input;
        let new = Draft { name, url, format, language, events, secret };
        // The lock keeps two operations from creating the last one together.
        let create = async |op: &mut crate::kernel::op::Op<'_>| webhook::create(op, new).await;
        let (created, user_errors) = perform_to_change(Changes::Directory, ctx, create).await?;
        let Some((id, secret)) = created else {
            return Ok(WebhookSecretPayload { webhook: None, secret: None, user_errors });
        };
        Ok(WebhookSecretPayload { webhook: read(ctx, id).await?, secret, user_errors })
    }

    /// Changes a webhook. A delivery that is under way may arrive once more.
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change of the webhook.")] input: UpdateWebhookInput,
    ) -> Resolved<WebhookPayload> {
        let UpdateWebhookInput { webhook_id, name, url, language, events, is_paused } = input;
        let edit = Edit { name, url, language, events, is_paused };
        let (_, user_errors) = perform(ctx, async |op| webhook::update(op, webhook_id, edit).await).await?;
        payload(ctx, webhook_id, user_errors).await
    }

    /// Deletes a webhook, with the events that wait for it.
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook to delete.")] input: DeleteWebhookInput,
    ) -> Resolved<DonePayload> {
        done(ctx, Changes::Rows, async |op| webhook::delete(op, input.webhook_id).await).await
    }

    /// Gives a webhook another secret. For 24 hours a `STANDARD` webhook signs with the former secret, too, and the header
    /// `webhook-signature` has both signatures.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook that gets another secret.")] input: RotateWebhookSecretInput,
    ) -> Resolved<WebhookSecretPayload> {
        let RotateWebhookSecretInput { webhook_id: id, secret } = input;
        let rotate = async |op: &mut crate::kernel::op::Op<'_>| webhook::rotate_secret(op, id, secret.as_deref()).await;
        let (secret, user_errors) = perform(ctx, rotate).await?;
        let webhook = if secret.is_some() { read(ctx, id).await? } else { None };
        Ok(WebhookSecretPayload { webhook, secret: secret.flatten(), user_errors })
    }

    /// Sends a message that says that it is a test, and waits for the answer. Events that wait are not touched. A webhook can be tested
    /// once in five seconds.
    async fn test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook to test.")] input: TestWebhookInput,
    ) -> Resolved<TestWebhookPayload> {
        let id = input.webhook_id;
        let (target, user_errors) = perform(ctx, async |op| webhook::begin_test(op, id).await).await?;
        let Some(target) = target else {
            return Ok(TestWebhookPayload { succeeded: false, error: None, user_errors });
        };
        let error = webhook::deliver::test(request(ctx).app(), &target).await;
        Ok(TestWebhookPayload { succeeded: error.is_none(), error, user_errors })
    }

    /// Lets a webhook get events again, of the kinds that it wants now. Events are kept for 30 days, if any webhook wanted their kind
    /// when they happened.
    async fn replay_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where on it gets events again.")] input: ReplayWebhookInput,
    ) -> Resolved<WebhookPayload> {
        let ReplayWebhookInput { webhook_id: id, after, since } = input;
        let since = since.map(|time| time.0);
        let (_, user_errors) = perform(ctx, async |op| webhook::replay(op, id, after.as_deref(), since).await).await?;
        payload(ctx, id, user_errors).await
    }
}

async fn payload(ctx: &Context<'_>, id: WebhookId, user_errors: Vec<UserErrorView>) -> Resolved<WebhookPayload> {
    let webhook = if user_errors.is_empty() { read(ctx, id).await? } else { None };
    Ok(WebhookPayload { webhook, user_errors })
}
