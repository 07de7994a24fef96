//! A task is moved, completed or cancelled, by its owner or somebody above. Its steps show who did it.

use chrono::{DateTime, Utc};

use super::locking::{ended, lock};
use super::{Status, WRITE, check_due, store};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, FollowUpId, TaskId};
use crate::kernel::op::Op;

/// Moves an open task to another time, at which its owner is reminded. `version` is the version that the user saw; if the
/// task has another one, the change is refused with `CONFLICT`.
pub async fn move_to(op: &mut Op<'_>, id: TaskId, version: i32, due_at: DateTime<Utc>) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let task = lock(op, id).await?;
    UserError::check_version(task.version, version)?;
    if task.status != Status::Open {
        return Err(ended(task.status).into());
    }
    let now = op.now();
    check_due(due_at, now)?;
    if task.due_at == due_at {
        return Ok(());
    }
    let by = op.viewer()?.user;
    Ok(store::move_to(op.db(), id, due_at, by, now).await?)
}

/// Completes a task. It is no error if it was done already; then nothing changes.
pub async fn complete(op: &mut Op<'_>, id: TaskId) -> Result<(), Error> {
    end(op, id, Status::Done).await
}

/// Cancels a task. It is no error if it was cancelled already; then nothing changes.
pub async fn cancel(op: &mut Op<'_>, id: TaskId) -> Result<(), Error> {
    end(op, id, Status::Cancelled).await
}

async fn end(op: &mut Op<'_>, id: TaskId, status: Status) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let task = lock(op, id).await?;
    if task.status == status {
        return Ok(());
    }
    if task.status != Status::Open {
        return Err(ended(task.status).into());
    }
    let (by, now) = (op.viewer()?.user, op.now());
    Ok(store::end(op.db(), id, status, None, by, now).await?)
}

/// Completes a task about a customer with a follow-up that was just recorded. The caller has locked the customer.
pub async fn complete_in(op: &mut Op<'_>, id: TaskId, customer: CustomerId, followup: FollowUpId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let task = lock(op, id).await?;
    if task.customer != customer {
        return Err(UserError::not_found().into());
    }
    match task.status {
        // The follow-up may have completed it already, because an earlier one had planned it.
        Status::Done => Ok(()),
        Status::Cancelled => Err(ended(task.status).into()),
        Status::Open => {
            let (by, now) = (op.viewer()?.user, op.now());
            Ok(store::end(op.db(), id, Status::Done, Some(followup), by, now).await?)
        }
    }
}
