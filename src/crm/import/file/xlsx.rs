//! Workbooks, cell by cell.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Seek};

use calamine::{Cell, Data, DataRef, Reader, Xlsx};

use super::{KnownIn, MAX_COLUMNS, ROWS_LOOKED_AT, Row, TakeRow, Unreadable, guard, wrong};
use crate::kernel::error::Text;

/// From here on a number can't be told from its neighbours.
const MOST_EXACT: f64 = 1e15;

/// How many bytes of text all cells may have together: cells may share a text, so that a small file says very much.
const MAX_TEXT: usize = 256 << 20;

pub(super) fn read(
    mut file: File,
    known: &KnownIn<'_>,
    tell_sheet: &mut dyn FnMut(&str),
    take: &mut dyn TakeRow,
) -> Result<(), Unreadable> {
    guard::check(BufReader::new(&mut file))?;
    file.rewind()?;
    let workbook: Xlsx<_> = Xlsx::new(BufReader::new(file))
        .map_err(|_| wrong("The workbook is damaged, or not one.", "工作簿已损坏，或不是工作簿。"))?;
    let mut sheets = Sheets { names: workbook.sheet_names(), workbook, text_left: MAX_TEXT };
    let sheet = sheets.with_customers(known)?;
    let sheet = sheet.ok_or_else(|| wrong("No sheet of the workbook has any rows.", "工作簿中没有任何数据行。"))?;
    tell_sheet(&sheets.names[sheet]);
    sheets.read(sheet, take)
}

struct Sheets {
    workbook: Xlsx<BufReader<File>>,
    names: Vec<String>,
    /// How many bytes of text may be read still.
    text_left: usize,
}

impl Sheets {
    /// The first sheet in which columns mean something, or else the first that has rows.
    fn with_customers(&mut self, known: &KnownIn<'_>) -> Result<Option<usize>, Unreadable> {
        let mut first = None;
        for sheet in 0..self.names.len() {
            let mut rows = Vec::new();
            let read = self.read(sheet, &mut |row| {
                rows.push(row);
                rows.len() < ROWS_LOOKED_AT
            });
            match read {
                Ok(()) | Err(Unreadable::NotWanted) => {}
                Err(error) => return Err(error),
            }
            if known(&rows) > 0 {
                return Ok(Some(sheet));
            }
            first = first.or((!rows.is_empty()).then_some(sheet));
        }
        Ok(first)
    }

    fn read(&mut self, sheet: usize, take: &mut dyn TakeRow) -> Result<(), Unreadable> {
        let sheet = &self.names[sheet];
        let shown: String = sheet.chars().take(40).collect();
        let damaged = || wrong(format!("The sheet {shown:?} is damaged."), format!("工作表 {shown:?} 已损坏。"));
        let mut cells = match self.workbook.worksheet_cells_reader(sheet) {
            Ok(cells) => cells,
            // A chart has no cells.
            Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(()),
            Err(_) => return Err(damaged()),
        };
        let mut row = Row::default();
        loop {
            let cell = cells.next_cell().map_err(|_| damaged())?;
            let number = cell.as_ref().map(|cell| i32::try_from(cell.get_position().0).unwrap_or(i32::MAX - 1) + 1);
            // Each row has its number once, in order.
            if number.is_some_and(|number| number < row.number) {
                return Err(damaged());
            }
            if number != Some(row.number) {
                let done = std::mem::replace(&mut row, Row { number: number.unwrap_or_default(), ..Row::default() });
                if !done.is_blank() && !take(done) {
                    return Err(Unreadable::NotWanted);
                }
            }
            let Some(cell) = cell else { return Ok(()) };
            self.text_left = self.text_left.checked_sub(length_of(cell.get_value())).ok_or_else(too_much_text)?;
            put(&mut row, &cell);
        }
    }
}

fn too_much_text() -> Unreadable {
    let most = MAX_TEXT >> 20;
    wrong(
        format!("The cells of the workbook have more than {most} MB of text. Split it, or leave long texts out."),
        format!("工作簿单元格文本超过 {most} MB，请拆分或删除过长的文本。"),
    )
}

fn length_of(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::SharedString(text) => text.len(),
        DataRef::String(text) => text.len(),
        _ => 0,
    }
}

/// Puts a cell into its place; those before it that are not in the file are blank.
fn put(row: &mut Row, cell: &Cell<DataRef<'_>>) {
    let place = cell.get_position().1 as usize;
    if place < row.cells.len() {
        return;
    }
    let (text, bad) = text_of(cell.get_value());
    if text.trim().is_empty() {
        return;
    }
    if place >= MAX_COLUMNS {
        return row.refuse_more_columns();
    }
    row.cells.resize(place, String::new());
    row.push(&text);
    row.bad.extend(bad.map(|bad| (place, bad)));
}

/// A cell as people read it: of a formula what it came to, numbers without a point unless they have one, days as days.
fn text_of<'v>(value: &'v DataRef<'_>) -> (Cow<'v, str>, Option<Text>) {
    let text = match value {
        DataRef::Float(number) if number.abs() >= MOST_EXACT => {
            let lost = "is a number of more than 15 digits, whose end the workbook has lost: write it as text";
            let bad = Text::new(lost, "是超过 15 位的数字，末尾已丢失，请以文本格式填写");
            return (format!("{number:e}").into(), Some(bad));
        }
        DataRef::Error(error) => {
            let bad = Text::new(format!("has the error {error}"), format!("含有错误值 {error}"));
            return (error.to_string().into(), Some(bad));
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
    fn numbers_are_read_as_they_are_written() {
        let text = |number: f64| text_of(&DataRef::Float(number)).0.into_owned();
        assert_eq!(text(13_812_345_678.0), "13812345678");
        assert_eq!(text(0.5), "0.5");
        assert_eq!(text(-7.0), "-7");
        let large = DataRef::Float(913_100_001_234_567_000.0);
        let (written, bad) = text_of(&large);
        assert!(written.contains('e') && bad.is_some());
    }
}
