//! The contact that the cells of a row give, before it is checked.

use super::field::Field;
use crate::crm::contact;
use crate::kernel::directory::Country;
use crate::kernel::error::UserError;

/// The names of the fields of contacts in the API.
pub const FIELDS_OF_CONTACT: &[(&str, Field)] = &[
    ("name", Field::ContactName),
    ("title", Field::ContactTitle),
    ("phones", Field::ContactPhone),
    ("emails", Field::ContactEmail),
    ("wechat", Field::ContactWechat),
];

/// The contact of a row before it is checked; phone numbers and e-mail addresses have the headers of their columns.
pub struct GivenContact {
    pub name: Option<String>,
    pub title: Option<String>,
    pub wechat: Option<String>,
    pub phones: Vec<(String, String)>,
    pub emails: Vec<(String, String)>,
}

impl GivenContact {
    /// The contact with its values checked, or what is wrong with them.
    pub fn check(&self, country: Country) -> Result<contact::edit::Draft, Vec<UserError>> {
        let values = |all: &[(String, String)]| Some(all.iter().map(|(_, value)| value.clone()).collect());
        let edit = contact::edit::Edit {
            name: self.name.clone(),
            title: Some(self.title.clone()),
            decision_role: None,
            phones: values(&self.phones),
            emails: values(&self.emails),
            wechat: Some(self.wechat.clone()),
            is_primary: None,
        };
        contact::edit::check(Default::default(), edit, country).map(|(draft, _)| draft)
    }

    /// The header of the column of a refused phone number or e-mail address.
    pub fn header_of(&self, refusal: &UserError) -> Option<String> {
        let all = match refusal.path.first().map(String::as_str) {
            Some("phones") => &self.phones,
            Some("emails") => &self.emails,
            _ => return None,
        };
        place_of(refusal).and_then(|place| all.get(place)).map(|(header, _)| header.clone())
    }

    /// Takes a refused value out; false if it must be there.
    pub fn leave_out(&mut self, refusal: &UserError) -> bool {
        match (refusal.path.first().map(String::as_str), place_of(refusal)) {
            (Some("title"), _) => self.title = None,
            (Some("wechat"), _) => self.wechat = None,
            (Some("phones"), Some(place)) if place < self.phones.len() => drop(self.phones.remove(place)),
            (Some("emails"), Some(place)) if place < self.emails.len() => drop(self.emails.remove(place)),
            (Some("phones"), None) => self.phones.truncate(contact::edit::MOST),
            (Some("emails"), None) => self.emails.truncate(contact::edit::MOST),
            _ => return false,
        }
        true
    }
}

/// The place in a list that a refusal is about.
pub fn place_of(refusal: &UserError) -> Option<usize> {
    refusal.path.get(1).and_then(|place| place.parse().ok())
}
