//! Feedback: what customers say about delivered orders, recorded by service staff.
//!
//! - [`record`]: record feedback
//! - [`edit`]: correct it, and record its resolution

pub mod edit;
mod read;
pub mod record;
mod store;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Error, UserError};
use crate::kernel::text;
pub use read::{READ, describe, roots};

/// The permission to record feedback, and to change it.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Feedback);

/// The subject of feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "FeedbackCategory")]
pub enum Category {
    /// The feedback is about the product itself.
    Quality,
    /// The feedback is about how and when the goods were delivered.
    Delivery,
    /// The feedback is about how the customer was treated.
    Service,
    /// The feedback is about the price.
    Price,
    /// The feedback is about something else.
    Other,
}

/// The editable data of feedback.
#[derive(Debug, Clone)]
pub struct Draft {
    /// How satisfied the customer is, from 1 to 5.
    pub rating: i32,
    /// The subject.
    pub category: Category,
    /// The customer's words.
    pub content: Option<String>,
}

impl Draft {
    /// Validates the data. The error contains all refusals.
    fn validate(mut self) -> Result<Self, Error> {
        let mut refusals = Vec::new();
        if !(1..=5).contains(&self.rating) {
            let (en, zh) = ("The rating must be from 1 to 5.", "评分必须为 1 到 5 分。");
            refusals.push(UserError::invalid(&["rating"], en, zh));
        }
        match text::optional_block(&["content"], self.content.take(), 4_000) {
            Ok(content) => self.content = content,
            Err(refusal) => refusals.push(refusal),
        }
        if refusals.is_empty() { Ok(self) } else { Err(Error::Refused(refusals)) }
    }
}
