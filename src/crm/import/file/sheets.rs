//! What workbooks of every kind have in common: which sheet is read, merged cells, and how numbers are shown.

use std::collections::{BTreeMap, HashMap};

use super::model::{Beginning, FileError, HEADER_SEARCH_ROWS, HowToRead, OnRow, Row};
use crate::crm::import::message::{Message, shown};

/// From here on a floating-point number may have lost its last digits.
const FIRST_INEXACT: f64 = 1e15;
/// How many sheets are looked at for one with known columns: looking takes time for each.
const MOST_SHEETS: usize = 50;
/// The most merged ranges that are kept in memory.
const MOST_MERGES: usize = 100_000;
/// The most bytes of text of all cells together: many cells may share one text, so a small file can contain very much
/// text.
const MAX_TEXT_BYTES: usize = 256 << 20;

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub name: String,
    pub is_visible: bool,
}

/// A workbook whose sheets can be read one after the other.
pub(super) trait Workbook {
    /// The sheets in their order.
    fn sheets(&self) -> Vec<Sheet>;
    /// Reads the sheet with this index. The indexes of its hidden columns come before its rows.
    fn read(
        &mut self,
        sheet: usize,
        on_start: &mut dyn FnMut(Vec<usize>),
        on_row: &mut dyn OnRow,
    ) -> Result<(), FileError>;
}

/// Reads the sheet that the importer says, or else the first visible sheet with known columns, or else the first visible
/// sheet that has rows.
pub(super) fn read(
    workbook: &mut dyn Workbook,
    how: &HowToRead<'_>,
    on_start: &mut dyn FnMut(Beginning),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    let sheets = workbook.sheets();
    let sheet = match how.sheet {
        Some(name) => with_name(&sheets, name)?,
        None => find(workbook, &sheets, how)?,
    };
    let mut start = |hidden_columns| {
        on_start(Beginning { sheet: Some(sheets[sheet].name.clone()), encoding: None, hidden_columns });
    };
    workbook.read(sheet, &mut start, on_row)
}

fn with_name(sheets: &[Sheet], name: &str) -> Result<usize, FileError> {
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let exact = sheets.iter().position(|sheet| sheet.name == name);
    exact.or_else(|| sheets.iter().position(|sheet| same(&sheet.name, name))).ok_or_else(|| {
        let message = Message::UnknownSheet { name: shown(name), all: names(sheets.iter()) };
        FileError::InvalidInput("sheet", message)
    })
}

fn find(workbook: &mut dyn Workbook, sheets: &[Sheet], how: &HowToRead<'_>) -> Result<usize, FileError> {
    let mut first = None;
    let mut hidden = Vec::new();
    for (index, sheet) in sheets.iter().enumerate().take(MOST_SHEETS) {
        let mut rows = Vec::new();
        let read = workbook.read(index, &mut |_| {}, &mut |row| {
            rows.push(row);
            rows.len() < HEADER_SEARCH_ROWS
        });
        match read {
            Ok(()) | Err(FileError::Cancelled) => {}
            // What is hidden may be damaged.
            Err(_) if !sheet.is_visible => continue,
            Err(error) => return Err(error),
        }
        if !sheet.is_visible {
            hidden.extend((!rows.is_empty()).then_some(sheet));
            continue;
        }
        if (how.count_columns)(&rows) > 0 {
            return Ok(index);
        }
        first = first.or((!rows.is_empty()).then_some(index));
    }
    match first {
        Some(first) => Ok(first),
        None if hidden.is_empty() => Err(Message::NoSheetWithRows.into()),
        None => Err(Message::OnlyHiddenSheets { all: names(hidden.into_iter()) }.into()),
    }
}

fn names<'s>(sheets: impl Iterator<Item = &'s Sheet>) -> String {
    sheets.take(20).map(|sheet| shown(&sheet.name)).collect::<Vec<_>>().join(", ")
}

/// Cells that are merged over several rows. A person sees the text of the first one beside each of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Merge {
    pub top: u32,
    pub bottom: u32,
    pub column: usize,
}

/// The merged cells of a sheet, while its rows are read in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Merges {
    by_top: HashMap<u32, Vec<Merge>>,
    /// Those that the present row belongs to, by their columns, with their texts. A column has one at a time, however many a
    /// file says.
    open: BTreeMap<usize, (Merge, String)>,
}

impl Merges {
    pub fn new(merges: Vec<Merge>) -> Self {
        let mut all = Self::default();
        merges.into_iter().for_each(|merge| all.add(merge));
        all
    }

    /// Adds merged cells of this row or of a later one.
    pub fn add(&mut self, merge: Merge) {
        if merge.bottom > merge.top {
            self.by_top.entry(merge.top).or_default().push(merge);
        }
    }

    pub fn check_count(count: usize) -> Result<(), FileError> {
        if count > MOST_MERGES { Err(Message::TooManyMergedCells { most: MOST_MERGES }.into()) } else { Ok(()) }
    }

    /// Gives a row, which is not blank, the texts of the cells that are merged with its own. They count as texts of the file.
    pub fn fill(&mut self, row: &mut Row, limit: &mut TextLimit) -> Result<(), FileError> {
        let number = row.number.cast_unsigned().saturating_sub(1);
        self.open.retain(|_, (merge, _)| merge.bottom >= number);
        for (&column, (_, text)) in &self.open {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, String::new());
            }
            let cell = &mut row.cells[column];
            if cell.is_empty() {
                limit.take(text.len())?;
                cell.clone_from(text);
            }
        }
        for merge in self.by_top.remove(&number).into_iter().flatten() {
            if let Some(text) = row.cells.get(merge.column).filter(|text| !text.is_empty()) {
                self.open.insert(merge.column, (merge, text.clone()));
            }
        }
        Ok(())
    }
}

/// How much text may still be read.
pub(super) struct TextLimit(usize);

impl Default for TextLimit {
    fn default() -> Self {
        Self(MAX_TEXT_BYTES)
    }
}

impl TextLimit {
    pub fn take(&mut self, bytes: usize) -> Result<(), FileError> {
        self.0 = self.0.checked_sub(bytes).ok_or(Message::TooMuchText { megabytes: MAX_TEXT_BYTES >> 20 })?;
        Ok(())
    }
}

/// A number as a spreadsheet shows it: a whole number without a decimal point, other numbers with 15 digits.
pub(super) fn shown_number(number: f64) -> (String, Option<Message>) {
    if number.abs() >= FIRST_INEXACT {
        return (format!("{number:e}"), Some(Message::InexactNumber));
    }
    // 0.1 + 0.2 is shown as 0.3.
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    ((if rounded == 0.0 { 0.0_f64 } else { rounded }).to_string(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_a_spreadsheet_shows_them() {
        for (number, wanted) in
            [(13_812_345_678.0, "13812345678"), (0.5, "0.5"), (-7.0, "-7"), (0.1 + 0.2, "0.3"), (-0.0, "0")]
        {
            assert_eq!(shown_number(number), (wanted.to_owned(), None));
        }
        let (written, problem) = shown_number(913_100_001_234_567_000.0);
        assert!(written.contains('e') && problem == Some(Message::InexactNumber));
    }

    #[test]
    fn the_text_of_merged_cells_stands_beside_each_of_their_rows() {
        let mut merges =
            Merges::new(vec![Merge { top: 1, bottom: 3, column: 0 }, Merge { top: 5, bottom: 6, column: 1 }]);
        let mut filled = |number: i32, cells: &[&str]| {
            let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
            let mut row = Row { number, cells, ..Row::default() };
            merges.fill(&mut row, &mut TextLimit::default()).unwrap();
            row.cells
        };
        assert_eq!(filled(2, &["Acme", "Li"]), ["Acme", "Li"]);
        assert_eq!(filled(3, &["", "Han"]), ["Acme", "Han"]);
        assert_eq!(filled(4, &["own", "Wu"]), ["own", "Wu"]);
        assert_eq!(filled(5, &["", "x"]), ["", "x"]);
        assert_eq!(filled(6, &["Blue"]), ["Blue"]);
        assert_eq!(filled(7, &["Red"]), ["Red"]);
    }

    #[test]
    fn overlapping_merged_cells_and_their_texts_are_bounded() {
        let overlapping = (0..1_000).map(|_| Merge { top: 0, bottom: 1_000, column: 0 });
        let (mut merges, mut limit) = (Merges::new(overlapping.collect()), TextLimit(25));
        let mut fill = |number: i32, cell: &str| {
            let mut row = Row { number, cells: vec![cell.to_owned(), "x".to_owned()], ..Row::default() };
            merges.fill(&mut row, &mut limit).map(|()| row.cells[0].clone())
        };
        assert_eq!(fill(1, "0123456789").unwrap(), "0123456789");
        assert_eq!([fill(2, "").unwrap(), fill(3, "").unwrap()], ["0123456789"; 2]);
        assert!(fill(4, "").is_err(), "two copies of ten bytes fit into 25");
        assert_eq!(merges.open.len(), 1);
    }
}
