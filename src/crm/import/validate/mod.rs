//! Validates rows of companies: decides what is done with each. The dry run shows the results, and the run writes them.

mod contacts;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::crm::contact;
use crate::crm::customer::bulk::{Known, reach_new};
use crate::crm::customer::duplicate::Status;
use crate::crm::customer::edit::{self, CREATE, Draft, Edit, WRITE_LEVEL};
use crate::crm::customer::{Change, Entry};
use crate::crm::external_id;
use crate::crm::extra::{ExtraValue, Extras};
use crate::crm::followup;
use crate::crm::import::Problem;
use crate::crm::import::change;
use crate::crm::import::column::Field;
use crate::crm::import::company::{Companies, Company};
use crate::crm::import::keys::KnownKeys;
use crate::crm::import::lookalike::{Keys, Lookalikes};
use crate::crm::import::message::Message;
use crate::crm::import::row_contact::{CompanyContact, ContactAdditions};
use crate::crm::import::row_input::{EarlierCompany, RowContact, RowInput};
use crate::crm::import::row_reader::{FIELDS_OF_COMPANY, RowReader};
use crate::crm::import::row_result::{Before, DuplicateOf, Outcome, RowResult, Written};
use crate::kernel::access::{Permission, Rights, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{Country, Directory};
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::{CustomerId, Id, UserId, new_uuid};
use crate::kernel::op::Op;

/// What the results of a batch write to the database.
#[derive(Debug, Default)]
pub struct WritePlan {
    /// Customers to create.
    pub entries: Vec<Entry>,
    /// Customers to update.
    pub changes: Vec<Change>,
    /// Contacts to create.
    pub contacts: Vec<contact::edit::Entry>,
    /// Contacts to update.
    pub contact_changes: Vec<contact::edit::Change>,
    /// Extra fields to save.
    pub extras: Vec<(CustomerId, Extras)>,
    /// The last follow-ups of new customers.
    pub follow_ups: Vec<followup::bulk::Entry>,
    /// External ids to keep.
    pub external_ids: Vec<external_id::Key>,
    /// External ids of contacts to keep.
    pub contact_external_ids: Vec<external_id::Key>,
}

/// Validates the rows of one batch, in their order.
pub struct Validator<'r> {
    reader: &'r RowReader,
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    now: DateTime<Utc>,
    companies: Companies,
    /// The records that have external ids of the batch.
    keys: KnownKeys,
    /// Customers and earlier rows that may be the same company as a new one, which is therefore not created; `None`: new
    /// companies are created nevertheless.
    pub lookalikes: Option<Lookalikes>,
    /// What the results write.
    pub plan: WritePlan,
}

impl<'r> Validator<'r> {
    /// A validator for a batch: `known` and `earlier` are the customers and the companies of earlier rows that have
    /// names or credit codes of the batch, and `keys` the records that have external ids of it; `is_held` says whether a
    /// customer is locked.
    pub fn new(
        op: &Op<'_>,
        reader: &'r RowReader,
        known: Vec<Known>,
        earlier: Vec<EarlierCompany>,
        keys: KnownKeys,
        is_held: impl Fn(CustomerId) -> bool,
    ) -> Result<Self, Error> {
        let (directory, rights, now) = (op.directory_handle(), op.rights()?, op.now());
        let (companies, lookalikes, plan) = (Companies::default(), None, WritePlan::default());
        let mut validator = Self { reader, directory, rights, now, companies, keys, lookalikes, plan };
        for known in known {
            let (name_key, code) = (known.draft.name_key.clone(), known.draft.credit_code.clone());
            let is_held = is_held(known.id);
            validator.add_company(Company::existing(known, is_held, validator.country()), &name_key, code.as_deref());
        }
        for (key, id) in &validator.keys.customers {
            if let Some(index) = validator.companies.with_id((*id).into()) {
                validator.companies.add_external_id(index, key);
            }
        }
        for company in earlier {
            validator.add_earlier(company);
        }
        Ok(validator)
    }

    /// Adds a company and returns its index.
    fn add_company(&mut self, company: Company, name_key: &str, credit_code: Option<&str>) -> usize {
        let index = self.companies.add(company);
        self.companies.add_keys(index, name_key, credit_code);
        index
    }

    fn add_earlier(&mut self, earlier: EarlierCompany) {
        let index = earlier.customer.and_then(|id| self.companies.with_id(id));
        // The customer was merged into another one in the meantime, so later rows are validated without it.
        if earlier.customer.is_some() && index.is_none() {
            return;
        }
        // A row that is not done is not in the database, so its cells are read again.
        let head = earlier.cells.as_ref().and_then(|cells| self.reader.read(cells).ok());
        let index = index.unwrap_or_else(|| {
            let owner = self.owner_of_new(head.as_ref().and_then(|input| input.owner));
            let (owned_since, last_followup) =
                head.as_ref().map_or((None, None), |input| (input.owned_since, input.last_followup));
            self.companies.add(Company {
                id: new_id(self.now),
                known: None,
                is_held: true,
                number: None,
                draft: Draft::default(),
                extras: HashMap::new(),
                owner,
                owned_since,
                last_followup,
                contacts: Vec::new(),
                country: self.country(),
                may_read_contacts: self.has_permission_on_new(contact::READ, owner),
                may_write_contacts: self.has_permission_on_new(contact::edit::WRITE, owner),
            })
        });
        let country = self.country();
        let company = &mut self.companies[index];
        company.number = Some(company.number.map_or(earlier.number, |number| number.min(earlier.number)));
        if let Some(RowInput { edit, draft, extras, .. }) = head {
            company.draft = match &company.known {
                Some(known) => edit::check(&self.directory, known.draft.clone(), edit).unwrap_or(draft),
                None => draft,
            };
            company.extras.extend(extras.values.iter().filter_map(text_of));
        }
        let given = earlier.contacts.iter().filter_map(|cells| self.reader.read(cells).ok());
        for RowContact { draft: given, .. } in given.flat_map(|input| input.contacts) {
            match company.find_contact(&given) {
                Some(index) => {
                    let existing = &mut company.contacts[index];
                    ContactAdditions::of(&existing.draft, &given, country).add_to(&mut existing.draft);
                }
                None => company.contacts.push(CompanyContact { id: new_id(self.now), draft: given, version: None }),
            }
        }
        self.companies.add_keys(index, &earlier.name_key, earlier.credit_code.as_deref());
        if let Some(key) = &earlier.external_id {
            self.companies.add_external_id(index, key);
        }
    }

    /// The country of phone numbers without a country code.
    fn country(&self) -> Country {
        self.directory.settings.phone_country
    }

    /// Validates the next row.
    pub fn validate(&mut self, number: i32, mut input: RowInput) -> RowResult {
        let warnings = std::mem::take(&mut input.warnings);
        let contact_key = input.contact_external_id.take();
        if let Some(result) = contact_key.as_ref().and_then(|key| self.contact_with_key(key, &input)) {
            return result;
        }
        let named = contact_key.zip(input.contacts.first().map(|contact| contact.draft.clone()));
        let by_name = self.companies.with_name(&input.draft.name_key);
        let by_code = input.draft.credit_code.as_ref().and_then(|code| self.companies.with_code(code));
        let by_key = input.external_id.as_ref().and_then(|key| self.companies.with_external_id(key));
        let result = match (by_key, by_name.or(by_code)) {
            (_, Some(one)) if by_code.is_some_and(|other| one != other) => {
                Err(Problem::new(self.reader.header(Field::CreditCode), Message::TwoCustomers))
            }
            (Some(one), Some(other)) if one != other => {
                Err(Problem::new(self.reader.header(Field::ExternalId), Message::TwoCustomersByKey))
            }
            (None, None) => self.create(number, input),
            (Some(index), _) | (_, Some(index)) => match self.companies[index].number {
                Some(first) => Ok(self.add_contacts(index, first, input)),
                None => self.update(index, number, input),
            },
        };
        let mut result = result.unwrap_or_else(|problem| RowResult::of(Outcome::Error, None, vec![problem]));
        if let Some((key, given)) = named {
            self.keep_contact_key(number, key, &given, &mut result);
        }
        result.problems.extend(warnings);
        result
    }

    /// Creates a company that does not exist yet.
    fn create(&mut self, number: i32, input: RowInput) -> Result<RowResult, Problem> {
        let problem = |field, text: Text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission| problem(field, UserError::forbidden(permission).message);
        if !input.problems_if_new.is_empty() {
            return Ok(RowResult::of(Outcome::Error, None, input.problems_if_new));
        }
        if input.draft.source.is_empty() {
            let header = self.reader.header(Field::Source);
            let problem = Problem::new(header, Message::NoSource { has_column: header.is_some() });
            return Err(Problem { is_of_file: header.is_none(), ..problem });
        }
        if input.draft.level.is_some() && self.rights.scopes(WRITE_LEVEL).is_empty() {
            return Err(Problem::forbidden_column(self.reader.header(Field::Level), WRITE_LEVEL));
        }
        let owner = self.owner_of_new(input.owner);
        let may_read_contacts = self.has_permission_on_new(contact::READ, owner);
        if input.extras.is_personal && !may_read_contacts {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        let may_write_contacts = self.has_permission_on_new(contact::edit::WRITE, owner);
        if let Some(first) = input.contacts.first()
            && self.rights.scopes(contact::edit::WRITE).is_empty()
        {
            return Err(Problem::forbidden_column(self.reader.header_of_contact(first.number), contact::edit::WRITE));
        }
        if !input.contacts.is_empty() && !may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        if let Some(lookalikes) = &mut self.lookalikes {
            let keys = Keys::of(&input, self.directory.settings.phone_country);
            if let Some(found) = lookalikes.find(&keys, number) {
                let problem = Problem::new(self.reader.header_of(found.field, found.contact), found.why);
                return Ok(RowResult::of(Outcome::Duplicate(DuplicateOf::Similar), found.customer, vec![problem]));
            }
            lookalikes.seen.add(keys, number);
        }
        let id = new_id(self.now);
        let company = Company {
            id,
            known: None,
            is_held: true,
            number: Some(number),
            draft: input.draft.clone(),
            extras: input.extras.values.iter().filter_map(text_of).collect(),
            owner,
            owned_since: input.owned_since,
            last_followup: input.last_followup,
            contacts: Vec::new(),
            country: self.country(),
            may_read_contacts,
            may_write_contacts,
        };
        let (name_key, code) = (input.draft.name_key.clone(), input.draft.credit_code.clone());
        let index = self.add_company(company, &name_key, code.as_deref());
        let given = input.contacts.into_iter().enumerate();
        let contacts = given.map(|(place, given)| self.create_contact(index, given.draft, place == 0)).collect();
        self.keep_external_id(index, input.external_id);
        let RowInput { draft, owned_since, last_followup, .. } = input;
        if let Some((owner, at)) = owner.zip(last_followup) {
            self.plan.follow_ups.push(followup::bulk::last_known(new_id(self.now), id, owner, at));
        }
        self.plan.entries.push(Entry { id, draft, pool: None, owner, owned_since, last_followup });
        if !input.extras.values.is_empty() {
            self.plan.extras.push((id, input.extras));
        }
        let written = Some(Written { at: self.now, before: None });
        Ok(RowResult { contacts, written, ..RowResult::of(Outcome::Create, Some(id), Vec::new()) })
    }

    /// Keeps an external id of a company.
    fn keep_external_id(&mut self, index: usize, key: Option<String>) {
        let Some(key) = key else { return };
        self.companies.add_external_id(index, &key);
        let record = self.companies[index].id.uuid();
        self.plan.external_ids.push(external_id::Key { key, record });
    }

    /// Updates an existing customer with the values that differ, as far as the importer may.
    fn update(&mut self, index: usize, number: i32, input: RowInput) -> Result<RowResult, Problem> {
        let company = &self.companies[index];
        let known = company.known.as_ref().expect("a company that no row creates is in the database");
        let id = known.id;
        if let Some(result) = self.result_without_access(known, input.draft.credit_code.as_deref()) {
            return Ok(result);
        }
        let problem = |field, text: Text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission: Permission| problem(field, UserError::forbidden(permission).message);
        let owner_fields = company.differing_owner_fields(&input);
        // A name with the same key is not changed, because the file may have a shorter form of it.
        let is_same_name = input.draft.name_key == known.draft.name_key;
        let edit = Edit { name: input.edit.name.filter(|_| !is_same_name), ..input.edit };
        let draft = edit::check(&self.directory, known.draft.clone(), edit).map_err(|refusals| {
            let refusal = refusals.into_iter().next().expect("`check` returns at least one refusal");
            let field =
                FIELDS_OF_COMPANY.iter().find(|(name, _)| refusal.path.first().is_some_and(|path| path == name));
            Problem::new(field.and_then(|(_, field)| self.reader.header(*field)), refusal.message)
        })?;
        if draft.level != known.draft.level && !known.may_write_level {
            return Err(forbidden(Field::Level, WRITE_LEVEL));
        }
        // The result would reveal whether the values are equal, so it needs the permission to read them.
        if input.extras.is_personal && !known.may_read_contacts {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        if !input.contacts.is_empty() && !known.may_read_contacts {
            return Err(forbidden(Field::ContactName, contact::READ));
        }
        let mut extras = input.extras;
        extras.values.retain(|(key, value)| known.extras.get(key) != value.as_ref().map(ExtraValue::text).as_ref());
        let mut warnings = self.unwritten_contact_fields(company, &input.contacts);
        warnings.extend(owner_fields.map(|field| problem(field, Message::OnlyForNewCustomers.text())));
        let contacts = company.to_write(input.contacts);
        if !contacts.is_empty() && !company.may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        let new_key = input.external_id.filter(|key| self.companies.with_external_id(key).is_none());
        let changes = change::of_update(self.reader, known, &draft, &extras, new_key.as_deref(), &contacts);
        let is_edited = draft != known.draft || !extras.values.is_empty() || new_key.is_some();
        if !is_edited && contacts.is_empty() {
            if warnings.is_empty() {
                warnings.push(Problem::new(None, Message::HasAllValues));
            }
            return Ok(RowResult::of(Outcome::Duplicate(DuplicateOf::Same), Some(id), warnings));
        }
        if let Some(problem) = contacts.iter().find_map(|given| self.too_many_values(company, given)) {
            return Err(problem);
        }
        if !company.is_held {
            return Err(Problem::new(None, UserError::conflict().message));
        }
        let mut written = None;
        if is_edited {
            let at = change_time(self.now, known.updated_at);
            let value_before = |(key, _): &(String, _)| (key.clone(), known.extras.get(key).cloned());
            let before =
                Before { draft: known.draft.clone(), extras: extras.values.iter().map(value_before).collect() };
            written = Some(Written { at, before: Some(before) });
            self.plan.changes.push(Change { id, draft: draft.clone(), at });
        }
        let company = &mut self.companies[index];
        company.number = Some(number);
        company.draft = draft.clone();
        company.extras.extend(extras.values.iter().filter_map(text_of));
        if !extras.values.is_empty() {
            self.plan.extras.push((id, extras));
        }
        self.companies.add_keys(index, &draft.name_key, draft.credit_code.as_deref());
        self.keep_external_id(index, new_key);
        let contacts = contacts.into_iter().map(|given| self.write_contact(index, given.draft)).collect();
        Ok(RowResult { contacts, written, changes, ..RowResult::of(Outcome::Update, Some(id), warnings) })
    }

    /// Adds to the company of an earlier row contacts, or phones and e-mail addresses to its contacts; nothing else is
    /// written.
    fn add_contacts(&mut self, index: usize, first: i32, input: RowInput) -> RowResult {
        let company = &self.companies[index];
        let of_number = Some(first);
        let customer = Some(company.id);
        let of_name = |refusal: UserError| Problem::new(self.reader.header(Field::ContactName), refusal.message);
        // These checks come before any comparison with its contacts, whose result would reveal them.
        if !input.contacts.is_empty() {
            if let Some(result) = company.known.as_ref().and_then(|known| self.result_without_access(known, None)) {
                return RowResult { of_number, ..result };
            }
            if !company.may_read_contacts {
                let problem = of_name(UserError::forbidden(contact::READ));
                return RowResult { of_number, ..RowResult::of(Outcome::Error, None, vec![problem]) };
            }
        }
        let mut warnings = self.unwritten_company_fields(company, first, &input);
        warnings.extend(self.unwritten_contact_fields(company, &input.contacts));
        let given = company.to_write(input.contacts);
        let new_key = input.external_id.filter(|key| self.companies.with_external_id(key).is_none());
        if given.is_empty() && new_key.is_some() && company.is_held {
            self.keep_external_id(index, new_key);
            return RowResult { of_number, ..RowResult::of(Outcome::Update, customer, warnings) };
        }
        if given.is_empty() {
            warnings.insert(0, Problem::new(None, Message::SameCompany { row: first }));
            return RowResult { of_number, ..RowResult::of(Outcome::Duplicate(DuplicateOf::Row), customer, warnings) };
        }
        let problem = match (company.may_write_contacts, company.is_held) {
            (false, _) => Some(of_name(UserError::forbidden(contact::edit::WRITE))),
            (true, false) => Some(of_name(UserError::conflict())),
            (true, true) => given.iter().find_map(|given| self.too_many_values(company, given)),
        };
        if let Some(problem) = problem {
            return RowResult { of_number, ..RowResult::of(Outcome::Error, None, vec![problem]) };
        }
        self.keep_external_id(index, new_key);
        let contacts = given.into_iter().map(|given| self.write_contact(index, given.draft)).collect();
        RowResult { of_number, contacts, ..RowResult::of(Outcome::Update, customer, warnings) }
    }

    /// The values of a row that differ from those of an earlier row of the same company; they are not written.
    fn unwritten_company_fields(&self, company: &Company, first: i32, input: &RowInput) -> Vec<Problem> {
        let (given, existing) = (&input.draft, &company.draft);
        let source = input.edit.source.as_ref().map(|_| &given.source);
        let is_other_name = given.name_key != existing.name_key;
        let fields = [
            (Field::Name, is_other_name.then_some(&given.name), Some(&existing.name)),
            (Field::CreditCode, given.credit_code.as_ref(), existing.credit_code.as_ref()),
            (Field::Source, source, Some(&existing.source)),
            (Field::SourceDetail, given.source_detail.as_ref(), existing.source_detail.as_ref()),
            (Field::Industry, given.industry.as_ref(), existing.industry.as_ref()),
            (Field::Size, given.size.as_ref(), existing.size.as_ref()),
            (Field::Level, given.level.as_ref(), existing.level.as_ref()),
            (Field::Region, given.region.as_ref(), existing.region.as_ref()),
        ];
        let fields = fields.into_iter().filter(|(_, given, existing)| given.is_some() && given != existing);
        let owner_fields = company.differing_owner_fields(input);
        let headers = fields.map(|(field, ..)| field).chain(owner_fields).map(|field| self.reader.header(field));
        // If the importer may not read personal extra fields, the result must not reveal whether the values are equal.
        let may_compare = !input.extras.is_personal || company.may_read_contacts;
        let extras = input.extras.values.iter().filter_map(text_of);
        let extras = extras.filter(|(key, value)| !may_compare || company.extras.get(key) != Some(value));
        let headers = headers.chain(extras.map(|(key, _)| self.reader.header_of_extra(&key)).collect::<Vec<_>>());
        headers.map(|header| Problem::new(header, Message::EarlierRowPrecedes { row: first })).collect()
    }

    /// The result for a customer that the importer may not update, with the same message as for somebody who creates it
    /// again; `None`: the importer may update it.
    fn result_without_access(&self, known: &Known, credit_code: Option<&str>) -> Option<RowResult> {
        let of = match known.status {
            Status::Blocked => DuplicateOf::Blocked,
            Status::Archived => DuplicateOf::Archived,
            _ if known.may_update => return None,
            Status::InPool => DuplicateOf::Pooled,
            _ => DuplicateOf::Taken,
        };
        let same_credit_code = credit_code.is_some() && known.draft.credit_code.as_deref() == credit_code;
        let field = if same_credit_code { Field::CreditCode } else { Field::Name };
        let problem = Problem::new(self.reader.header(field), edit::exists(same_credit_code, known.status).message);
        Some(RowResult::of(Outcome::Duplicate(of), Some(known.id), vec![problem]))
    }

    /// The owner of a new company: the one that the row names, or else the importer if they create customers for
    /// themselves.
    fn owner_of_new(&self, named: Option<UserId>) -> Option<UserId> {
        let is_own = self.rights.scopes(CREATE).contains(Scope::Own);
        named.or(is_own.then_some(self.rights.viewer))
    }

    /// Whether the importer has a permission on a new company of this owner.
    fn has_permission_on_new(&self, permission: Permission, owner: Option<UserId>) -> bool {
        reach_new(self.rights.scopes(permission), &self.rights, owner)
    }
}

fn text_of((key, value): &(String, Option<ExtraValue>)) -> Option<(String, String)> {
    value.as_ref().map(|value| (key.clone(), value.text()))
}

fn new_id<T>(now: DateTime<Utc>) -> Id<T> {
    new_uuid(now).into()
}
