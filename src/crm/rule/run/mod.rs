//! Runs of pool rules: what rules do at their planned times, once for each time, regardless of the number of servers.
//!
//! A run is a row, and has one time: the planned one. First it [chooses](super::choice) its customers, as of that time,
//! and keeps them as a list; a part of them may have to wait for approval. Then it takes those of the list that still
//! match in batches, each in a transaction that locks the row of the run. So any server may take the next batch, if a
//! server crashes, the next sweep continues, and a run never takes what it has not counted.
//!
//! - [`sweep()`]: begins runs that are due, and continues runs that have begun
//! - [`ending`]: how a run ends, or waits for approval
//! - [`approve`]: continues a run that waits
//! - [`undo`]: whether a run can be undone

pub mod approve;
mod batch;
mod ending;
mod read;
mod store;
mod sweep;
pub mod undo;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::schedule::Schedule;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::{CustomerId, PoolRuleId, PoolRuleRunId, UserId};
pub use read::{describe, roots};
pub use sweep::{next_planned, sweep, sweep_by};

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
    pub is_stopped: bool,
    pub failed_customers: Vec<Uuid>,
    pub pass: i32,
    pub after_customer: Option<Uuid>,
    pub is_approved: bool,
    pub approve_by: Option<DateTime<Utc>>,
}

/// A run that tells owners later than this after its planned time tells them as of then, so that they have the whole
/// notice period.
const LATE: TimeDelta = TimeDelta::minutes(10);

impl Run {
    /// The time from which the notice period of owners counts whom the run tells now.
    fn tells_as_of(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        if now - self.planned_at > LATE { now } else { self.planned_at }
    }
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
