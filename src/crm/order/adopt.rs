//! The customer's present owner, or a superior, takes over an order that a former owner left unfinished. The user who
//! sold it stays the same.

use super::locking::lock;
use super::step::not_allowed;
use super::store::{self, HistoryEntry};
use super::{ADOPT, Status};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;

/// Gives an unfinished order to the present owner of its customer, or, if the customer is in the pool, to the actor. It
/// is no error if the order is theirs already, so nobody takes an order from an owner who still has the customer.
/// `version` is the version that the user saw; if the order has another one, the change is refused with `CONFLICT`.
pub async fn adopt(op: &mut Op<'_>, id: OrderId, version: i32) -> Result<(), Error> {
    op.authorize(ADOPT)?;
    let order = lock(op, id, ADOPT).await?;
    let owner = order.customer_owner.unwrap_or(op.viewer()?.user);
    if order.owner == owner {
        return Ok(());
    }
    UserError::check_version(order.version, version)?;
    if !matches!(order.status, Status::Pending | Status::Paid | Status::Shipped) {
        return Err(not_allowed(order.status, "adopted", "接手").into());
    }
    let at = change_time(op.now(), order.updated_at);
    store::set_owner(op.db(), id, owner, at).await?;
    let entry = HistoryEntry::of("ADOPT", order.status, at);
    store::insert_history(op, id, order.customer, &entry).await
}
