//! Bounds the length and the depth of the text that the parser gets. The bounds are no settings, because a rule that was saved
//! must compile on every server from then on.

use super::refusal::{Place, Refusal};

/// The most bytes of a condition.
const MAX_BYTES: usize = 4_000;
/// The most opening brackets. Brackets can't nest deeper than that.
const MAX_BRACKETS: usize = 100;
/// The most words and signs. Chains of operators can't be longer than that.
const MAX_WORDS: usize = 1_000;
/// The most comparisons: signs like `==` and `<`, and `in`. Each is a part of the statement that PostgreSQL plans.
const MAX_COMPARISONS: usize = 50;

/// Refuses a text that is too long or too deep. Strings and comments count like other text, so a quote or a comment
/// can't hide anything that the parser must descend into.
pub(super) fn check_bounds(text: &str) -> Result<(), Refusal> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        let (en, zh) = (format!("A condition has at most {MAX_BYTES} bytes."), format!("条件最长 {MAX_BYTES} 字节。"));
        return Err(Refusal::new(start, en, zh));
    }
    let brackets = text.chars().filter(|letter| "([{".contains(*letter)).count();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut words, mut before) = (0, ' ');
    for letter in text.chars() {
        let continues_word = is_word(letter) && is_word(before);
        words += usize::from(!continues_word && !letter.is_whitespace());
        before = letter;
    }
    if brackets > MAX_BRACKETS || words > MAX_WORDS {
        return Err(Refusal::new(
            start,
            format!("A condition has at most {MAX_WORDS} words and signs, and {MAX_BRACKETS} brackets."),
            format!("条件最多包含 {MAX_WORDS} 个词和符号、{MAX_BRACKETS} 个括号。"),
        ));
    }
    let comparisons = count_comparisons(text);
    if comparisons > MAX_COMPARISONS {
        return Err(Refusal::new(
            start,
            format!("A condition has at most {MAX_COMPARISONS} comparisons; this one has {comparisons}."),
            format!("条件最多包含 {MAX_COMPARISONS} 个比较，当前为 {comparisons} 个。"),
        ));
    }
    Ok(())
}

fn count_comparisons(text: &str) -> usize {
    let signs = text.split(|letter| !"=!<>".contains(letter)).filter(|sign| sign.contains(['=', '<', '>'])).count();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    signs + text.split(|letter| !is_word(letter)).filter(|word| *word == "in").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_counted() {
        for (text, comparisons) in [
            ("", 0),
            ("followUps == 0 && !isKey", 1),
            ("a<=b||c!=d", 2),
            ("level in [\"A\", \"B\"] && industry > 1", 2),
            ("inside && a >= 1", 1),
        ] {
            assert_eq!(count_comparisons(text), comparisons, "{text}");
        }
    }
}
