//! Validation of texts that users type: they are trimmed, their length is limited, and control characters are refused
//! (PostgreSQL can't store U+0000).

use crate::kernel::error::UserError;

/// Validates one line of `min` to `max` characters, and trims it.
pub fn line(path: &[&str], value: &str, min: usize, max: usize) -> Result<String, UserError> {
    let value = value.trim();
    let length = value.chars().count();
    if !(min..=max).contains(&length) {
        return Err(UserError::invalid(
            path,
            format!("must have {min} to {max} characters, not {length}"),
            format!("长度必须为 {min} 到 {max} 个字符，目前为 {length} 个"),
        ));
    }
    if value.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
        return Err(UserError::invalid(path, "can't contain control characters", "不能包含控制字符"));
    }
    Ok(value.to_owned())
}

/// Validates a text of several lines, of `min` to `max` characters together. Every kind of line end becomes a line
/// feed.
pub fn block(path: &[&str], value: &str, min: usize, max: usize) -> Result<String, UserError> {
    line(path, &value.replace("\r\n", "\n").replace('\r', "\n"), min, max)
}

/// Validates an optional line. A blank line is `None`.
pub fn optional(path: &[&str], value: Option<String>, max: usize) -> Result<Option<String>, UserError> {
    match value {
        Some(value) if !value.trim().is_empty() => line(path, &value, 1, max).map(Some),
        _ => Ok(None),
    }
}

/// Validates an optional text of several lines. A blank text is `None`.
pub fn optional_block(path: &[&str], value: Option<String>, max: usize) -> Result<Option<String>, UserError> {
    match value {
        Some(value) if !value.trim().is_empty() => block(path, &value, 1, max).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_counted_in_characters() {
        assert_eq!(line(&["name"], " 海潮科技 ", 1, 4).unwrap(), "海潮科技");
        assert!(line(&["name"], "海潮科技公", 1, 4).is_err());
        assert!(line(&["name"], "   ", 1, 4).is_err());
    }

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        assert_eq!(block(&["content"], "a\r\nb\rc\nd", 1, 10).unwrap(), "a\nb\nc\nd");
    }

    #[test]
    fn control_characters_are_refused() {
        assert!(line(&["name"], "a\0b", 1, 10).is_err());
        assert!(line(&["name"], "a\u{1b}b", 1, 10).is_err());
    }

    #[test]
    fn a_blank_optional_text_is_none() {
        assert_eq!(optional(&["title"], Some("  ".to_owned()), 10).unwrap(), None);
        assert_eq!(optional(&["title"], None, 10).unwrap(), None);
    }
}
