//! What contacts are to the operations on them: rows, inputs and permissions.

use serde::Serialize;

use super::key::{email_key, phone_key};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::directory::Country;
use crate::kernel::id::{ContactId, CustomerId};

/// Permission to read contacts.
pub const READ: Permission = Permission::to(Action::Read, Resource::Contact);
/// Permission to read the details of contacts unmasked in every list.
pub const READ_DETAILS: Permission = Permission::to(Action::Read, Resource::ContactDetails);
/// Permission to reveal the details of one contact at a time.
pub const REVEAL: Permission = Permission::to(Action::Reveal, Resource::ContactDetails);
/// Permission to create, update and archive contacts.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Contact);

/// The kind of look-ups by a phone number.
pub const PHONE: &str = "PHONE";
/// The kind of look-ups by an e-mail address.
pub const EMAIL: &str = "EMAIL";
/// The kind of look-ups by the domain of e-mail addresses.
pub const EMAIL_DOMAIN: &str = "EMAIL_DOMAIN";

/// The role of a contact when their company decides what to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionRole {
    /// The contact decides.
    DecisionMaker,
    /// The contact influences the decision.
    Influencer,
    /// The contact handles the purchase.
    Buyer,
    /// The contact will use the product.
    User,
    /// The contact controls the access to the others.
    Gatekeeper,
}

/// The fields of a contact that users edit.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub title: Option<String>,
    pub decision_role: Option<DecisionRole>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub wechat: Option<String>,
    pub is_primary: bool,
}

/// What a user changes: `None` keeps the value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub title: Option<Option<String>>,
    pub decision_role: Option<Option<DecisionRole>>,
    pub phones: Option<Vec<String>>,
    pub emails: Option<Vec<String>>,
    pub wechat: Option<Option<String>>,
    pub is_primary: Option<bool>,
}

/// The keys by which phone numbers and e-mail addresses are compared.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Keys {
    pub phone_keys: Vec<String>,
    pub email_keys: Vec<String>,
}

impl Keys {
    /// The keys of a contact. Phone numbers without a country code are those of the country.
    pub fn of(draft: &Draft, country: Country) -> Self {
        Self {
            phone_keys: draft.phones.iter().map(|phone| phone_key(phone, country)).collect(),
            email_keys: draft.emails.iter().map(|email| email_key(email)).collect(),
        }
    }
}

/// A contact to insert.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The id of the contact.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: ContactId,
    /// The customer that the contact works for.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub customer_id: CustomerId,
    /// The fields of the contact.
    #[serde(flatten)]
    pub draft: Draft,
    /// The keys of its phone numbers and e-mail addresses.
    #[serde(flatten)]
    pub keys: Keys,
}

/// A change of a contact.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The contact after the change.
    #[serde(flatten)]
    pub entry: Entry,
    /// The version before the change.
    pub version: i32,
}

/// The unmasked phone numbers, e-mail addresses and WeChat id of a contact.
#[derive(Debug, Clone, PartialEq, async_graphql::SimpleObject)]
#[graphql(name = "ContactDetails")]
pub struct Details {
    /// Phone numbers. Call the first one first.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// WeChat id.
    pub wechat: Option<String>,
}
