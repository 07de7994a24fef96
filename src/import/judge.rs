//! What becomes of each row: the one decision that the dry run tells and the run carries out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Problem;
use super::column::Field;
use super::wish::{FIELDS_OF_COMPANY, Reader, Wish};
use crate::access::{Permission, Rights, Scope};
use crate::clock::change_time;
use crate::contact;
use crate::customer::bulk::{Known, reach_new};
use crate::customer::duplicate::{self, Status};
use crate::customer::edit::{self, CREATE, Draft, Edit, WRITE_LEVEL};
use crate::customer::{Change, Entry};
use crate::directory::Directory;
use crate::error::{Error, Text, UserError};
use crate::extra::{ExtraValue, Extras};
use crate::id::{ContactId, CustomerId, Id, UserId, new_uuid};
use crate::op::Op;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its company is entered.
    Create,
    /// It changes a company, or adds a contact to it.
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
pub struct Verdict {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The earlier row of the same company.
    pub of_number: Option<i32>,
    /// What is wrong, or stands in the way.
    pub problems: Vec<Problem>,
    /// The company that it enters, changes or repeats.
    pub customer: Option<CustomerId>,
    /// The contact that it adds.
    pub contact: Option<(ContactId, String)>,
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
    /// The names of the contacts that these rows add.
    pub contacts: Vec<String>,
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
    contacts: HashSet<String>,
    may_write_contacts: bool,
}

/// Judges the rows of one batch, in their order.
pub struct Judge<'r> {
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

impl<'r> Judge<'r> {
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
        let mut judge = Self { reader, directory, rights, now, companies, by_name, by_code, similar, plan };
        for known in known {
            let company = Company {
                id: known.id,
                is_held: is_held(known.id),
                number: None,
                contacts: known.contacts.clone(),
                may_write_contacts: known.may_write_contacts,
                known: Some(known.clone()),
            };
            judge.meet(company, &known.draft.name_key, known.draft.credit_code.as_deref());
        }
        for row in earlier {
            judge.meet_earlier(row);
        }
        Ok(judge)
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
        let place = place.unwrap_or_else(|| {
            self.companies.push(Company {
                id: new_id(self.now),
                known: None,
                is_held: true,
                number: None,
                contacts: HashSet::new(),
                may_write_contacts: self.reaches_new(contact::edit::WRITE, None),
            });
            self.companies.len() - 1
        });
        let company = &mut self.companies[place];
        company.number = Some(company.number.map_or(row.number, |number| number.min(row.number)));
        company.contacts.extend(row.contacts);
        self.know(place, &row.name_key, row.credit_code.as_deref());
    }

    /// Judges the next row.
    pub fn judge(&mut self, number: i32, wish: Wish) -> Verdict {
        let by_name = self.by_name.get(&wish.draft.name_key).copied();
        let by_code = wish.draft.credit_code.as_ref().and_then(|code| self.by_code.get(code)).copied();
        let verdict = match (by_name, by_code) {
            (Some(one), Some(other)) if one != other => {
                let text = Text::new(
                    "The name is one customer's, the credit code another's.",
                    "名称与信用代码分别属于两个不同的客户。",
                );
                Err(Problem::new(self.reader.header(Field::CreditCode), text))
            }
            (None, None) => self.create(number, wish),
            (Some(place), _) | (_, Some(place)) => match self.companies[place].number {
                Some(first) => Ok(self.add_contact(place, first, wish)),
                None => self.change(place, number, wish),
            },
        };
        verdict.unwrap_or_else(|problem| Verdict::of(Outcome::Error, None, vec![problem]))
    }

    /// Enters a company that is not there yet.
    fn create(&mut self, number: i32, wish: Wish) -> Result<Verdict, Problem> {
        let problem = |field, text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission| problem(field, UserError::forbidden(permission).message);
        if wish.draft.source.is_empty() {
            let text = Text::new("says nothing, and no `source` was given for all rows", "为空，且未指定默认来源");
            return Err(problem(Field::Source, text));
        }
        if wish.draft.level.is_some() && self.rights.scopes(WRITE_LEVEL).is_empty() {
            return Err(forbidden(Field::Level, WRITE_LEVEL));
        }
        let is_own = self.rights.scopes(CREATE).contains(Scope::Own);
        let owner = wish.owner.or(is_own.then_some(self.rights.viewer));
        if wish.extras.is_personal && !self.reaches_new(contact::READ, owner) {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        let may_write_contacts = self.reaches_new(contact::edit::WRITE, owner);
        if wish.contact.is_some() && !may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        if let Some(&(id, status)) = self.similar.get(&wish.draft.name_key) {
            let problem = problem(Field::Name, duplicate::is_similar(status).message);
            return Ok(Verdict::of(Outcome::Duplicate(DuplicateOf::Similar), Some(id), vec![problem]));
        }
        let id = new_id(self.now);
        let company = Company {
            id,
            known: None,
            is_held: true,
            number: Some(number),
            contacts: HashSet::new(),
            may_write_contacts,
        };
        let (name_key, code) = (wish.draft.name_key.clone(), wish.draft.credit_code.clone());
        let place = self.companies.len();
        self.meet(company, &name_key, code.as_deref());
        let contact = self.enter_contact(place, wish.contact, true);
        let Wish { draft, owned_since, last_followup, .. } = wish;
        self.plan.entries.push(Entry { id, draft, owner, owned_since, last_followup });
        if !wish.extras.values.is_empty() {
            self.plan.extras.push((id, wish.extras));
        }
        let written = Some(Written { at: self.now, before: None });
        Ok(Verdict { contact, written, ..Verdict::of(Outcome::Create, Some(id), Vec::new()) })
    }

    /// Meets a customer that is there already: changes what differs, as far as the importer may.
    fn change(&mut self, place: usize, number: i32, wish: Wish) -> Result<Verdict, Problem> {
        let company = &self.companies[place];
        let known = company.known.as_ref().expect("a company that no row has met is in the database");
        let id = known.id;
        if let Some(verdict) = self.out_of_reach(known, wish.draft.credit_code.as_deref()) {
            return Ok(verdict);
        }
        let problem = |field, text| Problem::new(self.reader.header(field), text);
        let forbidden = |field, permission: Permission| problem(field, UserError::forbidden(permission).message);
        // A name that is the same one keeps the form that it has: the file's may be a shorter one.
        let is_same_name = wish.draft.name_key == known.draft.name_key;
        let edit = Edit { name: wish.edit.name.filter(|_| !is_same_name), ..wish.edit };
        let draft = edit::check(&self.directory, known.draft.clone(), edit).map_err(|refusals| {
            let refusal = refusals.into_iter().next().expect("a refusal has a reason");
            let field =
                FIELDS_OF_COMPANY.iter().find(|(name, _)| refusal.path.first().is_some_and(|path| path == name));
            Problem::new(field.and_then(|(_, field)| self.reader.header(*field)), refusal.message)
        })?;
        if draft.level != known.draft.level && !known.may_write_level {
            return Err(forbidden(Field::Level, WRITE_LEVEL));
        }
        let mut extras = wish.extras;
        extras.values.retain(|(key, value)| known.extras.get(key) != value.as_ref().map(ExtraValue::text).as_ref());
        if extras.is_personal && !extras.values.is_empty() && !known.may_read_contacts {
            return Err(forbidden(Field::Extra, contact::READ));
        }
        let contact = wish.contact.filter(|(contact, _)| !company.contacts.contains(&contact.name));
        if contact.is_some() && !company.may_write_contacts {
            return Err(forbidden(Field::ContactName, contact::edit::WRITE));
        }
        let is_edited = draft != known.draft || !extras.values.is_empty();
        if !is_edited && contact.is_none() {
            let text = Text::new("This customer is there already, and has all this.", "该客户已存在，且数据相同。");
            return Ok(Verdict::of(Outcome::Duplicate(DuplicateOf::Same), Some(id), vec![Problem::new(None, text)]));
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
        if !extras.values.is_empty() {
            self.plan.extras.push((id, extras));
        }
        self.know(place, &draft.name_key, draft.credit_code.as_deref());
        self.companies[place].number = Some(number);
        let contact = self.enter_contact(place, contact, false);
        Ok(Verdict { contact, written, ..Verdict::of(Outcome::Update, Some(id), Vec::new()) })
    }

    /// Meets the company of an earlier row: a further contact is all that it adds.
    fn add_contact(&mut self, place: usize, first: i32, wish: Wish) -> Verdict {
        let company = &self.companies[place];
        let of_number = Some(first);
        let customer = Some(company.id);
        let contact = wish.contact.filter(|(contact, _)| !company.contacts.contains(&contact.name));
        if contact.is_none() {
            let text = Text::new(
                format!("The same company as in row {first}, and no further contact."),
                format!("与第 {first} 行是同一家公司，且没有新的联系人。"),
            );
            let outcome = Outcome::Duplicate(DuplicateOf::Row);
            return Verdict { of_number, ..Verdict::of(outcome, customer, vec![Problem::new(None, text)]) };
        }
        let out_of_reach = company.known.as_ref().and_then(|known| self.out_of_reach(known, None));
        if let Some(verdict) = out_of_reach {
            return Verdict { of_number, ..verdict };
        }
        let refusal = match (company.may_write_contacts, company.is_held) {
            (false, _) => Some(UserError::forbidden(contact::edit::WRITE)),
            (true, false) => Some(UserError::conflict()),
            (true, true) => None,
        };
        if let Some(refusal) = refusal {
            let problem = Problem::new(self.reader.header(Field::ContactName), refusal.message);
            return Verdict { of_number, ..Verdict::of(Outcome::Error, None, vec![problem]) };
        }
        let contact = self.enter_contact(place, contact, false);
        Verdict { of_number, contact, ..Verdict::of(Outcome::Update, customer, Vec::new()) }
    }

    /// Why the importer may not touch a customer, if so: told as to anybody who enters it again.
    fn out_of_reach(&self, known: &Known, credit_code: Option<&str>) -> Option<Verdict> {
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
        Some(Verdict::of(Outcome::Duplicate(of), Some(known.id), vec![problem]))
    }

    fn enter_contact(
        &mut self,
        place: usize,
        contact: Option<(contact::edit::Draft, contact::edit::Keys)>,
        is_primary: bool,
    ) -> Option<(ContactId, String)> {
        let (mut draft, keys) = contact?;
        draft.is_primary = is_primary;
        let (id, name) = (new_id(self.now), draft.name.clone());
        let company = &mut self.companies[place];
        company.contacts.insert(name.clone());
        self.plan.contacts.push(contact::edit::Entry { id, customer_id: company.id, draft, keys });
        Some((id, name))
    }

    fn reaches_new(&self, permission: Permission, owner: Option<UserId>) -> bool {
        reach_new(self.rights.scopes(permission), &self.rights, owner)
    }
}

impl Verdict {
    /// A verdict without a contact.
    pub fn of(outcome: Outcome, customer: Option<CustomerId>, problems: Vec<Problem>) -> Self {
        Self { outcome, of_number: None, problems, customer, contact: None, written: None }
    }
}

fn new_id<T>(now: DateTime<Utc>) -> Id<T> {
    new_uuid(now).into()
}
