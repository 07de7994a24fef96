//! Conditions that filters are made of. The planner reads them as JSON; here are their types.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputObject, InputType, InputValueError, InputValueResult, MaybeUndefined, Value};
use serde_json::Value as Json;

use crate::kernel::scalar::{Date, DateTime, Decimal};

/// A condition on an id.
#[derive(InputObject)]
#[graphql(name = "IDFilter")]
pub struct IDFilter {
    /// Is this.
    eq: Option<async_graphql::ID>,
    /// Is one of these.
    r#in: Option<Vec<async_graphql::ID>>,
    /// Is not there (`true`), or is (`false`).
    is_null: Option<bool>,
}

/// A condition on text, to the letter.
#[derive(InputObject)]
pub struct StringFilter {
    /// Is this.
    eq: Option<String>,
    /// Is one of these.
    r#in: Option<Vec<String>>,
    /// Is not there (`true`), or is (`false`).
    is_null: Option<bool>,
}

/// A condition on a truth value.
#[derive(InputObject)]
pub struct BooleanFilter {
    /// Is this.
    eq: Option<bool>,
}

/// A condition on an instant.
#[derive(InputObject)]
pub struct DateTimeFilter {
    /// Is this.
    eq: Option<DateTime>,
    /// Is earlier.
    lt: Option<DateTime>,
    /// Is this or earlier.
    lte: Option<DateTime>,
    /// Is later.
    gt: Option<DateTime>,
    /// Is this or later.
    gte: Option<DateTime>,
    /// Is not there (`true`), or is (`false`).
    is_null: Option<bool>,
}

/// A condition on an extra field. Values are written as in `Extra.value`.
#[derive(InputObject)]
pub struct ExtraFilter {
    /// Which field.
    key: String,
    /// Is this.
    eq: Option<String>,
    /// Is smaller or earlier.
    lt: Option<String>,
    /// Is this, smaller or earlier.
    lte: Option<String>,
    /// Is greater or later.
    gt: Option<String>,
    /// Is this, greater or later.
    gte: Option<String>,
    /// Whether there is such an extra at all; `true` when not given.
    exists: Option<bool>,
}

/// A condition on a day.
#[derive(InputObject)]
pub struct DateFilter {
    /// Is this.
    eq: Option<Date>,
    /// Is earlier.
    lt: Option<Date>,
    /// Is this or earlier.
    lte: Option<Date>,
    /// Is later.
    gt: Option<Date>,
    /// Is this or later.
    gte: Option<Date>,
    /// Is not there (`true`), or is (`false`).
    is_null: Option<bool>,
}

/// A condition on a decimal number, or on an amount of money whatever its currency.
#[derive(InputObject)]
pub struct DecimalFilter {
    /// Is this.
    eq: Option<Decimal>,
    /// Is smaller.
    lt: Option<Decimal>,
    /// Is this or smaller.
    lte: Option<Decimal>,
    /// Is greater.
    gt: Option<Decimal>,
    /// Is this or greater.
    gte: Option<Decimal>,
    /// Is not there (`true`), or is (`false`).
    is_null: Option<bool>,
}

/// A condition on a whole number.
#[derive(InputObject)]
pub struct IntFilter {
    /// Is this.
    eq: Option<i32>,
    /// Is smaller.
    lt: Option<i32>,
    /// Is this or smaller.
    lte: Option<i32>,
    /// Is greater.
    gt: Option<i32>,
    /// Is this or greater.
    gte: Option<i32>,
}

/// The conditions of a list of customers where a mutation takes them. The type itself is that of the list.
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

/// What an optional field of an input asks for: left out keeps the value (`None`), null clears it (`Some(None)`).
pub fn field_change<T>(given: MaybeUndefined<T>) -> Option<Option<T>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
