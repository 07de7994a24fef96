//! Workbooks (XLSX), read cell by cell.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Seek};

use calamine::{Cell, Data, DataRef, Reader, Xlsx};

use super::guard;
use super::model::{CountColumns, FileError, HEADER_SEARCH_ROWS, MAX_COLUMNS, OnRow, Row, invalid};
use crate::kernel::error::Text;

/// From here on a floating-point number may have lost its last digits.
const FIRST_INEXACT: f64 = 1e15;

/// The most bytes of text of all cells together: many cells may share one text, so a small file can contain very much
/// text.
const MAX_TEXT_BYTES: usize = 256 << 20;

pub(super) fn read(
    mut file: File,
    count_columns: &CountColumns<'_>,
    on_sheet: &mut dyn FnMut(&str),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    guard::check(BufReader::new(&mut file))?;
    file.rewind()?;
    let workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|_| {
        invalid("The file is not a workbook, or the workbook is damaged.", "文件不是工作簿，或工作簿已损坏。")
    })?;
    let mut sheets = Sheets { names: workbook.sheet_names(), workbook, text_bytes_left: MAX_TEXT_BYTES };
    let sheet = sheets.find_sheet(count_columns)?;
    let sheet = sheet.ok_or_else(|| invalid("No sheet of the workbook has rows.", "工作簿中没有任何数据行。"))?;
    on_sheet(&sheets.names[sheet]);
    sheets.read(sheet, on_row)
}

struct Sheets {
    workbook: Xlsx<BufReader<File>>,
    names: Vec<String>,
    /// How many more bytes of text may be read.
    text_bytes_left: usize,
}

impl Sheets {
    /// The first sheet with known columns, or else the first sheet that has rows.
    fn find_sheet(&mut self, count_columns: &CountColumns<'_>) -> Result<Option<usize>, FileError> {
        let mut first = None;
        for sheet in 0..self.names.len() {
            let mut rows = Vec::new();
            let read = self.read(sheet, &mut |row| {
                rows.push(row);
                rows.len() < HEADER_SEARCH_ROWS
            });
            match read {
                Ok(()) | Err(FileError::Cancelled) => {}
                Err(error) => return Err(error),
            }
            if count_columns(&rows) > 0 {
                return Ok(Some(sheet));
            }
            first = first.or((!rows.is_empty()).then_some(sheet));
        }
        Ok(first)
    }

    fn read(&mut self, sheet: usize, on_row: &mut dyn OnRow) -> Result<(), FileError> {
        let sheet = &self.names[sheet];
        let name: String = sheet.chars().take(40).collect();
        let damaged = || invalid(format!("The sheet {name:?} is damaged."), format!("工作表“{name}”已损坏。"));
        let mut cells = match self.workbook.worksheet_cells_reader(sheet) {
            Ok(cells) => cells,
            // A chart sheet has no cells.
            Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(()),
            Err(_) => return Err(damaged()),
        };
        let mut row = Row::default();
        loop {
            let cell = cells.next_cell().map_err(|_| damaged())?;
            let number = cell.as_ref().map(|cell| i32::try_from(cell.get_position().0).unwrap_or(i32::MAX - 1) + 1);
            // The numbers of rows ascend.
            if number.is_some_and(|number| number < row.number) {
                return Err(damaged());
            }
            if number != Some(row.number) {
                let done = std::mem::replace(&mut row, Row { number: number.unwrap_or_default(), ..Row::default() });
                if !done.is_blank() && !on_row(done) {
                    return Err(FileError::Cancelled);
                }
            }
            let Some(cell) = cell else { return Ok(()) };
            self.text_bytes_left =
                self.text_bytes_left.checked_sub(length_of(cell.get_value())).ok_or_else(too_much_text)?;
            add_cell(&mut row, &cell);
        }
    }
}

fn too_much_text() -> FileError {
    let most = MAX_TEXT_BYTES >> 20;
    invalid(
        format!("The cells of the workbook have more than {most} MB of text. Split the file, or remove long texts."),
        format!("工作簿单元格文本超过 {most} MB，请拆分文件或删除过长的文本。"),
    )
}

fn length_of(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::SharedString(text) => text.len(),
        DataRef::String(text) => text.len(),
        _ => 0,
    }
}

/// Adds a cell to its row. Cells before it that are not in the file are blank.
fn add_cell(row: &mut Row, cell: &Cell<DataRef<'_>>) {
    let index = cell.get_position().1 as usize;
    if index < row.cells.len() {
        return;
    }
    let (text, problem) = text_of(cell.get_value());
    if text.trim().is_empty() {
        return;
    }
    if index >= MAX_COLUMNS {
        return row.refuse_more_columns();
    }
    row.cells.resize(index, String::new());
    row.push(&text);
    row.cell_problems.extend(problem.map(|problem| (index, problem)));
}

/// The text of a cell as a spreadsheet shows it: the result of a formula, a whole number without a decimal point, a
/// date without a time of day if it has none.
fn text_of<'v>(value: &'v DataRef<'_>) -> (Cow<'v, str>, Option<Text>) {
    let text = match value {
        DataRef::Float(number) if number.abs() >= FIRST_INEXACT => {
            let en = "is a number of more than 15 digits, and the workbook has lost the last ones: \
                      format the cell as text and enter the number again";
            let problem = Text::new(en, "是超过 15 位的数字，末尾几位已丢失，请将单元格设为文本格式后重新填写");
            return (format!("{number:e}").into(), Some(problem));
        }
        DataRef::Error(error) => {
            let problem = Text::new(format!("has the error {error}"), format!("含有错误值 {error}"));
            return (error.to_string().into(), Some(problem));
        }
        DataRef::DateTime(when) => match when.as_datetime().filter(|_| when.is_datetime()) {
            Some(when) if when.time() == chrono::NaiveTime::MIN => when.format("%Y-%m-%d").to_string(),
            Some(when) => when.format("%Y-%m-%d %H:%M:%S").to_string(),
            None => when.as_f64().to_string(),
        },
        DataRef::SharedString(text) => return (Cow::Borrowed(text), None),
        DataRef::String(text) => return (Cow::Borrowed(text), None),
        other => Data::from(other.clone()).to_string(),
    };
    (text.into(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_a_spreadsheet_shows_them() {
        let text = |number: f64| text_of(&DataRef::Float(number)).0.into_owned();
        assert_eq!(text(13_812_345_678.0), "13812345678");
        assert_eq!(text(0.5), "0.5");
        assert_eq!(text(-7.0), "-7");
        let large = DataRef::Float(913_100_001_234_567_000.0);
        let (written, problem) = text_of(&large);
        assert!(written.contains('e') && problem.is_some());
    }
}
