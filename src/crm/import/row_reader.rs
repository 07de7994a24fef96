//! Reads the cells of a row by the fields of their columns, with the same checks as the operations for a single
//! customer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization;

use super::Problem;
use super::cells::{Cells, Users, code_of};
use super::column::{Column, Field};
use super::given_contact::{FIELDS_OF_CONTACT, GivenContact, place_of};
use super::kind::Kind;
use super::message::{Message, shown};
use super::options::Options;
use super::row_contact::ContactAdditions;
use super::row_input::{RowContact, RowInput};
use super::value::{parse_boolean, parse_date, parse_number, parse_time, split_emails, split_phones};
use crate::crm::contact;
use crate::crm::customer::assign::{self, ASSIGN};
use crate::crm::customer::edit::{self, Draft, Edit};
use crate::crm::extra::{self, ExtraEdit, Extras};
use crate::kernel::access::{Grant, Rights};
use crate::kernel::clock::past_time;
use crate::kernel::directory::{Choice, ChoiceKind, Directory, ExtraType};
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// Reads rows by their columns and the rights of the importer.
pub struct RowReader {
    kind: Kind,
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    assign: Option<Grant>,
    now: DateTime<Utc>,
    /// The columns.
    pub cells: Cells,
    options: Options,
    /// The largest number of a contact of the columns.
    contacts: u8,
    /// Those who may be named as owners.
    users: Users,
}

impl RowReader {
    /// A reader for the actor of an operation.
    pub fn new(op: &Op<'_>, kind: Kind, columns: Vec<Column>, options: Options) -> Result<Self, Error> {
        let names_users = columns.iter().any(|column| column.field == Field::Owner);
        let users = if names_users { Users::active(op.directory()) } else { Users::default() };
        let contacts = columns.iter().filter_map(|column| column.contact).max().unwrap_or(0);
        Ok(Self {
            kind,
            contacts,
            directory: op.directory_handle(),
            rights: op.rights()?,
            assign: op.authorize(ASSIGN).ok(),
            now: op.now(),
            cells: Cells::new(columns, &options),
            options,
            users,
        })
    }

    /// The header of the first column that holds a field.
    pub fn header(&self, field: Field) -> Option<&str> {
        self.cells.header(field)
    }

    /// Reads a row, or returns all its problems.
    pub fn read(&self, cells: &[String]) -> Result<RowInput, Vec<Problem>> {
        let cells = &self.cells.replaced(cells);
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        if self.kind == Kind::Contacts {
            return self.row_of_contact(cells, problems, warnings);
        }
        let (edit, draft, problems_if_new) = self.company(cells, &mut problems, &mut warnings);
        let extras = self.extras(cells, &mut problems, &mut warnings);
        let contacts = self.contacts(cells, &mut problems, &mut warnings);
        let external_id = self.cells.external_id(cells).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let owner = self.owner(cells).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let (owned_since, last_followup) = self.times(cells, owner, &mut problems);
        if problems.is_empty() {
            Ok(RowInput {
                external_id,
                edit,
                draft,
                problems_if_new,
                warnings,
                extras,
                contacts,
                owner,
                owned_since,
                last_followup,
                ..RowInput::default()
            })
        } else {
            Err(problems)
        }
    }

    /// A row of a file of contacts, which says nothing of the company but which one it is.
    fn row_of_contact(
        &self,
        cells: &[String],
        mut problems: Vec<Problem>,
        mut warnings: Vec<Problem>,
    ) -> Result<RowInput, Vec<Problem>> {
        let customer = self.cells.customer(cells).and_then(|key| key.ok_or_else(|| self.cells.no_customer()));
        let customer = customer.map_err(|problem| problems.push(problem)).ok();
        let external_id = self.cells.external_id(cells).map_err(|problem| problems.push(problem)).ok().flatten();
        let contacts = self.contacts(cells, &mut problems, &mut warnings);
        if contacts.is_empty() && problems.is_empty() {
            problems.push(Problem::new(self.header(Field::ContactName), Message::Blank));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(RowInput { customer, contacts, contact_external_id: external_id, warnings, ..RowInput::default() })
    }

    /// The fields of the company, the company as it would be created, and what is wrong if it is new.
    fn company(
        &self,
        cells: &[String],
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> (Edit, Draft, Vec<Problem>) {
        let mut edit = self.company_fields(cells);
        let mut checked = self.check_company(&edit);
        if self.options.skip_wrong_values
            && let Err(refusals) = &checked
        {
            for refusal in refusals {
                let path = refusal.path.first().map(String::as_str).unwrap_or_default();
                if self.leave_out(&mut edit, path) {
                    warnings.push(self.problem(refusal.clone(), FIELDS_OF_COMPANY).left_out());
                }
            }
            checked = self.check_company(&edit);
        }
        match checked {
            Ok((draft, if_new)) => {
                let if_new = if_new.into_iter().map(|refusal| self.problem(refusal, FIELDS_OF_COMPANY));
                (edit, draft, if_new.collect())
            }
            Err(refusals) => {
                problems.extend(refusals.into_iter().map(|refusal| match edit.name.as_deref() {
                    Some("") if refusal.path == ["name"] => Problem::new(self.header(Field::Name), Message::BlankName),
                    _ => self.problem(refusal, FIELDS_OF_COMPANY),
                }));
                (edit, Draft::default(), Vec::new())
            }
        }
    }

    fn company_fields(&self, cells: &[String]) -> Edit {
        let text = |field| self.cells.filled(cells, field).next().map(str::to_owned);
        let choice = |field, kind| {
            let given = self.cells.filled(cells, field).next()?;
            Some(code_of(&self.directory, kind, given).unwrap_or_else(|| given.to_owned()))
        };
        let details: Vec<_> = self.cells.filled(cells, Field::SourceDetail).collect();
        Edit {
            name: Some(text(Field::Name).unwrap_or_default()),
            credit_code: text(Field::CreditCode).map(|code| Some(code.nfkc().collect())),
            source: choice(Field::Source, ChoiceKind::Source),
            source_detail: (!details.is_empty()).then(|| Some(details.join("; "))),
            industry: choice(Field::Industry, ChoiceKind::Industry).map(Some),
            size: choice(Field::Size, ChoiceKind::Size).map(Some),
            level: choice(Field::Level, ChoiceKind::Level).map(Some),
            region: choice(Field::Region, ChoiceKind::Region).map(Some),
            ..Edit::default()
        }
    }

    /// The company as it would be created, and what is wrong with it only if it is new.
    fn check_company(&self, edit: &Edit) -> Result<(Draft, Vec<UserError>), Vec<UserError>> {
        let mut whole = edit.clone();
        if whole.source.is_none() {
            whole.source.clone_from(&self.options.source);
        }
        match edit::check(&self.directory, Draft::default(), whole.clone()) {
            Ok(draft) => Ok((draft, Vec::new())),
            Err(refusals) => match edit::check(&self.directory, self.inactive_choices_of(&whole), whole) {
                Ok(draft) => Ok((draft, refusals)),
                Err(_) => Err(refusals),
            },
        }
    }

    /// Takes the value of an optional field out of a row; false if the field must have a value.
    fn leave_out(&self, edit: &mut Edit, path: &str) -> bool {
        match path {
            "creditCode" => edit.credit_code = None,
            "source" if self.options.source.is_some() => edit.source = None,
            "sourceDetail" => edit.source_detail = None,
            "industry" => edit.industry = None,
            "size" => edit.size = None,
            "level" => edit.level = None,
            "region" => edit.region = None,
            _ => return false,
        }
        true
    }

    /// A company with the inactive ones of the row's choices, because a company may keep an inactive choice that it
    /// has.
    fn inactive_choices_of(&self, edit: &Edit) -> Draft {
        let old = |kind, code: Option<&String>| {
            let is_it = |choice: &&Choice| choice.kind == kind && !choice.active && Some(&choice.code) == code;
            self.directory.choices.iter().find(is_it).map(|choice| choice.code.clone())
        };
        let of = |kind, input: &Option<Option<String>>| old(kind, input.as_ref().and_then(Option::as_ref));
        Draft {
            source: old(ChoiceKind::Source, edit.source.as_ref()).unwrap_or_default(),
            industry: of(ChoiceKind::Industry, &edit.industry),
            size: of(ChoiceKind::Size, &edit.size),
            level: of(ChoiceKind::Level, &edit.level),
            region: of(ChoiceKind::Region, &edit.region),
            ..Draft::default()
        }
    }

    /// The contacts that a row gives. One that it gives twice has the values of both.
    fn contacts(&self, cells: &[String], problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) -> Vec<RowContact> {
        let country = self.directory.settings.phone_country;
        let mut contacts: Vec<RowContact> = Vec::new();
        for number in 1..=self.contacts {
            let Some(draft) = self.contact(number, cells, problems, warnings) else { continue };
            match contacts.iter_mut().find(|contact| contact.draft.name == draft.name) {
                Some(first) => ContactAdditions::of(&first.draft, &draft, country).add_to(&mut first.draft),
                None => contacts.push(RowContact { number, draft }),
            }
        }
        contacts
    }

    /// The contact of a number that a row gives.
    fn contact(
        &self,
        number: u8,
        cells: &[String],
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> Option<contact::edit::Draft> {
        let given = |field| {
            let columns = self.cells.columns.iter().zip(cells);
            let is_it = move |column: &Column| column.field == field && column.contact == Some(number);
            columns.filter(move |(column, cell)| is_it(column) && !cell.is_empty())
        };
        let several = |field, split: &dyn Fn(&str) -> Vec<String>| -> Vec<(&str, String)> {
            let values = given(field).map(|(column, cell)| (column.header.as_str(), split(cell)));
            values.flat_map(|(header, values)| values.into_iter().map(move |value| (header, value))).collect()
        };
        let text = |field| given(field).next().map(|(_, cell)| cell.clone());
        let header = |field| self.cells.header_of_contact(field, number);
        let country = self.options.country(&self.directory.settings);
        let phones = several(Field::ContactPhone, &|cell| split_phones(cell, country));
        let emails = several(Field::ContactEmail, &split_emails);
        let (mut name, title, wechat) =
            (text(Field::ContactName), text(Field::ContactTitle), text(Field::ContactWechat));
        let first = [phones.first(), emails.first()].into_iter().flatten().next();
        let first = first.map(|(header, value)| (*header, value.as_str()));
        let first = first.or_else(|| Some((header(Field::ContactWechat)?, wechat.as_deref()?)));
        if name.is_none() && first.is_some() {
            name.clone_from(&self.options.contact_name);
        }
        let first = first.or_else(|| Some((header(Field::ContactTitle)?, title.as_deref()?)));
        if name.is_none() {
            let (of_value, given) = first?;
            let of_name = header(Field::ContactName);
            let message = Message::BlankContactName { given: shown(given), has_column: of_name.is_some() };
            problems.push(Problem::new(of_name.or(Some(of_value)), message));
            return None;
        }
        let of_country = |(header, value): (&str, String)| match country == self.directory.settings.phone_country {
            true => (header.to_owned(), value),
            false => (header.to_owned(), contact::with_country_code(&value, country).unwrap_or(value)),
        };
        let mut given = GivenContact {
            phones: phones.into_iter().map(of_country).collect(),
            emails: emails.into_iter().map(|(header, value)| (header.to_owned(), value)).collect(),
            name,
            title,
            wechat,
        };
        let problem = |given: &GivenContact, refusal: &UserError| {
            let of_field =
                || FIELDS_OF_CONTACT.iter().find(|(name, _)| refusal.path.first().is_some_and(|it| it == name));
            let column = given.header_of(refusal).or_else(|| header(of_field()?.1).map(str::to_owned));
            Problem::new(column.as_deref(), refusal.message.clone())
        };
        let mut checked = given.check(self.directory.settings.phone_country);
        if self.options.skip_wrong_values
            && let Err(refusals) = &checked
        {
            // The last ones come first, so that the places of the others stay.
            for refusal in refusals.iter().rev() {
                let problem = problem(&given, refusal);
                if given.leave_out(refusal) {
                    warnings.push(problem.left_out());
                }
            }
            checked = given.check(self.directory.settings.phone_country);
        }
        checked.map_err(|refusals| problems.extend(refusals.iter().map(|refusal| problem(&given, refusal)))).ok()
    }

    fn extras(&self, cells: &[String], problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) -> Extras {
        let skips = self.options.skip_wrong_values;
        let mut refuse = |problem: Problem| match skips {
            true => warnings.push(problem.left_out()),
            false => problems.push(problem),
        };
        let (mut edits, mut headers) = (Vec::new(), Vec::new());
        for (column, cell) in self.cells.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let Some(key) = &column.extra else { continue };
            let kind = self.directory.extra_field(key).map(|field| field.kind);
            let value = match kind {
                Some(ExtraType::Number) => parse_number(cell, &self.options),
                Some(ExtraType::Boolean) => {
                    Ok(parse_boolean(cell).map_or_else(|| cell.clone(), |truth| truth.to_string()))
                }
                Some(ExtraType::Date) => {
                    parse_date(cell, self.options.date_order).map(|day| day.format("%Y-%m-%d").to_string())
                }
                Some(ExtraType::Text) | None => Ok(cell.clone()),
            };
            match value {
                Ok(value) => {
                    edits.push(ExtraEdit { key: key.clone(), value: Some(value) });
                    headers.push(column.header.as_str());
                }
                Err(message) => refuse(Problem::new(Some(&column.header), message)),
            }
        }
        let mut checked = extra::check(&self.directory, &edits);
        if skips && let Err(refusals) = &checked {
            let wrong: Vec<_> = refusals.iter().filter_map(place_of).collect();
            let mut place = 0..;
            edits.retain(|_| place.next().is_none_or(|place: usize| !wrong.contains(&place)));
            refusals.iter().for_each(|refusal| refuse(problem_of_extra(refusal, &headers)));
            checked = extra::check(&self.directory, &edits);
        }
        checked.unwrap_or_else(|refusals| {
            refusals.iter().for_each(|refusal| refuse(problem_of_extra(refusal, &headers)));
            Extras::default()
        })
    }

    fn owner(&self, cells: &[String]) -> Result<Option<UserId>, Problem> {
        let Some(name) = self.cells.filled(cells, Field::Owner).next() else { return Ok(None) };
        let refuse = |text: Text| Problem::new(self.header(Field::Owner), text);
        let Some(assign) = &self.assign else {
            return Err(Problem::forbidden_column(self.header(Field::Owner), ASSIGN));
        };
        let found = self.users.find(name).map_err(|message| refuse(message.text()))?;
        let Some(owner) = found else { return Err(refuse(Message::NoSuchUser { name: shown(name) }.text())) };
        match assign::may_own(&self.directory, &self.rights, assign, owner) {
            Ok(true) => Ok(Some(owner)),
            _ => Err(refuse(assign::invalid_owner().message)),
        }
    }

    fn times(
        &self,
        cells: &[String],
        owner: Option<UserId>,
        problems: &mut Vec<Problem>,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let zone = self.directory.settings.business_time_zone;
        // What depends on a value that is wrong itself is not a problem of its own.
        let depends_on_wrong = |field, problems: &[Problem]| {
            problems.iter().any(|problem| problem.column.as_deref() == self.header(field))
        };
        let mut read = |field, not_before: Option<DateTime<Utc>>, needs: Message, needed: &[Field]| {
            let given = self.cells.filled(cells, field).next()?;
            let header = self.header(field);
            if self.assign.is_none() {
                problems.push(Problem::forbidden_column(header, ASSIGN));
                return None;
            }
            let problem = match parse_time(given, zone, self.options.date_order) {
                Err(message) => Problem::new(header, message),
                Ok(time) => match past_time(time, self.now) {
                    Err(text) => Problem::new(header, text),
                    Ok(time) if not_before.is_none_or(|first| time < first) => {
                        if needed.iter().any(|needed| depends_on_wrong(*needed, problems)) {
                            return None;
                        }
                        Problem::new(header, needs)
                    }
                    Ok(time) => return Some(time),
                },
            };
            problems.push(problem);
            None
        };
        let first = owner.map(|_| DateTime::<Utc>::MIN_UTC);
        let since = read(Field::OwnedSince, first, Message::NeedsOwner, &[Field::Owner]);
        let last = read(Field::LastFollowUp, since, Message::NeedsOwnedSince, &[Field::Owner, Field::OwnedSince]);
        (since, last)
    }

    /// The header of the column of an extra field.
    pub fn header_of_extra(&self, key: &str) -> Option<&str> {
        let mut columns = self.cells.columns.iter();
        columns.find(|column| column.extra.as_deref() == Some(key)).map(|column| column.header.as_str())
    }

    /// The header of the first column that holds a field, of a contact of the rows if it is given.
    pub fn header_of(&self, field: Field, contact: Option<u8>) -> Option<&str> {
        contact.map_or_else(|| self.header(field), |contact| self.cells.header_of_contact(field, contact))
    }

    /// The header of the first column of a contact of the rows.
    pub fn header_of_contact(&self, number: u8) -> Option<&str> {
        FIELDS_OF_CONTACT.iter().find_map(|(_, field)| self.cells.header_of_contact(*field, number))
    }

    /// A refused field of the API as a problem of its column.
    fn problem(&self, refusal: UserError, fields: &[(&str, Field)]) -> Problem {
        Problem::new(self.header_of_refused(&refusal, fields).as_deref(), refusal.message)
    }

    fn header_of_refused(&self, refusal: &UserError, fields: &[(&str, Field)]) -> Option<String> {
        let of = refusal.path.first().and_then(|name| fields.iter().find(|(known, _)| known == name));
        of.and_then(|(_, field)| self.header(*field)).map(str::to_owned)
    }
}

fn problem_of_extra(refusal: &UserError, headers: &[&str]) -> Problem {
    let header = place_of(refusal).and_then(|place| headers.get(place).copied());
    Problem::new(header, refusal.message.clone())
}

/// The names of fields in the API.
pub const FIELDS_OF_COMPANY: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("creditCode", Field::CreditCode),
    ("source", Field::Source),
    ("sourceDetail", Field::SourceDetail),
    ("industry", Field::Industry),
    ("size", Field::Size),
    ("level", Field::Level),
    ("region", Field::Region),
];
