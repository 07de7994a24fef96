//! What was found of a row, and what it writes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Problem;
use super::person::WrittenContact;
use crate::crm::customer::edit::Draft;
use crate::kernel::id::CustomerId;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its company is entered.
    Create,
    /// It changes a company, adds a contact to it, or adds to one that it has.
    Update,
    /// There is nothing to do, or nothing that the importer may do.
    Duplicate(DuplicateOf),
    /// It is wrong.
    Error,
}

/// Of what a row is a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateOf {
    /// Of an earlier row.
    Row,
    /// Of a customer that has all this already.
    Same,
    /// Of a customer in the pool that the importer may not change.
    Pooled,
    /// Of one that somebody owns.
    Taken,
    /// Of one on the blacklist.
    Blocked,
    /// Of one that is archived.
    Archived,
    /// Of one with a similar name, as far as can be told.
    Similar,
}

/// A judged row.
#[derive(Debug, Clone)]
pub struct RowResult {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The earlier row of the same company.
    pub of_number: Option<i32>,
    /// What is wrong, or stands in the way.
    pub problems: Vec<Problem>,
    /// The company that it enters, changes or repeats.
    pub customer: Option<CustomerId>,
    /// The contact that it adds, or adds to.
    pub contact: Option<WrittenContact>,
    /// What it writes to its company.
    pub written: Option<Written>,
}

/// What a row writes to its company, for whoever wants it back.
#[derive(Debug, Clone)]
pub struct Written {
    /// When.
    pub at: DateTime<Utc>,
    /// What was there before; `None`: no company.
    pub before: Option<Before>,
}

/// What a company was like before a row changed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// What can be edited of it.
    pub draft: Draft,
    /// The extras that were changed, as text; null: there was none.
    pub extras: HashMap<String, Option<String>>,
}

impl RowResult {
    /// A verdict without a contact.
    pub fn of(outcome: Outcome, customer: Option<CustomerId>, problems: Vec<Problem>) -> Self {
        Self { outcome, of_number: None, problems, customer, contact: None, written: None }
    }
}
