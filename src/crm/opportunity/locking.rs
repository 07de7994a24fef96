//! An operation locks an opportunity by locking its customer first. Every operation that changes data of a customer
//! locks the customer, so they wait for each other there.

use super::{Opportunity, store};
use crate::crm::customer;
use crate::kernel::access::Permission;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId};
use crate::kernel::op::Op;
use crate::kernel::scalar::named;

/// Locks an opportunity that a permission reaches, and its customer, until the operation ends. It refuses an archived
/// opportunity and one of an archived customer.
pub async fn lock(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let opportunity = lock_even_archived(op, id, permission).await?;
    if opportunity.is_archived { Err(archived().into()) } else { Ok(opportunity) }
}

/// Locks as [`lock`] does, but the opportunity may be archived.
pub(super) async fn lock_even_archived(
    op: &mut Op<'_>,
    id: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let opportunity = lock_with_customer(op, id, permission).await?;
    if opportunity.customer_is_archived { Err(customer::archived().into()) } else { Ok(opportunity) }
}

/// Locks the opportunity of an order that is cancelled or refunded. The customer may be archived, because its orders go
/// on.
pub async fn lock_of_order(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let opportunity = lock_with_customer(op, id, permission).await?;
    if opportunity.is_archived { Err(archived().into()) } else { Ok(opportunity) }
}

async fn lock_with_customer(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let customer = require_reach(store::load(op, id, permission).await?, permission)?.customer;
    customer::hold(op, customer).await?;
    // It is read again under the lock, because the customer may have got another owner, or may have been merged,
    // meanwhile.
    let opportunity = require_reach(store::lock(op, id, permission).await?, permission)?;
    if opportunity.customer == customer { Ok(opportunity) } else { Err(UserError::conflict().into()) }
}

/// Locks as [`lock`] does. An opportunity of another customer is not found.
pub async fn lock_of_customer(
    op: &mut Op<'_>,
    customer: CustomerId,
    id: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let opportunity = lock(op, id, permission).await?;
    if opportunity.customer == customer { Ok(opportunity) } else { Err(UserError::not_found().into()) }
}

/// Locks an opportunity whose customer is locked, and returns whether it is open or how it ended. It needs no
/// permission.
pub async fn lock_stage_kind(op: &mut Op<'_>, id: OpportunityId) -> Result<StageKind, Error> {
    named(&store::lock_stage_kind(op.db(), id).await?)
}

fn require_reach(found: Option<Opportunity>, permission: Permission) -> Result<Opportunity, UserError> {
    let opportunity = found.ok_or_else(UserError::not_found)?;
    opportunity.reach.check(permission)?;
    Ok(opportunity)
}

fn archived() -> UserError {
    let text = Text::new("The opportunity is archived. Restore it first.", "该商机已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}

/// The refusal because an opportunity is closed, or because its owner does not have the customer any more.
pub(super) fn not_live() -> UserError {
    let text = Text::new(
        "The opportunity is closed, or its owner does not own the customer any more.",
        "该商机已关闭，或其负责人已不再负责该客户。",
    );
    UserError::new(Code::NotLive, text)
}
