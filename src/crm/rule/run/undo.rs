//! Whether a run can be undone. What it took is a [batch](crate::crm::operation).

use super::store;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{OperationBatchId, PoolRuleRunId};
use crate::kernel::op::Op;

/// To undo runs.
pub const UNDO: Permission = Permission::to(Action::Undo, Resource::PoolRule);

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
