//! What the XML of a sheet says beside the values of its cells: what is hidden, which cells are merged, and which
//! formulas have no result.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use quick_xml::events::Event;
use zip::ZipArchive;

use super::model::FileError;
use super::sheets::{Merge, Merges};
use super::xml::{attribute, is_true, next_event, number, reader};
use crate::crm::import::message::Message;

/// The most formulas without a result that are reported one by one.
const MOST_FORMULAS: usize = 100_000;
/// The most columns of a sheet.
const MOST_COLUMNS: u32 = 16_384;
/// The most rows of a sheet.
const MOST_ROWS: u32 = 1 << 20;

/// The layout of a sheet. Rows and columns are counted from 0.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub hidden_columns: Vec<usize>,
    hidden_rows: HashSet<u32>,
    pub merges: Merges,
    formulas_without_result: HashSet<(u32, u32)>,
}

impl Layout {
    pub fn is_hidden(&self, row: u32) -> bool {
        self.hidden_rows.contains(&row)
    }

    pub fn lacks_result(&self, cell: (u32, u32)) -> bool {
        self.formulas_without_result.contains(&cell)
    }
}

/// The paths of the parts of a workbook by the names of their sheets.
pub(super) fn paths<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Result<HashMap<String, String>, FileError> {
    let workbook =
        relations(archive, "_rels/.rels", "")?.into_values().find(|(kind, _)| kind.ends_with("/officeDocument"));
    let (_, workbook) = workbook.ok_or(Message::DamagedWorkbook)?;
    let (folder, name) = workbook.rsplit_once('/').map_or(("", workbook.as_str()), |(folder, name)| (folder, name));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let parts = relations(archive, &format!("{folder}_rels/{name}.rels"), &folder)?;
    let mut paths = HashMap::new();
    for_each_element(archive, &workbook, |element| {
        if element.local_name().as_ref() == "sheet"
            && let (Some(name), Some(id)) = (attribute(element, "name")?, attribute(element, "id")?)
            && let Some((_, path)) = parts.get(&id)
        {
            paths.insert(name, path.clone());
        }
        Ok(())
    })?;
    Ok(paths)
}

/// The relations of a part by their ids: the type and the path of the related part.
fn relations<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    part: &str,
    folder: &str,
) -> Result<HashMap<String, (String, String)>, FileError> {
    let mut relations = HashMap::new();
    for_each_element(archive, part, |element| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(kind)) = (attribute(element, "Id")?, attribute(element, "Type")?)
            && let Some(target) = attribute(element, "Target")?
        {
            let path = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
            relations.insert(id, (kind, path));
        }
        Ok(())
    })?;
    Ok(relations)
}

fn for_each_element<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    part: &str,
    mut on_element: impl FnMut(&quick_xml::events::BytesStart<'_>) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let (mut xml, mut buffer) = (reader(open(archive, part)?), Vec::new());
    loop {
        match next_event!(xml, buffer)? {
            Event::Start(element) => on_element(&element)?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// A part by its name, whose case may differ.
fn open<'a, R: Read + Seek>(archive: &'a mut ZipArchive<R>, part: &str) -> Result<impl Read + 'a, FileError> {
    let same =
        archive.file_names().flatten().find(|name| name.eq_ignore_ascii_case(part)).map(|name| name.into_owned());
    let damaged = |_| FileError::from(Message::DamagedWorkbook);
    archive.by_name(same.as_deref().unwrap_or(part)).map_err(damaged)
}

/// The layout of the sheet in this part.
pub(super) fn of_sheet<R: Read + Seek>(archive: &mut ZipArchive<R>, part: &str) -> Result<Layout, FileError> {
    let (mut xml, mut buffer) = (reader(open(archive, part)?), Vec::new());
    let (mut layout, mut merges) = (Layout::default(), Vec::new());
    let (mut row, mut column) = (0, 0);
    let (mut has_formula, mut has_result) = (false, false);
    loop {
        match next_event!(xml, buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "col" if is_true(&element, "hidden")? || is_nothing(attribute(&element, "width")?) => {
                    let (first, last) = (number(&element, "min")?.unwrap_or(1), number(&element, "max")?.unwrap_or(0));
                    // The ranges ascend. Columns that a file hides again and again are kept once.
                    let after = layout.hidden_columns.last().map_or(0, |column| *column as u32 + 1);
                    let hidden = first.max(after + 1)..=last.min(MOST_COLUMNS);
                    layout.hidden_columns.extend(hidden.map(|column| column as usize - 1));
                }
                "row" => {
                    row = number(&element, "r")?.map_or(row, |number| number.saturating_sub(1));
                    column = 0;
                    if row < MOST_ROWS && (is_true(&element, "hidden")? || is_nothing(attribute(&element, "ht")?)) {
                        layout.hidden_rows.insert(row);
                    }
                }
                "c" => {
                    (row, column) = attribute(&element, "r")?.and_then(|cell| place_of(&cell)).unwrap_or((row, column));
                    (has_formula, has_result) = (false, false);
                }
                "f" => has_formula = true,
                "v" | "is" => has_result = true,
                "mergeCell" => merges.extend(attribute(&element, "ref")?.and_then(|range| merge_of(&range))),
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "c" => {
                    if has_formula && !has_result {
                        layout.formulas_without_result.insert((row, column));
                    }
                    column += 1;
                }
                "row" => row += 1,
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        if layout.formulas_without_result.len() > MOST_FORMULAS {
            return Err(Message::TooManyFormulas { most: MOST_FORMULAS }.into());
        }
        Merges::check_count(merges.len())?;
    }
    layout.merges = Merges::new(merges);
    Ok(layout)
}

/// Whether a width or a height is 0.
fn is_nothing(size: Option<String>) -> bool {
    size.and_then(|size| size.parse::<f64>().ok()) == Some(0.0)
}

/// The row and the column of a cell such as `B3`.
fn place_of(cell: &str) -> Option<(u32, u32)> {
    let cell = cell.replace('$', "");
    let letters = cell.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = cell.split_at(letters);
    let digit = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A' + 1);
    let column = column.bytes().try_fold(0_u32, |column, letter| column.checked_mul(26)?.checked_add(digit(letter)))?;
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

fn merge_of(range: &str) -> Option<Merge> {
    let (first, last) = range.split_once(':')?;
    let ((top, left), (bottom, _)) = (place_of(first)?, place_of(last)?);
    Some(Merge { top, bottom, column: left as usize })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn what_a_file_hides_again_and_again_is_kept_once() {
        let columns = "<col min=\"1\" max=\"16384\" hidden=\"1\"/>".repeat(1_000);
        let rows = "<row r=\"2\" hidden=\"1\"/><row r=\"2000000\" hidden=\"1\"/>";
        let mut file = ZipWriter::new(Cursor::new(Vec::new()));
        file.start_file("sheet.xml", SimpleFileOptions::default()).unwrap();
        write!(file, "<worksheet><cols>{columns}</cols><sheetData>{rows}</sheetData></worksheet>").unwrap();
        let mut archive = ZipArchive::new(file.finish().unwrap()).unwrap();
        let layout = of_sheet(&mut archive, "sheet.xml").unwrap();
        assert_eq!(layout.hidden_columns, (0..16_384).collect::<Vec<_>>());
        assert_eq!(layout.hidden_rows, HashSet::from([1]));
    }
}
