//! Feedback: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedFeedback};
use crate::crm::feedback::{Category, Draft, edit, record};
use crate::kernel::id::{FeedbackId, OrderId};

/// What a customer said of an order.
#[derive(InputObject)]
struct RecordFeedbackInput {
    /// Of which: one that was delivered.
    order_id: OrderId,
    /// How content they are, from 1 to 5.
    rating: i32,
    /// What it is about.
    category: Category,
    /// What they said; at most 4,000 characters.
    content: Option<String>,
    /// Makes trying again safe: the same key gets the first answer, and no second feedback.
    idempotency_key: Option<String>,
}

/// What to correct of feedback; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateFeedbackInput {
    /// Which.
    feedback_id: FeedbackId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// How content they are, from 1 to 5.
    rating: Option<i32>,
    /// What it is about.
    category: Option<Category>,
    /// What they said; at most 4,000 characters.
    content: MaybeUndefined<String>,
}

/// How it was put right.
#[derive(InputObject)]
struct ResolveFeedbackInput {
    /// Which.
    feedback_id: FeedbackId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// How: 1 to 4,000 characters.
    resolution: String,
}

/// What became of feedback.
#[derive(SimpleObject)]
struct FeedbackPayload {
    /// The feedback as it is now, if you may see it; also when a change was refused.
    feedback: Option<PlannedFeedback>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about feedback.
#[derive(Default)]
pub struct FeedbackMutation;

#[Object]
impl FeedbackMutation {
    /// Takes down what a customer says of a delivered order, also of one that was given back afterwards.
    async fn record_feedback(&self, ctx: &Context<'_>, input: RecordFeedbackInput) -> Resolved<FeedbackPayload> {
        let draft = Draft { rating: input.rating, category: input.category, content: input.content };
        let (order, key) = (input.order_id, input.idempotency_key);
        let (recorded, user_errors) = perform(ctx, async |op| record::record(op, order, draft, key).await).await?;
        Ok(FeedbackPayload { feedback: recorded.map(Planned), user_errors })
    }

    /// Corrects feedback.
    async fn update_feedback(&self, ctx: &Context<'_>, input: UpdateFeedbackInput) -> Resolved<FeedbackPayload> {
        let (id, version) = (input.feedback_id, input.version);
        let edit = edit::Edit { rating: input.rating, category: input.category, content: field_change(input.content) };
        let (_, user_errors) = perform(ctx, async |op| edit::update(op, id, version, edit).await).await?;
        Ok(FeedbackPayload { feedback: Some(Planned(id)), user_errors })
    }

    /// Says how it was put right. Said again, it corrects what was said; when it was put right stays.
    async fn resolve_feedback(&self, ctx: &Context<'_>, input: ResolveFeedbackInput) -> Resolved<FeedbackPayload> {
        let (id, version) = (input.feedback_id, input.version);
        let (_, user_errors) = perform(ctx, async |op| edit::resolve(op, id, version, &input.resolution).await).await?;
        Ok(FeedbackPayload { feedback: Some(Planned(id)), user_errors })
    }
}
