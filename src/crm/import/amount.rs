//! Reads amounts of money as people write them: with the sign, the code or the name of a currency, and in units of 万 and 亿.

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

use super::message::{Message, shown};
use super::options::Options;
use super::value::parse_number;

/// Signs and names of currencies, and the codes of those that each may mean.
const SIGNS: [(&str, &[&str]); 19] = [
    ("¥", &["CNY", "JPY"]),
    ("元", &["CNY"]),
    ("圆", &["CNY"]),
    ("人民币", &["CNY"]),
    ("RMB", &["CNY"]),
    ("$", &["USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN"]),
    ("US$", &["USD"]),
    ("美元", &["USD"]),
    ("HK$", &["HKD"]),
    ("港元", &["HKD"]),
    ("港币", &["HKD"]),
    ("NT$", &["TWD"]),
    ("新台币", &["TWD"]),
    ("S$", &["SGD"]),
    ("€", &["EUR"]),
    ("欧元", &["EUR"]),
    ("£", &["GBP"]),
    ("英镑", &["GBP"]),
    ("日元", &["JPY"]),
];
/// Units that stand behind a number.
const UNITS: [(char, u32); 4] = [('万', 10_000), ('萬', 10_000), ('亿', 100_000_000), ('億', 100_000_000)];

/// An amount in this currency. The sign of another one is refused, because nobody knows whether the sign is wrong or the currency.
pub fn parse_amount(cell: &str, currency: &str, options: &Options) -> Result<Decimal, Message> {
    let not_a_number = || Message::NotANumber { value: shown(cell) };
    let text: String = cell.nfkc().filter(|letter| !letter.is_whitespace()).collect();
    let is_of_number = |letter: char| letter.is_ascii_digit() || "+-\u{2212}.,'’_".contains(letter);
    let (Some(first), Some(last)) = (text.find(is_of_number), text.rfind(is_of_number)) else {
        return Err(not_a_number());
    };
    let (before, rest) = text.split_at(first);
    let (number, behind) = rest.split_at(last - first + text[last..].chars().next().map_or(0, char::len_utf8));
    let unit = UNITS.iter().find(|(letter, _)| behind.starts_with(*letter));
    let behind = unit.map_or(behind, |(letter, _)| &behind[letter.len_utf8()..]);
    for sign in [before, behind].into_iter().filter(|sign| !sign.is_empty()) {
        let sign = sign.to_uppercase();
        let known = SIGNS.iter().find(|(known, _)| *known == sign);
        let is_code = sign.len() == 3 && sign.bytes().all(|byte| byte.is_ascii_uppercase());
        match known {
            _ if sign == currency => {}
            Some((_, codes)) if codes.contains(&currency) => {}
            None if !is_code => return Err(not_a_number()),
            _ => return Err(Message::OtherCurrency { value: shown(cell), currency: currency.to_owned() }),
        }
    }
    let number: Decimal = parse_number(number, options)
        .and_then(|plain| plain.parse().map_err(|_| not_a_number()))
        // What is shown is the cell, and not the part of it that was read.
        .map_err(|message| match message {
            Message::TwoNumbers { point, comma, .. } => Message::TwoNumbers { value: shown(cell), point, comma },
            _ => not_a_number(),
        })?;
    let number = unit.map_or(Some(number), |(_, factor)| number.checked_mul(Decimal::from(*factor)));
    number.map(|number| number.normalize()).ok_or_else(not_a_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_may_have_the_sign_of_its_currency_and_a_unit() {
        for (text, currency, wanted) in [
            ("1200.5", "CNY", "1200.5"),
            ("￥1.20", "CNY", "1.2"),
            ("¥ 1,200.50", "CNY", "1200.5"),
            ("¥1200", "JPY", "1200"),
            ("1200元", "CNY", "1200"),
            ("人民币 1200 元", "CNY", "1200"),
            ("RMB1200", "CNY", "1200"),
            ("cny 1200", "CNY", "1200"),
            ("$5.25", "USD", "5.25"),
            ("＄5.25", "HKD", "5.25"),
            ("US$ 5", "USD", "5"),
            ("5 EUR", "EUR", "5"),
            ("120万", "CNY", "1200000"),
            ("1.2万元", "CNY", "12000"),
            ("￥3.5 亿", "CNY", "350000000"),
            ("￥-5", "CNY", "-5"),
            ("1200 CHF", "CHF", "1200"),
        ] {
            let read = parse_amount(text, currency, &Options::default()).map(|number| number.to_string());
            assert_eq!(read.as_deref(), Ok(wanted), "{text} in {currency}");
        }
    }

    #[test]
    fn an_amount_with_the_sign_of_another_currency_is_refused() {
        for (text, currency) in
            [("$5", "CNY"), ("US$5", "HKD"), ("5 EUR", "CNY"), ("1200元", "USD"), ("¥5", "EUR"), ("$5元", "CNY")]
        {
            let read = parse_amount(text, currency, &Options::default());
            assert!(matches!(read, Err(Message::OtherCurrency { .. })), "{text} in {currency}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_whole_cell() {
        for text in
            ["", "￥", "约500", "500左右", "5万-8万", "5千", "块5万", "1.2.3元", "9999999999999999999999999亿", "५"]
        {
            let read = parse_amount(text, "CNY", &Options::default());
            assert!(read.is_err(), "{text}: {read:?}");
        }
        let two =
            Message::TwoNumbers { value: "￥1,234".to_owned(), point: "1234".to_owned(), comma: "1.234".to_owned() };
        assert_eq!(parse_amount("￥1,234", "CNY", &Options::default()), Err(two));
    }
}
