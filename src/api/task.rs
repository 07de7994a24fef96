//! Tasks: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedTask};
use crate::crm::task::{Draft, change, create};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, TaskId, UserId};
use crate::kernel::scalar::DateTime;

/// What is to be done about a customer, and when.
#[derive(InputObject)]
struct CreateTaskInput {
    /// The id of the customer.
    customer_id: CustomerId,
    /// The id of the customer's opportunity that it is about.
    opportunity_id: Option<OpportunityId>,
    /// The id of the customer's order that it is about. A task is about an opportunity or an order, not about both.
    order_id: Option<OrderId>,
    /// What to do: 1 to 1,000 characters.
    subject: String,
    /// The id of the user who has to do it. If it is left out, it is you. It must be a user who may see the customer
    /// (`INVALID_OWNER`), such as its owner or a superior; the user is notified.
    owner_id: Option<UserId>,
    /// When it is due: in the future, by at most 5 years. Its owner is reminded then.
    due_time: DateTime,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// The new time of a task.
#[derive(InputObject)]
struct MoveTaskInput {
    /// The id of the task.
    task_id: TaskId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// When it is due: in the future, by at most 5 years. Its owner is reminded then, also if a reminder was sent before.
    due_time: DateTime,
}

/// The task that was done.
#[derive(InputObject)]
struct CompleteTaskInput {
    /// The id of the task.
    task_id: TaskId,
}

/// The task that need not be done.
#[derive(InputObject)]
struct CancelTaskInput {
    /// The id of the task.
    task_id: TaskId,
}

/// The result of a mutation on a task.
#[derive(SimpleObject)]
struct TaskPayload {
    /// The task as it is now, if you may see it, even if a change was refused.
    task: Option<PlannedTask>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about tasks.
#[derive(Default)]
pub struct TaskMutation;

#[Object]
impl TaskMutation {
    /// Creates a task about a customer of yours or of your team, for yourself or for another user who may see the customer.
    async fn create_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done about a customer, and when.")] input: CreateTaskInput,
    ) -> Resolved<TaskPayload> {
        let draft = Draft {
            customer: input.customer_id,
            opportunity: input.opportunity_id,
            order: input.order_id,
            owner: input.owner_id,
            subject: input.subject,
            due_at: input.due_time.0,
        };
        let key = input.idempotency_key;
        let (created, user_errors) = perform(ctx, async |op| create::create(op, draft, key).await).await?;
        Ok(TaskPayload { task: created.map(Planned), user_errors })
    }

    /// Moves an open task to another time. No conversation is recorded; `steps` of the task show who moved it.
    async fn move_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new time of a task.")] input: MoveTaskInput,
    ) -> Resolved<TaskPayload> {
        let (id, version, due) = (input.task_id, input.version, input.due_time.0);
        let (_, user_errors) = perform(ctx, async |op| change::move_to(op, id, version, due).await).await?;
        Ok(TaskPayload { task: Some(Planned(id)), user_errors })
    }

    /// Completes a task. A cancelled task is refused (`TASK_ENDED`); completing a task that was done is a success and
    /// changes nothing.
    async fn complete_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The task that was done.")] input: CompleteTaskInput,
    ) -> Resolved<TaskPayload> {
        let id = input.task_id;
        let (_, user_errors) = perform(ctx, async |op| change::complete(op, id).await).await?;
        Ok(TaskPayload { task: Some(Planned(id)), user_errors })
    }

    /// Cancels a task that need not be done. A task that was done is refused (`TASK_ENDED`); cancelling a cancelled task is
    /// a success and changes nothing.
    async fn cancel_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The task that need not be done.")] input: CancelTaskInput,
    ) -> Resolved<TaskPayload> {
        let id = input.task_id;
        let (_, user_errors) = perform(ctx, async |op| change::cancel(op, id).await).await?;
        Ok(TaskPayload { task: Some(Planned(id)), user_errors })
    }
}
