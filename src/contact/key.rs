//! Phones and addresses as they are compared.

/// A phone number as digits alone, without the prefix of international calls, and without China's code before a mobile.
pub fn phone_key(phone: &str) -> String {
    let phone = phone.trim();
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").filter(|_| !phone.starts_with('+')).unwrap_or(&digits);
    match digits.strip_prefix("86") {
        Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') => mobile.to_owned(),
        _ => digits.to_owned(),
    }
}

/// An e-mail address in small letters.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_key_however_it_is_written() {
        for phone in ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "86 13812345678", " 138-1234-5678 "] {
            assert_eq!(phone_key(phone), "13812345678", "{phone}");
        }
        assert_eq!(phone_key("+1 (415) 555-0100"), "14155550100");
        assert_eq!(phone_key("021-6888 1234"), "02168881234");
    }

    #[test]
    fn addresses_are_compared_in_small_letters() {
        assert_eq!(email_key(" Li.Lei@Example.COM "), "li.lei@example.com");
    }
}
