//! Protection against zip bombs. A workbook is a ZIP archive, and a small one can contain more than fits into memory.
//! So each part is inflated once without being kept, and checked, before the workbook is read.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::model::{FileError, MAX_ITEM_BYTES};
use crate::crm::import::message::Message;

/// The most bytes of all parts together, and the most parts.
const MAX_INFLATED_BYTES: u64 = 512 << 20;
const MAX_PARTS: usize = 10_000;
/// The most bytes of the table of shared strings, because it is kept in memory.
const MAX_SHARED_STRINGS_BYTES: u64 = 64 << 20;

/// Refuses an archive that inflates to too many bytes, or with a part that can't be read in small pieces.
pub(super) fn check(archive: impl Read + Seek) -> Result<(), FileError> {
    let mut archive = ZipArchive::new(archive).map_err(|_| damaged())?;
    if archive.len() > MAX_PARTS {
        return Err(zip_bomb());
    }
    let mut left = MAX_INFLATED_BYTES;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        let (is_shared_strings, is_sheet) = (name.ends_with("sharedstrings.xml"), name.contains("worksheets/"));
        let most = if is_shared_strings { left.min(MAX_SHARED_STRINGS_BYTES) } else { left };
        // The size in the header of the part may be wrong; if it is too large, the part need not be inflated.
        if part.size() > most {
            return Err(zip_bomb());
        }
        let mut scan = Scan::default();
        let (mut bytes, mut size) = (vec![0; 64 << 10], 0_u64);
        loop {
            let count = part.read(&mut bytes).map_err(|_| damaged())?;
            if count == 0 {
                break;
            }
            size += count as u64;
            if size > most {
                return Err(zip_bomb());
            }
            scan.feed(&bytes[..count]);
            // A smaller part may be read as a whole.
            if let Some(why) = scan.refusal.take_if(|_| is_shared_strings || size > MAX_ITEM_BYTES as u64) {
                return Err(why.into());
            }
            // The reader of sheets leaves such text out.
            if is_sheet && scan.has_cdata {
                return Err(Message::HidesText { name }.into());
            }
        }
        // The reader reserves memory for as many strings as the table announces, and each string has at least one byte.
        if is_shared_strings && scan.announced_texts > size {
            return Err(Message::AnnouncesTooManyTexts.into());
        }
        left -= size;
    }
    Ok(())
}

fn damaged() -> FileError {
    Message::DamagedWorkbook.into()
}

fn zip_bomb() -> FileError {
    Message::TooLargeUnpacked.into()
}

/// Scans XML, and finds out whether a reader would have to keep more than one cell of it in memory.
#[derive(Default)]
struct Scan {
    state: ScanState,
    /// The names of the current tag and attribute, and the value of the attribute.
    name: Vec<u8>,
    attribute: Vec<u8>,
    value: Vec<u8>,
    is_after_blank: bool,
    /// The number of bytes since the last start or end of a cell, a row or a shared string.
    item_bytes: usize,
    /// The last two bytes, by which comments and the like end.
    last: [u8; 2],
    has_cdata: bool,
    /// Why the XML can't be read in small pieces.
    refusal: Option<Message>,
    /// The number of shared strings that the table announces.
    announced_texts: u64,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum ScanState {
    #[default]
    Text,
    /// In the name of a tag.
    Name,
    /// In a tag, after its name.
    Tag,
    /// In a value between these quotes.
    Quotes(u8),
    /// Behind `<!`, until it is clear what it is.
    Declaration,
    /// In what ends with these two bytes and `>`: a comment, CDATA or a processing instruction.
    Until([u8; 2]),
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.item_bytes += 1;
            // XML has these bytes only in encodings that no spreadsheet program writes.
            if byte == 0 || byte == 0x1b || self.item_bytes > MAX_ITEM_BYTES {
                self.refusal.get_or_insert(Message::TooLargeUnpacked);
            }
            let before = self.state;
            self.state = self.next(byte);
            // The bytes that begin a comment don't end it.
            self.last = if self.state == before { [self.last[1], byte] } else { [0; 2] };
        }
    }

    fn next(&mut self, byte: u8) -> ScanState {
        match (self.state, byte) {
            (ScanState::Text, b'<') => {
                self.name.clear();
                self.attribute.clear();
                ScanState::Name
            }
            (ScanState::Name, b'!') if self.name.is_empty() => ScanState::Declaration,
            (ScanState::Name, b'?') if self.name.is_empty() => ScanState::Until([0, b'?']),
            (ScanState::Declaration, _) => {
                push(&mut self.name, byte);
                self.declaration()
            }
            (ScanState::Until(end), b'>') if self.last == end || end[0] == 0 && self.last[1] == end[1] => {
                ScanState::Text
            }
            (ScanState::Until(_), _) => self.state,
            (ScanState::Name | ScanState::Tag, b'>') => {
                if matches!(local(&self.name), b"c" | b"row" | b"si" | b"table-cell" | b"table-row") {
                    self.item_bytes = 0;
                }
                ScanState::Text
            }
            (ScanState::Name | ScanState::Tag, b' ' | b'\t' | b'\r' | b'\n') => {
                self.is_after_blank = true;
                ScanState::Tag
            }
            (ScanState::Name, _) => {
                push(&mut self.name, byte);
                ScanState::Name
            }
            (ScanState::Tag, b'"' | b'\'') => {
                self.value.clear();
                ScanState::Quotes(byte)
            }
            (ScanState::Tag, _) => {
                // Blanks may also stand around the equals sign.
                if self.is_after_blank && byte != b'=' {
                    self.attribute.clear();
                }
                self.is_after_blank = false;
                push(&mut self.attribute, byte);
                ScanState::Tag
            }
            (ScanState::Quotes(quote), _) if byte == quote => {
                if self.attribute.starts_with(b"uniqueCount") {
                    let number = std::str::from_utf8(&self.value).ok().and_then(|text| text.trim().parse().ok());
                    self.announced_texts = self.announced_texts.max(number.unwrap_or_default());
                }
                ScanState::Tag
            }
            (ScanState::Quotes(_), _) => {
                push(&mut self.value, byte);
                self.state
            }
            (ScanState::Text, _) => ScanState::Text,
        }
    }
}

impl Scan {
    /// What begins with `<!`: a comment, CDATA, or the declaration of a type, which no spreadsheet program writes.
    fn declaration(&mut self) -> ScanState {
        match self.name.as_slice() {
            b"--" => ScanState::Until(*b"--"),
            b"[CDATA[" => {
                self.has_cdata = true;
                ScanState::Until(*b"]]")
            }
            name if b"--".starts_with(name) || b"[CDATA[".starts_with(name) => ScanState::Declaration,
            _ => {
                self.refusal.get_or_insert(Message::OwnXmlTypes);
                ScanState::Tag
            }
        }
    }
}

/// Appends a byte to a name or value; the names that we compare are short, so a long one is cut.
fn push(word: &mut Vec<u8>, byte: u8) {
    if word.len() < 64 {
        word.push(byte);
    }
}

/// The name of a tag without its slash and its namespace prefix.
fn local(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let name = name.strip_suffix(b"/").unwrap_or(name);
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(xml: &str) -> Scan {
        let mut scan = Scan::default();
        scan.feed(xml.as_bytes());
        scan
    }

    #[test]
    fn the_number_of_shared_strings_is_read_from_its_attribute() {
        let plain =
            scan(r#"<?xml version="1.0"?><sst xmlns="x" count="900" uniqueCount="12"><si><t>"9'</t></si></sst>"#);
        assert_eq!((plain.announced_texts, plain.refusal), (12, None));
        assert_eq!(scan("<sst count='900'\nuniqueCount = '77'>").announced_texts, 77);
    }

    #[test]
    fn comments_and_the_like_hide_no_tags() {
        for xml in [
            "<?xml version='1.0'?><!-- <sst uniqueCount='9'> --><sst uniqueCount='7'>",
            "<!--> <sst uniqueCount='9'> - -- > --><sst uniqueCount='7'>",
            "<![CDATA[ ]> ]] > <sst uniqueCount='9'> ]]><sst uniqueCount='7'>",
            "<?x > <sst uniqueCount='9'> ?><sst uniqueCount='7'>",
        ] {
            let scan = scan(xml);
            assert_eq!((scan.announced_texts, &scan.refusal), (7, &None), "{xml}");
            assert_eq!(scan.has_cdata, xml.contains("CDATA"), "{xml}");
        }
        assert_eq!(scan("<!DOCTYPE x [<!ENTITY a 'b'>]><sst>").refusal, Some(Message::OwnXmlTypes));
    }

    #[test]
    fn xml_with_large_items_is_refused() {
        assert!(scan("<s\0s\0t\0>").refusal.is_some());
        let long = "x".repeat(MAX_ITEM_BYTES + 1);
        assert!(scan(&format!("<c><v>{long}</v></c>")).refusal.is_some());
        assert!(scan(&format!("<sst><!-- {long} -->")).refusal.is_some());
        let halves = "x".repeat(MAX_ITEM_BYTES / 2);
        assert!(scan(&format!("<x:c r='A1'><v>{halves}</v></x:c><x:c><v>{halves}</v></x:c>")).refusal.is_none());
        let cell = format!("<table:table-cell><text:p>{halves}</text:p></table:table-cell>");
        assert!(scan(&cell.repeat(3)).refusal.is_none());
    }
}
