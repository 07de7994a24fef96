//! What bulk operations know of a customer and its contacts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::crm::customer::draft::Draft;
use crate::crm::customer::duplicate::Status;
use crate::kernel::id::{ContactId, CustomerId, UserId};

/// An existing customer with one of the given names, credit codes or ids, and what the actor may do with it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The customer.
    pub id: CustomerId,
    /// Where it is: in the pool, owned, blacklisted or archived.
    pub status: Status,
    /// Its owner; `None` in the pool.
    pub owner: Option<UserId>,
    /// Since when the owner has it.
    pub owned_since: Option<DateTime<Utc>>,
    /// When the owner last followed up.
    pub last_followup: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The fields that users edit.
    pub draft: Draft,
    /// Its contacts, the oldest first, without archived ones.
    pub contacts: Vec<KnownContact>,
    /// The values of its extras by their keys, as text.
    pub extras: HashMap<String, String>,
    /// Whether the actor may edit the customer.
    pub may_update: bool,
    /// Whether the actor may archive the customer.
    pub may_archive: bool,
    /// Whether the actor may set its level.
    pub may_write_level: bool,
    /// Whether the actor may write its contacts.
    pub may_write_contacts: bool,
    /// Whether the actor may read its contacts, which writing personal extras needs, too.
    pub may_read_contacts: bool,
}

/// A contact of an existing customer.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct KnownContact {
    #[serde(deserialize_with = "crate::kernel::id::of_uuid")]
    pub id: ContactId,
    pub version: i32,
    pub name: String,
    pub title: Option<String>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub wechat: Option<String>,
}
