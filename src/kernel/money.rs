//! Amounts of money: exact, with at most two decimals, in a currency. Amounts of different currencies are never summed.

use rust_decimal::Decimal;

use crate::kernel::error::UserError;

/// The currency of amounts that are given without one.
pub const DEFAULT_CURRENCY: &str = "CNY";

/// Validates an amount: 0 or more, with at most 12 digits before the decimal point and 2 after it.
pub fn amount(path: &[&str], value: Decimal) -> Result<Decimal, UserError> {
    if value.is_sign_negative() && !value.is_zero() {
        return Err(UserError::invalid(path, "must be 0 or more", "必须大于等于 0"));
    }
    if value.normalize().scale() > 2 || value >= Decimal::from(1_000_000_000_000_u64) {
        return Err(UserError::invalid(
            path,
            "must have at most 12 digits before the decimal point and 2 after it",
            "整数部分最多 12 位，小数部分最多 2 位",
        ));
    }
    Ok(value)
}

/// Validates the code of a currency (ISO 4217): three capital letters.
pub fn currency(path: &[&str], value: &str) -> Result<String, UserError> {
    if value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(value.to_owned());
    }
    Err(UserError::invalid(path, "must be three capital letters, like CNY", "必须是三个大写字母，如 CNY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_must_fit_their_column() {
        let fits = |text: &str| amount(&["amount"], text.parse().unwrap()).is_ok();
        for good in ["0", "-0", "0.01", "1.10000", "999999999999.99"] {
            assert!(fits(good), "{good}");
        }
        for bad in ["-0.01", "0.001", "1000000000000"] {
            assert!(!fits(bad), "{bad}");
        }
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert!(currency(&["currency"], "CNY").is_ok());
        for bad in ["", "cny", "CN", "CNYX", "元"] {
            assert!(currency(&["currency"], bad).is_err(), "{bad}");
        }
    }
}
