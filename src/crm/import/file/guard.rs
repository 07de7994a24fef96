//! Workbooks are archives: a small one can hold more than there is memory. So each part is inflated once, into nothing,
//! before it is trusted.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::{MAX_ITEM_BYTES, Unreadable, wrong};

/// How large all parts may be together, and how many.
const MAX_INFLATED: u64 = 512 << 20;
const MAX_PARTS: usize = 10_000;
/// The table of texts is kept in memory.
const MAX_TEXTS: u64 = 64 << 20;

/// Refuses an archive that inflates to too much, or whose parts a reader could not take in pieces.
pub(super) fn check(archive: impl Read + Seek) -> Result<(), Unreadable> {
    let mut archive = ZipArchive::new(archive).map_err(|_| damaged())?;
    if archive.len() > MAX_PARTS {
        return Err(bomb());
    }
    let mut left = MAX_INFLATED;
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(|_| damaged())?;
        let is_texts = part.name().map_err(|_| damaged())?.to_ascii_lowercase().ends_with("sharedstrings.xml");
        let most = if is_texts { left.min(MAX_TEXTS) } else { left };
        // What it says of its size may be wrong; when it says too much, there is no need to look.
        if part.size() > most {
            return Err(bomb());
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
                return Err(bomb());
            }
            scan.take(&bytes[..count]);
            // Smaller ones may be read whole.
            if (is_texts || size > MAX_ITEM_BYTES as u64) && scan.is_wrong {
                return Err(bomb());
            }
        }
        // A reader makes room for as many texts as are announced; each takes some bytes.
        if is_texts && scan.announced > size {
            return Err(bomb());
        }
        left -= size;
    }
    Ok(())
}

fn damaged() -> Unreadable {
    wrong("The workbook is damaged.", "工作簿已损坏。")
}

fn bomb() -> Unreadable {
    wrong(
        "The workbook is far larger than its file, as none is that people make. Save it anew, or as CSV.",
        "工作簿解压后过大，请重新保存或另存为 CSV。",
    )
}

/// Walks over XML, and tells whether a reader would have to hold more than a cell of it at once.
#[derive(Default)]
struct Scan {
    place: Place,
    /// The tag, the attribute and the value that it is in.
    name: Vec<u8>,
    attribute: Vec<u8>,
    value: Vec<u8>,
    is_behind_blank: bool,
    /// Bytes since the last cell, row or text began or ended.
    since_item: usize,
    tags: usize,
    is_wrong: bool,
    /// How many texts are announced.
    announced: u64,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Place {
    #[default]
    Text,
    /// In the name of a tag.
    Name,
    /// Behind it.
    Tag,
    /// Within these quotes.
    Quotes(u8),
}

impl Scan {
    fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.since_item += 1;
            // Not in XML, but for encodings that nobody writes workbooks in.
            self.is_wrong |= byte == 0 || byte == 0x1b || self.since_item > MAX_ITEM_BYTES;
            self.place = self.next(byte);
        }
    }

    fn next(&mut self, byte: u8) -> Place {
        match (self.place, byte) {
            (Place::Text, b'<') => {
                self.name.clear();
                self.attribute.clear();
                self.tags += 1;
                Place::Name
            }
            // Comments and their like: they could hide anything, and workbooks have none. The first tag says `<?xml`.
            (Place::Name, b'!' | b'?') if self.name.is_empty() => {
                self.is_wrong |= self.tags > 1 || byte == b'!';
                Place::Tag
            }
            (Place::Name | Place::Tag, b'>') => {
                if matches!(local(&self.name), b"c" | b"row" | b"si") {
                    self.since_item = 0;
                }
                Place::Text
            }
            (Place::Name | Place::Tag, b' ' | b'\t' | b'\r' | b'\n') => {
                self.is_behind_blank = true;
                Place::Tag
            }
            (Place::Name, _) => {
                push(&mut self.name, byte);
                Place::Name
            }
            (Place::Tag, b'"' | b'\'') => {
                self.value.clear();
                Place::Quotes(byte)
            }
            (Place::Tag, _) => {
                // Blanks may stand around the sign, too.
                if self.is_behind_blank && byte != b'=' {
                    self.attribute.clear();
                }
                self.is_behind_blank = false;
                push(&mut self.attribute, byte);
                Place::Tag
            }
            (Place::Quotes(quote), _) if byte == quote => {
                if self.attribute.starts_with(b"uniqueCount") {
                    let number = std::str::from_utf8(&self.value).ok().and_then(|text| text.trim().parse().ok());
                    self.announced = self.announced.max(number.unwrap_or_default());
                }
                Place::Tag
            }
            (Place::Quotes(_), _) => {
                push(&mut self.value, byte);
                self.place
            }
            (Place::Text, _) => Place::Text,
        }
    }
}

/// Names that matter are short.
fn push(word: &mut Vec<u8>, byte: u8) {
    if word.len() < 64 {
        word.push(byte);
    }
}

/// The name of a tag without the slash and what stands before a colon.
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
        scan.take(xml.as_bytes());
        scan
    }

    #[test]
    fn what_is_announced_is_read_from_its_attribute() {
        let plain =
            scan(r#"<?xml version="1.0"?><sst xmlns="x" count="900" uniqueCount="12"><si><t>"9'</t></si></sst>"#);
        assert_eq!((plain.announced, plain.is_wrong), (12, false));
        assert_eq!(scan("<sst count='900'\nuniqueCount = '77'>").announced, 77);
    }

    #[test]
    fn what_could_hide_something_is_wrong() {
        assert!(scan("<sst><!-- \" --><si/></sst>").is_wrong);
        assert!(scan("<sst><![CDATA[x]]></sst>").is_wrong);
        assert!(scan("<sst><?x?></sst>").is_wrong);
        assert!(scan("<s\0s\0t\0>").is_wrong);
        let long = "x".repeat(MAX_ITEM_BYTES + 1);
        assert!(scan(&format!("<c><v>{long}</v></c>")).is_wrong);
        let halves = "x".repeat(MAX_ITEM_BYTES / 2);
        assert!(!scan(&format!("<x:c r='A1'><v>{halves}</v></x:c><x:c><v>{halves}</v></x:c>")).is_wrong);
    }
}
