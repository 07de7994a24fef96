//! Contacts as rows meet them: entered, or given what they do not have yet. What they have is never written over.

use serde::{Deserialize, Serialize};

use crate::crm::contact;
use crate::crm::customer::bulk::KnownContact;
use crate::kernel::id::ContactId;

/// A contact of a company.
pub struct Person {
    /// Its id, if it is there.
    pub id: ContactId,
    /// What is known of it.
    pub draft: contact::edit::Draft,
    /// Its version in the database; `None`: it is not there yet.
    pub version: Option<i32>,
}

impl From<&KnownContact> for Person {
    fn from(known: &KnownContact) -> Self {
        let KnownContact { id, version, name, title, phones, emails, wechat } = known.clone();
        let draft = contact::edit::Draft { name, title, phones, emails, wechat, ..Default::default() };
        Self { id, draft, version: Some(version) }
    }
}

/// A contact that a row enters, or adds to.
#[derive(Debug, Clone)]
pub struct WrittenContact {
    /// Which.
    pub id: ContactId,
    /// Its name.
    pub name: String,
    /// The version that it has then.
    pub version: i32,
    /// What is added to one that was there; `None`: the row enters it.
    pub added: Option<Added>,
}

/// What a row adds to a contact that is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Added {
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub title: Option<String>,
    pub wechat: Option<String>,
}

impl Added {
    /// What a contact of the same name does not have yet.
    pub fn to(there: &contact::edit::Draft, given: &contact::edit::Draft) -> Self {
        fn further(there: &[String], given: &[String], key: fn(&str) -> String) -> Vec<String> {
            let mut known: Vec<_> = there.iter().map(|value| key(value)).collect();
            let mut is_new = |value: &&String| {
                let key = key(value);
                let is_new = !known.contains(&key);
                known.push(key);
                is_new
            };
            given.iter().filter(|value| is_new(value)).cloned().collect()
        }
        let where_blank = |there: &Option<String>, given: &Option<String>| given.clone().filter(|_| there.is_none());
        Self {
            phones: further(&there.phones, &given.phones, contact::phone_key),
            emails: further(&there.emails, &given.emails, contact::email_key),
            title: where_blank(&there.title, &given.title),
            wechat: where_blank(&there.wechat, &given.wechat),
        }
    }

    /// Whether it has all already.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds it.
    pub fn put(&self, draft: &mut contact::edit::Draft) {
        draft.phones.extend_from_slice(&self.phones);
        draft.emails.extend_from_slice(&self.emails);
        draft.title = draft.title.take().or(self.title.clone());
        draft.wechat = draft.wechat.take().or(self.wechat.clone());
    }

    /// Takes it out again.
    pub fn take_out(&self, draft: &mut contact::edit::Draft) {
        draft.phones.retain(|phone| !self.phones.contains(phone));
        draft.emails.retain(|email| !self.emails.contains(email));
        draft.title.take_if(|title| self.title.as_ref() == Some(title));
        draft.wechat.take_if(|wechat| self.wechat.as_ref() == Some(wechat));
    }
}
