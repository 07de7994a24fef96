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
    details: Vec<Detail>,
}

/// A phone number or an e-mail address of a row.
struct Detail {
    field: Field,
    /// The number of the contact in the row.
    contact: u8,
    key: String,
    value: String,
}

impl Keys {
    /// The keys of a row.
    pub fn of(input: &RowInput, country: Country) -> Self {
        let details = input.contacts.iter().flat_map(|given| {
            let detail =
                |field, key, value: &String| Detail { field, contact: given.number, key, value: value.clone() };
            let phones = given.draft.phones.iter();
            let phones = phones.map(move |it| detail(Field::ContactPhone, contact::phone_key(it, country), it));
            let emails = given.draft.emails.iter();
            phones.chain(emails.map(move |it| detail(Field::ContactEmail, contact::email_key(it), it)))
        });
        Self {
            name_key: input.draft.name_key.clone(),
            short_name_key: duplicate::short_name_key(&input.draft.name),
            details: details.collect(),
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
        for detail in keys.details {
            self.by_detail.entry(detail.key).or_insert(number);
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
    /// The number of the contact in the row if it is a field of a contact.
    pub contact: Option<u8>,
    /// Why it may be the same.
    pub why: Text,
}

impl Lookalikes {
    /// Looks up the new companies of a batch. `compared` has the customers with the most similar names, by the keys of names,
    /// if all names of the file were compared before.
    pub async fn of(
        op: &mut Op<'_>,
        inputs: impl Iterator<Item = &RowInput>,
        known: &[Known],
        earlier: &[EarlierCompany],
        compared: Option<&HashMap<String, CustomerId>>,
    ) -> Result<Self, Error> {
        let of_known = known.iter().map(|known| &known.draft.name_key);
        let known: HashSet<_> = of_known.chain(earlier.iter().map(|company| &company.name_key)).collect();
        let new: Vec<_> = inputs.filter(|input| !known.contains(&input.draft.name_key)).collect();
        let names: BTreeMap<_, _> =
            new.iter().map(|input| (&input.draft.name_key, input.draft.name.as_str())).collect();
        let (keys, names): (Vec<&String>, Vec<_>) = names.into_iter().unzip();
        let similar = match compared {
            None => duplicate::similar_to(op, &names).await?,
            Some(compared) => {
                let customers = keys.iter().map(|key| compared.get(*key).copied()).collect();
                duplicate::with_status(op, customers).await?
            }
        };
        let similar =
            keys.into_iter().zip(similar).filter_map(|(key, similar)| Some((key.clone(), similar?))).collect();
        let country = op.settings().phone_country;
        let details = new.iter().flat_map(|input| Keys::of(input, country).details);
        let (phones, emails): (Vec<_>, Vec<_>) = details.partition(|detail| detail.field == Field::ContactPhone);
        let keys = |details: Vec<Detail>| details.into_iter().map(|detail| detail.key).collect();
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
        let by_name = |customer, why| Some(Lookalike { customer, field: Field::Name, contact: None, why });
        let by_detail = |detail: &Detail, why: Message| {
            let (field, contact) = (detail.field, Some(detail.contact));
            Some(Lookalike { customer: None, field, contact, why: why.text() })
        };
        if let Some(&(id, status)) = self.similar.get(&keys.name_key) {
            return by_name(Some(id), duplicate::is_similar(status).message);
        }
        for detail in &keys.details {
            if let Some(&status) = self.of_contacts.get(&detail.key) {
                return by_detail(detail, Message::SameDetail { value: shown(&detail.value), status });
            }
        }
        // A batch that is tried again has its rows there already.
        let earlier = |row: Option<&i32>| row.copied().filter(|row| *row < number);
        if let Some(row) = earlier(self.seen.by_name.get(&keys.short_name_key)) {
            return by_name(None, Message::SameNameInFile { row }.text());
        }
        keys.details.iter().find_map(|detail| {
            let row = earlier(self.seen.by_detail.get(&detail.key))?;
            by_detail(detail, Message::SameDetailInFile { value: shown(&detail.value), row })
        })
    }
}
