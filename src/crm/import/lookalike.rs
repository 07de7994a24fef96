//! Customers and earlier rows of the file that may be the same company as a new one, because they have a similar name, or
//! a contact with the same phone number or e-mail address.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::field::Field;
use super::message::{Message, shown};
use super::row_input::{EarlierCompany, RowInput};
use crate::crm::contact;
use crate::crm::customer::bulk::Known;
use crate::crm::customer::duplicate::{self, Status};
use crate::kernel::directory::Country;
use crate::kernel::error::{Error, Text};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// What a new company is compared by.
pub struct Keys {
    name_key: String,
    /// The key of the name without what people leave out.
    short_name_key: String,
    /// The keys of the phone numbers and e-mail addresses, with what they are keys of.
    details: Vec<(Field, String, String)>,
}

impl Keys {
    /// The keys of a row.
    pub fn of(input: &RowInput, country: Country) -> Self {
        let phones = input.contacts.iter().flat_map(|given| &given.draft.phones);
        let phones = phones.map(|phone| (Field::ContactPhone, contact::phone_key(phone, country), phone.clone()));
        let emails = input.contacts.iter().flat_map(|given| &given.draft.emails);
        let emails = emails.map(|email| (Field::ContactEmail, contact::email_key(email), email.clone()));
        Self {
            name_key: input.draft.name_key.clone(),
            short_name_key: duplicate::short_name_key(&input.draft.name),
            details: phones.chain(emails).collect(),
        }
    }
}

/// The new companies of the file so far. It grows with the file, by some bytes for each row.
#[derive(Debug, Default)]
pub struct Seen {
    by_name: HashMap<String, i32>,
    by_detail: HashMap<String, i32>,
}

impl Seen {
    /// Adds the company of a row.
    pub fn add(&mut self, keys: Keys, number: i32) {
        self.by_name.entry(keys.short_name_key).or_insert(number);
        for (_, key, _) in keys.details {
            self.by_detail.entry(key).or_insert(number);
        }
    }
}

/// What the new companies of a batch are compared with.
#[derive(Debug, Default)]
pub struct Lookalikes {
    /// Customers with a similar name, by the name key of the new company.
    similar: HashMap<String, (CustomerId, Status)>,
    /// Where the customers are whose contacts have these phone numbers and e-mail addresses.
    of_contacts: HashMap<String, Status>,
    /// Earlier rows of the file.
    pub seen: Seen,
}

/// A customer or a row that may be the same company.
pub struct Lookalike {
    /// The customer, if the importer may know that it is this one.
    pub customer: Option<CustomerId>,
    /// The field by which it was found.
    pub field: Field,
    /// Why it may be the same.
    pub why: Text,
}

impl Lookalikes {
    /// Looks up the new companies of a batch.
    pub async fn of(
        op: &mut Op<'_>,
        inputs: impl Iterator<Item = &RowInput>,
        known: &[Known],
        earlier: &[EarlierCompany],
    ) -> Result<Self, Error> {
        let of_known = known.iter().map(|known| &known.draft.name_key);
        let known: HashSet<_> = of_known.chain(earlier.iter().map(|company| &company.name_key)).collect();
        let new: Vec<_> = inputs.filter(|input| !known.contains(&input.draft.name_key)).collect();
        let names: BTreeMap<_, _> =
            new.iter().map(|input| (&input.draft.name_key, input.draft.name.as_str())).collect();
        let (keys, names): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        let similar = duplicate::similar_to(op, &names).await?;
        let similar =
            keys.into_iter().zip(similar).filter_map(|(key, similar)| Some((key.clone(), similar?))).collect();
        let country = op.settings().phone_country;
        let details = new.iter().flat_map(|input| Keys::of(input, country).details);
        let (phones, emails): (Vec<_>, Vec<_>) = details.partition(|(field, ..)| *field == Field::ContactPhone);
        let keys = |details: Vec<(Field, String, String)>| details.into_iter().map(|(_, key, _)| key).collect();
        let of_contacts = duplicate::with_contacts(op, keys(phones), keys(emails)).await?;
        Ok(Self { similar, of_contacts, seen: Seen::default() })
    }

    /// The ids of the customers with similar names.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> {
        self.similar.values().map(|(id, _)| *id)
    }

    /// The customer or the row before this one that may be the same company. Of a contact's detail it is not said whose it
    /// is.
    pub fn find(&self, keys: &Keys, number: i32) -> Option<Lookalike> {
        if let Some(&(id, status)) = self.similar.get(&keys.name_key) {
            let why = duplicate::is_similar(status).message;
            return Some(Lookalike { customer: Some(id), field: Field::Name, why });
        }
        let found = |field, why: Message| Some(Lookalike { customer: None, field, why: why.text() });
        for (field, key, value) in &keys.details {
            if let Some(&status) = self.of_contacts.get(key) {
                return found(*field, Message::SameDetail { value: shown(value), status });
            }
        }
        // A batch that is tried again has its rows there already.
        let earlier = |row: Option<&i32>| row.copied().filter(|row| *row < number);
        if let Some(row) = earlier(self.seen.by_name.get(&keys.short_name_key)) {
            return found(Field::Name, Message::SameNameInFile { row });
        }
        keys.details.iter().find_map(|(field, key, value)| {
            let row = earlier(self.seen.by_detail.get(key))?;
            found(*field, Message::SameDetailInFile { value: shown(value), row })
        })
    }
}
