//! What rows of a file ask for, and the keys by which their companies and contacts are found.

use chrono::{DateTime, Utc};

use super::Problem;
use super::record::CustomerKey;
use crate::crm::contact;
use crate::crm::customer::edit::{Draft, Edit};
use crate::crm::extra::Extras;
use crate::kernel::id::{CustomerId, UserId};

/// The values of a row, checked.
#[derive(Debug, Clone, Default)]
pub struct RowInput {
    /// The key of the company in another system.
    pub external_id: Option<String>,
    /// The fields of the company that the row gives; a blank cell gives no value.
    pub edit: Edit,
    /// The company as it would be created; its source is blank if neither the row nor the import gives one.
    pub draft: Draft,
    /// What is wrong if the company is new: an inactive choice may stay where it is, but can't be set.
    pub problems_if_new: Vec<Problem>,
    /// Values that are left out because they are wrong.
    pub warnings: Vec<Problem>,
    /// The extra fields that the row gives.
    pub extras: Extras,
    /// The contacts that the row gives, by their numbers; their names differ.
    pub contacts: Vec<RowContact>,
    /// The key of its only contact in another system.
    pub contact_external_id: Option<String>,
    /// The customer that the row of a contact names.
    pub customer: Option<CustomerKey>,
    /// The owner of the company if it is new.
    pub owner: Option<UserId>,
    /// Since when the owner has owned it.
    pub owned_since: Option<DateTime<Utc>>,
    /// When the owner last followed up.
    pub last_followup: Option<DateTime<Utc>>,
}

/// A contact that a row gives.
#[derive(Debug, Clone)]
pub struct RowContact {
    /// Its number in the row, which its columns have.
    pub number: u8,
    /// Its values, checked.
    pub draft: contact::edit::Draft,
}

/// The keys by which the companies and contacts of a batch are found.
#[derive(Default)]
pub struct BatchKeys {
    pub name_keys: Vec<String>,
    pub credit_codes: Vec<String>,
    pub external_ids: Vec<String>,
    pub contact_external_ids: Vec<String>,
    pub contact_names: Vec<String>,
}

impl BatchKeys {
    /// The keys of the rows of a batch.
    pub fn of<'r>(inputs: impl Iterator<Item = &'r RowInput>) -> Self {
        let mut keys = Self::default();
        for input in inputs {
            keys.name_keys.push(input.draft.name_key.clone());
            keys.credit_codes.extend(input.draft.credit_code.clone());
            keys.external_ids.extend(input.external_id.clone());
            keys.contact_external_ids.extend(input.contact_external_id.clone());
            keys.contact_names.extend(input.contacts.iter().map(|contact| contact.draft.name.clone()));
        }
        keys
    }
}

/// A company that earlier rows of the same file create or update.
#[derive(Debug, Clone)]
pub struct EarlierCompany {
    /// The number of the first of these rows.
    pub number: i32,
    /// The key of its name.
    pub name_key: String,
    /// Its credit code.
    pub credit_code: Option<String>,
    /// Its key in another system.
    pub external_id: Option<String>,
    /// The customer; `None` until it is created.
    pub customer: Option<CustomerId>,
    /// The cells of the first row; `None` once that row is done.
    pub cells: Option<Vec<String>>,
    /// The cells of those of these rows that are to add a contact or to add to one.
    pub contacts: Vec<Vec<String>>,
}
