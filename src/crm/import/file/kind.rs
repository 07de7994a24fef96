//! What a file is, by its first bytes and the parts of its archive, whatever its name says.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use zip::ZipArchive;

use super::model::FileError;
use crate::crm::import::message::{FileKind, Message};

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Xlsx,
    Ods,
}

/// How many of the first bytes are looked at.
const HEAD_BYTES: u64 = 4 << 10;

/// The first bytes of files that can't be read.
const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"%PDF-", FileKind::Pdf),
    (b"\x89PNG", FileKind::Picture),
    (b"\xff\xd8\xff", FileKind::Picture),
    (b"GIF8", FileKind::Picture),
    (b"II*\0", FileKind::Picture),
    (b"MM\0*", FileKind::Picture),
    (b"RIFF", FileKind::Picture),
    (b"Rar!", FileKind::Archive),
    (b"7z\xbc\xaf\x27\x1c", FileKind::Archive),
    (b"\x1f\x8b", FileKind::Archive),
    (b"BZh", FileKind::Archive),
    (b"\xfd7zXZ", FileKind::Archive),
    (b"{\\rtf", FileKind::RichText),
    (b"SQLite format 3\0", FileKind::Database),
    (b"\0\x01\0\0Standard ", FileKind::Database),
    (b"PAR1", FileKind::Database),
    (b"\x09\x08\x10\0", FileKind::OldWorkbook),
    (b"\x09\x04\x06\0", FileKind::OldWorkbook),
    (b"\x09\x02\x06\0", FileKind::OldWorkbook),
    (b"\x09\0\x04\0", FileKind::OldWorkbook),
];

/// How texts begin that are no tables, in lower case.
const BEGINNINGS: &[(&str, FileKind)] = &[
    ("<!doctype html", FileKind::Html),
    ("<html", FileKind::Html),
    ("<head", FileKind::Html),
    ("<meta", FileKind::Html),
    ("<style", FileKind::Html),
    ("<table", FileKind::Html),
    ("<div", FileKind::Html),
    ("<?xml", FileKind::Xml),
    ("{\"", FileKind::Json),
    ("[{", FileKind::Json),
    ("mime-version:", FileKind::Mail),
    ("from: ", FileKind::Mail),
    ("begin:vcard", FileKind::ContactCard),
];

/// The kind of a file that can be read.
pub(super) fn detect(file: &mut File) -> Result<Kind, FileError> {
    let mut head = Vec::new();
    (&mut *file).take(HEAD_BYTES).read_to_end(&mut head)?;
    file.rewind()?;
    if head.is_empty() {
        return Err(Message::EmptyFile.into());
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let kind = kind_of_archive(file)?;
        file.rewind()?;
        return kind.map_err(|kind| Message::OtherKind(kind).into());
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(Message::OtherKind(kind_of_compound_file(file)?).into());
    }
    let signature = SIGNATURES.iter().find(|(bytes, _)| head.starts_with(bytes));
    if let Some((_, kind)) = signature {
        return Err(Message::OtherKind(*kind).into());
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let text =
        String::from_utf8_lossy(&text[..text.len().min(200)]).to_ascii_lowercase().replace(['\n', '\r', ' '], "");
    let beginning = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(&beginning.replace(' ', "")));
    beginning.map_or(Ok(Kind::Text), |(_, kind)| Err(Message::OtherKind(*kind).into()))
}

/// What the parts of a ZIP archive make it.
fn kind_of_archive(file: &mut File) -> Result<Result<Kind, FileKind>, FileError> {
    let damaged = |_| FileError::from(Message::DamagedWorkbook);
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    let has = |part: &str| names.iter().any(|name| name.starts_with(part));
    let mut of_odf = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        part.take(200).read_to_string(&mut of_odf).map_err(|_| Message::DamagedWorkbook)?;
    }
    let mut manifest = String::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        part.take(1 << 20).read_to_string(&mut manifest).map_err(|_| Message::DamagedWorkbook)?;
    }
    let of_odf = of_odf.trim().strip_prefix("application/vnd.oasis.opendocument.");
    Ok(match of_odf {
        Some(_) if manifest.contains("encryption-data") => Err(FileKind::LockedWorkbook),
        Some(kind) if kind.starts_with("spreadsheet") => Ok(Kind::Ods),
        Some(kind) if kind.starts_with("presentation") => Err(FileKind::Presentation),
        Some(_) => Err(FileKind::Document),
        None if has("xl/workbook.bin") => Err(FileKind::BinaryWorkbook),
        None if has("word/") => Err(FileKind::Document),
        None if has("ppt/") => Err(FileKind::Presentation),
        None if has("index/") || has("index.zip") => Err(FileKind::Numbers),
        None if has("[content_types].xml") => Ok(Kind::Xlsx),
        None => Err(FileKind::Archive),
    })
}

/// What the directory of a compound file (the container of Office up to 2003, and of locked workbooks) makes it.
fn kind_of_compound_file(file: &mut File) -> io::Result<FileKind> {
    let entries: [(&str, FileKind); 4] = [
        ("EncryptedPackage", FileKind::LockedWorkbook),
        ("WordDocument", FileKind::Document),
        ("PowerPoint Document", FileKind::Presentation),
        ("__properties_version1.0", FileKind::Mail),
    ];
    let entries =
        entries.map(|(name, kind)| (name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), kind));
    let mut window = Vec::new();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut bytes)?;
        if count == 0 {
            return Ok(FileKind::OldWorkbook);
        }
        window.extend_from_slice(&bytes[..count]);
        let found = entries.iter().find(|(name, _)| window.windows(name.len()).any(|part| part == name));
        if let Some((_, kind)) = found {
            return Ok(*kind);
        }
        // A name may go on in the next piece.
        window.drain(..window.len().saturating_sub(100));
    }
}
