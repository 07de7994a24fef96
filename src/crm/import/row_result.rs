//! The result of a row: its outcome, its problems, and what it writes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Problem;
use super::change::FieldChange;
use super::row_contact::WrittenContact;
use crate::crm::customer::edit::Draft;
use crate::kernel::id::CustomerId;

/// What is done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its company is created.
    Create,
    /// It updates a company, adds a contact to it, or adds to one of its contacts.
    Update,
    /// Its company exists already, and there is nothing to write, or nothing that the importer may write.
    Duplicate(DuplicateOf),
    /// It has errors.
    Error,
}

/// Of what a row is a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateOf {
    /// Of an earlier row.
    Row,
    /// Of a customer that has all values of the row already.
    Same,
    /// Of a customer in the pool that the importer may not update.
    Pooled,
    /// Of a customer of another owner, that the importer may not update.
    Taken,
    /// Of a customer on the blacklist.
    Blocked,
    /// Of an archived customer.
    Archived,
    /// Possibly of a customer with a similar name.
    Similar,
}

/// The result of a row.
#[derive(Debug, Clone)]
pub struct RowResult {
    /// What is done with it.
    pub outcome: Outcome,
    /// The number of the earlier row that creates or updates the same company.
    pub of_number: Option<i32>,
    /// Its errors, what prevents it from being done, and which of its values are not written.
    pub problems: Vec<Problem>,
    /// The customer that it creates, updates or is a duplicate of.
    pub customer: Option<CustomerId>,
    /// The contacts that it creates or adds to.
    pub contacts: Vec<WrittenContact>,
    /// The record that it creates, if it is neither a customer nor a contact.
    pub record: Option<Uuid>,
    /// What it writes to its company, apart from contacts.
    pub written: Option<Written>,
    /// The values that an update changes.
    pub changes: Vec<FieldChange>,
}

/// What a row writes to its company, kept for undoing the import.
#[derive(Debug, Clone)]
pub struct Written {
    /// When it is written.
    pub at: DateTime<Utc>,
    /// The company before; `None`: the row creates it.
    pub before: Option<Before>,
}

/// A company before a row updated it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Its editable fields.
    pub draft: Draft,
    /// The extra fields that the row changed, with their values before, as text; `None`: it had no value.
    pub extras: HashMap<String, Option<String>>,
}

impl RowResult {
    /// A result that writes nothing.
    pub fn of(outcome: Outcome, customer: Option<CustomerId>, problems: Vec<Problem>) -> Self {
        Self {
            outcome,
            of_number: None,
            problems,
            customer,
            contacts: Vec::new(),
            record: None,
            written: None,
            changes: Vec::new(),
        }
    }
}
