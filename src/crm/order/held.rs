//! How an operation gets hold of an order: its customer first, which everybody waits for who changes it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::step::Status;
use super::store;
use crate::crm::customer;
use crate::kernel::access::{Permission, Reach};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, UserId};
use crate::kernel::op::Op;

/// An order, as decisions see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Which.
    pub id: OrderId,
    /// Who bought.
    pub customer: CustomerId,
    /// Who has the customer; `None` in the pool.
    pub customer_owner: Option<UserId>,
    /// Whether nobody works on the customer any more.
    pub customer_is_archived: bool,
    /// What it came of.
    pub opportunity: Option<OpportunityId>,
    /// Who handles it.
    pub owner: UserId,
    /// How far it is.
    pub status: Status,
    /// The currency of its amounts.
    pub currency: String,
    /// The sum of its lines.
    pub total: Decimal,
    /// What of it was paid.
    pub paid: Decimal,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
    /// What was said about it.
    pub remark: Option<String>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes.
    pub version: i32,
    /// How far the actor gets with the permission that it was taken with.
    pub reach: Reach,
}

impl Order {
    /// Refuses what is about delivered orders; one that was given back was delivered all the same.
    pub fn check_delivered(&self) -> Result<(), UserError> {
        if self.delivered_at.is_some() {
            return Ok(());
        }
        let is = self.status.words();
        let text = Text::new(
            format!("Feedback is about delivered orders; this one is {}.", is.en),
            format!("只能反馈已送达的订单，该订单{}。", is.zh),
        );
        Err(UserError::new(Code::StepNotAllowed, text))
    }
}

/// Looks at an order that a permission reaches, without a lock.
pub async fn look(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Order, Error> {
    judged(store::look(op, id, permission).await?, permission)
}

/// Holds an order that a permission reaches, and its customer, until the operation ends.
pub async fn hold(op: &mut Op<'_>, id: OrderId, permission: Permission) -> Result<Order, Error> {
    let customer = look(op, id, permission).await?.customer;
    customer::hold(op, customer).await?;
    // Under the lock: meanwhile the customer may have changed hands.
    let order = judged(store::lock(op, id, permission).await?, permission)?;
    if order.customer == customer { Ok(order) } else { Err(UserError::conflict().into()) }
}

fn judged(found: Option<Order>, permission: Permission) -> Result<Order, Error> {
    let order = found.ok_or_else(UserError::not_found)?;
    order.reach.check(permission)?;
    Ok(order)
}
