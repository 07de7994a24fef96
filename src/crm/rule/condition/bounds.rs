//! How long and how deep a text may be that the parser is given.

use super::{Place, Refusal};

/// How long a condition may be.
const MAX_BYTES: usize = 4_000;
/// How many brackets it may open: they nest at most as deep.
const MAX_BRACKETS: usize = 100;
/// How many words and signs it may have: chains of operators are at most as long.
const MAX_WORDS: usize = 1_000;

/// Strings and comments count like everything else: so no quote or comment hides what the parser has to descend into.
pub(super) fn bounded(text: &str) -> Result<(), Refusal> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        let (en, zh) = (format!("a condition has at most {MAX_BYTES} bytes"), format!("条件最多 {MAX_BYTES} 字节"));
        return Err(Refusal::new(start, en, zh));
    }
    let brackets = text.chars().filter(|letter| "([{".contains(*letter)).count();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut words, mut before) = (0, ' ');
    for letter in text.chars() {
        let goes_on = is_word(letter) && is_word(before);
        words += usize::from(!goes_on && !letter.is_whitespace());
        before = letter;
    }
    if brackets > MAX_BRACKETS || words > MAX_WORDS {
        return Err(Refusal::new(
            start,
            format!("a condition has at most {MAX_WORDS} words and signs, and {MAX_BRACKETS} brackets"),
            format!("条件最多 {MAX_WORDS} 个词和符号、{MAX_BRACKETS} 个括号"),
        ));
    }
    Ok(())
}
