//! Validation of texts that users type: invisible characters are dropped, texts are trimmed, their length is limited, and
//! control characters are refused (PostgreSQL can't store U+0000).

use std::borrow::Cow;

use crate::kernel::error::UserError;

/// The text as a person sees it: without characters that have no width, which come along when text is copied from web
/// pages and chats, and with ordinary spaces and line ends for the unusual ones.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|letter| is_invisible(letter) || replacement(letter).is_some()) {
        return Cow::Borrowed(text);
    }
    let (mut kept, mut joiner) = (String::with_capacity(text.len()), None);
    for letter in text.chars() {
        if is_invisible(letter) {
            joiner = joiner.or(is_joiner(letter).then_some(letter));
            continue;
        }
        // A joiner stays if both letters beside it join.
        let joiner = joiner.take().filter(|_| joins(letter) && kept.chars().next_back().is_some_and(joins));
        kept.extend(joiner);
        kept.push(replacement(letter).unwrap_or(letter));
    }
    Cow::Owned(kept)
}

/// Whether a character has neither a width nor a meaning of its own: soft hyphens, zero-width characters, byte order
/// marks, and marks of the direction of writing.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}')
}

/// The joiners decide how Arabic and Indic letters and emoji beside them are drawn.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner beside this letter has a meaning.
fn joins(letter: char) -> bool {
    !letter.is_whitespace()
        && matches!(letter, '\u{590}'..='\u{1fff}' | '\u{2600}'..='\u{27bf}' | '\u{fb50}'..='\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// The ordinary character for an unusual space or line end.
fn replacement(letter: char) -> Option<char> {
    match letter {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some(' '),
        '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        _ => None,
    }
}

/// Validates a name: like [`line`], and without line breaks.
pub fn name(path: &[&str], value: &str, min: usize, max: usize) -> Result<String, UserError> {
    let value = line(path, value, min, max)?;
    if value.contains(['\n', '\t']) {
        let (en, zh) = (
            "can't contain line breaks or tabs: is a quotation mark missing?",
            "不能包含换行或制表符，请检查是否缺少引号",
        );
        return Err(UserError::invalid(path, en, zh));
    }
    Ok(value)
}

/// Validates one line of `min` to `max` characters, and trims it.
pub fn line(path: &[&str], value: &str, min: usize, max: usize) -> Result<String, UserError> {
    let visible = visible(value);
    let value = visible.trim();
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
        Some(value) if !visible(&value).trim().is_empty() => line(path, &value, 1, max).map(Some),
        _ => Ok(None),
    }
}

/// Validates an optional text of several lines. A blank text is `None`.
pub fn optional_block(path: &[&str], value: Option<String>, max: usize) -> Result<Option<String>, UserError> {
    match value {
        Some(value) if !visible(&value).trim().is_empty() => block(path, &value, 1, max).map(Some),
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
    fn characters_that_nobody_sees_are_dropped() {
        for (text, wanted) in [
            ("\u{feff}金湖\u{200b}荷荡\u{200d}泵业\u{202c}", "金湖荷荡泵业"),
            ("Soft\u{ad}ware\u{a0}Co", "Software Co"),
            ("\u{200e}+86 138\u{2060}0013 8000\u{202c}", "+86 1380013 8000"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("a\u{2028}b", "a\nb"),
        ] {
            assert_eq!(visible(text), wanted, "{text:?}");
        }
        // However many there are: each letter is looked at once.
        assert_eq!(visible(&"\u{200d}".repeat(300_000)), "");
        assert_eq!(line(&["name"], "\u{200b} a\u{feff} ", 1, 1).unwrap(), "a");
        assert_eq!(optional(&["title"], Some("\u{200b}".to_owned()), 10).unwrap(), None);
        assert!(name(&["name"], "海潮\n青山", 1, 10).is_err());
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
