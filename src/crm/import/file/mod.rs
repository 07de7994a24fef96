//! Files as rows of cells: tables of text (CSV) in any of the encodings that they come in, and workbooks (XLSX). They are
//! read as streams: what is kept in memory does not grow with the file.

mod csv;
mod guard;
mod xlsx;

use std::fs::File;
use std::io::{self, Read, Seek};

use crate::kernel::error::Text;

/// How many columns are looked at.
pub const MAX_COLUMNS: usize = 200;
/// How many characters of a cell are taken: none of our fields takes as many.
const MAX_CELL: usize = 2_000;
/// What is kept of a cell that has more.
const KEPT_OF_LONG: usize = 100;
/// How many bytes a row of a table of text, or a cell of a workbook, may take before the file is refused.
const MAX_ITEM_BYTES: usize = 16 << 20;

/// A row of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: i32,
    /// Its cells, trimmed.
    pub cells: Vec<String>,
    /// What is wrong with cells, whatever their column means.
    pub bad: Vec<(usize, Text)>,
}

/// Why a file can't be read.
#[derive(Debug)]
pub enum Unreadable {
    /// Something is wrong with it.
    Wrong(Text),
    /// The one who takes the rows has gone.
    NotWanted,
    /// It can't be read from the disk.
    Io(io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Takes the rows of a file; false when it wants no more.
pub trait TakeRow: FnMut(Row) -> bool {}
impl<T: FnMut(Row) -> bool> TakeRow for T {}

/// How many columns of a table mean something, by its first rows; none where nothing tells what is in it.
pub type KnownIn<'f> = dyn Fn(&[Row]) -> usize + 'f;
/// How many rows tell it.
const ROWS_LOOKED_AT: usize = super::column::LOOKED_AT;

/// Hands over the rows that are not blank, in their order. Of a workbook those of the first sheet in which columns mean
/// something, or else of the first that has any; its name is told first.
pub fn read(
    mut file: File,
    known: &KnownIn<'_>,
    tell_sheet: &mut dyn FnMut(&str),
    take: &mut dyn TakeRow,
) -> Result<(), Unreadable> {
    let mut head = Vec::new();
    (&mut file).take(8).read_to_end(&mut head)?;
    file.rewind()?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => xlsx::read(file, known, tell_sheet, take),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(wrong(
            "This is a workbook of the old kind (.xls), or one with a password. Save it as .xlsx without a password, or as CSV.",
            "这是旧版（.xls）或加密的工作簿，请另存为不带密码的 .xlsx 或 CSV。",
        )),
        [] => Err(wrong("The file is empty.", "文件为空。")),
        _ => csv::read(file, known, take),
    }
}

fn wrong(en: impl Into<String>, zh: impl Into<String>) -> Unreadable {
    Unreadable::Wrong(Text::new(en, zh))
}

impl Row {
    /// Adds the next cell.
    fn push(&mut self, text: &str) {
        let text = text.trim();
        let length = text.chars().count();
        let place = self.cells.len();
        if length > MAX_CELL {
            let kept: String = text.chars().take(KEPT_OF_LONG).collect();
            self.cells.push(format!("{}…", without_controls(&kept)));
            let en = format!("has {length} characters, and no field takes more than {MAX_CELL}");
            self.bad.push((place, Text::new(en, format!("有 {length} 个字符，超过 {MAX_CELL} 个"))));
            return;
        }
        // PostgreSQL takes no U+0000, and nobody means the others.
        let clean = without_controls(text);
        if clean != text {
            self.bad.push((place, Text::new("contains control characters", "包含控制字符")));
        }
        self.cells.push(clean);
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// Cells that have no column are an error of the row, not of the file.
    fn refuse_more_columns(&mut self) {
        if !self.bad.iter().any(|(place, _)| *place == MAX_COLUMNS) {
            let en = format!("has more than {MAX_COLUMNS} cells");
            self.bad.push((MAX_COLUMNS, Text::new(en, format!("单元格超过 {MAX_COLUMNS} 个"))));
        }
    }
}

fn without_controls(text: &str) -> String {
    let is_wrong = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    text.replace(is_wrong, "\u{fffd}").replace("\r\n", "\n").replace('\r', "\n")
}
