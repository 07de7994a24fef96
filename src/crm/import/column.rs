//! The fields of the columns of a file. They follow from the headers, or are given by the importer.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use super::field::{Field, MOST_CONTACTS};
use super::file::{HEADER_SEARCH_ROWS, Row};
use super::header::{field_named, header_key};
use super::kind::Kind;
use super::message::{Message, shown};
use crate::kernel::directory::Directory;
use crate::kernel::error::UserError;

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its header in the file.
    pub header: String,
    /// The field that it holds.
    pub field: Field,
    /// The key of the extra field that it holds.
    pub extra: Option<String>,
    /// Which contact of its row it holds a value of, from 1; `None` if the field is not of a contact.
    #[serde(default)]
    pub contact: Option<u8>,
}

/// The field of a column, as the importer gives it.
#[derive(Debug, Clone)]
pub struct ColumnMapping {
    /// Its header in the file.
    pub header: Option<String>,
    /// Its place in the file, from 1, if it is not given by its header.
    pub position: Option<usize>,
    /// The field that it holds.
    pub field: Field,
    /// The key of the extra field that it holds.
    pub extra: Option<String>,
    /// Which contact of its row it holds a value of, from 1.
    pub contact: Option<u8>,
}

impl FromStr for ColumnMapping {
    type Err = String;

    /// Reads it as the command line has it: `HEADER=FIELD`, `#4=FIELD`, `HEADER=EXTRA:KEY` or `HEADER=CONTACT_NAME:2`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (header, field) = text.rsplit_once('=').ok_or_else(|| format!("{text:?} must be HEADER=FIELD"))?;
        let (field, behind) = field.split_once(':').map_or((field, None), |(field, behind)| (field, Some(behind)));
        let field = Field::named(field).ok_or_else(|| format!("{field:?} is not a value of `ImportField`"))?;
        let position = header.strip_prefix('#').and_then(|place| place.parse().ok());
        let header = position.is_none().then(|| header.to_owned());
        let (extra, contact) = match behind {
            Some(key) if field == Field::Extra => (Some(key.to_owned()), None),
            Some(number) => {
                (None, Some(number.parse().map_err(|_| format!("{number:?} is not the number of a contact"))?))
            }
            None => (None, None),
        };
        Ok(Self { header, position, field, extra, contact })
    }
}

/// Counts the columns whose field is known, from the first rows of a table; 0 if no column says what
/// the row is of.
pub fn count_known_columns(kind: Kind, first_rows: &[Row], mappings: &[ColumnMapping], directory: &Directory) -> usize {
    let meanings = Meanings { kind, mappings, hidden_columns: &[], directory };
    let named = |row: &&Row| !row.is_hidden && row.cells.iter().enumerate().any(|cell| meanings.is_name(cell));
    let headers = first_rows.iter().find(named);
    headers.map_or(0, |row| row.cells.iter().enumerate().filter(|cell| meanings.is_known(*cell)).count())
}

/// The columns of a file, and the number of its first rows up to the end of the headers.
pub fn columns_of(
    kind: Kind,
    first_rows: &[Row],
    mappings: &[ColumnMapping],
    hidden_columns: &[usize],
    directory: &Directory,
) -> Result<(Vec<Column>, usize), UserError> {
    let meanings = Meanings { kind, mappings, hidden_columns, directory };
    let named = |row: &Row| !row.is_hidden && row.cells.iter().enumerate().any(|cell| meanings.is_name(cell));
    let index = first_rows.iter().take(HEADER_SEARCH_ROWS).position(named);
    let Some(index) = index else { return Err(leading_column_is_missing(kind, first_rows)) };
    let mut headers = first_rows[index].cells.clone();
    let mut rows = index + 1;
    // If headers are merged over several columns, the row below has the headers of these columns.
    if let Some(below) = first_rows.get(index + 1)
        && is_second_header_row(&headers, &below.cells, &meanings)
    {
        headers.resize(headers.len().max(below.cells.len()), String::new());
        for (header, lower) in headers.iter_mut().zip(&below.cells).filter(|(_, lower)| !lower.is_empty()) {
            header.clone_from(lower);
        }
        rows += 1;
    }
    for (index, mapping) in mappings.iter().enumerate() {
        check_mapping(kind, index, mapping, &headers, directory)?;
    }
    let columns = headers.into_iter().enumerate().map(|(index, header)| {
        let Meaning { field, extra, contact } = meanings.of(index, &header);
        Column { header, field, extra, contact }
    });
    let mut columns: Vec<_> = columns.collect();
    assign_contacts(kind, &mut columns);
    refuse_duplicate_columns(&columns)?;
    refuse_missing_columns(kind, &columns)?;
    Ok((columns, rows))
}

/// Whether the row below the headers continues them: below what the row is of it is blank, or the same cell goes on, and
/// its other cells are known headers.
fn is_second_header_row(headers: &[String], below: &[String], meanings: &Meanings<'_>) -> bool {
    let name = headers.iter().enumerate().position(|cell| meanings.is_name(cell));
    let has_name = |index: usize| below.get(index).is_some_and(|cell| !cell.is_empty() && *cell != headers[index]);
    let is_merged = |(index, cell): &(usize, &String)| headers.get(*index) == Some(*cell);
    let mut filled = below.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let continues = filled.clone().any(|cell| !is_merged(&cell));
    !name.is_some_and(has_name) && continues && filled.all(|cell| is_merged(&cell) || meanings.is_known(cell))
}

/// Says what columns hold: as the importer says, or else by their headers. Hidden columns hold nothing, unless the
/// importer says so.
struct Meanings<'m> {
    kind: Kind,
    mappings: &'m [ColumnMapping],
    hidden_columns: &'m [usize],
    directory: &'m Directory,
}

/// What a column holds.
struct Meaning {
    field: Field,
    extra: Option<String>,
    /// The number of the contact, as the importer or the header gives it.
    contact: Option<u8>,
}

impl Meanings<'_> {
    fn of(&self, index: usize, header: &str) -> Meaning {
        let key = header_key(header);
        let named = |mapping: &&ColumnMapping| {
            mapping.position == Some(index + 1)
                || !key.is_empty() && mapping.header.as_ref().is_some_and(|header| header_key(header) == key)
        };
        if let Some(mapping) = self.mappings.iter().find(named) {
            return Meaning { field: mapping.field, extra: mapping.extra.clone(), contact: mapping.contact };
        }
        if key.is_empty() || self.hidden_columns.contains(&index) {
            return Meaning { field: Field::Ignored, extra: None, contact: None };
        }
        let is_extra = |name: &String| header_key(name) == key;
        let extra = self
            .directory
            .extra_fields
            .iter()
            .filter(|extra| extra.active && self.kind.fields().contains(&Field::Extra));
        if let Some(extra) =
            extra.into_iter().find(|extra| [&extra.key, &extra.label_en, &extra.label_zh].into_iter().any(is_extra))
        {
            return Meaning { field: Field::Extra, extra: Some(extra.key.clone()), contact: None };
        }
        let (field, contact) = field_named(self.kind, header).unwrap_or((Field::Ignored, None));
        Meaning { field, extra: None, contact }
    }

    fn is_known(&self, (index, header): (usize, &String)) -> bool {
        self.of(index, header).field != Field::Ignored
    }

    fn is_name(&self, (index, header): (usize, &String)) -> bool {
        self.kind.leading().contains(&self.of(index, header).field)
    }
}

fn check_mapping(
    kind: Kind,
    index: usize,
    mapping: &ColumnMapping,
    headers: &[String],
    directory: &Directory,
) -> Result<(), UserError> {
    let index = index.to_string();
    match (&mapping.header, mapping.position) {
        (Some(header), None) if headers.iter().any(|other| header_key(other) == header_key(header)) => {}
        (Some(_), None) => {
            let all = list_headers(headers);
            return Err(Message::UnknownHeader { all }.refusal(&["columns", &index, "header"]));
        }
        (None, Some(position)) if (1..=headers.len()).contains(&position) => {}
        (None, Some(_)) => {
            let columns = headers.len();
            return Err(Message::UnknownPosition { columns }.refusal(&["columns", &index, "position"]));
        }
        _ => return Err(Message::HeaderOrPosition.refusal(&["columns", &index])),
    }
    if mapping.field != Field::Ignored && !kind.fields().contains(&mapping.field) {
        return Err(Message::WrongField.refusal(&["columns", &index, "field"]));
    }
    let is_of_contact = kind == Kind::Customers && mapping.field.is_of_contact();
    if mapping.contact.is_some_and(|contact| !is_of_contact || !(1..=MOST_CONTACTS).contains(&contact)) {
        return Err(Message::WrongContact { most: MOST_CONTACTS }.refusal(&["columns", &index, "contact"]));
    }
    let names_one =
        mapping.extra.as_ref().is_some_and(|key| directory.extra_field(key).is_some_and(|extra| extra.active));
    if (mapping.field == Field::Extra) == mapping.extra.is_some() && (mapping.extra.is_none() || names_one) {
        return Ok(());
    }
    Err(Message::WrongExtra.refusal(&["columns", &index, "extra"]))
}

/// Says which contact of its row each column holds a value of. Where the headers of names are numbered (`联系人2`), the number of a
/// header is that of the contact. Where they are the same several times, each begins the next contact. Otherwise there is one
/// contact, and numbered phones (`电话2`) are further ones of it.
fn assign_contacts(kind: Kind, columns: &mut [Column]) {
    let names = || columns.iter().filter(|column| column.field == Field::ContactName);
    let are_numbered = names().any(|column| column.contact.is_some_and(|contact| contact > 1));
    let first = names().next().map(|column| header_key(&column.header));
    let are_repeated = names().count() > 1 && names().all(|column| Some(header_key(&column.header)) == first);
    let mut begun = 0;
    for column in columns.iter_mut().filter(|column| column.field.is_of_contact()) {
        begun += u8::from(column.field == Field::ContactName);
        column.contact = Some(match (kind, column.contact) {
            (Kind::Customers, Some(given)) if are_numbered => given,
            (Kind::Customers, None) if are_repeated && !are_numbered => begun.max(1),
            _ => 1,
        });
    }
}

/// Several columns may hold phones, e-mail addresses and details of the source; what they have is put together.
fn refuse_duplicate_columns(columns: &[Column]) -> Result<(), UserError> {
    for (index, column) in columns.iter().enumerate() {
        if matches!(column.field, Field::ContactPhone | Field::ContactEmail | Field::SourceDetail | Field::Ignored) {
            continue;
        }
        let same = |other: &Column| {
            (other.field, &other.extra, other.contact) == (column.field, &column.extra, column.contact)
        };
        if let Some(other) = columns[..index].iter().position(same) {
            let place = |index: usize| (index + 1, columns[index].header.clone());
            return Err(Message::SameField { one: place(other), two: place(index) }.refusal(&["file"]));
        }
    }
    Ok(())
}

fn refuse_missing_columns(kind: Kind, columns: &[Column]) -> Result<(), UserError> {
    let has = |field: &Field| columns.iter().any(|column| column.field == *field);
    match kind.required().iter().find(|field| !has(field)) {
        Some(field) => {
            let headers: Vec<_> = columns.iter().map(|column| column.header.clone()).collect();
            Err(Message::NoColumn { of: *field, all: list_headers(&headers) }.refusal(&["file"]))
        }
        None => Ok(()),
    }
}

fn leading_column_is_missing(kind: Kind, first_rows: &[Row]) -> UserError {
    let first = first_rows.first().map(|row| list_headers(&row.cells)).unwrap_or_default();
    match kind {
        Kind::Customers => Message::NoNameColumn { first },
        _ => Message::NoColumn { of: kind.leading()[0], all: first },
    }
    .refusal(&["file"])
}

fn list_headers(cells: &[String]) -> String {
    let short = cells.iter().filter(|cell| !cell.is_empty()).take(20).map(|cell| shown(cell));
    short.collect::<Vec<_>>().join(", ")
}
