//! Follow-ups: what was said with a customer, when, and what comes next. A follow-up is only deleted
//! when the import is undone that brought it.
//!
//! - [`record`]: record a follow-up; the customer's follow-up times change with it
//! - [`bulk`]: follow-ups of another system, from a file
//! - [`correct`]: the author corrects the text, within 24 hours

pub mod bulk;
pub mod correct;
mod entry;
mod read;
pub mod record;
mod store;

use chrono::{DateTime, Utc};

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::{OpportunityId, TaskId};
pub use read::{READ, describe, due, roots};

/// The permission to record follow-ups, and to correct one's own.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::FollowUp);

/// How the user and the customer communicated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FollowUpChannel")]
pub enum Channel {
    /// They talked by phone.
    Phone,
    /// They wrote or talked on WeChat.
    Wechat,
    /// They wrote e-mails.
    Email,
    /// The user visited the customer.
    Visit,
    /// They met in a meeting.
    Meeting,
    /// The customer ordered. Only `createOrder` records follow-ups of this channel.
    Order,
    /// They communicated in another way.
    Other,
}

/// Whether the next contact with a customer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FollowUpDue")]
pub enum Due {
    /// The time of the next contact is today, in the business time zone.
    Today,
    /// The time of the next contact has passed.
    Overdue,
}

/// A follow-up to record.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub opportunity: Option<OpportunityId>,
    pub channel: Channel,
    pub content: String,
    /// When they communicated; `None` for now.
    pub at: Option<DateTime<Utc>>,
    pub next_plan: Option<String>,
    pub next_contact_at: Option<DateTime<Utc>>,
    /// A task about the customer that it completes.
    pub completes: Option<TaskId>,
}
