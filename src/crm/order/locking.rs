//! An operation locks an order by locking its customer first. Every operation that changes data of a customer locks the
//! customer, so they wait for each other there.

use super::{Order, store};
use crate::crm::customer;
use crate::kernel::access::Permission;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;

/// Reads an order that a permission reaches, without a lock.
pub async fn load(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Order, Error> {
    require_reach(store::load(op, id, permission).await?, permission)
}

/// Locks an order that a permission reaches, and its customer, until the operation ends.
pub async fn lock(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Order, Error> {
    let customer = load(op, id, permission).await?.customer;
    customer::hold(op, customer).await?;
    // It is read again under the lock, because the customer may have got another owner, or may have been merged,
    // meanwhile.
    let order = require_reach(store::lock(op, id, permission).await?, permission)?;
    if order.customer == customer { Ok(order) } else { Err(UserError::conflict().into()) }
}

fn require_reach(found: Option<Order>, permission: Permission) -> Result<Order, Error> {
    let order = found.ok_or_else(UserError::not_found)?;
    order.reach.check(permission)?;
    Ok(order)
}
