//! Scalars of the schema, in one text form each.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as ChronoDateTime, SecondsFormat, Utc};

use crate::error::Error;
use crate::id::{Id, Identified};

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DateTime(pub ChronoDateTime<Utc>);

/// An instant in RFC 3339. Answers are in UTC with six decimals: `2026-03-01T08:00:00.000000Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match time_of(text) {
            Ok(time) => Ok(Self(time)),
            Err(_) => Err(InputValueError::custom("not an instant like 2026-03-01T08:00:00Z")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// An instant in RFC 3339, within the years 1 to 9999.
pub fn time_of(text: &str) -> Result<ChronoDateTime<Utc>, Error> {
    let time = ChronoDateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc));
    time.filter(|time| (1..=9999).contains(&chrono::Datelike::year(time))).ok_or_else(|| {
        let shown: String = text.chars().take(64).collect();
        Error::bad_input(
            format!("{shown:?} is not an instant like 2026-03-01T08:00:00Z"),
            format!("{shown:?} 不是有效的时间，应如 2026-03-01T08:00:00Z"),
        )
    })
}

impl<T: Identified> async_graphql::InputType for Id<T> {
    type RawValueType = Self;

    fn type_name() -> std::borrow::Cow<'static, str> {
        "ID".into()
    }

    fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
        <async_graphql::ID as async_graphql::InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => text.parse().map_err(InputValueError::custom),
            Value::Number(number) => number.to_string().parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Identified> async_graphql::OutputType for Id<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "ID".into()
    }

    fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
        <async_graphql::ID as async_graphql::OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &async_graphql::ContextSelectionSet<'_>,
        _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
    ) -> async_graphql::ServerResult<Value> {
        Ok(Value::String(self.to_string()))
    }
}
