//! Workbooks of LibreOffice and others (OpenDocument, ODS), read as a stream of XML.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::guard;
use super::model::{Beginning, FileError, HowToRead, MAX_COLUMNS, OnRow, Row};
use super::sheets::{self, Merge, Merges, Sheet, TextLimit, shown_number};
use super::xml::{PartReader, attribute, next_event, number, push_reference, reader};
use crate::crm::import::message::Message;

pub(super) fn read(
    mut file: File,
    how: &HowToRead<'_>,
    on_start: &mut dyn FnMut(Beginning),
    on_row: &mut dyn OnRow,
) -> Result<(), FileError> {
    guard::check(BufReader::new(&mut file))?;
    file.rewind()?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| Message::DamagedWorkbook)?;
    let sheets = list_sheets(&mut archive)?;
    let mut workbook = Workbook { archive, sheets, text: TextLimit::default() };
    sheets::read(&mut workbook, how, on_start, on_row)
}

struct Workbook {
    archive: ZipArchive<BufReader<File>>,
    sheets: Vec<Sheet>,
    text: TextLimit,
}

impl sheets::Workbook for Workbook {
    fn sheets(&self) -> Vec<Sheet> {
        self.sheets.clone()
    }

    fn read(
        &mut self,
        sheet: usize,
        on_start: &mut dyn FnMut(Vec<usize>),
        on_row: &mut dyn OnRow,
    ) -> Result<(), FileError> {
        let hidden_columns = hidden_columns(&mut self.archive, sheet)?;
        on_start(hidden_columns);
        let mut table = Table {
            xml: reader(content(&mut self.archive)?),
            buffer: Vec::new(),
            merges: Merges::default(),
            merge_count: 0,
            text: &mut self.text,
            next_row: 0,
        };
        table.skip_to(sheet)?;
        table.read_rows(on_row)
    }
}

fn content(archive: &mut ZipArchive<BufReader<File>>) -> Result<impl Read + '_, FileError> {
    archive.by_name("content.xml").map_err(|_| Message::DamagedWorkbook.into())
}

/// The sheets with their names. A sheet is hidden by its style.
fn list_sheets(archive: &mut ZipArchive<BufReader<File>>) -> Result<Vec<Sheet>, FileError> {
    let (mut xml, mut buffer) = (reader(content(archive)?), Vec::new());
    let (mut sheets, mut style, mut hidden) = (Vec::new(), None, HashSet::new());
    loop {
        match next_event!(xml, buffer)? {
            Event::Start(element) => match element.name().as_ref() {
                "style:style" => style = attribute(&element, "name")?,
                "style:table-properties" if attribute(&element, "display")?.as_deref() == Some("false") => {
                    hidden.extend(style.clone());
                }
                "table:table" => {
                    let is_hidden = attribute(&element, "style-name")?.is_some_and(|style| hidden.contains(&style));
                    let name = attribute(&element, "name")?.unwrap_or_default();
                    sheets.push(Sheet { name, is_visible: !is_hidden });
                }
                _ => {}
            },
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

/// The indexes of the hidden columns of a sheet.
fn hidden_columns(archive: &mut ZipArchive<BufReader<File>>, sheet: usize) -> Result<Vec<usize>, FileError> {
    let (mut xml, mut buffer) = (reader(content(archive)?), Vec::new());
    let (mut hidden, mut table, mut column) = (Vec::new(), None, 0_usize);
    loop {
        match next_event!(xml, buffer)? {
            Event::Start(element) => match element.name().as_ref() {
                "table:table" => table = Some(table.map_or(0, |table| table + 1)),
                "table:table-column" if table == Some(sheet) => {
                    let repeated = number(&element, "number-columns-repeated")?.unwrap_or(1) as usize;
                    if is_hidden(&element)? {
                        hidden.extend(column..column.saturating_add(repeated).min(MAX_COLUMNS));
                    }
                    column = column.saturating_add(repeated);
                }
                "table:table-row" if table == Some(sheet) => return Ok(hidden),
                _ => {}
            },
            Event::Eof => return Ok(hidden),
            _ => {}
        }
    }
}

/// Whether a row or a column is hidden, by a person or by a filter.
fn is_hidden(element: &BytesStart<'_>) -> Result<bool, FileError> {
    Ok(attribute(element, "visibility")?.is_some_and(|visibility| matches!(visibility.as_str(), "collapse" | "filter")))
}

/// The rows of a sheet.
struct Table<'t, R: Read> {
    xml: PartReader<R>,
    buffer: Vec<u8>,
    merges: Merges,
    merge_count: usize,
    text: &'t mut TextLimit,
    /// The index of the next row.
    next_row: u32,
}

impl<R: Read> Table<'_, R> {
    fn skip_to(&mut self, sheet: usize) -> Result<(), FileError> {
        let mut left = sheet;
        loop {
            match next_event!(self.xml, self.buffer)? {
                Event::Start(element) if element.name().as_ref() == "table:table" => match left.checked_sub(1) {
                    Some(fewer) => left = fewer,
                    None => return Ok(()),
                },
                Event::Eof => return Err(Message::DamagedWorkbook.into()),
                _ => {}
            }
        }
    }

    fn read_rows(mut self, on_row: &mut dyn OnRow) -> Result<(), FileError> {
        loop {
            let (repeated, is_hidden) = match next_event!(self.xml, self.buffer)? {
                Event::Start(element) if element.name().as_ref() == "table:table-row" => {
                    (number(&element, "number-rows-repeated")?.unwrap_or(1), is_hidden(&element)?)
                }
                Event::End(element) if element.name().as_ref() == "table:table" => return Ok(()),
                Event::Eof => return Err(Message::DamagedWorkbook.into()),
                _ => continue,
            };
            let row = self.read_row()?;
            let first = self.next_row;
            self.next_row = first.saturating_add(repeated);
            if row.is_blank() {
                continue;
            }
            // The receiver stops when there are too many.
            for index in first..self.next_row {
                let number = i32::try_from(index).map_or(i32::MAX, |index| index.saturating_add(1));
                let mut row = Row { number, is_hidden, ..row.clone() };
                self.text.take(row.cells.iter().map(String::len).sum())?;
                self.merges.fill(&mut row, self.text)?;
                if !on_row(row) {
                    return Err(FileError::Cancelled);
                }
            }
        }
    }

    fn read_row(&mut self) -> Result<Row, FileError> {
        let (mut row, mut column) = (Row::default(), 0_usize);
        loop {
            let cell = match next_event!(self.xml, self.buffer)? {
                Event::Start(element) if is_cell(element.name().as_ref()) => Attributes::of(&element)?,
                Event::End(element) if element.name().as_ref() == "table:table-row" => return Ok(row),
                Event::Eof => return Err(Message::DamagedWorkbook.into()),
                _ => continue,
            };
            let text = self.read_text()?;
            if cell.rows > 1 {
                self.merge_count += 1;
                Merges::check_count(self.merge_count)?;
                let bottom = self.next_row.saturating_add(cell.rows - 1);
                self.merges.add(Merge { top: self.next_row, bottom, column });
            }
            let (text, problem) = cell.shown(text);
            for index in column..column.saturating_add(cell.repeated as usize) {
                if text.trim().is_empty() && problem.is_none() {
                    break;
                }
                if index >= MAX_COLUMNS {
                    row.refuse_more_columns();
                    break;
                }
                row.cells.resize(index, String::new());
                row.push(&text);
                row.problems.extend(problem.clone().map(|problem| (Some(index), problem)));
            }
            column = column.saturating_add(cell.repeated as usize);
        }
    }

    /// The text of a cell as it is displayed, up to the end of the cell. Remarks and drawings do not belong to it.
    fn read_text(&mut self) -> Result<String, FileError> {
        let (mut text, mut paragraphs, mut depth_of_others) = (String::new(), 0, 0_usize);
        loop {
            let event = next_event!(self.xml, self.buffer)?;
            match event {
                Event::Start(element) => match element.name().as_ref() {
                    name if is_other(name) => depth_of_others += 1,
                    _ if depth_of_others > 0 => {}
                    "text:p" | "text:h" => {
                        paragraphs += 1;
                        if paragraphs > 1 {
                            text.push('\n');
                        }
                    }
                    "text:s" => {
                        let spaces = number(&element, "c")?.unwrap_or(1).min(100);
                        text.extend(std::iter::repeat_n(' ', spaces as usize));
                    }
                    "text:tab" => text.push('\t'),
                    "text:line-break" => text.push('\n'),
                    _ => {}
                },
                Event::End(element) => match element.name().as_ref() {
                    name if is_cell(name) => return Ok(text),
                    name if is_other(name) => depth_of_others = depth_of_others.saturating_sub(1),
                    _ => {}
                },
                Event::Text(part) if paragraphs > 0 && depth_of_others == 0 => text.push_str(&part.xml10_content()),
                Event::CData(part) if paragraphs > 0 && depth_of_others == 0 => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) if depth_of_others == 0 => push_reference(&reference, &mut text)?,
                Event::Eof => return Err(Message::DamagedWorkbook.into()),
                _ => {}
            }
        }
    }
}

fn is_cell(name: &str) -> bool {
    matches!(name, "table:table-cell" | "table:covered-table-cell")
}

fn is_other(name: &str) -> bool {
    name == "office:annotation" || name == "draw:frame" || name == "draw:custom-shape"
}

/// What the attributes of a cell say.
struct Attributes {
    /// The type of its value.
    kind: Option<String>,
    value: Option<String>,
    is_error: bool,
    has_formula: bool,
    repeated: u32,
    /// Over how many rows it is merged.
    rows: u32,
}

impl Attributes {
    fn of(element: &BytesStart<'_>) -> Result<Self, FileError> {
        let mut value = None;
        for name in ["value", "date-value", "boolean-value", "string-value"] {
            value = value.or(attribute(element, name)?);
        }
        let (mut kind, mut is_error) = (None, false);
        for one in element.attributes().with_checks(false).flatten() {
            match one.key.as_ref() {
                "office:value-type" => kind = Some(one.value.into_owned()),
                "calcext:value-type" => is_error = one.value.as_ref() == "error",
                _ => {}
            }
        }
        Ok(Self {
            kind,
            value,
            is_error,
            has_formula: attribute(element, "formula")?.is_some(),
            repeated: number(element, "number-columns-repeated")?.unwrap_or(1).max(1),
            rows: number(element, "number-rows-spanned")?.unwrap_or(1),
        })
    }

    /// The text of the cell: that which is displayed, except for numbers and dates, which may be displayed in short.
    fn shown(&self, displayed: String) -> (String, Option<Message>) {
        if self.is_error {
            return (displayed.clone(), Some(Message::ErrorValue { value: displayed }));
        }
        match (self.kind.as_deref(), &self.value) {
            (Some("float" | "currency" | "percentage"), Some(value)) => match value.parse() {
                Ok(number) => shown_number(number),
                Err(_) => (displayed, None),
            },
            (Some("date"), Some(value)) => {
                let date = value.replace('T', " ");
                (date.strip_suffix(" 00:00:00").map_or(date.clone(), str::to_owned), None)
            }
            (Some("boolean"), Some(value)) => (value.to_lowercase(), None),
            (Some("string"), Some(value)) if displayed.is_empty() => (value.clone(), None),
            (None, _) if self.has_formula && displayed.is_empty() => (displayed, Some(Message::FormulaWithoutResult)),
            _ => (displayed, None),
        }
    }
}
