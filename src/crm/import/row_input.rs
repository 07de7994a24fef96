//! What one row of a file asks for: its cells, read by what their columns mean and checked as those are who type.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization;

use super::Problem;
use super::column::{Column, Field};
use super::value::{day_of, number_of, several, time_of, truth_of};
use crate::crm::contact;
use crate::crm::customer::assign::{self, ASSIGN};
use crate::crm::customer::edit::{self, Draft, Edit};
use crate::crm::extra::{self, ExtraEdit, Extras};
use crate::kernel::access::{Grant, Rights};
use crate::kernel::directory::{Choice, ChoiceKind, Directory, ExtraType};
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// What a row asks for, if it can be had.
#[derive(Debug, Clone)]
pub struct RowInput {
    /// What it says of the company; blank cells say nothing.
    pub edit: Edit,
    /// The company as it would be entered; without a source if none is known.
    pub draft: Draft,
    /// What is wrong with that: choices that were switched off stay where they are, and come nowhere else.
    pub wrong_if_new: Vec<Problem>,
    /// The extras that it gives.
    pub extras: Extras,
    /// The contact that it gives.
    pub contact: Option<contact::edit::Draft>,
    /// Who gets the company when it is new.
    pub owner: Option<UserId>,
    /// Since when.
    pub owned_since: Option<DateTime<Utc>>,
    /// When they last followed up.
    pub last_followup: Option<DateTime<Utc>>,
}

/// By what rows are read: the columns, and what the one who imports may do.
pub struct Reader {
    directory: Arc<Directory>,
    rights: Arc<Rights>,
    assign: Option<Grant>,
    now: DateTime<Utc>,
    columns: Vec<Column>,
    default_source: Option<String>,
    /// Active people by name; `None` where several have it.
    by_name: HashMap<String, Option<UserId>>,
    by_email: HashMap<String, UserId>,
}

impl Reader {
    /// A reader for the one who acts.
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

    /// The header of the first column of a field.
    pub fn header(&self, field: Field) -> Option<&str> {
        self.columns.iter().find(|column| column.field == field).map(|column| column.header.as_str())
    }

    /// Reads a row. All that is wrong is told at once.
    pub fn read(&self, cells: &[String]) -> Result<RowInput, Vec<Problem>> {
        let mut wrong = Vec::new();
        let edit = self.company(cells);
        let mut whole = edit.clone();
        if whole.source.is_none() {
            whole.source.clone_from(&self.default_source);
        }
        let mut wrong_if_new = Vec::new();
        let draft = edit::check(&self.directory, Draft::default(), whole.clone()).unwrap_or_else(|refusals| {
            let refusals = refusals.into_iter().map(|refusal| self.problem(refusal, FIELDS_OF_COMPANY));
            match edit::check(&self.directory, self.switched_off(&whole), whole) {
                Ok(draft) => {
                    wrong_if_new.extend(refusals);
                    draft
                }
                Err(_) => {
                    wrong.extend(refusals);
                    Draft::default()
                }
            }
        });
        let extras = self.extras(cells, &mut wrong);
        let mut contact = self.contact(cells);
        if contact.take_if(|contact| contact.name.is_none()).is_some() {
            let text = Text::new("is blank, but a contact has a name", "为空，联系人需要姓名");
            wrong.push(Problem::new(self.header(Field::ContactName), text));
        }
        let contact = contact.map(|contact| contact::edit::check(Default::default(), contact));
        let contact = contact.transpose().unwrap_or_else(|refusals| {
            wrong.extend(refusals.into_iter().map(|refusal| self.problem_of_contact(refusal, cells)));
            None
        });
        let contact = contact.map(|(contact, _)| contact);
        let owner = self.owner(cells).unwrap_or_else(|problem| {
            wrong.push(problem);
            None
        });
        let (owned_since, last_followup) = self.times(cells, owner, &mut wrong);
        if wrong.is_empty() {
            Ok(RowInput { edit, draft, wrong_if_new, extras, contact, owner, owned_since, last_followup })
        } else {
            Err(wrong)
        }
    }

    /// The cells of a field that are not blank.
    fn given<'c>(&self, cells: &'c [String], field: Field) -> impl Iterator<Item = &'c str> {
        let of_field = self.columns.iter().zip(cells).filter(move |(column, _)| column.field == field);
        of_field.map(|(_, cell)| cell.as_str()).filter(|cell| !cell.is_empty())
    }

    fn company(&self, cells: &[String]) -> Edit {
        let text = |field| self.given(cells, field).next().map(str::to_owned);
        let choice = |field, kind| {
            let given = self.given(cells, field).next()?;
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

    /// A company that has those choices of the row that were switched off.
    fn switched_off(&self, edit: &Edit) -> Draft {
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
        let text = |field| self.given(cells, field).next().map(str::to_owned);
        let all = |field| self.given(cells, field).flat_map(several).collect::<Vec<_>>();
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

    fn extras(&self, cells: &[String], wrong: &mut Vec<Problem>) -> Extras {
        let (mut edits, mut headers) = (Vec::new(), Vec::new());
        for (column, cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let Some(key) = &column.extra else { continue };
            let kind = self.directory.extra_field(key).map(|field| field.kind);
            let value = match kind {
                Some(ExtraType::Number) => number_of(cell),
                Some(ExtraType::Boolean) => truth_of(cell).map(|truth| truth.to_string()),
                Some(ExtraType::Date) => day_of(cell).map(|day| day.format("%Y-%m-%d").to_string()),
                Some(ExtraType::Text) | None => None,
            };
            edits.push(ExtraEdit { key: key.clone(), value: Some(value.unwrap_or_else(|| cell.clone())) });
            headers.push(column.header.as_str());
        }
        extra::check(&self.directory, &edits).unwrap_or_else(|refusals| {
            wrong.extend(refusals.into_iter().map(|refusal| {
                let place = refusal.path.get(1).and_then(|place| place.parse::<usize>().ok());
                let header = place.and_then(|place| headers.get(place).copied());
                Problem::new(header, refusal.message)
            }));
            Extras::default()
        })
    }

    fn owner(&self, cells: &[String]) -> Result<Option<UserId>, Problem> {
        let Some(called) = self.given(cells, Field::Owner).next() else { return Ok(None) };
        let refuse = |text: Text| Problem::new(self.header(Field::Owner), text);
        let Some(assign) = &self.assign else { return Err(refuse(UserError::forbidden(ASSIGN).message)) };
        let found = match called.contains('@') {
            true => self.by_email.get(&called.to_lowercase()).copied(),
            false => match self.by_name.get(&folded(called)) {
                Some(None) => {
                    let en = "is the name of several people: give the e-mail address";
                    return Err(refuse(Text::new(en, "有多人同名，请填写邮箱")));
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
        wrong: &mut Vec<Problem>,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let zone = self.directory.settings.business_time_zone;
        let mut read = |field, not_before: Option<DateTime<Utc>>, needs: Text| {
            let given = self.given(cells, field).next()?;
            let refuse = |en: &str, zh: &str| Problem::new(self.header(field), Text::new(en, zh));
            match time_of(given, zone) {
                None => wrong.push(refuse(
                    "is not a date like 2026-03-01 or 2026-03-01 15:30",
                    "不是日期，应如 2026-03-01 或 2026-03-01 15:30",
                )),
                Some(_) if self.assign.is_none() => {
                    wrong.push(Problem::new(self.header(field), UserError::forbidden(ASSIGN).message));
                }
                Some(time) if time > self.now => wrong.push(refuse("lies in the future", "晚于当前时间")),
                Some(time) if not_before.is_none_or(|first| time < first) => {
                    wrong.push(Problem::new(self.header(field), needs));
                }
                Some(time) => return Some(time),
            }
            None
        };
        let first = owner.map(|_| DateTime::<Utc>::MIN_UTC);
        let since = read(Field::OwnedSince, first, Text::new("needs an owner beside it", "需要同时填写负责人"));
        let needs = Text::new(
            "needs an owner, and since when they have it, no later than this",
            "需要同时填写负责人，以及不晚于此的归属时间",
        );
        let last = read(Field::LastFollowUp, since, needs);
        (since, last)
    }

    /// The header of the column of an extra field.
    pub fn header_of_extra(&self, key: &str) -> Option<&str> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.extra.as_deref() == Some(key)).map(|column| column.header.as_str())
    }

    /// The same of a contact: of several columns with phones or addresses, the one that has the wrong one.
    fn problem_of_contact(&self, refusal: UserError, cells: &[String]) -> Problem {
        let field = FIELDS_OF_CONTACT.iter().find(|(name, _)| refusal.path.first().is_some_and(|path| path == name));
        let place = refusal.path.get(1).and_then(|place| place.parse().ok());
        let (Some((_, field)), Some(place)) = (field, place) else { return self.problem(refusal, FIELDS_OF_CONTACT) };
        let of_field = self.columns.iter().zip(cells).filter(|(column, _)| column.field == *field);
        let mut each = of_field.flat_map(|(column, cell)| several(cell).map(|_| column.header.as_str()));
        Problem::new(each.nth(place).or(self.header(*field)), refusal.message)
    }

    /// What is wrong with a field of the API, as a problem of its column.
    fn problem(&self, refusal: UserError, fields: &[(&str, Field)]) -> Problem {
        let of = refusal.path.first().and_then(|name| fields.iter().find(|(known, _)| known == name));
        Problem::new(of.and_then(|(_, field)| self.header(*field)), refusal.message)
    }
}

/// How the API calls what columns hold.
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

/// The code of a choice, by its code or by what people call it; one that was switched off if no other is called so.
fn code_of(directory: &Directory, kind: ChoiceKind, called: &str) -> Option<String> {
    let called = folded(called);
    let is_it = |name: &String| folded(name) == called;
    let choices = directory.choices.iter().filter(|choice| choice.kind == kind);
    let found = choices.filter(|choice| [&choice.code, &choice.name_en, &choice.name_zh].into_iter().any(is_it));
    found.min_by_key(|choice| !choice.active).map(|choice| choice.code.clone())
}

fn folded(text: &str) -> String {
    let letters = text.nfkc().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace());
    // The dash of a range is written in several ways.
    letters.map(|letter| if matches!(letter, '–' | '—' | '~' | '～') { '-' } else { letter }).collect()
}
