//! Tables as CSV files for spreadsheet programs.

use std::borrow::Cow;

use crate::kernel::error::Error;

/// What a file begins with, so that spreadsheet programs read it as UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line of a file.
pub fn line<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer
        .write_record(cells.map(without_formula).map(String::into_bytes))
        .map_err(|error| Error::Internal(error.into()))?;
    writer.into_inner().map_err(|error| Error::Internal(error.to_string().into()))
}

/// Puts an apostrophe before a text that a spreadsheet program would run as a formula, because cells come from somebody
/// else. Where the separator of lists is a semicolon, a program may split cells there, so such a text may also stand
/// behind one, or on a new line.
fn without_formula(cell: &str) -> String {
    let (mut safe, mut begins) = (String::with_capacity(cell.len() + 1), true);
    for letter in cell.chars() {
        if begins && is_formula_sign(letter) {
            safe.push('\'');
        }
        begins =
            matches!(letter, ';' | '；' | '\t' | '\r' | '\n') || begins && matches!(letter, ' ' | '\u{3000}' | '"');
        safe.push(letter);
    }
    safe
}

/// Whether a formula can begin with this letter. Programs read the full-width signs of Chinese keyboards, too.
fn is_formula_sign(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r')
}

/// The text of a cell without the apostrophes that [`line`] puts into it, for files that come back.
pub fn with_formula(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len());
    let mut letters = cell.chars().peekable();
    let mut begins = true;
    while let Some(letter) = letters.next() {
        if begins && letter == '\'' && letters.peek().is_some_and(|&next| is_formula_sign(next)) {
            continue;
        }
        begins =
            matches!(letter, ';' | '；' | '\t' | '\r' | '\n') || begins && matches!(letter, ' ' | '\u{3000}' | '"');
        text.push(letter);
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_like_formulas_get_an_apostrophe() {
        let cells =
            ["=1+1", "+86 138", "-5", "@x", "a=b", "", "a \"b\", c", "＝1+1", "a;=1+1", "a; \"+1", "a；－1", " =1"];
        let line = line(cells.into_iter()).unwrap();
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "'=1+1,'+86 138,'-5,'@x,a=b,,\"a \"\"b\"\", c\",'＝1+1,a;'=1+1,\"a; \"\"'+1\",a；'－1, '=1\r\n"
        );
    }

    #[test]
    fn a_text_that_comes_back_is_what_it_was() {
        for cell in ["=1+1", "+86 138;+86 139", "a; \"=1", "O'Neill", "'quoted'", "＝1\n－2", "\t=1"] {
            assert_eq!(with_formula(&without_formula(cell)), cell);
        }
    }
}
