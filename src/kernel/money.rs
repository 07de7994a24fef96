//! Amounts of money: exact, in a currency of ISO 4217, with at most as many decimals as it has. Amounts of different
//! currencies are never summed.

use iso_currency::Currency;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::kernel::error::{Text, UserError};

/// The most decimals of a stored amount.
const MOST_DECIMALS: u32 = 2;

/// What people write for a currency, and its code.
const NICKNAMES: [(&str, &str); 4] = [("RMB", "CNY"), ("CNH", "CNY"), ("NTD", "TWD"), ("UKP", "GBP")];

/// The decimals of a currency; `None` if ISO 4217 has no such currency, or none that amounts can be in, like gold.
fn decimals(code: &str) -> Option<u32> {
    Currency::from_code(code)?.exponent().map(u32::from)
}

/// Validates an amount: 0 or more, with at most 12 digits before the decimal point, and behind it as many as the currency
/// has.
pub fn amount(path: &[&str], value: Decimal, currency: &str) -> Result<Decimal, UserError> {
    if value.is_sign_negative() && !value.is_zero() {
        return Err(UserError::invalid(path, "must be 0 or more", "必须大于等于 0"));
    }
    if value >= Decimal::from(1_000_000_000_000_u64) {
        let (en, zh) = ("must have at most 12 digits before the decimal point", "整数部分最多 12 位");
        return Err(UserError::invalid(path, en, zh));
    }
    let most = decimals(currency).unwrap_or(MOST_DECIMALS).min(MOST_DECIMALS);
    match (value.normalize().scale() <= most, most) {
        (true, _) => Ok(value),
        (false, 0) => {
            let (en, zh) =
                (format!("must have no decimals, as {currency} has none"), format!("{currency} 金额不能有小数"));
            Err(UserError::invalid(path, en, zh))
        }
        (false, most) => {
            let (en, zh) = (format!("must have at most {most} decimals"), format!("最多 {most} 位小数"));
            Err(UserError::invalid(path, en, zh))
        }
    }
}

/// Rounds a value to an amount of a currency, half away from zero.
pub fn rounded(value: Decimal, currency: &str) -> Decimal {
    let most = decimals(currency).unwrap_or(MOST_DECIMALS).min(MOST_DECIMALS);
    value.round_dp_with_strategy(most, RoundingStrategy::MidpointAwayFromZero)
}

/// Validates the currency of an amount: one that the installation uses.
pub fn currency(path: &[&str], code: &str, in_use: &[String]) -> Result<String, UserError> {
    if in_use.iter().any(|used| used == code) {
        return Ok(code.to_owned());
    }
    check_code(path, code)?;
    let used = in_use.join(", ");
    Err(UserError::invalid(
        path,
        format!(
            "{code} is not in use. The currencies in use are: {used}. Administrators can add others to the settings."
        ),
        format!("未启用币种 {code}。可用币种：{used}，管理员可在设置中添加。"),
    ))
}

/// Refuses what is no currency of ISO 4217 that amounts can be stored in.
pub fn check_code(path: &[&str], code: &str) -> Result<(), UserError> {
    match decimals(code) {
        Some(decimals) if decimals <= MOST_DECIMALS => return Ok(()),
        Some(decimals) => {
            let en = format!("{code} has {decimals} decimals. Amounts with more than {MOST_DECIMALS} can't be stored.");
            let zh = format!("{code} 有 {decimals} 位小数，目前最多支持 {MOST_DECIMALS} 位。");
            return Err(UserError::invalid(path, en, zh));
        }
        None => {}
    }
    let shown: String = code.chars().take(20).collect();
    let upper = shown.trim().to_ascii_uppercase();
    let nickname = NICKNAMES.iter().find(|(nickname, _)| *nickname == upper).map(|(_, code)| (*code).to_owned());
    let meant = nickname.or_else(|| decimals(&upper).map(|_| upper));
    let Text { en, zh } = match meant {
        Some(meant) => Text::new(
            format!("{shown:?} is not a code of ISO 4217. Write {meant}."),
            format!("“{shown}”不是 ISO 4217 币种代码，请填写 {meant}。"),
        ),
        None => Text::new(
            format!("{shown:?} is not a currency of ISO 4217, like CNY."),
            format!("“{shown}”不是 ISO 4217 币种代码（例如 CNY）。"),
        ),
    };
    Err(UserError::invalid(path, en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let fits = |text: &str, currency: &str| amount(&["amount"], text.parse().unwrap(), currency).is_ok();
        for good in ["0", "-0", "0.01", "1.10000", "999999999999.99"] {
            assert!(fits(good, "CNY"), "{good}");
        }
        for bad in ["-0.01", "0.001", "1000000000000"] {
            assert!(!fits(bad, "CNY"), "{bad}");
        }
        assert!(fits("10", "JPY") && fits("10.00", "JPY") && !fits("10.50", "JPY"));
        assert!(fits("10.50", "RMB"), "what was recorded in an unknown currency stays valid");
    }

    #[test]
    fn a_currency_is_one_of_iso_4217_that_is_in_use() {
        let in_use = ["CNY".to_owned(), "RUR".to_owned()];
        let said = |code: &str| currency(&["currency"], code, &in_use).map_err(|refusal| refusal.message.en);
        assert_eq!(said("CNY"), Ok("CNY".to_owned()));
        assert_eq!(said("RUR"), Ok("RUR".to_owned()), "the settings decide");
        for (wrong, wanted) in [
            ("RMB", "Write CNY."),
            ("rmb", "Write CNY."),
            ("cny", "Write CNY."),
            ("usd ", "Write USD."),
            ("USD", "USD is not in use."),
            ("KWD", "has 3 decimals"),
            ("ZZZ", "is not a currency"),
            ("XXX", "is not a currency"),
            ("XAU", "is not a currency"),
            ("", "is not a currency"),
            ("元", "is not a currency"),
        ] {
            let refused = said(wrong).unwrap_err();
            assert!(refused.contains(wanted), "{wrong}: {refused}");
        }
    }
}
