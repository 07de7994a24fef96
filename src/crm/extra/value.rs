//! The values of extras. The API has them as text; they are stored with their type.

use chrono::NaiveDate;

use crate::kernel::directory::ExtraType;
use crate::kernel::error::Text;
use crate::kernel::scalar::{date_of, decimal_of};

/// A validated value.
#[derive(Debug, Clone, PartialEq)]
pub enum ExtraValue {
    /// Text.
    Text(String),
    /// A decimal number as text, which PostgreSQL casts to `numeric(20, 6)`.
    Number(String),
    /// A truth value.
    Boolean(bool),
    /// A date.
    Date(NaiveDate),
}

impl ExtraValue {
    /// The value as the API shows it.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => {
                decimal_of(number).expect("`parse` accepts only numbers that this reads").normalize().to_string()
            }
            Self::Boolean(value) => value.to_string(),
            Self::Date(date) => date.format("%Y-%m-%d").to_string(),
        }
    }
}

/// Parses a value of a type. The error is a sentence for the user.
pub fn parse(kind: ExtraType, text: &str) -> Result<ExtraValue, Text> {
    let refuse = |en: &str, zh: &str| Err(Text::new(en, zh));
    match kind {
        ExtraType::Text if text.is_empty() || text.chars().count() > 1_000 => {
            refuse("The value must be a text of 1 to 1,000 characters.", "内容长度必须为 1 到 1000 个字符。")
        }
        ExtraType::Text if text.contains('\0') => {
            refuse("The value must not contain the character U+0000.", "内容不能包含字符 U+0000。")
        }
        ExtraType::Text => Ok(ExtraValue::Text(text.to_owned())),
        ExtraType::Number if decimal_of(text).is_some() => Ok(ExtraValue::Number(text.to_owned())),
        ExtraType::Number => refuse(
            "The value must be a number like 42.5, with at most 14 digits before the point and 6 digits after it.",
            "必须是数字，例如 42.5；整数部分最多 14 位，小数部分最多 6 位。",
        ),
        ExtraType::Boolean => match text {
            "true" => Ok(ExtraValue::Boolean(true)),
            "false" => Ok(ExtraValue::Boolean(false)),
            _ => refuse("The value must be true or false.", "必须是 true 或 false。"),
        },
        ExtraType::Date => match date_of(text) {
            Some(date) => Ok(ExtraValue::Date(date)),
            None => refuse("The value must be a date like 2026-03-01.", "必须是日期，例如 2026-03-01。"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_fit_the_column_are_accepted() {
        for number in ["0", "-1", "42.5", "99999999999999.999999"] {
            assert!(parse(ExtraType::Number, number).is_ok(), "{number}");
        }
        for number in ["", "-", ".5", "1.", "1e5", "NaN", "Infinity", "100000000000000", "0.0000001", " 1", "１"] {
            assert!(parse(ExtraType::Number, number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_number_is_shown_in_its_shortest_form() {
        for (written, read) in [("007", "7"), ("-0.50", "-0.5"), ("-0", "0"), ("100", "100"), ("10.000000", "10")] {
            assert_eq!(parse(ExtraType::Number, written).unwrap().text(), read);
        }
    }

    #[test]
    fn only_valid_iso_dates_are_accepted() {
        assert!(parse(ExtraType::Date, "2024-02-29").is_ok());
        for date in ["2023-02-29", "2024-2-1", "20240201", "0000-01-01", "+12024-01-01"] {
            assert!(parse(ExtraType::Date, date).is_err(), "{date}");
        }
    }
}
