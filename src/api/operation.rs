//! Mass acts: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedOperationBatch};
use crate::crm::operation::undo::{self, Reached, Undoing};
use crate::kernel::id::OperationBatchId;

/// What to undo.
#[derive(InputObject)]
struct UndoOperationBatchInput {
    /// Its id.
    operation_batch_id: OperationBatchId,
}

/// What became of a mass act.
#[derive(SimpleObject)]
struct OperationBatchPayload {
    /// It as it is now.
    operation_batch: Option<PlannedOperationBatch>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// Undoes part after part, each on its own: what was put back stays so where a later one fails.
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

/// The part of `Mutation` about mass acts.
#[derive(Default)]
pub struct OperationMutation;

#[Object]
impl OperationMutation {
    /// Puts customers back where they were before a mass act, those that nobody has moved since and whose former owner is still
    /// there: to that owner with the follow-up times of then, or into the pool, protected as long as they would have been.
    /// Whoever may do such a thing may undo it, between people of their team. `returned` says how many came back; done again, it
    /// brings back what was busy the first time. It goes in parts of 1,000: where there are so many that a request takes too long,
    /// what has come back stays, and asking again does the rest. The account of somebody who left has to be opened first
    /// (`reactivateUser`).
    async fn undo_operation_batch(
        &self,
        ctx: &Context<'_>,
        input: UndoOperationBatchInput,
    ) -> Resolved<OperationBatchPayload> {
        let id = input.operation_batch_id;
        let user_errors = undo(ctx, Undoing::Batch(id)).await?;
        Ok(OperationBatchPayload { operation_batch: Some(Planned(id)), user_errors })
    }
}
