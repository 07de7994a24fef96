//! The keys by which phone numbers and e-mail addresses are compared.

use crate::kernel::error::Text;

/// The words before an extension.
const EXTENSIONS: [&str; 6] = ["extension", "ext", "x", "转", "分机", "#"];
/// A phone number has at least this many digits.
const FEWEST_DIGITS: usize = 5;

/// The key of a phone number: its digits without the prefix of international calls. A Chinese number has no country
/// code; a mobile number has no leading zero, and a landline number has the leading zero of its area code. An extension
/// is appended after an `x`.
pub fn phone_key(phone: &str) -> String {
    let (main, extension) = parts(phone.trim());
    let (all, extension) = (digits(main), digits(extension));
    let all = all.strip_prefix("00").filter(|_| !main.starts_with('+')).unwrap_or(&all);
    let number = match in_china(all) {
        Some(number) if is_mobile(number) || number.len() == 10 && is_service(number) => number.to_owned(),
        Some(number) => format!("0{number}"),
        None => all.strip_prefix('0').filter(|number| is_mobile(number)).unwrap_or(all).to_owned(),
    };
    if extension.is_empty() { number } else { format!("{number}x{extension}") }
}

/// The number behind the country code of China, without a leading zero.
fn in_china(digits: &str) -> Option<&str> {
    let number = digits.strip_prefix("86")?;
    let number = number.strip_prefix('0').unwrap_or(number);
    (9..=11).contains(&number.len()).then_some(number).filter(|number| !number.starts_with('0'))
}

fn is_mobile(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1') && matches!(number.as_bytes()[1], b'3'..=b'9')
}

/// Whether a number is a service number, which has no area code.
fn is_service(number: &str) -> bool {
    number.starts_with("400") || number.starts_with("800")
}

/// Splits a phone number into the number and its extension.
fn parts(phone: &str) -> (&str, &str) {
    let folded = phone.to_ascii_lowercase();
    let place = EXTENSIONS.iter().filter_map(|word| folded.find(word)).min();
    place.map_or((phone, ""), |place| phone.split_at(place))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Refuses a text that is not a phone number, and says why.
pub fn check_phone(phone: &str) -> Result<(), Text> {
    if is_scientific(phone) {
        let en = "A spreadsheet has shortened this phone number. Write all digits, as text.";
        return Err(Text::new(en, "该号码被表格软件缩写成了科学计数法，请以文本格式填写完整号码。"));
    }
    let (main, extension) = parts(phone);
    let extension = EXTENSIONS.iter().fold(extension.to_ascii_lowercase(), |rest, word| rest.replace(word, ""));
    if digits(main).len() < FEWEST_DIGITS || main.contains('@') {
        let en = format!("This is not a phone number: a phone number has at least {FEWEST_DIGITS} digits.");
        return Err(Text::new(en, format!("电话号码格式不正确：至少需要 {FEWEST_DIGITS} 位数字。")));
    }
    if [main, &extension].iter().any(|part| part.chars().any(char::is_alphabetic)) {
        let en =
            "This is not a phone number: letters may only stand before an extension, as in `021-68881234 ext 801`.";
        return Err(Text::new(en, "电话号码格式不正确：除分机号（如“021-68881234 转 801”）外不能包含文字。"));
    }
    Ok(())
}

/// Whether a text is a number in scientific notation, such as `1.38123E+10`.
fn is_scientific(phone: &str) -> bool {
    phone.split_once(['e', 'E']).is_some_and(|(number, power)| {
        let is_number =
            |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        is_number(number) && is_number(power.trim_start_matches(['+', '-']))
    })
}

/// The key of an e-mail address: the address in lower case.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(phone_key(phone), "13812345678", "{phone}");
        }
        for phone in ["021-6888 1234", "+86 21 6888 1234", "0086 21 68881234", "+86 (021) 68881234", "862168881234"] {
            assert_eq!(phone_key(phone), "02168881234", "{phone}");
        }
        for phone in ["400-820-8820", "+86 400 820 8820"] {
            assert_eq!(phone_key(phone), "4008208820", "{phone}");
        }
        for phone in ["010-12345678 转 801", "+86 10 1234 5678 ext. 801", "01012345678x801", "01012345678分机801"] {
            assert_eq!(phone_key(phone), "01012345678x801", "{phone}");
        }
        assert_eq!(phone_key("+1 (415) 555-0100"), "14155550100");
        assert_eq!(phone_key("86123456"), "86123456");
    }

    #[test]
    fn texts_that_are_not_phone_numbers_are_refused() {
        for phone in [
            "13812345678",
            "+1 (415) 555-0100",
            "021-6888 1234 转 801",
            "0571/88888888 Ext.12",
            "95588",
            "021-68881234转分机801",
        ] {
            assert!(check_phone(phone).is_ok(), "{phone}");
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
        ] {
            let refusal = check_phone(phone).expect_err(phone);
            assert!(refusal.en.contains(why), "{phone}: {}", refusal.en);
        }
    }

    #[test]
    fn e_mail_addresses_are_compared_in_lower_case() {
        assert_eq!(email_key(" Li.Lei@Example.COM "), "li.lei@example.com");
    }
}
