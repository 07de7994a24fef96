//! Files as rows of cells: CSV files in several encodings, and workbooks (XLSX). Files are read as streams, so memory
//! does not grow with the size of the file.

mod csv;
mod guard;
mod model;
mod xlsx;

use std::fs::File;
use std::io::{Read, Seek};

use model::invalid;
pub use model::{CountColumns, FileError, HEADER_SEARCH_ROWS, OnRow, Row};

/// Passes the rows that are not blank to `on_row`, in their order. Of a workbook, the first sheet is read in which
/// `count_columns` finds columns, or else the first sheet that has rows; its name is passed to `on_sheet` before its
/// rows.
pub fn read(
    mut file: File,
    count_columns: &CountColumns<'_>,
    on_sheet: &mut dyn FnMut(&str),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    let mut head = Vec::new();
    (&mut file).take(8).read_to_end(&mut head)?;
    file.rewind()?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => xlsx::read(file, count_columns, on_sheet, on_row),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(invalid(
            "The file is an old workbook (.xls), or a workbook with a password. Save it as .xlsx without a password, or as CSV.",
            "该文件是旧版（.xls）或加密的工作簿，请另存为不带密码的 .xlsx 或 CSV 文件。",
        )),
        [] => Err(invalid("The file is empty.", "文件为空。")),
        _ => csv::read(file, count_columns, on_row),
    }
}
