//! Rows of cells, the limits of a file, and why a file can't be read.

use std::io;

use crate::crm::import::message::Message;
use crate::kernel::text::visible;

/// In how many of the first rows the headers are searched, because titles and remarks may stand above them.
pub const HEADER_SEARCH_ROWS: usize = 20;
/// The most columns that are read.
pub const MAX_COLUMNS: usize = 200;
/// The most characters that a cell may have; each of our fields takes fewer.
const MAX_CELL_CHARS: usize = 2_000;
/// How many characters are kept of a cell that is too long.
const TRUNCATED_CHARS: usize = 100;
/// The most bytes that a row of a CSV file or a cell of a workbook may have. A file with a larger one is refused.
pub const MAX_ITEM_BYTES: usize = 16 << 20;

/// A row of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: i32,
    /// Its cells, as a person sees them: trimmed, without invisible characters.
    pub cells: Vec<String>,
    /// Problems that do not depend on the columns' fields, each with the index of its cell; `None`: of the whole row.
    pub problems: Vec<(Option<usize>, Message)>,
    /// A person who opens the file does not see the row.
    pub is_hidden: bool,
}

/// What is known of a table before its rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beginning {
    /// The sheet that is read; `None`: the file is text.
    pub sheet: Option<String>,
    /// The encoding of the text; `None`: the file is a workbook.
    pub encoding: Option<&'static str>,
    /// The indexes of the columns that a person who opens the file does not see.
    pub hidden_columns: Vec<usize>,
}

/// How to read a file.
pub struct HowToRead<'h> {
    /// The sheet to read; `None`: the first visible one with columns that are known.
    pub sheet: Option<&'h str>,
    /// The name of the encoding of a text; `None`: it is detected.
    pub encoding: Option<&'h str>,
    /// Counts the columns whose field is known.
    pub count_columns: &'h CountColumns<'h>,
}

/// Why a file can't be read.
#[derive(Debug)]
pub enum FileError {
    /// The file is invalid.
    Invalid(Message),
    /// A value of the input that says how to read the file is wrong.
    InvalidInput(&'static str, Message),
    /// The receiver of the rows has stopped the reading.
    Cancelled,
    /// The file can't be read from the disk.
    Io(io::Error),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Message> for FileError {
    fn from(message: Message) -> Self {
        Self::Invalid(message)
    }
}

/// Receives the rows of a file, and returns false to stop the reading.
pub trait OnRow: FnMut(Row) -> bool {}
impl<T: FnMut(Row) -> bool> OnRow for T {}

/// Counts the columns whose field is known, from the first rows of a table; 0 if no row has the headers of customers.
pub type CountColumns<'f> = dyn Fn(&[Row]) -> usize + 'f;

impl Row {
    /// Adds the next cell.
    pub fn push(&mut self, text: &str) {
        let text = with_line_feeds(&visible(text));
        let text = without_text_marks(text.trim()).trim();
        let length = text.chars().count();
        let index = self.cells.len();
        if length > MAX_CELL_CHARS {
            let kept: String = text.chars().take(TRUNCATED_CHARS).collect();
            self.cells.push(format!("{}…", kept.replace(is_refused, "\u{fffd}")));
            self.problems.push((Some(index), Message::TooLongCell { length, most: MAX_CELL_CHARS }));
            return;
        }
        // PostgreSQL stores no U+0000, and other control characters are in a cell by mistake.
        if text.contains(is_refused) {
            self.problems.push((Some(index), Message::ControlCharacters));
        }
        self.cells.push(text.replace(is_refused, "\u{fffd}"));
    }

    /// Whether all cells are blank.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty) && self.problems.is_empty()
    }

    /// Adds the problem that the row has too many cells: it is an error of the row, not of the file.
    pub fn refuse_more_columns(&mut self) {
        let problem = (None, Message::TooManyCells { most: MAX_COLUMNS });
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Control characters, except those that arrange a text in lines.
fn is_refused(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
}

/// The text with a line feed for every line end. Workbooks write a carriage return as `_x000D_`, too.
fn with_line_feeds(text: &str) -> String {
    text.replace("_x000D_", "\r").replace("\r\n", "\n").replace('\r', "\n")
}

/// The text of a cell without what programs write so that a spreadsheet program does not take it for a number or a
/// formula: `="0138"`, `'0138`, and the apostrophe that our own CSV files put before what looks like a formula.
fn without_text_marks(cell: &str) -> &str {
    let quoted = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).filter(|text| !text.contains('"'));
    if let Some(text) = quoted {
        return text;
    }
    match cell.strip_prefix(['\'', '`', '’', '‘']) {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => rest,
        Some(rest) if cell.starts_with('\'') && rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_what_a_spreadsheet_program_shows() {
        let cell = |text: &str| {
            let mut row = Row::default();
            row.push(text);
            row.cells.remove(0)
        };
        for (text, wanted) in [
            ("=\"13800120001\"", "13800120001"),
            ("=\"\"", ""),
            ("'013800120002", "013800120002"),
            ("`0138", "0138"),
            ("'+86", "+86"),
            ("'=1+1", "=1+1"),
            ("'t", "'t"),
            ("it's", "it's"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            (" 一路1号\r\n二楼 ", "一路1号\n二楼"),
            ("a_x000D_\nb", "a\nb"),
            ("\u{feff}金湖\u{200b}荷荡\u{a0}", "金湖荷荡"),
        ] {
            assert_eq!(cell(text), wanted, "{text:?}");
        }
    }
}
