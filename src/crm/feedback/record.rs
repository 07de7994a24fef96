//! Service staff record what a customer says about a delivered order.

use super::{Draft, WRITE, store};
use crate::crm::order;
use crate::kernel::error::Error;
use crate::kernel::id::{FeedbackId, OrderId};
use crate::kernel::op::Op;

/// Records feedback on an order that the permission reaches. The order must have been delivered; it may have been
/// refunded afterwards. If the idempotency key was used before, the feedback of that call is returned.
pub async fn record(
    op: &mut Op<'_>,
    order: OrderId,
    draft: Draft,
    idempotency_key: Option<String>,
) -> Result<FeedbackId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "recordFeedback", id).await? {
        return Ok(first);
    }
    // The order is locked, because a merge of its customer would move it.
    // A user who sees the order learns first that it is not delivered: the permission may reach delivered orders only.
    order::lock(op, order, order::READ).await?.check_delivered()?;
    let order = order::lock(op, order, WRITE).await?;
    let draft = draft.validate()?;
    let (now, author) = (op.now(), op.viewer()?.user);
    store::insert(op.db(), id, order.id, author, &draft, now).await?;
    Ok(id)
}
