//! The conditions of filters. The planner reads them as JSON; these are their types for the schema.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputObject, InputType, InputValueError, InputValueResult, MaybeUndefined, Value};
use serde_json::Value as Json;

use crate::kernel::scalar::{Date, DateTime, Decimal};

/// A condition on an id. All given fields must hold.
#[derive(InputObject)]
#[graphql(name = "IDFilter")]
pub struct IDFilter {
    /// The id is equal to this one.
    eq: Option<async_graphql::ID>,
    /// The id is one of these.
    r#in: Option<Vec<async_graphql::ID>>,
    /// Whether there is no value (`true`) or a value (`false`).
    is_null: Option<bool>,
}

/// A condition on text. Text is compared exactly, with its letter case. All given fields must hold.
#[derive(InputObject)]
pub struct StringFilter {
    /// The text is equal to this one.
    eq: Option<String>,
    /// The text is one of these.
    r#in: Option<Vec<String>>,
    /// Whether there is no value (`true`) or a value (`false`).
    is_null: Option<bool>,
}

/// A condition on a value that is true or false.
#[derive(InputObject)]
pub struct BooleanFilter {
    /// The value is equal to this one.
    eq: Option<bool>,
}

/// A condition on an instant. All given fields must hold.
#[derive(InputObject)]
pub struct DateTimeFilter {
    /// The instant is equal to this one.
    eq: Option<DateTime>,
    /// The instant is earlier than this one.
    lt: Option<DateTime>,
    /// The instant is earlier than this one or equal to it.
    lte: Option<DateTime>,
    /// The instant is later than this one.
    gt: Option<DateTime>,
    /// The instant is later than this one or equal to it.
    gte: Option<DateTime>,
    /// Whether there is no value (`true`) or a value (`false`).
    is_null: Option<bool>,
}

/// A condition on an extra field. Values are written like `Extra.value`. All given fields must hold.
#[derive(InputObject)]
pub struct ExtraFilter {
    /// The key of the extra field; `extraFields` lists the fields.
    key: String,
    /// The value is equal to this one.
    eq: Option<String>,
    /// The value is smaller or earlier than this one.
    lt: Option<String>,
    /// The value is smaller or earlier than this one, or equal to it.
    lte: Option<String>,
    /// The value is greater or later than this one.
    gt: Option<String>,
    /// The value is greater or later than this one, or equal to it.
    gte: Option<String>,
    /// Whether there is a value (`true`) or none (`false`). If it is left out, it is `true`.
    exists: Option<bool>,
}

/// A condition on a day. All given fields must hold.
#[derive(InputObject)]
pub struct DateFilter {
    /// The day is equal to this one.
    eq: Option<Date>,
    /// The day is earlier than this one.
    lt: Option<Date>,
    /// The day is earlier than this one or equal to it.
    lte: Option<Date>,
    /// The day is later than this one.
    gt: Option<Date>,
    /// The day is later than this one or equal to it.
    gte: Option<Date>,
    /// Whether there is no value (`true`) or a value (`false`).
    is_null: Option<bool>,
}

/// A condition on a decimal number, or on the number of an amount of money, whatever its currency. All given fields
/// must hold.
#[derive(InputObject)]
pub struct DecimalFilter {
    /// The number is equal to this one.
    eq: Option<Decimal>,
    /// The number is smaller than this one.
    lt: Option<Decimal>,
    /// The number is smaller than this one or equal to it.
    lte: Option<Decimal>,
    /// The number is greater than this one.
    gt: Option<Decimal>,
    /// The number is greater than this one or equal to it.
    gte: Option<Decimal>,
    /// Whether there is no value (`true`) or a value (`false`).
    is_null: Option<bool>,
}

/// A condition on an integer. All given fields must hold.
#[derive(InputObject)]
pub struct IntFilter {
    /// The number is equal to this one.
    eq: Option<i32>,
    /// The number is smaller than this one.
    lt: Option<i32>,
    /// The number is smaller than this one or equal to it.
    lte: Option<i32>,
    /// The number is greater than this one.
    gt: Option<i32>,
    /// The number is greater than this one or equal to it.
    gte: Option<i32>,
}

/// The filter of customers as an argument of a mutation. The planner reads it as JSON; its type is registered with the
/// lists.
pub struct CustomerFilter(pub Json);

impl InputType for CustomerFilter {
    type RawValueType = Json;

    fn type_name() -> Cow<'static, str> {
        "CustomerFilter".into()
    }

    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let json = value.unwrap_or_default().into_json();
        json.map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }

    fn as_raw_value(&self) -> Option<&Json> {
        Some(&self.0)
    }
}

/// What an optional field of an input asks for: a field that is left out keeps the value (`None`), null clears it
/// (`Some(None)`).
pub fn field_change<T>(given: MaybeUndefined<T>) -> Option<Option<T>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
