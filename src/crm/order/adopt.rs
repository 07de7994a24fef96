//! The customer's next owner, or a superior, takes over an order that a former owner left unfinished. Who sold it stays.

use super::held::hold;
use super::step::{Status, not_allowed};
use super::store::{self, Done};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;

/// To take over orders.
pub const ADOPT: Permission = Permission::to(Action::Adopt, Resource::Order);

/// Gives an unfinished order to the present owner of its customer; where the customer is in the pool, to the superior who
/// asks. What is theirs already is a success: so nothing is taken from an owner who still has the customer.
pub async fn adopt(op: &mut Op<'_>, id: OrderId, version: i32) -> Result<(), Error> {
    op.authorize(ADOPT)?;
    let order = hold(op, id, ADOPT).await?;
    let owner = order.customer_owner.unwrap_or(op.viewer()?.user);
    if order.owner == owner {
        return Ok(());
    }
    UserError::check_version(order.version, version)?;
    if !matches!(order.status, Status::Pending | Status::Paid | Status::Shipped) {
        return Err(not_allowed(order.status, "taken over", "接手").into());
    }
    let at = change_time(op.now(), order.updated_at);
    store::set_owner(op.db(), id, owner, at).await?;
    let done =
        Done { action: "ADOPT", from: order.status, to: order.status, amount: None, totals: None, remark: None, at };
    store::record(op, id, order.customer, &done).await
}
