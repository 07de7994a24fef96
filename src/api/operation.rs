//! Operation batches: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedOperationBatch};
use crate::crm::operation::undo::{self, Reached, Undoing};
use crate::kernel::id::OperationBatchId;

/// The operation batch to undo.
#[derive(InputObject)]
struct UndoOperationBatchInput {
    /// The id of the operation batch.
    operation_batch_id: OperationBatchId,
}

/// The result of undoing an operation batch.
#[derive(SimpleObject)]
struct OperationBatchPayload {
    /// The operation batch as it is now, if you may see it.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// Undoes one part after another, each in a transaction of its own: what one part restored stays restored if a later
/// part fails.
pub(super) async fn undo(ctx: &Context<'_>, undoing: Undoing) -> Resolved<Vec<UserErrorView>> {
    let mut after = Reached::NOTHING;
    loop {
        let (reached, user_errors) = perform(ctx, async |op| undo::undo(op, undoing, after).await).await?;
        match reached.flatten() {
            Some(reached) => after = reached,
            None => return Ok(user_errors),
        }
    }
}

/// The part of `Mutation` about operation batches.
#[derive(Default)]
pub struct OperationMutation;

#[Object]
impl OperationMutation {
    /// Puts the customers of an operation batch back to where they were before it: to the former owner, with the
    /// follow-up times of that time, or into the public pool, with the protection that would be left. A customer is
    /// skipped if somebody has moved it since, or if its former owner has departed (open the account again with
    /// `reactivateUser` first). Everybody who may run such an operation may undo it, between users of their team.
    /// `returned` says how many customers came back; repeat the mutation for those that were busy. It works in parts of
    /// 1,000 customers: if a large batch exceeds the time limit of a request, the finished parts stay undone, and a
    /// repeated call does the rest.
    async fn undo_operation_batch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The operation batch to undo.")] input: UndoOperationBatchInput,
    ) -> Resolved<OperationBatchPayload> {
        let id = input.operation_batch_id;
        let user_errors = undo(ctx, Undoing::Batch(id)).await?;
        Ok(OperationBatchPayload { operation_batch: Some(Planned(id)), user_errors })
    }
}
