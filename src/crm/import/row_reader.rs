//! Reads the cells of a row by the fields of their columns, with the same checks as the operations for a single
//! customer.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization;

use super::Problem;
use super::column::{Column, Field};
use super::row_input::RowInput;
use super::value::{parse_boolean, parse_date, parse_number, parse_time, split_values};
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
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    assign: Option<Grant>,
    now: DateTime<Utc>,
    columns: Vec<Column>,
    default_source: Option<String>,
    /// Active users by name; `None`: several users have the name.
    by_name: HashMap<String, Option<UserId>>,
    by_email: HashMap<String, UserId>,
}

impl RowReader {
    /// A reader for the actor of an operation.
    pub fn new(op: &Op<'_>, columns: Vec<Column>, default_source: Option<String>) -> Result<Self, Error> {
        let (mut by_name, mut by_email) = (HashMap::new(), HashMap::new());
        if columns.iter().any(|column| column.field == Field::Owner) {
            for (&user, member) in op.directory().people.iter().filter(|(_, member)| member.is_active) {
                by_name.entry(folded(&member.name)).and_modify(|known| *known = None).or_insert(Some(user));
                by_email.insert(member.email.clone(), user);
            }
        }
        Ok(Self {
            directory: op.directory_handle(),
            rights: op.rights()?,
            assign: op.authorize(ASSIGN).ok(),
            now: op.now(),
            columns,
            default_source,
            by_name,
            by_email,
        })
    }

    /// The header of the first column that holds a field.
    pub fn header(&self, field: Field) -> Option<&str> {
        self.columns.iter().find(|column| column.field == field).map(|column| column.header.as_str())
    }

    /// Reads a row, or returns all its problems.
    pub fn read(&self, cells: &[String]) -> Result<RowInput, Vec<Problem>> {
        let mut problems = Vec::new();
        let edit = self.company(cells);
        let mut whole = edit.clone();
        if whole.source.is_none() {
            whole.source.clone_from(&self.default_source);
        }
        let mut problems_if_new = Vec::new();
        let draft = edit::check(&self.directory, Draft::default(), whole.clone()).unwrap_or_else(|refusals| {
            let refusals = refusals.into_iter().map(|refusal| self.problem(refusal, FIELDS_OF_COMPANY));
            match edit::check(&self.directory, self.inactive_choices_of(&whole), whole) {
                Ok(draft) => {
                    problems_if_new.extend(refusals);
                    draft
                }
                Err(_) => {
                    problems.extend(refusals);
                    Draft::default()
                }
            }
        });
        let extras = self.extras(cells, &mut problems);
        let mut contact = self.contact(cells);
        if contact.take_if(|contact| contact.name.is_none()).is_some() {
            let text = Text::new("is blank, but a contact must have a name", "为空，联系人必须有姓名");
            problems.push(Problem::new(self.header(Field::ContactName), text));
        }
        let contact = contact.map(|contact| contact::edit::check(Default::default(), contact));
        let contact = contact.transpose().unwrap_or_else(|refusals| {
            problems.extend(refusals.into_iter().map(|refusal| self.problem_of_contact(refusal, cells)));
            None
        });
        let contact = contact.map(|(contact, _)| contact);
        let owner = self.owner(cells).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let (owned_since, last_followup) = self.times(cells, owner, &mut problems);
        if problems.is_empty() {
            Ok(RowInput { edit, draft, problems_if_new, extras, contact, owner, owned_since, last_followup })
        } else {
            Err(problems)
        }
    }

    /// The cells of a field that are not blank.
    fn filled_cells<'c>(&self, cells: &'c [String], field: Field) -> impl Iterator<Item = &'c str> {
        let of_field = self.columns.iter().zip(cells).filter(move |(column, _)| column.field == field);
        of_field.map(|(_, cell)| cell.as_str()).filter(|cell| !cell.is_empty())
    }

    fn company(&self, cells: &[String]) -> Edit {
        let text = |field| self.filled_cells(cells, field).next().map(str::to_owned);
        let choice = |field, kind| {
            let given = self.filled_cells(cells, field).next()?;
            Some(code_of(&self.directory, kind, given).unwrap_or_else(|| given.to_owned()))
        };
        Edit {
            name: Some(text(Field::Name).unwrap_or_default()),
            credit_code: text(Field::CreditCode).map(|code| Some(code.nfkc().collect())),
            source: choice(Field::Source, ChoiceKind::Source),
            source_detail: text(Field::SourceDetail).map(Some),
            industry: choice(Field::Industry, ChoiceKind::Industry).map(Some),
            size: choice(Field::Size, ChoiceKind::Size).map(Some),
            level: choice(Field::Level, ChoiceKind::Level).map(Some),
            region: choice(Field::Region, ChoiceKind::Region).map(Some),
            extras: Vec::new(),
        }
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

    fn contact(&self, cells: &[String]) -> Option<contact::edit::Edit> {
        let text = |field| self.filled_cells(cells, field).next().map(str::to_owned);
        let all = |field| self.filled_cells(cells, field).flat_map(split_values).collect::<Vec<_>>();
        let (name, title, wechat) = (text(Field::ContactName), text(Field::ContactTitle), text(Field::ContactWechat));
        let (phones, emails) = (all(Field::ContactPhone), all(Field::ContactEmail));
        let is_there =
            name.is_some() || title.is_some() || wechat.is_some() || !phones.is_empty() || !emails.is_empty();
        is_there.then_some(contact::edit::Edit {
            name,
            title: Some(title),
            decision_role: None,
            phones: Some(phones),
            emails: Some(emails),
            wechat: Some(wechat),
            is_primary: None,
        })
    }

    fn extras(&self, cells: &[String], problems: &mut Vec<Problem>) -> Extras {
        let (mut edits, mut headers) = (Vec::new(), Vec::new());
        for (column, cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let Some(key) = &column.extra else { continue };
            let kind = self.directory.extra_field(key).map(|field| field.kind);
            let value = match kind {
                Some(ExtraType::Number) => parse_number(cell),
                Some(ExtraType::Boolean) => parse_boolean(cell).map(|truth| truth.to_string()),
                Some(ExtraType::Date) => parse_date(cell).map(|day| day.format("%Y-%m-%d").to_string()),
                Some(ExtraType::Text) | None => None,
            };
            edits.push(ExtraEdit { key: key.clone(), value: Some(value.unwrap_or_else(|| cell.clone())) });
            headers.push(column.header.as_str());
        }
        extra::check(&self.directory, &edits).unwrap_or_else(|refusals| {
            problems.extend(refusals.into_iter().map(|refusal| {
                let index = refusal.path.get(1).and_then(|index| index.parse::<usize>().ok());
                let header = index.and_then(|index| headers.get(index).copied());
                Problem::new(header, refusal.message)
            }));
            Extras::default()
        })
    }

    fn owner(&self, cells: &[String]) -> Result<Option<UserId>, Problem> {
        let Some(name) = self.filled_cells(cells, Field::Owner).next() else { return Ok(None) };
        let refuse = |text: Text| Problem::new(self.header(Field::Owner), text);
        let Some(assign) = &self.assign else { return Err(refuse(UserError::forbidden(ASSIGN).message)) };
        let found = match name.contains('@') {
            true => self.by_email.get(&name.to_lowercase()).copied(),
            false => match self.by_name.get(&folded(name)) {
                Some(None) => {
                    let en = "is the name of several users: give the e-mail address instead";
                    return Err(refuse(Text::new(en, "有多人同名，请改填邮箱")));
                }
                found => found.copied().flatten(),
            },
        };
        let may_own = |owner| assign::may_own(&self.directory, &self.rights, assign, owner).unwrap_or(false);
        match found.filter(|owner| may_own(*owner)) {
            Some(owner) => Ok(Some(owner)),
            None => Err(refuse(assign::invalid_owner().message)),
        }
    }

    fn times(
        &self,
        cells: &[String],
        owner: Option<UserId>,
        problems: &mut Vec<Problem>,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let zone = self.directory.settings.business_time_zone;
        let mut read = |field, not_before: Option<DateTime<Utc>>, needs: Text| {
            let given = self.filled_cells(cells, field).next()?;
            let refuse = |en: &str, zh: &str| Problem::new(self.header(field), Text::new(en, zh));
            match parse_time(given, zone) {
                None => problems.push(refuse(
                    "is not a date like 2026-03-01 or 2026-03-01 15:30",
                    "不是有效日期，格式如 2026-03-01 或 2026-03-01 15:30",
                )),
                Some(_) if self.assign.is_none() => {
                    problems.push(Problem::new(self.header(field), UserError::forbidden(ASSIGN).message));
                }
                Some(time) => match past_time(time, self.now) {
                    Err(text) => problems.push(Problem::new(self.header(field), text)),
                    Ok(time) if not_before.is_none_or(|first| time < first) => {
                        problems.push(Problem::new(self.header(field), needs));
                    }
                    Ok(time) => return Some(time),
                },
            }
            None
        };
        let first = owner.map(|_| DateTime::<Utc>::MIN_UTC);
        let since =
            read(Field::OwnedSince, first, Text::new("needs an owner in the same row", "需要在同一行填写负责人"));
        let needs = Text::new(
            "needs, in the same row, an owner and the date since when they have owned the customer, which must not be later than this one",
            "需要在同一行填写负责人和归属时间，且归属时间不能晚于此时间",
        );
        let last = read(Field::LastFollowUp, since, needs);
        (since, last)
    }

    /// The header of the column of an extra field.
    pub fn header_of_extra(&self, key: &str) -> Option<&str> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.extra.as_deref() == Some(key)).map(|column| column.header.as_str())
    }

    /// A refused field of a contact as a problem of its column; of several columns with phones or e-mail addresses, the
    /// one with the refused value.
    fn problem_of_contact(&self, refusal: UserError, cells: &[String]) -> Problem {
        let field = FIELDS_OF_CONTACT.iter().find(|(name, _)| refusal.path.first().is_some_and(|path| path == name));
        let index = refusal.path.get(1).and_then(|index| index.parse().ok());
        let (Some((_, field)), Some(index)) = (field, index) else { return self.problem(refusal, FIELDS_OF_CONTACT) };
        let of_field = self.columns.iter().zip(cells).filter(|(column, _)| column.field == *field);
        let mut each = of_field.flat_map(|(column, cell)| split_values(cell).map(|_| column.header.as_str()));
        Problem::new(each.nth(index).or(self.header(*field)), refusal.message)
    }

    /// A refused field of the API as a problem of its column.
    fn problem(&self, refusal: UserError, fields: &[(&str, Field)]) -> Problem {
        let of = refusal.path.first().and_then(|name| fields.iter().find(|(known, _)| known == name));
        Problem::new(of.and_then(|(_, field)| self.header(*field)), refusal.message)
    }
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
const FIELDS_OF_CONTACT: &[(&str, Field)] = &[
    ("name", Field::ContactName),
    ("title", Field::ContactTitle),
    ("phones", Field::ContactPhone),
    ("emails", Field::ContactEmail),
    ("wechat", Field::ContactWechat),
];

/// The code of the choice with this code or name; an inactive choice only if no active one has it.
fn code_of(directory: &Directory, kind: ChoiceKind, text: &str) -> Option<String> {
    let key = folded(text);
    let is_it = |name: &String| folded(name) == key;
    let choices = directory.choices.iter().filter(|choice| choice.kind == kind);
    let found = choices.filter(|choice| [&choice.code, &choice.name_en, &choice.name_zh].into_iter().any(is_it));
    found.min_by_key(|choice| !choice.active).map(|choice| choice.code.clone())
}

fn folded(text: &str) -> String {
    let letters = text.nfkc().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace());
    // People write the dash of a range, such as `50-200`, with different characters.
    letters.map(|letter| if matches!(letter, '–' | '—' | '~' | '～') { '-' } else { letter }).collect()
}
