//! Follow-ups: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedFollowUp};
use super::opportunity::MoveInput;
use crate::crm::followup::{Channel, Draft, correct, record};
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId, TaskId};
use crate::kernel::scalar::DateTime;

/// What was discussed with a customer.
#[derive(InputObject)]
struct RecordFollowUpInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// The id of the customer's opportunity that it was about. If it is left out, it was about the customer itself.
    opportunity_id: Option<OpportunityId>,
    /// The channel of the conversation. ORDER is refused, because only `createOrder` records follow-ups of this
    /// channel.
    channel: Channel,
    /// What was discussed: 1 to 4,000 characters.
    content: String,
    /// When the conversation took place: at most 7 days ago, and not in the future. If it is left out, it is now. Because
    /// your clock may be ahead of the server's, a time in the next minute also counts as now. The follow-up counts at
    /// this time, and only for the present owner.
    at: Option<DateTime>,
    /// What to do next; at most 1,000 characters.
    next_plan: Option<String>,
    /// When to contact the customer next: in the future, by at most 5 years. It becomes a task of the customer's owner, with
    /// `nextPlan` as its subject.
    next_contact_time: Option<DateTime>,
    /// The id of a task about the customer that the conversation completes. What earlier follow-ups planned is completed
    /// anyway, if this is the latest conversation.
    complete_task_id: Option<TaskId>,
    /// Moves the opportunity to another stage in the same transaction. It requires `opportunityId`.
    move_opportunity: Option<MoveInput>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// The corrected text of a follow-up.
#[derive(InputObject)]
struct CorrectFollowUpInput {
    /// The id of the follow-up.
    follow_up_id: FollowUpId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// What was discussed: 1 to 4,000 characters.
    content: String,
}

/// The result of a mutation on a follow-up.
#[derive(SimpleObject)]
struct FollowUpPayload {
    /// The follow-up as it is now, if you may see it, even if a change was refused.
    follow_up: Option<PlannedFollowUp>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about follow-ups.
#[derive(Default)]
pub struct FollowUpMutation;

#[Object]
impl FollowUpMutation {
    /// Records a follow-up: what was discussed with a customer. It sets the customer's first and last follow-up time,
    /// counts for the pool rules from then on, and can move an opportunity and complete a task in the same transaction. The
    /// latest conversation completes the tasks that earlier follow-ups planned.
    async fn record_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was discussed with a customer.")] input: RecordFollowUpInput,
    ) -> Resolved<FollowUpPayload> {
        let draft = Draft {
            opportunity: input.opportunity_id,
            channel: input.channel,
            content: input.content,
            at: input.at.map(|at| at.0),
            next_plan: input.next_plan,
            next_contact_at: input.next_contact_time.map(|at| at.0),
            completes: input.complete_task_id,
        };
        let moved = input.move_opportunity.map(MoveInput::into_move);
        let (customer, key) = (input.customer_id, input.idempotency_key);
        let (recorded, user_errors) =
            perform(ctx, async |op| record::record(op, customer, draft, moved, key).await).await?;
        Ok(FollowUpPayload { follow_up: recorded.map(Planned), user_errors })
    }

    /// Corrects the text of a follow-up that you recorded in the last 24 hours; after that it is refused (`TOO_LATE`).
    async fn correct_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The corrected text of a follow-up.")] input: CorrectFollowUpInput,
    ) -> Resolved<FollowUpPayload> {
        let id = input.follow_up_id;
        let (_, user_errors) =
            perform(ctx, async |op| correct::correct(op, id, input.version, &input.content).await).await?;
        Ok(FollowUpPayload { follow_up: Some(Planned(id)), user_errors })
    }
}
