//! Tasks: what somebody has to do about a customer, an opportunity or an order, and when. Each has an owner, who is
//! reminded when it is due. The next contact that a follow-up plans is a task of the customer's owner.
//!
//! - [`create`]: create a task, for oneself or for somebody else
//! - [`change`]: move, complete, cancel
//! - [`plan`]: what follow-ups plan and complete
//! - [`remind`]: notifies owners when their tasks are due
//! - [`leaving`]: hands over the tasks of a user who leaves
//!
//! Triggers of the database write the steps of a task, keep the next contact time of customers, and let tasks follow their
//! customers.

pub mod change;
pub mod create;
pub mod leaving;
mod locking;
pub mod plan;
mod read;
pub mod remind;
mod store;

use chrono::{DateTime, Utc};

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::UserError;
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, UserId};
pub use read::{READ, describe_all, roots};

/// The permission to create tasks, and to move, complete and cancel them.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Task);

/// How far ahead a task can be due.
pub const MAX_PLANNING: chrono::TimeDelta = chrono::TimeDelta::days(366 * 5);

/// Whether a task is to be done, was done, or need not be done any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "TaskStatus")]
pub enum Status {
    /// It is to be done.
    Open,
    /// Its owner or somebody above them has completed it.
    Done,
    /// Somebody has cancelled it, or its customer was released to the public pool or archived.
    Cancelled,
}

/// When an open task is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "TaskDue")]
pub enum Due {
    /// It is due today, in the business time zone.
    Today,
    /// The time at which it was due has passed.
    Overdue,
}

/// A task to create.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub customer: CustomerId,
    pub opportunity: Option<OpportunityId>,
    pub order: Option<OrderId>,
    /// Who has to do it; `None` for the actor.
    pub owner: Option<UserId>,
    pub subject: String,
    pub due_at: DateTime<Utc>,
}

/// Refuses a time at which a task can't be due.
fn check_due(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), UserError> {
    if at > now && at <= now + MAX_PLANNING {
        return Ok(());
    }
    let (en, zh) = ("A task must be due in the future, within 5 years.", "任务的时间必须晚于现在，且在 5 年之内。");
    Err(UserError::invalid(&["dueTime"], en, zh))
}
