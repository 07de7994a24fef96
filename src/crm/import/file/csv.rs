//! Tables of text. The encoding is found by trying: the byte order mark says it, or the whole file is valid UTF-8, or it is
//! valid GB18030 (which GBK and GB2312 are parts of).

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::{KnownIn, MAX_COLUMNS, MAX_ITEM_BYTES, ROWS_LOOKED_AT, Row, TakeRow, Unreadable, wrong};

/// How many bytes are looked at to tell what separates cells.
const LOOKED_AT: u64 = 64 << 10;

pub(super) fn read(mut file: File, known: &KnownIn<'_>, take: &mut dyn TakeRow) -> Result<(), Unreadable> {
    let encoding = encoding_of(&mut file)?.ok_or_else(|| {
        wrong(
            "This is neither a workbook (.xlsx) nor text in UTF-8, UTF-16 with a byte order mark, or GB18030 (GBK).",
            "文件既不是工作簿（.xlsx），也不是 UTF-8、带 BOM 的 UTF-16 或 GB18030（GBK）文本。",
        )
    })?;
    let text = |file: File| {
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(BufReader::new(file))
    };
    let mut beginning = Vec::new();
    text(file.try_clone()?).take(LOOKED_AT).read_to_end(&mut beginning)?;
    file.rewind()?;
    let separator = separator_of(&beginning, known);
    let taken = Rc::new(Cell::new(0));
    let guarded = Guarded { inner: text(file), taken: taken.clone() };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(guarded);
    let (mut record, mut number) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|error| unreadable(error, number + 1))? {
        taken.set(0);
        number += 1;
        let mut row = row_of(&record, number);
        if record.iter().skip(MAX_COLUMNS).any(|cell| !cell.trim().is_empty()) {
            row.refuse_more_columns();
        }
        if !row.is_blank() && !take(row) {
            return Err(Unreadable::NotWanted);
        }
    }
    Ok(())
}

fn row_of(record: &StringRecord, number: i32) -> Row {
    let mut row = Row { number, ..Row::default() };
    record.iter().take(MAX_COLUMNS).for_each(|cell| row.push(as_data(cell)));
    row
}

/// The apostrophe that keeps a spreadsheet from taking a cell of ours for a formula is not part of it.
fn as_data(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

fn encoding_of(file: &mut File) -> io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    let said = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    for encoding in said.map_or(vec![UTF_8, GB18030], |said| vec![said]) {
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
            let (result, taken, _) =
                decoder.decode_to_utf8_without_replacement(&bytes[read..count], &mut text, count == 0);
            read += taken;
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

/// With what the headers mean the most; of equals, what splits the first rows into the most cells: a comma, unless it is
/// something else.
fn separator_of(beginning: &[u8], known: &KnownIn<'_>) -> u8 {
    let fit = |&separator: &u8| {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(beginning);
        let records = reader.into_records().flatten().take(ROWS_LOOKED_AT);
        let rows: Vec<_> = records.map(|record| row_of(&record, 0)).filter(|row| !row.is_blank()).collect();
        (known(&rows), rows.iter().map(|row| row.cells.len() - 1).sum::<usize>())
    };
    // Of equals, the last one.
    [b'\t', b';', b','].into_iter().max_by_key(fit).unwrap_or(b',')
}

/// A quote that is never closed would make the rest of the file one cell, in memory.
struct Guarded<R> {
    inner: R,
    taken: Rc<Cell<usize>>,
}

#[derive(Debug, thiserror::Error)]
#[error("a row is too long")]
struct TooLong;

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken.get() > MAX_ITEM_BYTES {
            return Err(io::Error::other(TooLong));
        }
        let count = self.inner.read(buffer)?;
        self.taken.set(self.taken.get() + count);
        Ok(count)
    }
}

fn unreadable(error: csv::Error, number: i32) -> Unreadable {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|why| why.is::<TooLong>()) => wrong(
            format!("Row {number} does not end: perhaps a quotation mark is not closed."),
            format!("第 {number} 行没有结束，可能有未闭合的引号。"),
        ),
        csv::ErrorKind::Io(error) => Unreadable::Io(error),
        _ => wrong(format!("Row {number} can't be read."), format!("无法读取第 {number} 行。")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        cells_with(bytes, &|_| 0)
    }

    fn cells_with(bytes: &[u8], known: &KnownIn<'_>) -> Vec<Vec<String>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let mut rows = Vec::new();
        read(file, known, &mut |row: Row| {
            rows.push(row.cells);
            true
        })
        .unwrap();
        rows
    }

    #[test]
    fn a_table_is_read_however_it_is_written() {
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
    fn the_headers_say_what_separates_cells() {
        let known =
            |rows: &[Row]| rows[0].cells.iter().filter(|cell| ["Name", "Phone"].contains(&cell.as_str())).count();
        let text = "Name,Phone\nAcme,138;139;137\nBlue,138;139;137\n";
        assert_eq!(cells_with(text.as_bytes(), &known)[1], ["Acme", "138;139;137"]);
        let text = "\"Name\";\"a,b,c,d,e\";Phone\n\"Acme, Inc., Ltd.\";x,y,z;138,139\n";
        assert_eq!(cells_with(text.as_bytes(), &known)[1], ["Acme, Inc., Ltd.", "x,y,z", "138,139"]);
    }

    #[test]
    fn our_own_apostrophes_are_taken_off() {
        assert_eq!(cells(b"'+86,'=1+1,'t,it's"), [["+86", "=1+1", "'t", "it's"]]);
    }
}
