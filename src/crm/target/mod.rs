//! Targets: what a user, or a user together with everybody below, shall attain in a month. Their superiors set them, and what
//! was attained is counted of the same facts as figures.
//!
//! - [`set`]: sets, changes and removes targets

mod read;
pub mod set;
mod store;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::UserId;
pub use read::{describe, roots};

/// The permission to set targets.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Target);

/// What a target counts. The measures of figures with the same names count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "TargetMeasure")]
pub enum Measure {
    /// What was ordered, less what was called off (`booked` of `performance`): an amount.
    Booked,
    /// What was paid, less what was paid back (`received`): an amount.
    Received,
    /// The amounts of the opportunities that were won (`wonAmounts`): an amount.
    WonAmount,
    /// Orders, less those that were called off (`orders`): a count.
    Orders,
    /// Opportunities that were won (`won`): a count.
    Won,
    /// Follow-ups without those of orders (`followUps`): a count.
    FollowUps,
}

impl Measure {
    /// Whether it is an amount, which has a currency.
    pub fn is_amount(self) -> bool {
        matches!(self, Self::Booked | Self::Received | Self::WonAmount)
    }
}

/// A target to set.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub user: UserId,
    pub of_team: bool,
    /// Any day of the month.
    pub month: NaiveDate,
    pub measure: Measure,
    /// Of amounts; `None` for the first currency of the settings.
    pub currency: Option<String>,
    /// `None` removes the target.
    pub value: Option<Decimal>,
}
