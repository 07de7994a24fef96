//! Follow-ups of another system, as they are inserted and compared.

use chrono::{DateTime, Utc};

use super::Channel;
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId, UserId};

/// A follow-up to insert.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Entry {
    pub id: FollowUpId,
    pub customer: CustomerId,
    pub opportunity: Option<OpportunityId>,
    pub author: UserId,
    pub channel: Channel,
    pub content: String,
    pub at: DateTime<Utc>,
    pub next_plan: Option<String>,
    pub next_contact_at: Option<DateTime<Utc>>,
}

/// The customer, the time and the text: two follow-ups that have them in common are the same.
pub type Identity = (CustomerId, DateTime<Utc>, String);
