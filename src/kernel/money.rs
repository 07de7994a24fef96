//! Amounts of money: exact, with two decimals, in a currency; never summed across currencies.

use rust_decimal::Decimal;

use crate::kernel::error::UserError;

/// The currency of amounts where none is given.
pub const DEFAULT_CURRENCY: &str = "CNY";

/// An amount of 0 or more that has at most twelve digits before the point and two behind it.
pub fn amount(path: &[&str], value: Decimal) -> Result<Decimal, UserError> {
    if value.is_sign_negative() && !value.is_zero() {
        return Err(UserError::invalid(path, "must be 0 or more", "必须大于等于 0"));
    }
    if value.normalize().scale() > 2 || value >= Decimal::from(1_000_000_000_000_u64) {
        return Err(UserError::invalid(
            path,
            "has at most 12 digits before the point and 2 behind it",
            "整数部分最多 12 位，小数最多 2 位",
        ));
    }
    Ok(value)
}

/// The three capitals of a currency (ISO 4217).
pub fn currency(path: &[&str], value: &str) -> Result<String, UserError> {
    if value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(value.to_owned());
    }
    Err(UserError::invalid(path, "is three capitals, like CNY", "由三个大写字母组成，如 CNY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_fit_their_column() {
        let fits = |text: &str| amount(&["amount"], text.parse().unwrap()).is_ok();
        for good in ["0", "-0", "0.01", "1.10000", "999999999999.99"] {
            assert!(fits(good), "{good}");
        }
        for bad in ["-0.01", "0.001", "1000000000000"] {
            assert!(!fits(bad), "{bad}");
        }
    }

    #[test]
    fn a_currency_is_three_capitals() {
        assert!(currency(&["currency"], "CNY").is_ok());
        for bad in ["", "cny", "CN", "CNYX", "元"] {
            assert!(currency(&["currency"], bad).is_err(), "{bad}");
        }
    }
}
