//! Texts with separators (CSV).

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::encoding;
use super::model::{
    Beginning, CountColumns, FileError, HEADER_SEARCH_ROWS, HowToRead, MAX_COLUMNS, MAX_ITEM_BYTES, OnRow, Row,
};
use crate::crm::import::message::Message;
use crate::kernel::table::with_formula;

/// From how many of the first bytes the separator is detected.
const SEPARATOR_SAMPLE_BYTES: u64 = 64 << 10;

pub(super) fn read(
    mut file: File,
    how: &HowToRead<'_>,
    on_start: &mut dyn FnMut(Beginning),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    let encoding = encoding::of_file(&mut file, how)?;
    let text = |file: File| {
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(BufReader::new(file))
    };
    let mut beginning = Vec::new();
    text(file.try_clone()?).take(SEPARATOR_SAMPLE_BYTES).read_to_end(&mut beginning)?;
    file.rewind()?;
    let said = said_separator(&beginning);
    let separator = said.unwrap_or_else(|| detect_separator(&beginning, how.count_columns));
    on_start(Beginning { encoding: Some(encoding.name()), ..Beginning::default() });
    let watch = Rc::new(Watch::default());
    let watched = Watched { inner: text(file), watch: watch.clone(), separator, place: Place::default() };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(watched);
    let (mut record, mut number) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|error| to_file_error(error, number + 1))? {
        watch.row_bytes.set(0);
        number += 1;
        // The end of the file is reached with the last row.
        if watch.ends_in_quotes.get() {
            return Err(Message::UnclosedQuote { row: number }.into());
        }
        if number == 1 && said.is_some() {
            continue;
        }
        let mut row = row_of(&record, number);
        if record.iter().skip(MAX_COLUMNS).any(|cell| !cell.trim().is_empty()) {
            row.refuse_more_columns();
        }
        if !row.is_blank() && !on_row(row) {
            return Err(FileError::Cancelled);
        }
    }
    Ok(())
}

/// The separator that the first line says, as Excel writes and reads it: `sep=;`.
fn said_separator(beginning: &[u8]) -> Option<u8> {
    let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let line = beginning.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    match line.to_ascii_lowercase().strip_prefix(b"sep=")? {
        [separator] => Some(*separator),
        _ => None,
    }
}

fn row_of(record: &StringRecord, number: i32) -> Row {
    let mut row = Row { number, ..Row::default() };
    record.iter().take(MAX_COLUMNS).for_each(|cell| row.push(&with_formula(cell)));
    row
}

/// The separator with which the most columns are known; of equal ones, the one that splits the first rows into the most
/// cells; of equal ones, the comma.
fn detect_separator(beginning: &[u8], count_columns: &CountColumns<'_>) -> u8 {
    let fit = |&separator: &u8| {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(beginning);
        let records = reader.into_records().flatten().take(HEADER_SEARCH_ROWS);
        let rows: Vec<_> = records.map(|record| row_of(&record, 0)).filter(|row| !row.is_blank()).collect();
        (count_columns(&rows), rows.iter().map(|row| row.cells.len() - 1).sum::<usize>())
    };
    // `max_by_key` returns the last of equal ones.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(fit).unwrap_or(b',')
}

/// What the bytes that were read so far say.
#[derive(Default)]
struct Watch {
    /// How many bytes were read since the last row.
    row_bytes: Cell<usize>,
    /// The text ends within quotation marks: one is never closed, and has swallowed the rows behind it.
    ends_in_quotes: Cell<bool>,
}

/// Watches the bytes that pass. It refuses to read more than [`MAX_ITEM_BYTES`] of one row, because a quotation mark
/// that is never closed would make the rest of the file one cell in memory.
struct Watched<R> {
    inner: R,
    watch: Rc<Watch>,
    separator: u8,
    place: Place,
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Place {
    #[default]
    StartOfCell,
    Cell,
    Quotes,
    /// Behind a quotation mark that closes, unless another one follows.
    BehindQuote,
}

impl Place {
    fn after(self, byte: u8, separator: u8) -> Self {
        match (self, byte) {
            (Self::Quotes, b'"') => Self::BehindQuote,
            (Self::Quotes, _) | (Self::StartOfCell | Self::BehindQuote, b'"') => Self::Quotes,
            (_, b'\r' | b'\n') => Self::StartOfCell,
            (_, byte) if byte == separator => Self::StartOfCell,
            _ => Self::Cell,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a row is too long")]
struct RowTooLong;

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.row_bytes.get() > MAX_ITEM_BYTES {
            return Err(io::Error::other(RowTooLong));
        }
        let count = self.inner.read(buffer)?;
        self.place = buffer[..count].iter().fold(self.place, |place, byte| place.after(*byte, self.separator));
        self.watch.ends_in_quotes.set(count == 0 && !buffer.is_empty() && self.place == Place::Quotes);
        self.watch.row_bytes.set(self.watch.row_bytes.get() + count);
        Ok(count)
    }
}

fn to_file_error(error: csv::Error, number: i32) -> FileError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|why| why.is::<RowTooLong>()) => {
            Message::UnclosedQuote { row: number }.into()
        }
        csv::ErrorKind::Io(error) => FileError::Io(error),
        _ => Message::UnreadableRow { row: number }.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::GB18030;

    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        cells_with(bytes, &|_| 0)
    }

    fn cells_with(bytes: &[u8], count_columns: &CountColumns<'_>) -> Vec<Vec<String>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let mut rows = Vec::new();
        let how = HowToRead { sheet: None, encoding: None, count_columns };
        read(file, &how, &mut |_| {}, &mut |row: Row| {
            rows.push(row.cells);
            true
        })
        .unwrap();
        rows
    }

    #[test]
    fn encodings_separators_and_quotes_are_recognized() {
        let text = "名称,电话\r\n\"海潮, 科技\",0013\n\r\n\"a \"\"b\"\"\",\r";
        let wanted = vec![vec!["名称", "电话"], vec!["海潮, 科技", "0013"], vec!["a \"b\"", ""]];
        assert_eq!(cells(text.as_bytes()), wanted);
        assert_eq!(cells(format!("\u{feff}{text}").as_bytes()), wanted);
        // So few characters are no evidence for an encoding; a known header is.
        let known = |rows: &[Row]| rows.iter().flat_map(|row| &row.cells).filter(|cell| *cell == "名称").count();
        assert_eq!(cells_with(&GB18030.encode(text).0, &known), wanted);
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(cells(&utf16), wanted);
        for separator in [";", "\t"] {
            let wanted = vec![vec!["a", "b, c", "e"]; 2];
            let line = ["a", "b, c", "e"].join(separator) + "\n";
            assert_eq!(cells(line.repeat(2).as_bytes()), wanted);
        }
    }

    #[test]
    fn the_separator_is_the_one_with_the_most_known_headers() {
        let count_columns =
            |rows: &[Row]| rows[0].cells.iter().filter(|cell| ["Name", "Phone"].contains(&cell.as_str())).count();
        let text = "Name,Phone\nAcme,138;139;137\nBlue,138;139;137\n";
        assert_eq!(cells_with(text.as_bytes(), &count_columns)[1], ["Acme", "138;139;137"]);
        let text = "\"Name\";\"a,b,c,d,e\";Phone\n\"Acme, Inc., Ltd.\";x,y,z;138,139\n";
        assert_eq!(cells_with(text.as_bytes(), &count_columns)[1], ["Acme, Inc., Ltd.", "x,y,z", "138,139"]);
    }

    #[test]
    fn the_first_line_may_say_the_separator() {
        assert_eq!(cells(b"sep=|\r\na|b;c\r\n"), [["a", "b;c"]]);
        assert_eq!(cells(b"sep\nx\n"), [["sep"], ["x"]]);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_found() {
        let ends_in_quotes = |text: &str| {
            let place = text.bytes().fold(Place::default(), |place, byte| place.after(byte, b','));
            place == Place::Quotes
        };
        for text in ["a,\"b", "a,\"b\n\"\",c", "\"", "a\n\"b\"\""] {
            assert!(ends_in_quotes(text), "{text}");
        }
        for text in ["a,\"b\"", "a \"b", "\"a\"\"b\"\n", "\"a\"b\"", ""] {
            assert!(!ends_in_quotes(text), "{text}");
        }
    }
}
