//! Undo of a run. The customers that it took are a [batch](crate::crm::operation), which is undone.

use super::store;
use crate::crm::customer::MovedCustomer;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{OperationBatchId, PoolRuleRunId};
use crate::kernel::op::Op;

/// Refuses a run that is still running. The run is locked until the operation ends.
pub async fn check_ended(op: &mut Op<'_>, batch: OperationBatchId) -> Result<(), Error> {
    let run = store::lock(op.db(), batch.uuid().into()).await?.ok_or_else(UserError::not_found)?;
    if run.status == "RUNNING" {
        let text = Text::new("The run has not ended yet. Try again later.", "该次执行尚未结束，请稍后再试。");
        return Err(UserError::new(Code::Conflict, text).into());
    }
    Ok(())
}

/// Voids the notices of customers that come back: their owners are notified again before a run takes them again.
pub async fn begin_notice_again(op: &mut Op<'_>, moved: &[MovedCustomer]) -> Result<(), Error> {
    let customers: Vec<_> = moved.iter().map(|moved| moved.customer).collect();
    Ok(store::delete_notices(op.db(), &customers).await?)
}

/// The batch of a run: it has the same id.
pub fn batch_of(run: PoolRuleRunId) -> OperationBatchId {
    run.uuid().into()
}
