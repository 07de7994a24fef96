//! Protection against zip bombs. A workbook is a ZIP archive, and a small one can contain more than fits into memory.
//! So each part is inflated once without being kept, and checked, before the workbook is read.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::model::{FileError, MAX_ITEM_BYTES, invalid};

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
        let is_shared_strings = part.name().map_err(|_| damaged())?.to_ascii_lowercase().ends_with("sharedstrings.xml");
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
            if (is_shared_strings || size > MAX_ITEM_BYTES as u64) && scan.is_refused {
                return Err(zip_bomb());
            }
        }
        // The reader reserves memory for as many strings as the table announces, and each string has at least one byte.
        if is_shared_strings && scan.announced_texts > size {
            return Err(zip_bomb());
        }
        left -= size;
    }
    Ok(())
}

fn damaged() -> FileError {
    invalid("The workbook is damaged.", "工作簿已损坏。")
}

fn zip_bomb() -> FileError {
    invalid(
        "The workbook is too large when it is unpacked. Open it in a spreadsheet program and save it again, or save it as CSV.",
        "工作簿解压后过大，请用表格软件打开后重新保存，或另存为 CSV。",
    )
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
    tags: usize,
    is_refused: bool,
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
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.item_bytes += 1;
            // XML has these bytes only in encodings that no spreadsheet program writes.
            self.is_refused |= byte == 0 || byte == 0x1b || self.item_bytes > MAX_ITEM_BYTES;
            self.state = self.next(byte);
        }
    }

    fn next(&mut self, byte: u8) -> ScanState {
        match (self.state, byte) {
            (ScanState::Text, b'<') => {
                self.name.clear();
                self.attribute.clear();
                self.tags += 1;
                ScanState::Name
            }
            // Comments, CDATA and processing instructions could hide tags, and workbooks have none. The first tag is
            // `<?xml`.
            (ScanState::Name, b'!' | b'?') if self.name.is_empty() => {
                self.is_refused |= self.tags > 1 || byte == b'!';
                ScanState::Tag
            }
            (ScanState::Name | ScanState::Tag, b'>') => {
                if matches!(local(&self.name), b"c" | b"row" | b"si") {
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
        assert_eq!((plain.announced_texts, plain.is_refused), (12, false));
        assert_eq!(scan("<sst count='900'\nuniqueCount = '77'>").announced_texts, 77);
    }

    #[test]
    fn xml_that_could_hide_tags_or_has_large_items_is_refused() {
        assert!(scan("<sst><!-- \" --><si/></sst>").is_refused);
        assert!(scan("<sst><![CDATA[x]]></sst>").is_refused);
        assert!(scan("<sst><?x?></sst>").is_refused);
        assert!(scan("<s\0s\0t\0>").is_refused);
        let long = "x".repeat(MAX_ITEM_BYTES + 1);
        assert!(scan(&format!("<c><v>{long}</v></c>")).is_refused);
        let halves = "x".repeat(MAX_ITEM_BYTES / 2);
        assert!(!scan(&format!("<x:c r='A1'><v>{halves}</v></x:c><x:c><v>{halves}</v></x:c>")).is_refused);
    }
}
