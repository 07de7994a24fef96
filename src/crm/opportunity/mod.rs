//! Opportunities: what customers may buy. Each has an owner of its own, who may change it, and stays with that owner
//! when the customer gets another owner.
//!
//! - [`edit`]: create, update
//! - [`draft`]: what the editable data becomes
//! - [`bulk`]: opportunities of another system, from a file
//! - [`moving`]: move from stage to stage
//! - [`adopt`]: the customer's next owner takes over what a former owner left open
//! - [`archive`]: archive, restore
//!
//! A trigger of the database writes the history.

mod actions;
pub mod adopt;
pub mod archive;
pub mod bulk;
mod draft;
pub mod edit;
mod history;
mod locking;
pub mod moving;
mod read;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::crm::product::lines::Line;
use crate::kernel::access::{Action, Permission, Reach, Resource};
use crate::kernel::directory::StageKind;
use crate::kernel::id::{CustomerId, OpportunityId, ProductId, UserId};
pub use locking::{lock_of_customer, lock_of_order, lock_stage_kind};
pub use read::{POOL, READ, describe_all, roots};
pub use store::lines_of;

/// The permission to create, change, move and archive opportunities.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Opportunity);

/// The permission to adopt opportunities.
pub const ADOPT: Permission = Permission::to(Action::Adopt, Resource::Opportunity);

/// An opportunity, with the data that decisions need.
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    /// The id.
    pub id: OpportunityId,
    /// The customer.
    pub customer: CustomerId,
    /// The owner of the customer; `None` if the customer is in the pool.
    pub customer_owner: Option<UserId>,
    /// Whether the customer is archived.
    pub customer_is_archived: bool,
    /// The owner of the opportunity.
    pub owner: UserId,
    /// The code of its stage.
    pub stage: String,
    /// Whether it is open, or how it ended.
    pub kind: StageKind,
    /// Whether it is archived.
    pub is_archived: bool,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The number of the present version.
    pub version: i32,
    /// Whether the actor may see the opportunity, and use the permission that it was read with.
    pub reach: Reach,
}

impl Opportunity {
    /// Whether its owner is also the owner of the customer.
    pub fn owner_has_customer(&self) -> bool {
        self.customer_owner == Some(self.owner)
    }

    /// Whether it is open and its owner has the customer. Archived opportunities, and those of archived customers, are
    /// not live either, but they are refused before this is asked.
    pub fn is_live(&self) -> bool {
        self.kind == StageKind::Open && self.owner_has_customer()
    }
}

/// The editable data of an opportunity.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: Option<String>,
    pub note: Option<String>,
    pub competitor: Option<String>,
    /// That of the first line, if there are lines.
    pub product: Option<ProductId>,
    pub lines: Vec<Line>,
    /// The sum of the lines, if `amount_is_sum`.
    pub amount: Option<Decimal>,
    pub amount_is_sum: bool,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: Option<i32>,
}

/// Why an opportunity is lost or void.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loss {
    /// The code of a choice of kind LOST_REASON: required if it is lost, and refused otherwise.
    pub reason: Option<String>,
    /// A free text, if it is lost or void.
    pub remark: Option<String>,
    /// The code of the competitor who won it, if it is lost; `None` keeps the present one.
    pub competitor: Option<String>,
}
