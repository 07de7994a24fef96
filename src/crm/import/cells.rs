//! The cells of rows by the fields of their columns, and the users that cells name.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Problem;
use super::column::{Column, Field};
use super::message::{Message, shown};
use super::options::Options;
use super::record::CustomerKey;
use super::replacement::{Replacements, value_key};
use crate::crm::external_id;
use crate::kernel::directory::{ChoiceKind, Directory};
use crate::kernel::error::Text;
use crate::kernel::id::UserId;
use crate::kernel::text;

/// The columns of a file, with what is read instead of some values.
pub struct Cells {
    /// The columns.
    pub columns: Vec<Column>,
    replacements: Replacements,
}

impl Cells {
    /// The columns with the options of an import.
    pub fn new(columns: Vec<Column>, options: &Options) -> Self {
        Self { columns, replacements: Replacements::of(&options.replacements) }
    }

    /// The header of the first column that holds a field.
    pub fn header(&self, field: Field) -> Option<&str> {
        self.columns.iter().find(|column| column.field == field).map(|column| column.header.as_str())
    }

    /// The header of the first column that holds a field of a contact of the rows.
    pub fn header_of_contact(&self, field: Field, contact: u8) -> Option<&str> {
        let is_it = |column: &&Column| column.field == field && column.contact == Some(contact);
        self.columns.iter().find(is_it).map(|column| column.header.as_str())
    }

    /// A problem of the column of a field.
    pub fn problem(&self, field: Field, text: impl Into<Text>) -> Problem {
        Problem::new(self.header(field), text)
    }

    /// The cells as they are read, if there is a replacement for some.
    pub fn replaced<'c>(&self, cells: &'c [String]) -> Cow<'c, [String]> {
        if self.replacements.is_empty() {
            return Cow::Borrowed(cells);
        }
        let mut read = cells.to_vec();
        for (column, cell) in self.columns.iter().zip(&mut read).filter(|(_, cell)| !cell.is_empty()) {
            if let Some(replacement) = self.replacements.get(column.field, column.extra.as_deref(), cell) {
                *cell = replacement.to_owned();
            }
        }
        Cow::Owned(read)
    }

    /// The key of the row's record in another system.
    pub fn external_id(&self, cells: &[String]) -> Result<Option<String>, Problem> {
        self.key(cells, Field::ExternalId)
    }

    /// The key of a record in another system, in the column of a field.
    pub fn key(&self, cells: &[String], field: Field) -> Result<Option<String>, Problem> {
        let Some(cell) = self.filled(cells, field).next() else { return Ok(None) };
        let key = text::name(&[], cell, 1, external_id::MOST_CHARACTERS);
        key.map(Some).map_err(|refusal| self.problem(field, refusal.message))
    }

    /// The customer that a row names.
    pub fn customer(&self, cells: &[String]) -> Result<Option<CustomerKey>, Problem> {
        let by_name = || self.filled(cells, Field::Name).next().map(|name| CustomerKey::Name(name.to_owned()));
        Ok(self.key(cells, Field::CustomerExternalId)?.map(CustomerKey::ExternalId).or_else(by_name))
    }

    /// The problem of a row that must name a customer.
    pub fn no_customer(&self) -> Problem {
        let header = self.header(Field::CustomerExternalId).or_else(|| self.header(Field::Name));
        Problem::new(header, Message::NoCustomer)
    }

    /// The cells of a field that are not blank.
    pub fn filled<'c>(&self, cells: &'c [String], field: Field) -> impl Iterator<Item = &'c str> {
        let of_field = self.columns.iter().zip(cells).filter(move |(column, _)| column.field == field);
        of_field.map(|(_, cell)| cell.as_str()).filter(|cell| !cell.is_empty())
    }
}

/// Users by what files call them.
#[derive(Default)]
pub struct Users {
    /// By name; `None`: several users have the name.
    by_name: HashMap<String, Option<UserId>>,
    by_email: HashMap<String, UserId>,
}

impl Users {
    /// The active users.
    pub fn active(directory: &Directory) -> Self {
        let mut users = Self::default();
        users.add(directory, true);
        users
    }

    /// All users. A user who has departed is found by a name that no active one has.
    pub fn all(directory: &Directory) -> Self {
        let mut users = Self::active(directory);
        let mut departed = Self::default();
        departed.add(directory, false);
        for (name, user) in departed.by_name {
            users.by_name.entry(name).or_insert(user);
        }
        for (email, user) in departed.by_email {
            users.by_email.entry(email).or_insert(user);
        }
        users
    }

    fn add(&mut self, directory: &Directory, is_active: bool) {
        for (&user, member) in directory.people.iter().filter(|(_, member)| member.is_active == is_active) {
            self.by_name.entry(folded(&member.name)).and_modify(|known| *known = None).or_insert(Some(user));
            self.by_email.insert(member.email.to_string(), user);
        }
    }

    /// The user with this e-mail address or name, if there is one; several with the name are refused.
    pub fn find(&self, name: &str) -> Result<Option<UserId>, Message> {
        match name.contains('@') {
            true => Ok(self.by_email.get(&name.to_lowercase()).copied()),
            false => match self.by_name.get(&folded(name)) {
                Some(None) => Err(Message::SeveralUsers { name: shown(name) }),
                found => Ok(found.copied().flatten()),
            },
        }
    }
}

/// The form in which names are compared.
pub fn folded(text: &str) -> String {
    // People write the dash of a range, such as `50-200`, with different characters.
    value_key(text).chars().map(|letter| if matches!(letter, '–' | '—' | '~' | '～') { '-' } else { letter }).collect()
}

/// The code of the choice with this code or name; an inactive choice only if no active one has it.
pub fn code_of(directory: &Directory, kind: ChoiceKind, text: &str) -> Option<String> {
    let key = folded(text);
    let is_it = |name: &String| folded(name) == key;
    let choices = directory.choices.iter().filter(|choice| choice.kind == kind);
    let found = choices.filter(|choice| [&choice.code, &choice.name_en, &choice.name_zh].into_iter().any(is_it));
    found.min_by_key(|choice| !choice.active).map(|choice| choice.code.clone())
}
