//! The companies that the rows of a batch refer to, each as it is with what earlier rows write.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::column::Field;
use super::row_contact::{CompanyContact, ContactAdditions};
use super::row_input::{RowContact, RowInput};
use crate::crm::contact;
use crate::crm::customer::bulk::Known;
use crate::crm::customer::edit::Draft;
use crate::kernel::directory::Country;
use crate::kernel::id::{CustomerId, UserId};

/// A company that rows can refer to.
pub struct Company {
    /// Its id, also before it is created.
    pub id: CustomerId,
    /// The company as it is in the database; `None`: it is new.
    pub known: Option<Known>,
    /// It is locked, so that no other operation changes it.
    pub is_held: bool,
    /// The first row that creates or updates it.
    pub number: Option<i32>,
    /// The company with what the rows so far write.
    pub draft: Draft,
    /// The values of its extra fields, as text.
    pub extras: HashMap<String, String>,
    /// Its owner.
    pub owner: Option<UserId>,
    /// Since when the owner has owned it.
    pub owned_since: Option<DateTime<Utc>>,
    /// When the owner last followed up.
    pub last_followup: Option<DateTime<Utc>>,
    /// Its contacts.
    pub contacts: Vec<CompanyContact>,
    /// The country of phone numbers without a country code.
    pub country: Country,
    /// Whether the importer may read its contacts.
    pub may_read_contacts: bool,
    /// Whether the importer may write its contacts.
    pub may_write_contacts: bool,
}

impl Company {
    /// A customer that is in the database.
    pub fn existing(known: Known, is_held: bool, country: Country) -> Self {
        Self {
            country,
            id: known.id,
            is_held,
            number: None,
            draft: known.draft.clone(),
            extras: known.extras.clone(),
            owner: known.owner,
            owned_since: known.owned_since,
            last_followup: known.last_followup,
            contacts: known.contacts.iter().map(CompanyContact::from).collect(),
            may_read_contacts: known.may_read_contacts,
            may_write_contacts: known.may_write_contacts,
            known: Some(known),
        }
    }

    /// The index of the contact that a row refers to: of several with the same name, one that has all values of the
    /// row, or else the first.
    pub fn find_contact(&self, given: &contact::edit::Draft) -> Option<usize> {
        let with_name = || self.contacts.iter().enumerate().filter(|(_, contact)| contact.draft.name == given.name);
        let with_all =
            with_name().find(|(_, contact)| ContactAdditions::of(&contact.draft, given, self.country).is_empty());
        with_all.or_else(|| with_name().next()).map(|(index, _)| index)
    }

    /// Those of the contacts of a row that are new, or that have values which the existing ones do not have.
    pub fn to_write(&self, mut given: Vec<RowContact>) -> Vec<RowContact> {
        given.retain(|RowContact { draft, .. }| {
            let existing = self.find_contact(draft).map(|index| &self.contacts[index].draft);
            existing.is_none_or(|existing| !ContactAdditions::of(existing, draft, self.country).is_empty())
        });
        given
    }

    /// The fields of a row that are written for new companies only, where they differ from those of this company.
    pub fn differing_owner_fields(&self, input: &RowInput) -> impl Iterator<Item = Field> + use<> {
        let fields = [
            (Field::Owner, input.owner.is_some() && input.owner != self.owner),
            (Field::OwnedSince, input.owned_since.is_some() && input.owned_since != self.owned_since),
            (Field::LastFollowUp, input.last_followup.is_some() && input.last_followup != self.last_followup),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field)
    }
}

/// The companies of a batch, which are found by the key of their name, by their credit code and by their external ids.
#[derive(Default)]
pub struct Companies {
    all: Vec<Company>,
    by_name: HashMap<String, usize>,
    by_code: HashMap<String, usize>,
    by_key: HashMap<String, usize>,
}

impl Companies {
    /// Adds a company and returns its index.
    pub fn add(&mut self, company: Company) -> usize {
        self.all.push(company);
        self.all.len() - 1
    }

    /// Lets a company be found by a name and a credit code, unless another one is found by them already.
    pub fn add_keys(&mut self, index: usize, name_key: &str, credit_code: Option<&str>) {
        self.by_name.entry(name_key.to_owned()).or_insert(index);
        if let Some(code) = credit_code {
            self.by_code.entry(code.to_owned()).or_insert(index);
        }
    }

    /// The index of the company with this key of its name.
    pub fn with_name(&self, name_key: &str) -> Option<usize> {
        self.by_name.get(name_key).copied()
    }

    /// The index of the company with this credit code.
    pub fn with_code(&self, credit_code: &str) -> Option<usize> {
        self.by_code.get(credit_code).copied()
    }

    /// Lets a company be found by an external id.
    pub fn add_external_id(&mut self, index: usize, external_id: &str) {
        self.by_key.entry(external_id.to_owned()).or_insert(index);
    }

    /// The index of the company with this external id.
    pub fn with_external_id(&self, external_id: &str) -> Option<usize> {
        self.by_key.get(external_id).copied()
    }

    /// The index of the company with this id.
    pub fn with_id(&self, id: CustomerId) -> Option<usize> {
        self.all.iter().position(|company| company.id == id)
    }
}

impl std::ops::Index<usize> for Companies {
    type Output = Company;

    fn index(&self, index: usize) -> &Company {
        &self.all[index]
    }
}

impl std::ops::IndexMut<usize> for Companies {
    fn index_mut(&mut self, index: usize) -> &mut Company {
        &mut self.all[index]
    }
}
