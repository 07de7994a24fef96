//! Undoing: gives back what a run took.

use super::store;
use crate::access::{Action, Permission, Resource};
use crate::error::{Code, Error, Text, UserError};
use crate::id::{OperationBatchId, PoolRuleRunId};
use crate::op::Op;
use crate::operation;

/// To undo runs.
pub const UNDO: Permission = Permission::to(Action::Undo, Resource::PoolRule);

/// Gives the customers of a run back to those who had them, as far as nobody has had them since and the owner is still
/// there. The ownership begins anew, so the next run does not take them again. Done again, it gives back what was busy the
/// first time.
pub async fn undo(op: &mut Op<'_>, id: PoolRuleRunId) -> Result<(), Error> {
    let grant = op.authorize(UNDO)?;
    check_ended(op, batch_of(id)).await?;
    operation::undo::put_back(op, batch_of(id), &grant).await
}

/// Refuses a run that goes on. It is held until the operation ends.
pub async fn check_ended(op: &mut Op<'_>, batch: OperationBatchId) -> Result<(), Error> {
    let run = store::lock(op.db(), batch.uuid().into()).await?.ok_or_else(UserError::not_found)?;
    if run.status == "RUNNING" {
        let text = Text::new("This run is still under way.", "该次执行尚未结束。");
        return Err(UserError::new(Code::Conflict, text).into());
    }
    Ok(())
}

/// The batch that a run is.
pub fn batch_of(run: PoolRuleRunId) -> OperationBatchId {
    run.uuid().into()
}
