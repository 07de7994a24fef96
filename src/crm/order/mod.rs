//! Orders: what was sold, at which price, and how far it is paid and delivered.
//!
//! - [`create`]: record an order, with a follow-up and the end of its opportunity
//! - [`edit`]: replace the lines while nothing is paid; change the remark
//! - [`advance`]: pay, ship, deliver, cancel, refund
//! - [`payment`]: record a payment, and take one back
//! - [`instalment`]: when which part is to be paid
//! - [`bulk`]: orders of another system, from a file
//! - [`adopt`]: take over an order that a former owner left unfinished

pub mod adopt;
pub mod advance;
pub mod bulk;
pub mod create;
pub mod edit;
pub mod instalment;
mod locking;
mod model;
mod next_step;
pub mod payment;
mod read;
mod step;
mod store;
pub mod totals;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::kernel::access::{Action, Permission, Reach, Resource};
use crate::kernel::error::{Code, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, UserId};
pub use locking::{load, lock};
pub use model::{Due, Method};
pub use read::{ACTION, READ, describe_all, roots};
pub use step::{Status, Step};

/// The permission to record orders, and to change them.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::Order);

/// The permission to adopt orders.
pub const ADOPT: Permission = Permission::to(Action::Adopt, Resource::Order);

/// The permission to take payments back.
pub const REVERSE: Permission = Permission::to(Action::Reverse, Resource::Order);

/// An order, with the data that decisions need.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The id.
    pub id: OrderId,
    /// The customer.
    pub customer: CustomerId,
    /// The owner of the customer; `None` if the customer is in the pool.
    pub customer_owner: Option<UserId>,
    /// Whether the customer is archived.
    pub customer_is_archived: bool,
    /// The opportunity that it resulted from.
    pub opportunity: Option<OpportunityId>,
    /// The user who sold it.
    pub sold_by: UserId,
    /// The user who handles it.
    pub owner: UserId,
    /// How far it is.
    pub status: Status,
    /// The currency of its amounts.
    pub currency: String,
    /// The sum of its lines.
    pub total: Decimal,
    /// The sum of the payments.
    pub paid: Decimal,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
    /// The remark.
    pub remark: Option<String>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The number of the present version.
    pub version: i32,
    /// Whether the actor may see the order, and use the permission that it was read with.
    pub reach: Reach,
}

impl Order {
    /// Refuses an order that was never delivered. An order that was refunded after its delivery is not refused.
    pub fn check_delivered(&self) -> Result<(), UserError> {
        if self.delivered_at.is_some() {
            return Ok(());
        }
        let status = self.status.label();
        let text = Text::new(
            format!("Feedback can only be recorded for a delivered order; this one is {}.", status.en),
            format!("只能对已签收的订单登记反馈，该订单{}。", status.zh),
        );
        Err(UserError::new(Code::StepNotAllowed, text))
    }
}
