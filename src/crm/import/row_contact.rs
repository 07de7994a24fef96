//! Contacts of rows: a row creates a contact, or adds to one of the same name what that does not have yet. It never
//! overwrites a value.

use serde::{Deserialize, Serialize};

use crate::crm::contact;
use crate::crm::customer::bulk::KnownContact;
use crate::kernel::directory::Country;
use crate::kernel::id::ContactId;

/// A contact of a company.
pub struct CompanyContact {
    /// Its id, also before it is created.
    pub id: ContactId,
    /// Its values, with what the rows so far write.
    pub draft: contact::edit::Draft,
    /// Its version in the database; `None`: it is new.
    pub version: Option<i32>,
}

impl From<&KnownContact> for CompanyContact {
    fn from(known: &KnownContact) -> Self {
        let KnownContact { id, version, name, title, phones, emails, wechat } = known.clone();
        let draft = contact::edit::Draft { name, title, phones, emails, wechat, ..Default::default() };
        Self { id, draft, version: Some(version) }
    }
}

/// A contact that a row creates or adds to.
#[derive(Debug, Clone)]
pub struct WrittenContact {
    /// Its id.
    pub id: ContactId,
    /// Its name.
    pub name: String,
    /// Its version after the row is done.
    pub version: i32,
    /// What the row adds to it; `None`: the row creates it.
    pub added: Option<ContactAdditions>,
}

/// What a row adds to an existing contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactAdditions {
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub title: Option<String>,
    pub wechat: Option<String>,
}

impl ContactAdditions {
    /// The given values that the existing contact does not have yet.
    pub fn of(existing: &contact::edit::Draft, given: &contact::edit::Draft, country: Country) -> Self {
        fn new_values(existing: &[String], given: &[String], key: impl Fn(&str) -> String) -> Vec<String> {
            let mut known: Vec<_> = existing.iter().map(|value| key(value)).collect();
            let mut is_new = |value: &&String| {
                let key = key(value);
                let is_new = !known.contains(&key);
                known.push(key);
                is_new
            };
            given.iter().filter(|value| is_new(value)).cloned().collect()
        }
        let if_blank = |existing: &Option<String>, given: &Option<String>| given.clone().filter(|_| existing.is_none());
        Self {
            phones: new_values(&existing.phones, &given.phones, |phone| contact::phone_key(phone, country)),
            emails: new_values(&existing.emails, &given.emails, contact::email_key),
            title: if_blank(&existing.title, &given.title),
            wechat: if_blank(&existing.wechat, &given.wechat),
        }
    }

    /// Whether the contact has all values already.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the values to a contact.
    pub fn add_to(&self, draft: &mut contact::edit::Draft) {
        draft.phones.extend_from_slice(&self.phones);
        draft.emails.extend_from_slice(&self.emails);
        draft.title = draft.title.take().or(self.title.clone());
        draft.wechat = draft.wechat.take().or(self.wechat.clone());
    }

    /// Removes the values from a contact.
    pub fn remove_from(&self, draft: &mut contact::edit::Draft) {
        draft.phones.retain(|phone| !self.phones.contains(phone));
        draft.emails.retain(|email| !self.emails.contains(email));
        draft.title.take_if(|title| self.title.as_ref() == Some(title));
        draft.wechat.take_if(|wechat| self.wechat.as_ref() == Some(wechat));
    }
}
