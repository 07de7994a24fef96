//! Runs of pool rules: what rules do at their planned times, once for each time, regardless of the number of servers.
//!
//! A run is a row. First the customers that it would take are counted, and it stops for [safety](safety) if they are
//! too many. Then it handles the customers in batches, each in a transaction that locks the row of the run. So any
//! server may take the next batch, and if a server crashes, the next sweep continues.
//!
//! - [`sweep()`]: begins runs that are due, and continues runs that have begun
//! - [`approve`]: continues a run that has stopped for safety
//! - [`undo`]: whether a run can be undone

pub mod approve;
mod batch;
mod read;
mod safety;
mod store;
mod sweep;
pub mod undo;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::schedule::Schedule;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::{CustomerId, PoolRuleId, PoolRuleRunId, UserId};
pub use read::{describe, roots};
pub use sweep::{next_planned, sweep};

/// Permission to read runs.
pub const READ: Permission = Permission::to(Action::ReadRuns, Resource::PoolRule);
/// Permission to approve runs.
pub const APPROVE: Permission = Permission::to(Action::Approve, Resource::PoolRule);
/// Permission to undo runs.
pub const UNDO: Permission = Permission::to(Action::Undo, Resource::PoolRule);

/// A rule that runs at planned times.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The rule.
    pub rule: PoolRuleId,
    /// The version of the rule, which its runs keep.
    pub version: i32,
    /// The schedule of the rule.
    pub schedule: Schedule,
    /// Only planned times after this count.
    pub since: DateTime<Utc>,
    /// The latest planned time that has a run.
    pub last_run: Option<DateTime<Utc>>,
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Run {
    pub id: PoolRuleRunId,
    pub rule: PoolRuleId,
    pub rule_version: i32,
    pub planned_at: DateTime<Utc>,
    pub status: String,
    pub matched: Option<i64>,
    pub released: i64,
    pub held_owners: Vec<Uuid>,
    pub failed_customers: Vec<Uuid>,
    pub pass: i32,
    pub after_customer: Option<Uuid>,
    pub is_approved: bool,
}

/// A customer whose owner must be warned.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The customer.
    pub customer: CustomerId,
    /// The owner.
    pub owner: UserId,
    /// Whether the owner has been warned already since they got the customer or last followed up.
    pub is_warned: bool,
}
