//! CSV files. The encoding is that of the byte order mark; without one it is UTF-8 if the whole file is valid UTF-8, or
//! else GB18030 (which includes GBK and GB2312).

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::model::{CountColumns, FileError, HEADER_SEARCH_ROWS, MAX_COLUMNS, MAX_ITEM_BYTES, OnRow, Row, invalid};
use crate::kernel::table::with_formula;

/// From how many of the first bytes the separator is detected.
const SEPARATOR_SAMPLE_BYTES: u64 = 64 << 10;

pub(super) fn read(mut file: File, count_columns: &CountColumns<'_>, on_row: &mut dyn OnRow) -> Result<(), FileError> {
    let encoding = detect_encoding(&mut file)?.ok_or_else(|| {
        invalid(
            "The file is neither a workbook (.xlsx) nor text in UTF-8, UTF-16 with a byte order mark, or GB18030 (GBK). Save it as .xlsx or as CSV in UTF-8.",
            "文件既不是 .xlsx 工作簿，也不是 UTF-8、带 BOM 的 UTF-16 或 GB18030（GBK）编码的文本，请另存为 .xlsx 或 UTF-8 编码的 CSV。",
        )
    })?;
    let text = |file: File| {
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(BufReader::new(file))
    };
    let mut beginning = Vec::new();
    text(file.try_clone()?).take(SEPARATOR_SAMPLE_BYTES).read_to_end(&mut beginning)?;
    file.rewind()?;
    let separator = detect_separator(&beginning, count_columns);
    let row_bytes = Rc::new(Cell::new(0));
    let limited = RowSizeLimit { inner: text(file), row_bytes: row_bytes.clone() };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(limited);
    let (mut record, mut number) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|error| to_file_error(error, number + 1))? {
        row_bytes.set(0);
        number += 1;
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

fn row_of(record: &StringRecord, number: i32) -> Row {
    let mut row = Row { number, ..Row::default() };
    record.iter().take(MAX_COLUMNS).for_each(|cell| row.push(&with_formula(cell)));
    row
}

fn detect_encoding(file: &mut File) -> io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    let of_mark = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    for encoding in of_mark.map_or(vec![UTF_8, GB18030], |encoding| vec![encoding]) {
        file.rewind()?;
        let is_valid = is_valid(file, encoding)?;
        file.rewind()?;
        if is_valid {
            return Ok(Some(encoding));
        }
    }
    Ok(None)
}

fn is_valid(file: &mut File, encoding: &'static Encoding) -> io::Result<bool> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut bytes, mut text) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = file.read(&mut bytes)?;
        let mut read = 0;
        loop {
            let (result, decoded, _) =
                decoder.decode_to_utf8_without_replacement(&bytes[read..count], &mut text, count == 0);
            read += decoded;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => return Ok(false),
            }
        }
        if count == 0 {
            return Ok(true);
        }
    }
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
    [b'\t', b';', b','].into_iter().max_by_key(fit).unwrap_or(b',')
}

/// Refuses to read more than [`MAX_ITEM_BYTES`] of one row, because a quote that is never closed would make the rest of
/// the file one cell in memory.
struct RowSizeLimit<R> {
    inner: R,
    row_bytes: Rc<Cell<usize>>,
}

#[derive(Debug, thiserror::Error)]
#[error("a row is too long")]
struct RowTooLong;

impl<R: Read> Read for RowSizeLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes.get() > MAX_ITEM_BYTES {
            return Err(io::Error::other(RowTooLong));
        }
        let count = self.inner.read(buffer)?;
        self.row_bytes.set(self.row_bytes.get() + count);
        Ok(count)
    }
}

fn to_file_error(error: csv::Error, number: i32) -> FileError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|why| why.is::<RowTooLong>()) => invalid(
            format!("Row {number} does not end. Check whether a quotation mark is missing."),
            format!("第 {number} 行没有结束，请检查引号是否成对。"),
        ),
        csv::ErrorKind::Io(error) => FileError::Io(error),
        _ => invalid(format!("Row {number} can't be read."), format!("无法读取第 {number} 行。")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        cells_with(bytes, &|_| 0)
    }

    fn cells_with(bytes: &[u8], count_columns: &CountColumns<'_>) -> Vec<Vec<String>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let mut rows = Vec::new();
        read(file, count_columns, &mut |row: Row| {
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
        assert_eq!(cells(&GB18030.encode(text).0), wanted);
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
    fn the_apostrophes_of_our_own_files_are_removed() {
        assert_eq!(cells(b"'+86,'=1+1,'t,it's"), [["+86", "=1+1", "'t", "it's"]]);
    }
}
