//! Files as rows of cells: texts with separators (CSV) in many encodings, and workbooks (XLSX, ODS). Files are read as
//! streams, so memory does not grow with the size of the file.

mod csv;
mod encoding;
mod guard;
mod kind;
mod layout;
mod model;
mod ods;
mod sheets;
mod xlsx;
mod xml;

use std::fs::File;

use super::message::Message;
use kind::Kind;
pub use model::{Beginning, CountColumns, FileError, HEADER_SEARCH_ROWS, HowToRead, OnRow, Row};

/// Passes the rows that are not blank to `on_row`, in their order, and before them what is known of the table to
/// `on_start`.
pub fn read(
    mut file: File,
    how: &HowToRead<'_>,
    on_start: &mut dyn FnMut(Beginning),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    match kind::detect(&mut file)? {
        Kind::Xlsx => xlsx::read(file, how, on_start, on_row),
        Kind::Ods => ods::read(file, how, on_start, on_row),
        Kind::Text if how.sheet.is_some() => Err(FileError::InvalidInput("sheet", Message::NoWorkbook)),
        Kind::Text => csv::read(file, how, on_start, on_row),
    }
}
