//! Follow-ups of another system, as they are inserted and compared.

use std::collections::HashSet;

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

/// What makes two follow-ups the same: the customer, the time and the text.
pub type Talk = (CustomerId, DateTime<Utc>, String);

/// Follow-ups that are there.
pub type Talks = HashSet<Talk>;
