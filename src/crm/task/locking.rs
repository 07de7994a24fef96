//! An operation locks a task by locking its customer first. Every operation that changes data of a customer locks the
//! customer, so they wait for each other there.

use super::{Status, WRITE, store};
use crate::crm::customer;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::TaskId;
use crate::kernel::op::Op;

/// Locks a task that the permission to write reaches, and its customer, until the operation ends.
pub async fn lock(op: &mut Op<'_>, id: TaskId) -> Result<store::Task, Error> {
    let customer = require_reach(store::load(op, id).await?)?.customer;
    customer::hold(op, customer).await?;
    // It is read again under the lock, because the customer may have got another owner, or may have been merged,
    // meanwhile.
    let task = require_reach(store::lock(op, id).await?)?;
    if task.customer == customer { Ok(task) } else { Err(UserError::conflict().into()) }
}

fn require_reach(found: Option<store::Task>) -> Result<store::Task, Error> {
    let task = found.ok_or_else(UserError::not_found)?;
    task.reach.check(WRITE)?;
    Ok(task)
}

/// The refusal of a task that was done or cancelled.
pub fn ended(status: Status) -> UserError {
    let text = match status {
        Status::Done => Text::new("The task was done already.", "该任务已完成。"),
        _ => Text::new("The task was cancelled.", "该任务已取消。"),
    };
    UserError::new(Code::TaskEnded, text)
}
