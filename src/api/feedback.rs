//! Feedback: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedFeedback};
use crate::crm::feedback::{Category, Draft, edit, record};
use crate::kernel::id::{FeedbackId, OrderId};

/// What a customer said about an order.
#[derive(InputObject)]
struct RecordFeedbackInput {
    /// The id of the order, which must have been delivered.
    order_id: OrderId,
    /// How satisfied the customer is, from 1 (not at all) to 5 (very).
    rating: i32,
    /// What the feedback is about.
    category: Category,
    /// What the customer said; at most 4,000 characters.
    content: Option<String>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to correct of a piece of feedback. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateFeedbackInput {
    /// The id of the feedback.
    feedback_id: FeedbackId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// How satisfied the customer is, from 1 (not at all) to 5 (very).
    rating: Option<i32>,
    /// What the feedback is about.
    category: Option<Category>,
    /// What the customer said; at most 4,000 characters.
    content: MaybeUndefined<String>,
}

/// How a piece of feedback was resolved.
#[derive(InputObject)]
struct ResolveFeedbackInput {
    /// The id of the feedback.
    feedback_id: FeedbackId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// What was done about it: 1 to 4,000 characters.
    resolution: String,
}

/// The result of a mutation on feedback.
#[derive(SimpleObject)]
struct FeedbackPayload {
    /// The feedback as it is now, if you may see it, even if a change was refused.
    feedback: Option<PlannedFeedback>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about feedback.
#[derive(Default)]
pub struct FeedbackMutation;

#[Object]
impl FeedbackMutation {
    /// Records what a customer says about a delivered order, even if the order was refunded afterwards.
    async fn record_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What a customer said about an order.")] input: RecordFeedbackInput,
    ) -> Resolved<FeedbackPayload> {
        let draft = Draft { rating: input.rating, category: input.category, content: input.content };
        let (order, key) = (input.order_id, input.idempotency_key);
        let (recorded, user_errors) = perform(ctx, async |op| record::record(op, order, draft, key).await).await?;
        Ok(FeedbackPayload { feedback: recorded.map(Planned), user_errors })
    }

    /// Corrects a piece of feedback.
    async fn update_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to correct of a piece of feedback.")] input: UpdateFeedbackInput,
    ) -> Resolved<FeedbackPayload> {
        let (id, version) = (input.feedback_id, input.version);
        let edit = edit::Edit { rating: input.rating, category: input.category, content: field_change(input.content) };
        let (_, user_errors) = perform(ctx, async |op| edit::update(op, id, version, edit).await).await?;
        Ok(FeedbackPayload { feedback: Some(Planned(id)), user_errors })
    }

    /// Records how a piece of feedback was resolved. Repeating it replaces the text; the time of the first resolution
    /// stays.
    async fn resolve_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How a piece of feedback was resolved.")] input: ResolveFeedbackInput,
    ) -> Resolved<FeedbackPayload> {
        let (id, version) = (input.feedback_id, input.version);
        let (_, user_errors) = perform(ctx, async |op| edit::resolve(op, id, version, &input.resolution).await).await?;
        Ok(FeedbackPayload { feedback: Some(Planned(id)), user_errors })
    }
}
