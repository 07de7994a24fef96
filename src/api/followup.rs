//! Follow-ups: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedFollowUp};
use super::opportunity::MoveInput;
use crate::crm::followup::{Channel, Draft, correct, record};
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId};
use crate::kernel::scalar::DateTime;

/// What was said with a customer.
#[derive(InputObject)]
struct RecordFollowUpInput {
    /// With whom.
    customer_id: CustomerId,
    /// What for: one of the customer's opportunities; the customer itself when it is not given.
    opportunity_id: Option<OpportunityId>,
    /// How they talked.
    channel: Channel,
    /// What was said: 1 to 4,000 characters.
    content: String,
    /// When they talked, at most 7 days ago; now when it is not given. It counts at this time, and in the present ownership
    /// alone.
    at: Option<DateTime>,
    /// What is to be done next; at most 1,000 characters.
    next_plan: Option<String>,
    /// When to talk again: the customer is due then.
    next_contact_time: Option<DateTime>,
    /// Moves the opportunity in the same call.
    move_opportunity: Option<MoveInput>,
    /// Makes trying again safe: the same key gets the first answer, and no second follow-up.
    idempotency_key: Option<String>,
}

/// The text of a follow-up, corrected.
#[derive(InputObject)]
struct CorrectFollowUpInput {
    /// Which.
    follow_up_id: FollowUpId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// What was said: 1 to 4,000 characters.
    content: String,
}

/// What became of a follow-up.
#[derive(SimpleObject)]
struct FollowUpPayload {
    /// The follow-up as it is now, if you may see it.
    follow_up: Option<PlannedFollowUp>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about follow-ups.
#[derive(Default)]
pub struct FollowUpMutation;

#[Object]
impl FollowUpMutation {
    /// Writes down what was said with a customer. It sets the customer's first and last follow-up time, counts in the rules
    /// from then on, and can move the opportunity in the same call.
    async fn record_follow_up(&self, ctx: &Context<'_>, input: RecordFollowUpInput) -> Resolved<FollowUpPayload> {
        let draft = Draft {
            opportunity: input.opportunity_id,
            channel: input.channel,
            content: input.content,
            at: input.at.map(|at| at.0),
            next_plan: input.next_plan,
            next_contact_at: input.next_contact_time.map(|at| at.0),
        };
        let moved = input.move_opportunity.map(MoveInput::into_move);
        let (customer, key) = (input.customer_id, input.idempotency_key);
        let (recorded, user_errors) =
            perform(ctx, async |op| record::record(op, customer, draft, moved, key).await).await?;
        Ok(FollowUpPayload { follow_up: recorded.map(Planned), user_errors })
    }

    /// Corrects the text of a follow-up that you wrote in the last 24 hours.
    async fn correct_follow_up(&self, ctx: &Context<'_>, input: CorrectFollowUpInput) -> Resolved<FollowUpPayload> {
        let id = input.follow_up_id;
        let (_, user_errors) =
            perform(ctx, async |op| correct::correct(op, id, input.version, &input.content).await).await?;
        Ok(FollowUpPayload { follow_up: Some(Planned(id)), user_errors })
    }
}
