//! Follow-ups: what was said with a customer, when, and what comes next. They are never taken back.
//!
//! - [`record`]: write one down; the customer's clocks run from there
//! - [`correct`]: the author corrects the text, for a day

pub mod correct;
mod read;
pub mod record;
mod store;

pub use read::{READ, describe, due, roots};

/// How somebody talked with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FollowUpChannel")]
pub enum Channel {
    /// By phone.
    Phone,
    /// On WeChat.
    Wechat,
    /// By e-mail.
    Email,
    /// At the customer's.
    Visit,
    /// In a meeting.
    Meeting,
    /// By an order: recorded with it.
    Order,
    /// In another way.
    Other,
}

/// Whether the time to talk to a customer next has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FollowUpDue")]
pub enum Due {
    /// It is today, in the business time zone.
    Today,
    /// It is over.
    Overdue,
}
