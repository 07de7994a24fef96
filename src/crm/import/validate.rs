//! What becomes of each row: the one decision that the dry run tells and the run carries out.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Problem;
use super::column::Field;
use super::person::{Added, Person, WrittenContact};
use super::row_input::{FIELDS_OF_COMPANY, Reader, RowInput};
use super::row_result::{Before, DuplicateOf, Outcome, RowResult, Written};
use crate::crm::contact;
use crate::crm::customer::bulk::{Known, reach_new};
use crate::crm::customer::duplicate::{self, Status};
use crate::crm::customer::edit::{self, CREATE, Draft, Edit, WRITE_LEVEL};
use crate::crm::customer::{Change, Entry};
use crate::crm::extra::{ExtraValue, Extras};
use crate::kernel::access::{Permission, Rights, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::directory::Directory;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::{CustomerId, Id, UserId, new_uuid};
use crate::kernel::op::Op;

/// A company that earlier rows of the same file enter or change.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The first of these rows.
    pub number: i32,
    /// How it is known.
    pub name_key: String,
    /// How else.
    pub credit_code: Option<String>,
    /// The customer; `None` as long as it is not entered.
    pub customer: Option<CustomerId>,
    /// The cells of that row; `None` once it is done.
    pub cells: Option<Vec<String>>,
    /// The cells of those of these rows that are to add a contact, or to one.
    pub contacts: Vec<Vec<String>>,
}

/// What is to be written so that the verdicts come true.
#[derive(Debug, Default)]
pub struct Plan {
    /// Customers to enter.
    pub entries: Vec<Entry>,
    /// Edits to save.
    pub changes: Vec<Change>,
    /// Contacts to enter.
    pub contacts: Vec<contact::edit::Entry>,
    /// Contacts to add to.
    pub contact_changes: Vec<contact::edit::Change>,
    /// Extras to save.
    pub extras: Vec<(CustomerId, Extras)>,
}

/// A company that rows can meet.
struct Company {
    id: CustomerId,
    /// As it is in the database.
    known: Option<Known>,
    /// Held, so that nobody else changes it.
    is_held: bool,
    /// The first row that enters or changes it.
    number: Option<i32>,
    /// As it is with what the rows so far have written.
    draft: Draft,
    extras: HashMap<String, String>,
    owner: Option<UserId>,
    owned_since: Option<DateTime<Utc>>,
    last_followup: Option<DateTime<Utc>>,
    contacts: Vec<Person>,
    may_read_contacts: bool,
    may_write_contacts: bool,
}

impl Company {
    /// The contact that a row means: of several with the name, one that has all that the row says, or the first.
    fn person(&self, given: &contact::edit::Draft) -> Option<usize> {
        let named = || self.contacts.iter().enumerate().filter(|(_, person)| person.draft.name == given.name);
        let with_all = named().find(|(_, person)| Added::to(&person.draft, given).is_nothing());
        with_all.or_else(|| named().next()).map(|(place, _)| place)
    }

    /// What a row says otherwise of who has it, since when, and when they last followed up: that is written with new ones alone.
    fn otherwise(&self, input: &RowInput) -> impl Iterator<Item = Field> + use<> {
        let fields = [
            (Field::Owner, input.owner.is_some() && input.owner != self.owner),
            (Field::OwnedSince, input.owned_since.is_some() && input.owned_since != self.owned_since),
            (Field::LastFollowUp, input.last_followup.is_some() && input.last_followup != self.last_followup),
        ];
        fields.into_iter().filter(|(_, is_otherwise)| *is_otherwise).map(|(field, _)| field)
    }

    /// What a row would add to the contact that it means.
    fn added(&self, given: &contact::edit::Draft) -> Option<Added> {
        self.person(given).map(|place| Added::to(&self.contacts[place].draft, given))
    }
}

/// Judges the rows of one batch, in their order.
pub struct Validator<'r> {
    reader: &'r Reader,
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    now: DateTime<Utc>,
    companies: Vec<Company>,
    by_name: HashMap<String, usize>,
    by_code: HashMap<String, usize>,
    /// Customers with a similar name, by the key of the name that is similar to theirs: that company is not entered.
    pub similar: HashMap<String, (CustomerId, Status)>,
    /// What the verdicts need.
    pub plan: Plan,
}

impl<'r> Validator<'r> {
    /// A judge who knows the customers and the earlier rows that have the names and credit codes of the batch, and which of
    /// the customers are held.
    pub fn new(
        op: &Op<'_>,
        reader: &'r Reader,
        known: Vec<Known>,
        earlier: Vec<Earlier>,
        is_held: impl Fn(CustomerId) -> bool,
    ) -> Result<Self, Error> {
        let (directory, rights, now) = (op.directory_handle(), op.rights()?, op.now());
        let (companies, plan) = (Vec::new(), Plan::default());
        let (by_name, by_code, similar) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut validate = Self { reader, directory, rights, now, companies, by_name, by_code, similar, plan };
        for known in known {
            let company = Company {
                id: known.id,
                is_held: is_held(known.id),
                number: None,
                draft: known.draft.clone(),
                extras: known.extras.clone(),
                owner: known.owner,
                owned_since: known.owned_since,
                last_followup: known.last_followup,
                contacts: known.contacts.iter().map(Person::from).collect(),
                may_read_contacts: known.may_read_contacts,
                may_write_contacts: known.may_write_contacts,
                known: Some(known.clone()),
            };
            validate.meet(company, &known.draft.name_key, known.draft.credit_code.as_deref());
        }
        for row in earlier {
            validate.meet_earlier(row);
        }
        Ok(validate)
    }

    fn meet(&mut self, company: Company, name_key: &str, credit_code: Option<&str>) {
        let place = self.companies.len();
        self.companies.push(company);
        self.know(place, name_key, credit_code);
    }

    /// The first one that has a name or a code keeps it.
    fn know(&mut self, place: usize, name_key: &str, credit_code: Option<&str>) {
        self.by_name.entry(name_key.to_owned()).or_insert(place);
        if let Some(code) = credit_code {
            self.by_code.entry(code.to_owned()).or_insert(place);
        }
    }

    fn meet_earlier(&mut self, row: Earlier) {
        let place = row.customer.and_then(|id| self.companies.iter().position(|company| company.id == id));
        // It was merged into another since: what is left of its rows stands on its own.
        if row.customer.is_some() && place.is_none() {
            return;
        }
        // What is not done yet is not in the database.
        let head = row.cells.as_ref().and_then(|cells| self.reader.read(cells).ok());
        let place = place.unwrap_or_else(|| {
            let owner = self.owner_of_new(head.as_ref().and_then(|input| input.owner));
            let (owned_since, last_followup) =
                head.as_ref().map_or((None, None), |input| (input.owned_since, input.last_followup));
            self.companies.push(Company {
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
                may_read_contacts: self.reaches_new(contact::READ, owner),
                may_write_contacts: self.reaches_new(contact::edit::WRITE, owner),
            });
            self.companies.len() - 1
        });
        let company = &mut self.companies[place];
        company.number = Some(company.number.map_or(row.number, |number| number.min(row.number)));
        if let Some(RowInput { edit, draft, extras, .. }) = head {
            company.draft = match &company.known {
                Some(known) => edit::check(&self.directory, known.draft.clone(), edit).unwrap_or(draft),
                None => draft,
            };
            company.extras.extend(extras.values.iter().filter_map(text_of));
        }
        for given in row.contacts.iter().filter_map(|cells| self.reader.read(cells).ok()?.contact) {
            match company.person(&given) {
                Some(place) => {
                    let person = &mut company.contacts[place];
                    Added::to(&person.draft, &given).put(&mut person.draft);
                }
                None => company.contacts.push(Person { id: new_id(self.now), draft: given, version: None }),
            }
        }
        self.know(place, &row.name_key, row.credit_code.as_deref());
    }

    /// Judges the next row.
    pub fn validate(&mut self, number: i32, input: RowInput) -> RowResult {
        let by_name = self.by_name.get(&input.draft.name_key).copied();
        let by_code = input.draft.credit_code.as_ref().and_then(|code| self.by_code.get(code)).copied();
        let result = match (by_name, by_code) {
            (Some(one), Some(other)) if one != other => {
                let text = Text::new(
                    "The name is one customer's, the credit code another's.",
                    "名称与信用代码分别属于两个不同的客户。",
                );
                Err(Problem::new(self.reader.header(Field::CreditCode), text))
            }
            (None, None) => self.create(number, input),
            (Some(place), _) | (_, Some(place)) => match self.companies[place].number {
                Some(first) => Ok(self.add_contact(place, first, input)),
                None => self.change(place, number, input),
            },
        };
        result.unwrap_or_else(|problem| RowResult::of(Outcome::Error, None, vec![problem]))
    }

    /// Enters a company that is not there yet.
    fn create(&mut self, number: i32, input: RowInput) -> Result<RowResult, Problem> {
        let problem = |field, text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission| problem(field, UserError::forbidden(permission).message);
        if !input.wrong_if_new.is_empty() {
            return Ok(RowResult::of(Outcome::Error, None, input.wrong_if_new));
        }
        if input.draft.source.is_empty() {
            let text = Text::new("says nothing, and no `source` was given for all rows", "为空，且未指定默认来源");
            return Err(problem(Field::Source, text));
        }
        if input.draft.level.is_some() && self.rights.scopes(WRITE_LEVEL).is_empty() {
            return Err(forbidden(Field::Level, WRITE_LEVEL));
        }
        let owner = self.owner_of_new(input.owner);
        let may_read_contacts = self.reaches_new(contact::READ, owner);
        if input.extras.is_personal && !may_read_contacts {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        let may_write_contacts = self.reaches_new(contact::edit::WRITE, owner);
        if input.contact.is_some() && !may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        if let Some(&(id, status)) = self.similar.get(&input.draft.name_key) {
            let problem = problem(Field::Name, duplicate::is_similar(status).message);
            return Ok(RowResult::of(Outcome::Duplicate(DuplicateOf::Similar), Some(id), vec![problem]));
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
            may_read_contacts,
            may_write_contacts,
        };
        let (name_key, code) = (input.draft.name_key.clone(), input.draft.credit_code.clone());
        let place = self.companies.len();
        self.meet(company, &name_key, code.as_deref());
        let contact = input.contact.map(|given| self.enter_contact(place, given, true));
        let RowInput { draft, owned_since, last_followup, .. } = input;
        self.plan.entries.push(Entry { id, draft, owner, owned_since, last_followup });
        if !input.extras.values.is_empty() {
            self.plan.extras.push((id, input.extras));
        }
        let written = Some(Written { at: self.now, before: None });
        Ok(RowResult { contact, written, ..RowResult::of(Outcome::Create, Some(id), Vec::new()) })
    }

    /// Meets a customer that is there already: changes what differs, as far as the importer may.
    fn change(&mut self, place: usize, number: i32, input: RowInput) -> Result<RowResult, Problem> {
        let company = &self.companies[place];
        let known = company.known.as_ref().expect("a company that no row has met is in the database");
        let id = known.id;
        if let Some(result) = self.out_of_reach(known, input.draft.credit_code.as_deref()) {
            return Ok(result);
        }
        let problem = |field, text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission: Permission| problem(field, UserError::forbidden(permission).message);
        let otherwise = company.otherwise(&input);
        // A name that is the same one keeps the form that it has: the file's may be a shorter one.
        let is_same_name = input.draft.name_key == known.draft.name_key;
        let edit = Edit { name: input.edit.name.filter(|_| !is_same_name), ..input.edit };
        let draft = edit::check(&self.directory, known.draft.clone(), edit).map_err(|refusals| {
            let refusal = refusals.into_iter().next().expect("a refusal has a reason");
            let field =
                FIELDS_OF_COMPANY.iter().find(|(name, _)| refusal.path.first().is_some_and(|path| path == name));
            Problem::new(field.and_then(|(_, field)| self.reader.header(*field)), refusal.message)
        })?;
        if draft.level != known.draft.level && !known.may_write_level {
            return Err(forbidden(Field::Level, WRITE_LEVEL));
        }
        // Whether they are the same is told to those alone who may read them.
        if input.extras.is_personal && !known.may_read_contacts {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        if input.contact.is_some() && !known.may_read_contacts {
            return Err(forbidden(Field::ContactName, contact::READ));
        }
        let mut extras = input.extras;
        extras.values.retain(|(key, value)| known.extras.get(key) != value.as_ref().map(ExtraValue::text).as_ref());
        let mut remarks = self.kept_of_contact(company, input.contact.as_ref());
        let is_for_new = || Text::new("is for new customers: not written", "仅适用于新客户，未写入");
        remarks.extend(otherwise.map(|field| problem(field, is_for_new())));
        let contact = input.contact.filter(|given| company.added(given).is_none_or(|added| !added.is_nothing()));
        if contact.is_some() && !company.may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        let is_edited = draft != known.draft || !extras.values.is_empty();
        if !is_edited && contact.is_none() {
            if remarks.is_empty() {
                let text = Text::new("This customer is there already, and has all this.", "该客户已存在，且数据相同。");
                remarks.push(Problem::new(None, text));
            }
            return Ok(RowResult::of(Outcome::Duplicate(DuplicateOf::Same), Some(id), remarks));
        }
        if let Some(problem) = contact.as_ref().and_then(|given| self.too_many(company, given)) {
            return Err(problem);
        }
        if !company.is_held {
            return Err(Problem::new(None, UserError::conflict().message));
        }
        let mut written = None;
        if is_edited {
            let at = change_time(self.now, known.updated_at);
            let was = |(key, _): &(String, _)| (key.clone(), known.extras.get(key).cloned());
            let before = Before { draft: known.draft.clone(), extras: extras.values.iter().map(was).collect() };
            written = Some(Written { at, before: Some(before) });
            self.plan.changes.push(Change { id, draft: draft.clone(), at });
        }
        let company = &mut self.companies[place];
        company.number = Some(number);
        company.draft = draft.clone();
        company.extras.extend(extras.values.iter().filter_map(text_of));
        if !extras.values.is_empty() {
            self.plan.extras.push((id, extras));
        }
        self.know(place, &draft.name_key, draft.credit_code.as_deref());
        let contact = contact.map(|given| self.write_contact(place, given));
        Ok(RowResult { contact, written, ..RowResult::of(Outcome::Update, Some(id), remarks) })
    }

    /// Meets the company of an earlier row: a further contact, or what one has further, is all that it adds.
    fn add_contact(&mut self, place: usize, first: i32, input: RowInput) -> RowResult {
        let company = &self.companies[place];
        let of_number = Some(first);
        let customer = Some(company.id);
        let of_name = |refusal: UserError| Problem::new(self.reader.header(Field::ContactName), refusal.message);
        // Before anything is compared with what its contacts have.
        if input.contact.is_some() {
            if let Some(result) = company.known.as_ref().and_then(|known| self.out_of_reach(known, None)) {
                return RowResult { of_number, ..result };
            }
            if !company.may_read_contacts {
                let problem = of_name(UserError::forbidden(contact::READ));
                return RowResult { of_number, ..RowResult::of(Outcome::Error, None, vec![problem]) };
            }
        }
        let mut remarks = self.kept_of_company(company, first, &input);
        remarks.extend(self.kept_of_contact(company, input.contact.as_ref()));
        let given = input.contact.filter(|given| company.added(given).is_none_or(|added| !added.is_nothing()));
        let Some(given) = given else {
            let text = Text::new(
                format!("The same company as in row {first}, and no further contact."),
                format!("与第 {first} 行是同一家公司，且没有新的联系人。"),
            );
            remarks.insert(0, Problem::new(None, text));
            return RowResult { of_number, ..RowResult::of(Outcome::Duplicate(DuplicateOf::Row), customer, remarks) };
        };
        let problem = match (company.may_write_contacts, company.is_held) {
            (false, _) => Some(of_name(UserError::forbidden(contact::edit::WRITE))),
            (true, false) => Some(of_name(UserError::conflict())),
            (true, true) => self.too_many(company, &given),
        };
        if let Some(problem) = problem {
            return RowResult { of_number, ..RowResult::of(Outcome::Error, None, vec![problem]) };
        }
        let contact = Some(self.write_contact(place, given));
        RowResult { of_number, contact, ..RowResult::of(Outcome::Update, customer, remarks) }
    }

    /// What a later row says otherwise of a company: the first row counts.
    fn kept_of_company(&self, company: &Company, first: i32, input: &RowInput) -> Vec<Problem> {
        let (given, there) = (&input.draft, &company.draft);
        let source = input.edit.source.as_ref().map(|_| &given.source);
        let fields = [
            (Field::CreditCode, given.credit_code.as_ref(), there.credit_code.as_ref()),
            (Field::Source, source, Some(&there.source)),
            (Field::SourceDetail, given.source_detail.as_ref(), there.source_detail.as_ref()),
            (Field::Industry, given.industry.as_ref(), there.industry.as_ref()),
            (Field::Size, given.size.as_ref(), there.size.as_ref()),
            (Field::Level, given.level.as_ref(), there.level.as_ref()),
            (Field::Region, given.region.as_ref(), there.region.as_ref()),
        ];
        let fields = fields.into_iter().filter(|(_, given, there)| given.is_some() && given != there);
        let otherwise = company.otherwise(input);
        let headers = fields.map(|(field, ..)| field).chain(otherwise).map(|field| self.reader.header(field));
        // Of what the importer may not read, nothing is told: not even that it is the same.
        let is_told = !input.extras.is_personal || company.may_read_contacts;
        let extras = input.extras.values.iter().filter_map(text_of);
        let extras = extras.filter(|(key, value)| !is_told || company.extras.get(key) != Some(value));
        let headers = headers.chain(extras.map(|(key, _)| self.reader.header_of_extra(&key)).collect::<Vec<_>>());
        let text = || {
            Text::new(
                format!("is not written: row {first} of the same company counts"),
                format!("未写入：以同一家公司的第 {first} 行为准"),
            )
        };
        headers.map(|header| Problem::new(header, text())).collect()
    }

    /// What a row says otherwise of a contact that is there.
    fn kept_of_contact(&self, company: &Company, given: Option<&contact::edit::Draft>) -> Vec<Problem> {
        let Some((given, place)) = given.and_then(|given| Some((given, company.person(given)?))) else {
            return Vec::new();
        };
        let there = &company.contacts[place].draft;
        let differs =
            |there: &Option<String>, given: &Option<String>| given.is_some() && there.is_some() && there != given;
        let fields = [
            (Field::ContactTitle, differs(&there.title, &given.title)),
            (Field::ContactWechat, differs(&there.wechat, &given.wechat)),
        ];
        let text = || Text::new("is not written: the contact has another one", "未写入：该联系人已有不同的值");
        let fields = fields.into_iter().filter(|(_, differs)| *differs);
        fields.map(|(field, _)| Problem::new(self.reader.header(field), text())).collect()
    }

    /// Whether a contact would have more phones or addresses than one may.
    fn too_many(&self, company: &Company, given: &contact::edit::Draft) -> Option<Problem> {
        let there = &company.contacts[company.person(given)?].draft;
        let added = Added::to(there, given);
        let counts = [
            (Field::ContactPhone, there.phones.len() + added.phones.len()),
            (Field::ContactEmail, there.emails.len() + added.emails.len()),
        ];
        let (field, count) = counts.into_iter().find(|(_, count)| *count > contact::edit::MOST)?;
        Some(Problem::new(self.reader.header(field), contact::edit::too_many(count)))
    }

    /// Why the importer may not touch a customer, if so: told as to anybody who enters it again.
    fn out_of_reach(&self, known: &Known, credit_code: Option<&str>) -> Option<RowResult> {
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

    /// Enters a contact, or adds what one of this name does not have yet.
    fn write_contact(&mut self, place: usize, given: contact::edit::Draft) -> WrittenContact {
        let company = &mut self.companies[place];
        let Some(person) = company.person(&given) else { return self.enter_contact(place, given, false) };
        let (customer_id, person) = (company.id, &mut company.contacts[person]);
        let added = Added::to(&person.draft, &given);
        added.put(&mut person.draft);
        let (id, draft) = (person.id, person.draft.clone());
        let entry = contact::edit::Entry { id, customer_id, keys: contact::edit::Keys::of(&draft), draft };
        match person.version {
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
        let version = person.version.map_or(1, |version| version + 1);
        WrittenContact { id, name: given.name, version, added: Some(added) }
    }

    fn enter_contact(&mut self, place: usize, mut draft: contact::edit::Draft, is_primary: bool) -> WrittenContact {
        draft.is_primary = is_primary;
        let (id, name, customer_id) = (new_id(self.now), draft.name.clone(), self.companies[place].id);
        self.companies[place].contacts.push(Person { id, draft: draft.clone(), version: None });
        let keys = contact::edit::Keys::of(&draft);
        self.plan.contacts.push(contact::edit::Entry { id, customer_id, draft, keys });
        WrittenContact { id, name, version: 1, added: None }
    }

    /// For whom a company is entered.
    fn owner_of_new(&self, named: Option<UserId>) -> Option<UserId> {
        let is_own = self.rights.scopes(CREATE).contains(Scope::Own);
        named.or(is_own.then_some(self.rights.viewer))
    }

    fn reaches_new(&self, permission: Permission, owner: Option<UserId>) -> bool {
        reach_new(self.rights.scopes(permission), &self.rights, owner)
    }
}

fn text_of((key, value): &(String, Option<ExtraValue>)) -> Option<(String, String)> {
    value.as_ref().map(|value| (key.clone(), value.text()))
}

fn new_id<T>(now: DateTime<Utc>) -> Id<T> {
    new_uuid(now).into()
}
