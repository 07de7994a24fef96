//! The contacts of rows, as the companies of the batch have them.

use super::{Validator, new_id};
use crate::crm::contact;
use crate::crm::external_id;
use crate::crm::import::Problem;
use crate::crm::import::column::Field;
use crate::crm::import::company::Company;
use crate::crm::import::message::Message;
use crate::crm::import::row_contact::{CompanyContact, ContactAdditions, WrittenContact};
use crate::crm::import::row_input::{RowContact, RowInput};
use crate::crm::import::row_result::{DuplicateOf, Outcome, RowResult};

impl Validator<'_> {
    /// The values of a row that differ from those of existing contacts; they are not written.
    pub(super) fn unwritten_contact_fields(&self, company: &Company, given: &[RowContact]) -> Vec<Problem> {
        let differs = |existing: &Option<String>, given: &Option<String>| {
            given.is_some() && existing.is_some() && existing != given
        };
        let mut problems = Vec::new();
        for RowContact { number, draft } in given {
            let Some(index) = company.find_contact(draft) else { continue };
            let existing = &company.contacts[index].draft;
            let fields = [
                (Field::ContactTitle, differs(&existing.title, &draft.title)),
                (Field::ContactWechat, differs(&existing.wechat, &draft.wechat)),
            ];
            for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
                let header = self.reader.cells.header_of_contact(field, *number);
                problems.push(Problem::new(header, Message::ContactHasOtherValue));
            }
        }
        problems
    }

    /// The problem of a contact that would have too many phones or e-mail addresses.
    pub(super) fn too_many_values(&self, company: &Company, given: &RowContact) -> Option<Problem> {
        let existing = &company.contacts[company.find_contact(&given.draft)?].draft;
        let added = ContactAdditions::of(existing, &given.draft, self.country());
        let counts = [
            (Field::ContactPhone, existing.phones.len() + added.phones.len()),
            (Field::ContactEmail, existing.emails.len() + added.emails.len()),
        ];
        let (field, count) = counts.into_iter().find(|(_, count)| *count > contact::edit::MOST)?;
        let header = self.reader.cells.header_of_contact(field, given.number);
        Some(Problem::new(header, contact::edit::too_many(count)))
    }

    /// Creates a contact, or adds to one of the same name what it does not have yet.
    pub(super) fn write_contact(&mut self, index: usize, given: contact::edit::Draft) -> WrittenContact {
        let country = self.country();
        let company = &mut self.companies[index];
        let Some(found) = company.find_contact(&given) else { return self.create_contact(index, given, false) };
        let (customer_id, existing) = (company.id, &mut company.contacts[found]);
        let added = ContactAdditions::of(&existing.draft, &given, country);
        added.add_to(&mut existing.draft);
        let (id, draft) = (existing.id, existing.draft.clone());
        let entry = contact::edit::Entry { id, customer_id, keys: contact::edit::Keys::of(&draft, country), draft };
        match existing.version {
            Some(version) => {
                self.plan.contact_changes.retain(|change| change.entry.id != id);
                self.plan.contact_changes.push(contact::edit::Change { entry, version });
            }
            None => {
                if let Some(planned) = self.plan.contacts.iter_mut().find(|planned| planned.id == id) {
                    *planned = entry;
                }
            }
        }
        let version = existing.version.map_or(1, |version| version + 1);
        WrittenContact { id, name: given.name, version, added: Some(added) }
    }

    pub(super) fn create_contact(
        &mut self,
        index: usize,
        mut draft: contact::edit::Draft,
        is_primary: bool,
    ) -> WrittenContact {
        draft.is_primary = is_primary;
        let (id, name, customer_id) = (new_id(self.now), draft.name.clone(), self.companies[index].id);
        self.companies[index].contacts.push(CompanyContact { id, draft: draft.clone(), version: None });
        let keys = contact::edit::Keys::of(&draft, self.country());
        self.plan.contacts.push(contact::edit::Entry { id, customer_id, draft, keys });
        WrittenContact { id, name, version: 1, added: None }
    }

    /// The result of a row whose contact is there already, or is that of an earlier row, by its external id.
    pub(super) fn contact_with_key(&self, key: &str, input: &RowInput) -> Option<RowResult> {
        let index = self.companies.with_name(&input.draft.name_key);
        let customer = index.map(|index| self.companies[index].id);
        let duplicate =
            |of, message| RowResult::of(Outcome::Duplicate(of), customer, vec![Problem::new(None, message)]);
        if self.keys.contacts.contains_key(key) {
            return Some(duplicate(DuplicateOf::Same, Message::AlreadyThere));
        }
        let row = *self.keys.earlier_contacts.get(key)?;
        let result = duplicate(DuplicateOf::Row, Message::SameRecord { row });
        Some(RowResult { of_number: Some(row), ..result })
    }

    /// Keeps the external id of the contact that a row writes, or that has all values of the row already.
    pub(super) fn keep_contact_key(
        &mut self,
        number: i32,
        key: String,
        given: &contact::edit::Draft,
        result: &mut RowResult,
    ) {
        let is_there = matches!(result.outcome, Outcome::Duplicate(DuplicateOf::Same | DuplicateOf::Row));
        let Some(customer) = result.customer else { return };
        let Some(company) = self.companies.with_id(customer).map(|index| &self.companies[index]) else { return };
        if is_there && company.is_held && company.may_write_contacts {
            let Some(index) = company.find_contact(given) else { return };
            let existing = &company.contacts[index];
            let (id, name, version) = (existing.id, given.name.clone(), existing.version.unwrap_or(1));
            let contact = WrittenContact { id, name, version, added: Some(ContactAdditions::default()) };
            let (of_number, updated) = (result.of_number, RowResult::of(Outcome::Update, result.customer, Vec::new()));
            *result = RowResult { of_number, contacts: vec![contact], ..updated };
        }
        if result.outcome != Outcome::Update {
            return;
        }
        if let Some(contact) = result.contacts.first() {
            self.plan.contact_external_ids.push(external_id::Key { key: key.clone(), record: contact.id.uuid() });
            self.keys.earlier_contacts.insert(key, number);
        }
    }
}
