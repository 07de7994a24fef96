//! The scalars of the schema, each with one text form.

use async_graphql::resolver_utils::EnumType;
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as ChronoDateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::Decimal as ExactDecimal;

use crate::kernel::error::Error;
use crate::kernel::id::{Id, Identified};

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DateTime(pub ChronoDateTime<Utc>);

/// An instant in RFC 3339 with a time zone, such as `2026-03-01T16:00:00+08:00`, within the years 1 to 9999. Responses
/// are in UTC with six decimals: `2026-03-01T08:00:00.000000Z`.
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

/// Reads an instant in RFC 3339, within the years 1 to 9999.
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

/// A date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Date(pub NaiveDate);

/// A date without a time, such as `2026-03-01`, within the years 1 to 9999.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        date_of(text).map(Self).ok_or_else(|| InputValueError::custom("not a date like 2026-03-01"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Reads a date within the years 1 to 9999. Each character is checked because chrono also accepts blanks and signs.
pub fn date_of(text: &str) -> Option<NaiveDate> {
    let in_place =
        |(place, byte): (usize, u8)| if [4, 7].contains(&place) { byte == b'-' } else { byte.is_ascii_digit() };
    let is_date = text.len() == 10 && text.bytes().enumerate().all(in_place) && !text.starts_with("0000");
    is_date.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// A decimal number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Decimal(pub ExactDecimal);

/// An exact decimal number as a string, such as `"1234.50"`: at most 14 digits before the decimal point and 6 after it.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        decimal_of(text)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("not a decimal number in quotes, like \"1234.50\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Reads a decimal number of at most 14 digits before the decimal point and 6 after it.
pub fn decimal_of(text: &str) -> Option<ExactDecimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = all_digits(whole, 14) && fraction.is_none_or(|fraction| all_digits(fraction, 6));
    is_decimal.then(|| text.parse().ok()).flatten()
}

/// The name of an enum value in the schema and in the database.
pub fn name_of<T: EnumType>(member: T) -> &'static str {
    let item = T::items().iter().find(|item| item.value == member);
    item.expect("an enum lists all its values").name
}

/// The enum value that has a name in the database.
pub fn named<T: EnumType>(name: &str) -> Result<T, Error> {
    let item = T::items().iter().find(|item| item.name == name);
    item.map(|item| item.value)
        .ok_or_else(|| Error::Internal(format!("unknown value in the database: {name:?}").into()))
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
