//! Undoing: gives back what a run took.

use super::store;
use crate::access::{Action, Permission, Resource};
use crate::customer;
use crate::error::{Code, Error, Text, UserError};
use crate::id::PoolRuleRunId;
use crate::op::Op;

/// To undo runs.
pub const UNDO: Permission = Permission::to(Action::Undo, Resource::PoolRule);

/// Gives the customers of a run back to those who had them, as far as nobody has had them since and the owner is still
/// there. The ownership begins anew, so the next run does not take them again. How many came back; done again, it gives back
/// what was busy the first time.
pub async fn undo(op: &mut Op<'_>, id: PoolRuleRunId) -> Result<usize, Error> {
    op.authorize(UNDO)?;
    let run = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if run.status == "RUNNING" {
        let text = Text::new("This run is still under way.", "该次执行尚未结束。");
        return Err(UserError::new(Code::Conflict, text).into());
    }
    let owners = store::keep_owners(op.db(), id).await?;
    let taken = store::lock_taken(op.db(), id, &owners).await?;
    customer::pool::give_back(op, &taken).await?;
    if !taken.is_empty() {
        let (now, by) = (op.now(), op.viewer()?.user);
        store::returned(op.db(), id, taken.len() as i64, by, now).await?;
    }
    Ok(taken.len())
}
