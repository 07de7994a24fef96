//! XML of workbooks, read as a stream.

use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart};

use super::model::FileError;
use crate::crm::import::message::Message;

/// A reader of a part of an archive.
pub(super) type PartReader<R> = Reader<BufReader<R>>;

/// A reader with the settings for workbooks: each element has an end, and texts keep their spaces.
pub(super) fn reader<R: Read>(part: R) -> PartReader<R> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.trim_text(false);
    config.expand_empty_elements = true;
    reader
}

/// The next event of a reader. The buffer is the caller's, so that it is used again.
macro_rules! next_event {
    ($reader:expr, $buffer:expr) => {{
        $buffer.clear();
        $reader.read_event_into(&mut $buffer).map_err(|_| FileError::from(Message::DamagedWorkbook))
    }};
}
pub(super) use next_event;

/// The value of an attribute, whatever its namespace prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, FileError> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(damaged)?;
        if attribute.key.local_name().as_ref() == name {
            let value = quick_xml::escape::unescape(&attribute.value).map_err(damaged)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// An attribute that is a number.
pub(super) fn number(element: &BytesStart<'_>, name: &str) -> Result<Option<u32>, FileError> {
    Ok(attribute(element, name)?.and_then(|text| text.trim().parse().ok()))
}

/// Whether an attribute says yes.
pub(super) fn is_true(element: &BytesStart<'_>, name: &str) -> Result<bool, FileError> {
    Ok(attribute(element, name)?.is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on")))
}

/// Adds the character that a reference such as `&amp;` stands for.
pub(super) fn push_reference(reference: &BytesRef<'_>, text: &mut String) -> Result<(), FileError> {
    let character = reference.resolve_char_ref().map_err(damaged)?;
    match character {
        Some(character) => text.push(character),
        None => text.push_str(quick_xml::escape::resolve_predefined_entity(reference).ok_or(Message::DamagedWorkbook)?),
    }
    Ok(())
}

fn damaged<E>(_: E) -> FileError {
    Message::DamagedWorkbook.into()
}

/// The name of a sheet as messages show it.
pub(super) fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
