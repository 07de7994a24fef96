//! Workbooks, cell by cell.

use std::fs::File;
use std::io::{BufReader, Seek};

use calamine::{Cell, Data, DataRef, Reader, Xlsx};

use super::{MAX_COLUMNS, Row, TakeRow, Unreadable, guard, wrong};
use crate::error::Text;

/// From here on a number can't be told from its neighbours.
const MOST_EXACT: f64 = 1e15;

pub(super) fn read(mut file: File, tell_sheet: &mut dyn FnMut(&str), take: &mut dyn TakeRow) -> Result<(), Unreadable> {
    guard::check(BufReader::new(&mut file))?;
    file.rewind()?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file))
        .map_err(|_| wrong("The workbook is damaged, or not one.", "工作簿已损坏，或不是工作簿。"))?;
    for sheet in workbook.sheet_names() {
        let mut has_rows = false;
        read_sheet(&mut workbook, &sheet, &mut |row| {
            if !has_rows {
                has_rows = true;
                tell_sheet(&sheet);
            }
            take(row)
        })?;
        if has_rows {
            return Ok(());
        }
    }
    Err(wrong("No sheet of the workbook has any rows.", "工作簿中没有任何数据行。"))
}

fn read_sheet(workbook: &mut Xlsx<BufReader<File>>, sheet: &str, take: &mut dyn TakeRow) -> Result<(), Unreadable> {
    let shown: String = sheet.chars().take(40).collect();
    let damaged = || wrong(format!("The sheet {shown:?} is damaged."), format!("工作表 {shown:?} 已损坏。"));
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        // A chart has no cells.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(_) => return Err(damaged()),
    };
    let mut row = Row::default();
    loop {
        let cell = cells.next_cell().map_err(|_| damaged())?;
        let number = cell.as_ref().map(|cell| i32::try_from(cell.get_position().0).unwrap_or(i32::MAX - 1) + 1);
        if number != Some(row.number) {
            let done = std::mem::replace(&mut row, Row { number: number.unwrap_or_default(), ..Row::default() });
            if !done.is_blank() && !take(done) {
                return Err(Unreadable::NotWanted);
            }
        }
        match cell {
            Some(cell) => put(&mut row, &cell),
            None => return Ok(()),
        }
    }
}

/// Puts a cell into its place; those before it that are not in the file are blank.
fn put(row: &mut Row, cell: &Cell<DataRef<'_>>) {
    let (text, bad) = text_of(cell.get_value());
    let place = cell.get_position().1 as usize;
    if text.trim().is_empty() || place < row.cells.len() {
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
fn text_of(value: &DataRef<'_>) -> (String, Option<Text>) {
    let text = match value {
        DataRef::Float(number) if number.abs() >= MOST_EXACT => {
            let lost = "is a number of more than 15 digits, whose end the workbook has lost: write it as text";
            let bad = Text::new(lost, "是超过 15 位的数字，末尾已丢失，请以文本格式填写");
            return (format!("{number:e}"), Some(bad));
        }
        DataRef::Error(error) => {
            let bad = Text::new(format!("has the error {error}"), format!("含有错误值 {error}"));
            return (error.to_string(), Some(bad));
        }
        DataRef::DateTime(when) => match when.as_datetime().filter(|_| when.is_datetime()) {
            Some(when) if when.time() == chrono::NaiveTime::MIN => when.format("%Y-%m-%d").to_string(),
            Some(when) => when.format("%Y-%m-%d %H:%M:%S").to_string(),
            None => when.as_f64().to_string(),
        },
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) => text.clone(),
        other => Data::from(other.clone()).to_string(),
    };
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let text = |number: f64| text_of(&DataRef::Float(number));
        assert_eq!(text(13_812_345_678.0), ("13812345678".to_owned(), None));
        assert_eq!(text(0.5), ("0.5".to_owned(), None));
        assert_eq!(text(-7.0), ("-7".to_owned(), None));
        let (written, bad) = text(913_100_001_234_567_000.0);
        assert!(written.contains('e') && bad.is_some());
    }
}
