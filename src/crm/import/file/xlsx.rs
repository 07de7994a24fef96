//! Workbooks of Excel (XLSX), read cell by cell.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Seek};

use calamine::{Cell, Data, DataRef, Reader, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::guard;
use super::layout::{self, Layout};
use super::model::{Beginning, FileError, HowToRead, MAX_COLUMNS, OnRow, Row};
use super::sheets::{self, Merges, Sheet, TextLimit, shown_number};
use super::xml::short;
use crate::crm::import::message::Message;

pub(super) fn read(
    mut file: File,
    how: &HowToRead<'_>,
    on_start: &mut dyn FnMut(Beginning),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    guard::check(BufReader::new(&mut file))?;
    file.rewind()?;
    // Both read the same file, one after the other.
    let mut archive = ZipArchive::new(BufReader::new(file.try_clone()?)).map_err(|_| Message::DamagedWorkbook)?;
    let paths = layout::paths(&mut archive)?;
    file.rewind()?;
    let workbook = Xlsx::new(BufReader::new(file)).map_err(|_| Message::DamagedWorkbook)?;
    let mut workbook = Workbook { workbook, archive, paths, text: TextLimit::default() };
    sheets::read(&mut workbook, how, on_start, on_row)
}

struct Workbook {
    workbook: Xlsx<BufReader<File>>,
    archive: ZipArchive<BufReader<File>>,
    /// The paths of the sheets by their names.
    paths: HashMap<String, String>,
    text: TextLimit,
}

impl sheets::Workbook for Workbook {
    fn sheets(&self) -> Vec<Sheet> {
        let sheets = self.workbook.sheets_metadata().iter();
        sheets
            .map(|sheet| Sheet { name: sheet.name.clone(), is_visible: sheet.visible == SheetVisible::Visible })
            .collect()
    }

    fn read(
        &mut self,
        sheet: usize,
        on_start: &mut dyn FnMut(Vec<usize>),
        on_row: &mut dyn OnRow,
    ) -> Result<(), FileError> {
        let sheet = &self.workbook.sheets_metadata()[sheet];
        let name = sheet.name.clone();
        let damaged = || FileError::from(Message::DamagedSheet { name: short(&name) });
        let Some(path) = self.paths.get(&name) else { return Ok(()) };
        let layout = layout::of_sheet(&mut self.archive, path).map_err(|error| match error {
            FileError::Invalid(Message::DamagedWorkbook) => damaged(),
            error => error,
        })?;
        let mut cells = match self.workbook.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            // A chart sheet has no cells.
            Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(()),
            Err(_) => return Err(damaged()),
        };
        on_start(layout.hidden_columns.clone());
        let mut merges = layout.merges.clone();
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
                if !done.is_blank() && !on_row(finished(done, &layout, &mut merges, &mut self.text)?) {
                    return Err(FileError::Cancelled);
                }
            }
            let Some(cell) = cell else { return Ok(()) };
            self.text.take(length_of(cell.get_value()))?;
            add_cell(&mut row, &cell, &layout);
        }
    }
}

/// A row with the texts of the cells that are merged with its own.
fn finished(mut row: Row, layout: &Layout, merges: &mut Merges, limit: &mut TextLimit) -> Result<Row, FileError> {
    row.is_hidden = layout.is_hidden(row.number.cast_unsigned().saturating_sub(1));
    merges.fill(&mut row, limit)?;
    Ok(row)
}

fn length_of(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::SharedString(text) => text.len(),
        DataRef::String(text) => text.len(),
        _ => 0,
    }
}

/// Adds a cell to its row. Cells before it that are not in the file are blank.
fn add_cell(row: &mut Row, cell: &Cell<DataRef<'_>>, layout: &Layout) {
    let index = cell.get_position().1 as usize;
    if index < row.cells.len() {
        return;
    }
    let (text, mut problem) = text_of(cell.get_value());
    let is_blank = text.trim().is_empty();
    if is_blank && layout.lacks_result(cell.get_position()) {
        problem = Some(Message::FormulaWithoutResult);
    }
    if is_blank && problem.is_none() {
        return;
    }
    if index >= MAX_COLUMNS {
        return row.refuse_more_columns();
    }
    row.cells.resize(index, String::new());
    row.push(&text);
    row.problems.extend(problem.map(|problem| (Some(index), problem)));
}

/// The text of a cell as a spreadsheet shows it: the result of a formula, or a date without a time of day if it has
/// none.
fn text_of<'v>(value: &'v DataRef<'_>) -> (Cow<'v, str>, Option<Message>) {
    let text = match value {
        DataRef::Float(number) => {
            let (text, problem) = shown_number(*number);
            return (text.into(), problem);
        }
        DataRef::Error(error) => {
            return (error.to_string().into(), Some(Message::ErrorValue { value: error.to_string() }));
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
