//! Statements that write extras.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Extras;
use super::value::ExtraValue;
use crate::kernel::id::CustomerId;

/// Saves extras, and removes those without a value.
pub async fn save(db: &mut PgConnection, extras: &[(CustomerId, &Extras)]) -> sqlx::Result<()> {
    let named =
        || extras.iter().flat_map(|(customer, extras)| extras.values.iter().map(|value| (customer.uuid(), value)));
    let (customers, keys): (Vec<Uuid>, Vec<String>) =
        named().map(|(customer, (key, _))| (customer, key.clone())).unzip();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "delete from customer_extra where (customer_id, key) in (select * from unnest($1::uuid[], $2::text[]))",
        &customers,
        &keys
    )
    .execute(&mut *db)
    .await?;
    let mut rows = Columns::default();
    for (customer, (key, value)) in named() {
        if let Some(value) = value {
            rows.push(customer, key, value);
        }
    }
    sqlx::query!(
        "insert into customer_extra (customer_id, key, type, text_value, number_value, boolean_value, date_value)
         select customer_id, key, type, text_value, number_value::numeric, boolean_value, date_value
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::date[])
              as e (customer_id, key, type, text_value, number_value, boolean_value, date_value)",
        &rows.customers,
        &rows.keys,
        &rows.types,
        &rows.texts as &[Option<String>],
        &rows.numbers as &[Option<String>],
        &rows.booleans as &[Option<bool>],
        &rows.dates as &[Option<NaiveDate>]
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    customers: Vec<Uuid>,
    keys: Vec<String>,
    types: Vec<String>,
    texts: Vec<Option<String>>,
    numbers: Vec<Option<String>>,
    booleans: Vec<Option<bool>>,
    dates: Vec<Option<NaiveDate>>,
}

impl Columns {
    fn push(&mut self, customer: Uuid, key: &str, value: &ExtraValue) {
        let kind = match value {
            ExtraValue::Text(_) => "TEXT",
            ExtraValue::Number(_) => "NUMBER",
            ExtraValue::Boolean(_) => "BOOLEAN",
            ExtraValue::Date(_) => "DATE",
        };
        self.customers.push(customer);
        self.keys.push(key.to_owned());
        self.types.push(kind.to_owned());
        self.texts.push(if let ExtraValue::Text(text) = value { Some(text.clone()) } else { None });
        self.numbers.push(if let ExtraValue::Number(number) = value { Some(number.clone()) } else { None });
        self.booleans.push(if let ExtraValue::Boolean(value) = value { Some(*value) } else { None });
        self.dates.push(if let ExtraValue::Date(date) = value { Some(*date) } else { None });
    }
}
