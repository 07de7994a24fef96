//! Phone numbers and e-mail addresses: what is one, and the keys by which they are compared.

use email_address::{EmailAddress, Options};
use phonenumber::Mode;
use unicode_normalization::UnicodeNormalization;

use crate::kernel::directory::Country;
use crate::kernel::error::Text;
use crate::kernel::text::visible;

/// The words before an extension.
const EXTENSIONS: [&str; 6] = ["extension", "ext", "x", "转", "分机", "#"];
/// A phone number has at least this many digits; internal numbers and service numbers are short.
const FEWEST_DIGITS: usize = 5;
/// A phone number has at most this many digits (E.164), apart from the prefix of international calls.
const MOST_DIGITS: usize = 15;

/// The key of a phone number: the number with its country code (E.164), however it is written; a number without a
/// country code is one of `country`. A number that is complete in no country, such as a service number, is its digits.
/// An extension is appended after an `x`.
pub fn phone_key(phone: &str, country: Country) -> String {
    let Parts { number, extension } = Parts::of(&folded(phone), country);
    let key = international(&number, country).unwrap_or_else(|| digits(&number));
    if extension.is_empty() { key } else { format!("{key}x{extension}") }
}

/// The number with its country code; `None`: it is no complete number.
fn international(number: &str, country: Country) -> Option<String> {
    // Chinese numbers have simple forms, and new series of them come often. Their keys do not depend on the release of
    // the tables of all countries.
    let digits = digits(number);
    let is_abroad = number.starts_with('+') || digits.starts_with("00");
    let all = digits.strip_prefix("00").filter(|_| !number.starts_with('+')).unwrap_or(&digits);
    let behind_code = all.strip_prefix("86").filter(|rest| is_abroad || rest.len() >= 9);
    let chinese = match behind_code {
        Some(national) => in_china(national.strip_prefix('0').unwrap_or(national), true),
        None if is_abroad || country != Country::CN => None,
        None => match all.strip_prefix('0') {
            Some(national) => in_china(national, true),
            None => in_china(all, false),
        },
    };
    if let Some(national) = chinese {
        return Some(format!("+86{national}"));
    }
    let parsed = phonenumber::parse(Some(country), number).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    Some(parsed.format().mode(Mode::E164).to_string())
}

/// A Chinese number without country code and leading zero: a mobile number, a service number, or, if it has an area
/// code, a landline number.
fn in_china(national: &str, has_area_code: bool) -> Option<&str> {
    let bytes = national.as_bytes();
    let is_mobile = bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]);
    let is_service = bytes.len() == 10 && (national.starts_with("400") || national.starts_with("800"));
    let is_landline = has_area_code && (9..=11).contains(&bytes.len()) && bytes[0] != b'0';
    (is_mobile || is_service || is_landline && !(bytes.len() == 11 && bytes[0] == b'1')).then_some(national)
}

/// The phone number with its country code, if it is complete and has none.
pub fn with_country_code(phone: &str, country: Country) -> Option<String> {
    let Parts { number, extension } = Parts::of(&folded(phone), country);
    let complete = international(&number, country).filter(|_| !number.trim_start().starts_with('+'))?;
    Some(if extension.is_empty() { complete } else { format!("{complete} ext {extension}") })
}

/// A phone number in parts.
struct Parts {
    number: String,
    extension: String,
}

impl Parts {
    /// The parts of a folded text.
    fn of(phone: &str, country: Country) -> Self {
        let lower = phone.to_lowercase();
        if let Some(place) = EXTENSIONS.iter().filter_map(|word| lower.find(word)).min() {
            let (number, extension) = phone.split_at(place);
            return Self { number: number.to_owned(), extension: digits(extension) };
        }
        // `0574-87654321-802`: what is left is a complete number, and the whole is none.
        if let Some((number, extension)) = phone.rsplit_once('-')
            && (1..=6).contains(&extension.trim().len())
            && extension.trim().bytes().all(|byte| byte.is_ascii_digit())
            && international(phone, country).is_none()
            && international(number, country).is_some()
        {
            return Self { number: number.to_owned(), extension: extension.trim().to_owned() };
        }
        Self { number: phone.to_owned(), extension: String::new() }
    }
}

/// The text with ordinary digits and dashes, without what programs write around numbers (`tel:`, `.0`).
fn folded(phone: &str) -> String {
    let plain: String = visible(phone).nfkc().map(|letter| if is_dash(letter) { '-' } else { letter }).collect();
    let plain = plain.trim();
    let is_prefixed = plain.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("tel:"));
    let plain = if is_prefixed { plain[4..].trim_start() } else { plain };
    let whole = plain.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()));
    whole.unwrap_or(plain).to_owned()
}

fn is_dash(letter: char) -> bool {
    matches!(letter, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' | '~')
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a text is a complete phone number.
pub fn is_complete(phone: &str, country: Country) -> bool {
    international(&Parts::of(&folded(phone), country).number, country).is_some()
}

/// The phone number as it is kept, or why the text is not one.
pub fn check_phone(phone: &str, country: Country) -> Result<String, Text> {
    let phone = folded(phone);
    if is_scientific(&phone) {
        let en = "A spreadsheet has shortened this phone number. Write all digits, as text.";
        return Err(Text::new(en, "该号码被表格软件转换成了科学计数法，请以文本格式填写完整号码。"));
    }
    let Parts { number, .. } = Parts::of(&phone, country);
    let rest = EXTENSIONS.iter().fold(phone[number.len()..].to_lowercase(), |rest, word| rest.replace(word, ""));
    let count = digits(&number).strip_prefix("00").map_or_else(|| digits(&number).len(), str::len);
    if count < FEWEST_DIGITS || number.contains('@') {
        let en = format!("This is not a phone number: a phone number has at least {FEWEST_DIGITS} digits.");
        return Err(Text::new(en, format!("电话号码格式不正确：至少需要 {FEWEST_DIGITS} 位数字。")));
    }
    if [&number, &rest].iter().any(|part| part.chars().any(char::is_alphabetic)) {
        let en =
            "This is not a phone number: letters may only stand before an extension, as in `021-68881234 ext 801`.";
        return Err(Text::new(en, "电话号码格式不正确：除分机号（如“021-68881234 转 801”）外不能包含文字。"));
    }
    if count > MOST_DIGITS {
        let en = format!(
            "This is not one phone number: it has {count} digits, and a phone number has at most {MOST_DIGITS}. Write each number by itself."
        );
        let zh = format!("电话号码格式不正确：有 {count} 位数字，最多 {MOST_DIGITS} 位；多个号码请分开填写。");
        return Err(Text::new(en, zh));
    }
    if number.chars().any(|letter| !letter.is_ascii_digit() && !is_separator(letter)) || has_point(&number) {
        let en = "This is not a phone number: it may have digits, spaces, dashes, parentheses and a plus sign.";
        return Err(Text::new(en, "电话号码格式不正确：只能包含数字、空格、短横线、括号和加号。"));
    }
    Ok(phone)
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '+' | '-' | '(' | ')' | '.' | '/' | '·' | '[' | ']' | '_' | ',' | ':')
}

/// Whether a number has a decimal point, as a spreadsheet writes it: points between groups of digits come in several,
/// or with other separators.
fn has_point(number: &str) -> bool {
    let parts = number.split('.').collect::<Vec<_>>();
    let is_digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 2 && parts.iter().all(is_digits) && parts[1].len() < 3
}

/// Whether a text is a number in scientific notation, such as `1.38123E+10`.
fn is_scientific(phone: &str) -> bool {
    phone.split_once(['e', 'E']).is_some_and(|(number, power)| {
        let is_number =
            |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        is_number(number) && is_number(power.trim_start_matches(['+', '-']))
    })
}

/// The e-mail address as it is kept, or why the text is not one: it must be one address (a mailbox of RFC 5321), without
/// a name, a comment or quotation marks.
pub fn check_email(email: &str) -> Result<String, Text> {
    let folded: String = visible(email).nfkc().collect();
    let folded = folded.trim();
    let is_prefixed = folded.get(..7).is_some_and(|prefix| prefix.eq_ignore_ascii_case("mailto:"));
    let address = if is_prefixed { &folded[7..] } else { folded };
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    let is_plain = !address.contains(['"', '(', ')', '<', '>', ',', ';', ' ']) && address.matches('@').count() == 1;
    if is_plain && EmailAddress::parse_with_options(address, options).is_ok() {
        return Ok(address.to_owned());
    }
    let (en, zh) = if address.matches('@').count() > 1 {
        ("This is more than one e-mail address. Write each address by itself.", "这里有多个邮箱地址，请分开填写。")
    } else {
        ("This is not an e-mail address like li@example.com.", "邮箱地址格式不正确，格式如 li@example.com。")
    };
    Err(Text::new(en, zh))
}

/// The key of an e-mail address: the address in lower case.
pub fn email_key(email: &str) -> String {
    let folded: String = visible(email).nfkc().flat_map(char::to_lowercase).collect();
    let folded = folded.trim();
    folded.strip_prefix("mailto:").unwrap_or(folded).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(phone: &str) -> String {
        phone_key(phone, Country::CN)
    }

    #[test]
    fn all_spellings_of_a_phone_number_have_the_same_key() {
        for phone in [
            "13812345678",
            "+86 138 1234 5678",
            "0086-138-1234-5678",
            "86 13812345678",
            " 138-1234-5678 ",
            "013812345678",
            "+86 (0)138 1234 5678",
            "１３８１２３４５６７８",
            "138—1234—5678",
            "13812345678.0",
            "tel:+8613812345678",
            "138\u{200b}12345678",
        ] {
            assert_eq!(key(phone), "+8613812345678", "{phone}");
        }
        for phone in ["021-6888 1234", "+86 21 6888 1234", "0086 21 68881234", "+86 (021) 68881234", "862168881234"] {
            assert_eq!(key(phone), "+862168881234", "{phone}");
        }
        for phone in ["400-820-8820", "+86 400 820 8820"] {
            assert_eq!(key(phone), "+864008208820", "{phone}");
        }
        for phone in [
            "010-12345678 转 801",
            "+86 10 1234 5678 ext. 801",
            "01012345678x801",
            "01012345678分机801",
            "010-12345678-801",
            "010－12345678－801",
        ] {
            assert_eq!(key(phone), "+861012345678x801", "{phone}");
        }
    }

    #[test]
    fn numbers_of_other_countries_have_their_country_code() {
        assert_eq!(key("+1 (415) 555-0100"), "+14155550100");
        assert_eq!(key("00 44 20 7946 0958"), "+442079460958");
        assert_eq!(key("+852 2345 6789"), "+85223456789");
        for phone in ["030 901820", "+49 30 901820", "+49 (0)30 901820", "0049 30 901820"] {
            assert_eq!(phone_key(phone, Country::DE), "+4930901820", "{phone}");
        }
        assert_eq!(phone_key("(415) 555-0100", Country::US), "+14155550100");
    }

    #[test]
    fn a_number_that_is_complete_in_no_country_is_its_digits() {
        for (phone, wanted) in [("95588", "95588"), ("8765 4321", "87654321"), ("86123456", "86123456")] {
            assert_eq!(key(phone), wanted);
        }
    }

    #[test]
    fn texts_that_are_not_phone_numbers_are_refused() {
        for (phone, kept) in [
            ("13812345678", "13812345678"),
            ("１３８１２３４５６７８", "13812345678"),
            ("13955550010.0", "13955550010"),
            ("138.1234.5678", "138.1234.5678"),
            ("+1 (415) 555-0100", "+1 (415) 555-0100"),
            ("021-6888 1234 转 801", "021-6888 1234 转 801"),
            ("0574-87654321-802", "0574-87654321-802"),
            ("0571/88888888 Ext.12", "0571/88888888 Ext.12"),
            ("95588", "95588"),
            ("021-68881234转分机801", "021-68881234转分机801"),
        ] {
            assert_eq!(check_phone(phone, Country::CN).as_deref(), Ok(kept), "{phone}");
        }
        for (phone, why) in [
            ("1.38123E+10", "shortened"),
            ("1e10", "shortened"),
            ("1234", "at least 5 digits"),
            ("call me", "at least 5 digits"),
            ("13812345678@qq.com", "not a phone number"),
            ("13812345678 李总", "letters"),
            ("tel 13812345678", "letters"),
            ("021-68881234 ext nobody", "letters"),
            ("13955550011 13955550012", "22 digits"),
            ("1234567890123456", "16 digits"),
            ("13812345678.5", "may have digits"),
            ("=\"1381234567\"", "may have digits"),
        ] {
            let refusal = check_phone(phone, Country::CN).expect_err(phone);
            assert!(refusal.en.contains(why), "{phone}: {}", refusal.en);
        }
    }

    #[test]
    fn an_e_mail_address_is_one_address_and_nothing_else() {
        for (email, kept) in [
            ("li.lei@example.com", "li.lei@example.com"),
            ("mailto:li@example.com", "li@example.com"),
            ("ｌｉ＠example.com", "li@example.com"),
            ("li\u{200b}@example.com", "li@example.com"),
            ("o'neil+crm@mail.example.co.uk", "o'neil+crm@mail.example.co.uk"),
            ("李雷@例子.中国", "李雷@例子.中国"),
        ] {
            assert_eq!(check_email(email).as_deref(), Ok(kept), "{email}");
        }
        for email in [
            "info@a.example zhang@b.example",
            "a b@c.example",
            "庚 <g@qi.example>",
            "a@b@c.example",
            "x@y.example;z@z.example",
            "\"a b\"@c.example",
            "a(comment)@c.example",
            "li@localhost",
            "li@[127.0.0.1]",
            "li.example.com",
            "@example.com",
            "li@.com",
            "li@example..com",
        ] {
            assert!(check_email(email).is_err(), "{email}");
        }
        assert_eq!(email_key(" Li.Lei@Example.COM "), "li.lei@example.com");
    }
}
