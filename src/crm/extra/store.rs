//! Statements that write extras.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Extras;
use super::value::ExtraValue;
use crate::kernel::id::CustomerId;

/// Saves extras, and removes those without a value. Those that have their value already are not written, so that they are no edits.
pub async fn save(db: &mut PgConnection, extras: &[(CustomerId, &Extras)]) -> sqlx::Result<()> {
    let (mut rows, mut empty): (Columns, (Vec<Uuid>, Vec<String>)) = Default::default();
    for (customer, extras) in extras {
        for (key, value) in &extras.values {
            match value {
                Some(value) => rows.push(customer.uuid(), key, value),
                None => {
                    empty.0.push(customer.uuid());
                    empty.1.push(key.clone());
                }
            }
        }
    }
    if !empty.0.is_empty() {
        sqlx::query!(
            "delete from customer_extra where (customer_id, key) in (select * from unnest($1::uuid[], $2::text[]))",
            &empty.0,
            &empty.1
        )
        .execute(&mut *db)
        .await?;
    }
    if rows.customers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into customer_extra as x (customer_id, key, type, text_value, number_value, boolean_value, date_value)
         select customer_id, key, type, text_value, number_value::numeric, boolean_value, date_value
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::date[])
              as e (customer_id, key, type, text_value, number_value, boolean_value, date_value)
         on conflict (customer_id, key) do update
         set text_value = excluded.text_value, number_value = excluded.number_value, boolean_value = excluded.boolean_value,
             date_value = excluded.date_value
         where (x.text_value, x.number_value, x.boolean_value, x.date_value)
             is distinct from (excluded.text_value, excluded.number_value, excluded.boolean_value, excluded.date_value)",
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
