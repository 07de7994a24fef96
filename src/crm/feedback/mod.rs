//! Feedback: what customers say of delivered orders, taken down by service staff.
//!
//! - [`record`]: take it down
//! - [`edit`]: correct it, and say how it was put right

pub mod edit;
mod read;
pub mod record;
mod store;

pub use read::{READ, describe, roots};

/// What feedback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FeedbackCategory")]
pub enum Category {
    /// The product itself.
    Quality,
    /// How and when it came.
    Delivery,
    /// How they were treated.
    Service,
    /// What it cost.
    Price,
    /// Something else.
    Other,
}
