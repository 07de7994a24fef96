//! Rows of cells, the limits of a file, and why a file can't be read.

use std::io;

use crate::kernel::error::Text;

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
    /// Its cells, trimmed.
    pub cells: Vec<String>,
    /// Problems of cells that do not depend on the column's field, each with the index of its cell.
    pub cell_problems: Vec<(usize, Text)>,
}

/// Why a file can't be read.
#[derive(Debug)]
pub enum FileError {
    /// The file is invalid.
    Invalid(Text),
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

/// The error of an invalid file.
pub fn invalid(en: impl Into<String>, zh: impl Into<String>) -> FileError {
    FileError::Invalid(Text::new(en, zh))
}

/// Receives the rows of a file, and returns false to stop the reading.
pub trait OnRow: FnMut(Row) -> bool {}
impl<T: FnMut(Row) -> bool> OnRow for T {}

/// Counts the columns whose field is known, from the first rows of a table; 0 if no row has the headers of customers.
pub type CountColumns<'f> = dyn Fn(&[Row]) -> usize + 'f;

impl Row {
    /// Adds the next cell.
    pub fn push(&mut self, text: &str) {
        let text = text.trim();
        let length = text.chars().count();
        let index = self.cells.len();
        if length > MAX_CELL_CHARS {
            let kept: String = text.chars().take(TRUNCATED_CHARS).collect();
            self.cells.push(format!("{}…", replace_controls(&kept)));
            let en = format!("has {length} characters, and no field takes more than {MAX_CELL_CHARS}");
            let zh = format!("有 {length} 个字符，超过上限 {MAX_CELL_CHARS} 个");
            self.cell_problems.push((index, Text::new(en, zh)));
            return;
        }
        // PostgreSQL stores no U+0000, and other control characters are in a cell by mistake.
        let clean = replace_controls(text);
        if clean != text {
            self.cell_problems.push((index, Text::new("contains control characters", "包含控制字符")));
        }
        self.cells.push(clean);
    }

    /// Whether all cells are blank.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// Adds the problem that the row has too many cells: it is an error of the row, not of the file.
    pub fn refuse_more_columns(&mut self) {
        if !self.cell_problems.iter().any(|(index, _)| *index == MAX_COLUMNS) {
            let en = format!("has more than {MAX_COLUMNS} cells");
            self.cell_problems.push((MAX_COLUMNS, Text::new(en, format!("单元格超过 {MAX_COLUMNS} 个"))));
        }
    }
}

fn replace_controls(text: &str) -> String {
    let is_refused = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    text.replace(is_refused, "\u{fffd}").replace("\r\n", "\n").replace('\r', "\n")
}
