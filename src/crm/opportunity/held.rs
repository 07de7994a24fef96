//! How an operation gets hold of an opportunity: its customer first, which everybody waits for who changes it.

use chrono::{DateTime, Utc};

use super::store;
use crate::crm::customer;
use crate::kernel::access::{Permission, Reach};
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::named;

/// An opportunity, as decisions see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    /// Which.
    pub id: OpportunityId,
    /// Whose.
    pub customer: CustomerId,
    /// Who has the customer; `None` in the pool.
    pub customer_owner: Option<UserId>,
    /// Whether nobody works on the customer any more.
    pub customer_is_archived: bool,
    /// Who pursues it.
    pub owner: UserId,
    /// The code of its stage.
    pub stage: String,
    /// Whether it is open, or how it ended.
    pub kind: StageKind,
    /// Whether it is put away.
    pub is_archived: bool,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes.
    pub version: i32,
    /// How far the actor gets with the permission that it was taken with.
    pub reach: Reach,
}

impl Opportunity {
    /// Whether its owner owns the customer.
    pub fn is_held(&self) -> bool {
        self.customer_owner == Some(self.owner)
    }

    /// Whether it is open and its owner owns the customer; one that is held to be changed is not archived, nor is its customer.
    pub fn is_live(&self) -> bool {
        self.kind == StageKind::Open && self.is_held()
    }
}

/// Holds an opportunity that a permission reaches, and its customer, until the operation ends; neither is archived.
pub async fn hold(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let held = hold_any(op, id, permission).await?;
    if held.is_archived { Err(archived().into()) } else { Ok(held) }
}

/// The same, archived or not; its customer is not.
pub(super) async fn hold_any(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let held = take(op, id, permission).await?;
    if held.customer_is_archived { Err(customer::archived().into()) } else { Ok(held) }
}

/// Holds one that is not archived, for what becomes of it with its last order: that may be called off where the customer is
/// archived, too.
pub async fn hold_behind_order(
    op: &mut Op<'_>,
    id: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let held = take(op, id, permission).await?;
    if held.is_archived { Err(archived().into()) } else { Ok(held) }
}

async fn take(op: &mut Op<'_>, id: OpportunityId, permission: Permission) -> Result<Opportunity, Error> {
    let seen = store::look(op, id, permission).await?;
    let customer = judged(seen, permission)?.customer;
    customer::hold(op, customer).await?;
    // Under the lock: meanwhile the customer may have changed hands.
    let held = judged(store::lock(op, id, permission).await?, permission)?;
    if held.customer == customer { Ok(held) } else { Err(UserError::conflict().into()) }
}

/// Holds one as [`hold`] does, for what is done with its customer.
pub async fn hold_of(
    op: &mut Op<'_>,
    customer: CustomerId,
    id: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let held = hold(op, id, permission).await?;
    if held.customer == customer { Ok(held) } else { Err(UserError::not_found().into()) }
}

/// Keeps an opportunity of a customer that is held where it is until the operation ends, whoever may see it. How far it is.
pub async fn keep(op: &mut Op<'_>, id: OpportunityId) -> Result<StageKind, Error> {
    named(&store::keep(op.db(), id).await?)
}

fn judged(found: Option<Opportunity>, permission: Permission) -> Result<Opportunity, UserError> {
    let opportunity = found.ok_or_else(UserError::not_found)?;
    opportunity.reach.check(permission)?;
    Ok(opportunity)
}

fn archived() -> UserError {
    let text = Text::new("The opportunity is archived. It has to be restored first.", "该销售机会已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}

/// It is closed, or its customer went to somebody else.
pub(super) fn not_live() -> UserError {
    let text = Text::new(
        "The opportunity is closed, or its owner no longer has the customer.",
        "该销售机会已关闭，或其负责人已不再负责该客户。",
    );
    UserError::new(Code::NotLive, text)
}
