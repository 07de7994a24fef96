//! Which rows match a filter and a search. A comparison with null does not match, and its negation does, because `not`
//! has two values.

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::rights::{Entity, View};
use super::rows::{Contact, Customer, Extra, Time};
use super::values::extra_text;

impl<'r> View<'r> {
    pub(super) fn passes(&self, entity: Entity<'r>, filter: &Json) -> bool {
        filter.as_object().unwrap().iter().all(|(name, value)| {
            let mut each = value.as_array().into_iter().flatten();
            match (entity, name.as_str()) {
                (_, "and") => each.all(|filter| self.passes(entity, filter)),
                (_, "or") => each.any(|filter| self.passes(entity, filter)),
                (_, "not") => !self.passes(entity, value),
                (Entity::Customer(customer), "contactPhone") => {
                    let wanted = phone_digits(value.as_str().unwrap());
                    self.has_detail(customer, |contact| {
                        contact.phones.iter().any(|phone| phone_digits(phone) == wanted)
                    })
                }
                (Entity::Customer(customer), "contactEmail") => {
                    let wanted = value.as_str().unwrap().to_lowercase();
                    self.has_detail(customer, |contact| {
                        contact.emails.iter().any(|email| email.to_lowercase() == wanted)
                    })
                }
                (Entity::Customer(customer), "extras") => each.all(|filter| self.has_extra(customer, filter)),
                (Entity::Customer(customer), "followUpDue") => {
                    customer.next_contact_at.is_some_and(|time| self.is_due(time, value))
                }
                (Entity::Order(order), "instalmentDue") => {
                    self.next_due_on(order).is_some_and(|due| match value.as_str().unwrap() {
                        "TODAY" => due == self.today(),
                        _ => due < self.today(),
                    })
                }
                (Entity::Task(task), "due") => task.status == "OPEN" && self.is_due(task.due_at, value),
                (Entity::Opportunity(opportunity), "ownerId") => {
                    let owner = format!("user_{}", opportunity.owner_user_id);
                    self.sees_beyond_pool(opportunity) && value.as_str() == Some(&owner)
                }
                (Entity::Opportunity(opportunity), "expectedCloseDate") => {
                    let own = json!(opportunity.close_date.map(|date| date.to_string()));
                    self.sees_beyond_pool(opportunity)
                        && value.as_object().unwrap().iter().all(|(operator, operand)| compare(&own, operator, operand))
                }
                (Entity::Opportunity(opportunity), "lostReason" | "competitor" | "name") => {
                    let own = self.value(entity, name);
                    self.sees_beyond_pool(opportunity)
                        && value.as_object().unwrap().iter().all(|(operator, operand)| compare(&own, operator, operand))
                }
                (Entity::Opportunity(opportunity), "productId") => {
                    let fits = |product: Option<Uuid>| {
                        let own = json!(product.map(|id| format!("product_{id}")));
                        value.as_object().unwrap().iter().all(|(operator, operand)| compare(&own, operator, operand))
                    };
                    let mut lines = self.rows.expected_lines_of(opportunity);
                    fits(opportunity.product_id)
                        || self.sees_beyond_pool(opportunity) && lines.any(|line| fits(Some(line.product_id)))
                }
                (Entity::Opportunity(opportunity), "expectedProductId") => {
                    let own = json!(opportunity.product_id.map(|id| format!("product_{id}")));
                    value.as_object().unwrap().iter().all(|(operator, operand)| compare(&own, operator, operand))
                }
                (_, name) => {
                    let own = self.value(entity, name);
                    value.as_object().unwrap().iter().all(|(operator, operand)| compare(&own, operator, operand))
                }
            }
        })
    }

    /// The day in the business time zone, Shanghai, which has no daylight saving time.
    pub(super) fn today(&self) -> NaiveDate {
        self.now.with_timezone(&FixedOffset::east_opt(8 * 3_600).unwrap()).date_naive()
    }

    /// Whether a time is today, or overdue.
    fn is_due(&self, time: Time, due: &Json) -> bool {
        match due.as_str().unwrap() {
            "TODAY" => {
                // The business time zone is Shanghai, which has no daylight saving time.
                let zone = FixedOffset::east_opt(8 * 3_600).unwrap();
                let day = |time: DateTime<_>| time.with_timezone(&zone).date_naive();
                day(time) == day(self.now)
            }
            _ => time < self.now,
        }
    }

    fn has_detail(&self, customer: &Customer, is_it: impl Fn(&Contact) -> bool) -> bool {
        let open = ["read", "reveal"].iter().any(|action| self.reaches("contact_details", action, customer));
        let of_customer = |contact: &&Contact| contact.customer_id == customer.id && contact.archived_at.is_none();
        let mut contacts = self.rows.contacts.iter().filter(of_customer);
        open && contacts.any(|contact| self.sees(Entity::Contact(contact)) && is_it(contact))
    }

    /// The extras of a customer that the viewer may see, in the order in which forms show them.
    pub(super) fn extras_of(&self, customer: &Customer) -> Vec<&'r Extra> {
        let sees_personal = self.reaches("contact", "read", customer);
        let mut extras: Vec<_> = self
            .rows
            .extras
            .iter()
            .filter(|extra| extra.customer_id == customer.id && (sees_personal || !extra.personal))
            .collect();
        extras.sort_by_key(|extra| (extra.position, &extra.key));
        extras
    }

    fn has_extra(&self, customer: &Customer, filter: &Json) -> bool {
        let conditions = filter.as_object().unwrap();
        let key = conditions["key"].as_str().unwrap();
        let is_it = |extra: &Extra| {
            let own = match extra.r#type.as_str() {
                "NUMBER" => Value::Number(extra.number_value.unwrap()),
                // Dates are written so that they sort as text.
                _ => Value::Text(extra_text(extra)),
            };
            let mut compared = conditions.iter().filter(|(name, _)| !["key", "exists"].contains(&name.as_str()));
            extra.key == key && compared.all(|(operator, operand)| own.is(operator, operand))
        };
        let exists = conditions.get("exists").is_none_or(|exists| exists.as_bool().unwrap());
        // A personal extra field that the viewer may not see does not match "is null" either.
        let can_be_told = !self.rows.personal_extras.iter().any(|(personal,)| personal == key)
            || self.reaches("contact", "read", customer);
        can_be_told && self.extras_of(customer).into_iter().any(is_it) == exists
    }

    /// Whether a search for a text finds an entity.
    pub(super) fn is_found(&self, entity: Entity<'r>, text: &str) -> bool {
        let text = fold(text.trim());
        let name = match entity {
            // The name is hidden from those who see the opportunity only through the pool.
            Entity::Opportunity(opportunity) => match &opportunity.name {
                Some(name) if self.sees_beyond_pool(opportunity) => fold(name),
                _ => return false,
            },
            entity => fold(entity.name()),
        };
        match entity {
            Entity::Product(product) => name.contains(&text) || fold(&product.sku).starts_with(&text),
            _ if text.chars().count() == 1 => name.starts_with(&text),
            _ => name.contains(&text),
        }
    }
}

/// A phone number in one notation: only digits, without the country code of China and the international prefix.
fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits).to_owned()
}

/// Text without case and width, as far as needed for the rows of these tests.
fn fold(text: &str) -> String {
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap(),
        letter => letter,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

/// A value that is compared by the order of its type.
#[derive(PartialEq, PartialOrd)]
enum Value {
    Text(String),
    Flag(bool),
    Number(Decimal),
    Time(DateTime<FixedOffset>),
}

impl Value {
    fn of(json: &Json) -> Self {
        match json {
            Json::Bool(flag) => Self::Flag(*flag),
            Json::Number(number) => Self::Number(number.to_string().parse().unwrap()),
            // Amounts are compared regardless of the currency.
            Json::Object(money) => Self::Number(money["amount"].as_str().unwrap().parse().unwrap()),
            Json::String(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(time) => Self::Time(time),
                Err(_) => Self::Text(text.clone()),
            },
            other => panic!("{other}"),
        }
    }

    /// The other side of a comparison: decimal numbers are written as text.
    fn like(&self, json: &Json) -> Self {
        match (self, json) {
            (Self::Number(_), Json::String(text)) => Self::Number(text.parse().unwrap()),
            (Self::Text(_), Json::String(text)) => Self::Text(text.clone()),
            _ => Self::of(json),
        }
    }

    fn is(&self, operator: &str, operand: &Json) -> bool {
        if operator == "in" {
            return operand.as_array().unwrap().iter().any(|operand| *self == self.like(operand));
        }
        let other = self.like(operand);
        match operator {
            "eq" => *self == other,
            "lt" => *self < other,
            "lte" => *self <= other,
            "gt" => *self > other,
            "gte" => *self >= other,
            other => panic!("{other}"),
        }
    }
}

fn compare(own: &Json, operator: &str, operand: &Json) -> bool {
    match operator {
        "isNull" => own.is_null() == operand.as_bool().unwrap(),
        _ => !own.is_null() && Value::of(own).is(operator, operand),
    }
}
