//! The encoding of a text. It follows from a byte order mark, from the form of UTF-8 and UTF-16, or from evidence: in
//! which encoding the headers are known, and in which one the characters are those that people write. If the evidence is
//! not enough, the file is refused and the importer says which encoding it is.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};

use csv::ReaderBuilder;
use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, Encoding, GB18030, ISO_2022_JP, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE,
    UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
};

use super::model::{CountColumns, FileError, HEADER_SEARCH_ROWS, HowToRead, Row};
use crate::crm::import::message::{Message, shown};

/// How many bytes of lines with other characters than ASCII are compared.
const SAMPLE_BYTES: usize = 512 << 10;
/// The least share of ordinary characters of the right encoding, and by how much it is ahead of the others.
const LEAST_SHARE: f64 = 0.9;
const LEAST_LEAD: f64 = 0.15;
/// An encoding with a smaller share is not worth mentioning.
const LEAST_POSSIBLE: f64 = 0.7;

/// The encodings without a form of their own, the most frequent ones first.
static LEGACY: [&Encoding; 8] = [GB18030, BIG5, SHIFT_JIS, EUC_KR, WINDOWS_1252, WINDOWS_1250, WINDOWS_1251, EUC_JP];

/// The encoding of a file, which is read from its beginning again afterwards.
pub(super) fn of_file(file: &mut File, how: &HowToRead<'_>) -> Result<&'static Encoding, FileError> {
    let mut head = Vec::new();
    (&mut *file).take(4).read_to_end(&mut head)?;
    let of_mark = Encoding::for_bom(&head).map(|(encoding, _)| encoding).filter(|_| head != [0xff, 0xfe, 0, 0]);
    let found = match (how.encoding, of_mark) {
        (Some(label), of_mark) => {
            let wrong = |message| FileError::InvalidInput("encoding", message);
            let given = Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != REPLACEMENT);
            let given = given.ok_or_else(|| wrong(Message::UnknownEncoding { label: shown(label) }))?;
            if of_mark.is_some_and(|of_mark| of_mark != given) || !is_valid(file, given)? {
                return Err(wrong(Message::NotInEncoding { encoding: given.name().to_owned() }));
            }
            given
        }
        (None, Some(of_mark)) if is_valid(file, of_mark)? => of_mark,
        (None, Some(_)) => return Err(Message::NoEncoding.into()),
        (None, None) => match of_form(file)? {
            Some(encoding) => encoding,
            None => of_evidence(file, how.count_columns)?,
        },
    };
    file.rewind()?;
    Ok(found)
}

/// The encoding of a text with a form that others do not have: UTF-16, ISO-2022-JP, ASCII or UTF-8.
fn of_form(file: &mut File) -> Result<Option<&'static Encoding>, FileError> {
    file.rewind()?;
    let (mut bytes, mut place, mut has_escapes) = (vec![0; 64 << 10], 0_u64, false);
    let mut zeros = [0_u64; 2];
    loop {
        let count = file.read(&mut bytes)?;
        if count == 0 {
            break;
        }
        for &byte in &bytes[..count] {
            zeros[(place % 2) as usize] += u64::from(byte == 0);
            has_escapes |= byte == 0x1b;
            place += 1;
        }
    }
    // Each separator and each line end in UTF-16 has a zero, in the same half of its two bytes.
    let utf_16 = match zeros {
        [0, odd] if odd * 50 > place => Some(UTF_16LE),
        [even, 0] if even * 50 > place => Some(UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf_16
        && is_valid(file, encoding)?
        && encoding.decode_without_bom_handling(&beginning(file)?).0.contains([',', ';', '\t', '\n', '\r'])
    {
        return Ok(Some(encoding));
    }
    if has_escapes && is_valid(file, ISO_2022_JP)? && beginning(file)?.windows(2).any(|two| two == b"\x1b$") {
        return Ok(Some(ISO_2022_JP));
    }
    Ok(is_valid(file, UTF_8)?.then_some(UTF_8))
}

/// An encoding in which the file is valid, with the text of the sample.
struct Candidate {
    encoding: &'static Encoding,
    text: String,
    known_columns: usize,
    /// The share of characters that people write in this encoding, of those that are not ASCII.
    share: f64,
}

fn of_evidence(file: &mut File, count_columns: &CountColumns<'_>) -> Result<&'static Encoding, FileError> {
    let (beginning, sample) = (beginning(file)?, sample(file)?);
    let mut candidates: Vec<Candidate> = Vec::new();
    for encoding in LEGACY {
        let text = encoding.decode_without_bom_handling(&sample).0.into_owned();
        // What reads the same need not be told apart.
        if !is_valid(file, encoding)? || candidates.iter().any(|other| other.text == text) {
            continue;
        }
        let share = if is_typical(encoding, &text) { share(encoding, &text) } else { 0.0 };
        let known_columns = known_columns(&encoding.decode_without_bom_handling(&beginning).0, count_columns);
        candidates.push(Candidate { encoding, text, known_columns, share });
    }
    candidates.retain(|candidate| candidate.share >= LEAST_POSSIBLE);
    candidates
        .sort_by(|one, other| other.known_columns.cmp(&one.known_columns).then(other.share.total_cmp(&one.share)));
    let Some(best) = candidates.first() else { return Err(Message::NoEncoding.into()) };
    let others = &candidates[1..];
    let second = others.iter().map(|other| other.share).fold(0.0, f64::max);
    let by_headers = others.iter().all(|other| other.known_columns < best.known_columns);
    let count = best.text.chars().filter(|letter| !letter.is_ascii()).count() as f64;
    let lead = best.share - second;
    let by_share = best.share >= LEAST_SHARE && lead >= LEAST_LEAD && (second == 0.0 || lead * count >= 2.0);
    if by_headers && best.known_columns > 0 && (best.share >= LEAST_SHARE || others.is_empty()) || by_share {
        return Ok(best.encoding);
    }
    let possible = candidates.iter().take(4).map(|one| (one.encoding.name().to_owned(), excerpt(&one.text)));
    Err(Message::UncertainEncoding { possible: possible.collect() }.into())
}

/// The first word with a character that is not ASCII.
fn excerpt(text: &str) -> String {
    let words = text.split([',', ';', '\t', '\n', '\r', '"']);
    shown(words.map(str::trim).find(|word| !word.is_ascii()).unwrap_or_default())
}

fn known_columns(text: &str, count_columns: &CountColumns<'_>) -> usize {
    let count = |separator: u8| {
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
        let records = reader.into_records().flatten().take(HEADER_SEARCH_ROWS);
        let rows: Vec<_> = records
            .map(|record| {
                let mut row = Row::default();
                record.iter().for_each(|cell| row.push(cell));
                row
            })
            .collect();
        count_columns(&rows)
    };
    [b',', b';', b'\t', b'|'].into_iter().map(count).max().unwrap_or_default()
}

/// The syllables that every Korean text has.
const FREQUENT_HANGUL: &str = "이다는의가을에고로하한기사지은도를대인자리어시과정나해일서전수부상제아회주명담당식술업공원장동구성보화안무면국문연김박최";

/// Whether a text has what texts of a language always have. Chinese is written with the same bytes as Korean and Japanese,
/// and read so it is a text without frequent syllables or kana.
fn is_typical(encoding: &'static Encoding, text: &str) -> bool {
    let share = |is_it: fn(char) -> bool| {
        let letters = text.chars().filter(|letter| !letter.is_ascii());
        let (all, found) =
            letters.fold((0_u32, 0_u32), |(all, found), letter| (all + 1, found + u32::from(is_it(letter))));
        f64::from(found) / f64::from(all.max(1))
    };
    match encoding {
        _ if encoding == EUC_KR => share(|letter| FREQUENT_HANGUL.contains(letter)) >= 0.2,
        _ if encoding == EUC_JP => share(|letter| matches!(letter, '\u{3040}'..='\u{30ff}')) >= 0.1,
        _ => true,
    }
}

/// The share of characters that people write in this encoding, of those that are not ASCII.
fn share(encoding: &'static Encoding, text: &str) -> f64 {
    let letters: Vec<char> = text.chars().collect();
    let (mut all, mut ordinary) = (0, 0);
    for (place, &letter) in letters.iter().enumerate().filter(|(_, letter)| !letter.is_ascii()) {
        all += 1;
        let beside = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied().unwrap_or(' ');
        let (before, after) = (beside(place.checked_sub(1)), beside(Some(place + 1)));
        ordinary += usize::from(match encoding {
            _ if encoding == WINDOWS_1251 => is_ordinary_cyrillic(letter, before, after),
            _ if encoding.is_single_byte() => is_ordinary_latin(letter, before, after),
            _ => is_ordinary_in_pairs(encoding, letter),
        });
    }
    if all == 0 { 0.0 } else { f64::from(ordinary as u32) / f64::from(all) }
}

/// In encodings of two bytes the frequent characters have a region of their own.
fn is_ordinary_in_pairs(encoding: &'static Encoding, letter: char) -> bool {
    let mut text = [0; 4];
    let (bytes, _, is_unmappable) = encoding.encode(letter.encode_utf8(&mut text));
    let &[first, second] = bytes.as_ref() else { return false };
    if is_unmappable {
        return false;
    }
    let is_high = second >= 0xa1;
    match encoding {
        _ if encoding == GB18030 => is_high && matches!(first, 0xa1 | 0xa3 | 0xb0..=0xd7),
        _ if encoding == BIG5 => matches!(first, 0xa1..=0xc6),
        _ if encoding == SHIFT_JIS => matches!(first, 0x81..=0x83 | 0x88..=0x97),
        _ if encoding == EUC_KR => is_high && matches!(first, 0xa1 | 0xa3 | 0xb0..=0xc8),
        _ => is_high && matches!(first, 0xa1 | 0xa3..=0xa5 | 0xb0..=0xcf),
    }
}

/// An accented letter in a word of Latin letters, or a mark outside of words.
fn is_ordinary_latin(letter: char, before: char, after: char) -> bool {
    let is_latin = |letter: char| letter.is_ascii_alphabetic();
    if letter.is_alphabetic() {
        let is_word = is_latin(before) || is_latin(after) || before.is_ascii() && after.is_ascii();
        // Capitals do not follow small letters within a word.
        return is_word && !(letter.is_uppercase() && before.is_lowercase());
    }
    match letter {
        '’' | '‘' => true,
        '€' | '£' | '§' | '°' | '–' | '—' | '“' | '”' | '„' | '«' | '»' | '…' | '•' | '®' | '™' | '©' | '²'
        | '\u{a0}' => !(before.is_alphabetic() && after.is_alphabetic()),
        _ => false,
    }
}

/// A Cyrillic letter in a word of such letters.
fn is_ordinary_cyrillic(letter: char, before: char, after: char) -> bool {
    let is_cyrillic = |letter: char| matches!(letter, 'А'..='я' | 'ё' | 'Ё' | 'і' | 'І' | 'ї' | 'Ї' | 'є' | 'Є');
    let is_mixed = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    is_cyrillic(letter) && !is_mixed && !(letter.is_uppercase() && before.is_lowercase())
        || matches!(letter, '№' | '«' | '»' | '–' | '—' | '\u{a0}')
}

/// The first bytes of a file, to the end of a line if there is one.
fn beginning(file: &mut File) -> Result<Vec<u8>, FileError> {
    file.rewind()?;
    let mut bytes = Vec::new();
    (&mut *file).take(16 << 10).read_to_end(&mut bytes)?;
    if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(end + 1);
    }
    Ok(bytes)
}

/// The lines of a file with other characters than ASCII, as far as they fit into a sample.
fn sample(file: &mut File) -> Result<Vec<u8>, FileError> {
    file.rewind()?;
    let mut reader = BufReader::new(&mut *file);
    let (mut sample, mut line) = (Vec::new(), Vec::new());
    while sample.len() < SAMPLE_BYTES {
        line.clear();
        if (&mut reader).take(SAMPLE_BYTES as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.is_ascii() {
            sample.extend_from_slice(&line);
        }
    }
    Ok(sample)
}

fn is_valid(file: &mut File, encoding: &'static Encoding) -> Result<bool, FileError> {
    file.rewind()?;
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// What is detected: the name of the encoding, or the names of the possible ones.
    fn detected(bytes: &[u8], known: &[&str]) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let count =
            |rows: &[Row]| rows.iter().flat_map(|row| &row.cells).filter(|cell| known.contains(&cell.as_str())).count();
        match of_file(&mut file, &HowToRead { sheet: None, encoding: None, count_columns: &count }) {
            Ok(encoding) => encoding.name().to_owned(),
            Err(FileError::Invalid(Message::UncertainEncoding { possible })) => {
                possible.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join("?") + "?"
            }
            Err(error) => format!("{error:?}"),
        }
    }

    fn in_encoding(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        let (bytes, _, is_lossy) = encoding.encode(text);
        assert!(!is_lossy, "{text}");
        bytes.into_owned()
    }

    #[test]
    fn the_encoding_follows_from_the_characters_that_people_write() {
        for (encoding, text) in [
            (GB18030, "客户名称,联系人\n上海海潮科技有限公司,李雷\n"),
            (GB18030, "Name\n苏州欧姆龙自动化有限公司\n"),
            (BIG5, "公司名稱,聯絡人\n台北海潮科技股份有限公司,陳小明\n"),
            (SHIFT_JIS, "会社名,担当者\n株式会社ウエーブテック,山田太郎\n"),
            (WINDOWS_1252, "Firma;Ort\nMüller & Söhne;Köln\n"),
            (WINDOWS_1251, "Компания;Город\nООО Волна;Москва\n"),
        ] {
            assert_eq!(detected(&in_encoding(encoding, text), &[]), encoding.name(), "{text}");
        }
    }

    #[test]
    fn known_headers_decide_and_without_evidence_the_possible_encodings_are_named() {
        let one_word = in_encoding(GB18030, "Name\n囍\n");
        assert!(detected(&one_word, &[]).ends_with('?') || detected(&one_word, &[]).contains("NoEncoding"));
        let header = in_encoding(GB18030, "客户名称,Phone\n囍,1\n");
        assert!(!detected(&header, &["客户名称"]).contains("NoEncoding"));
        // All Korean syllables have the bytes of Chinese characters.
        let korean = in_encoding(EUC_KR, "회사명,담당자\n주식회사 파도기술,김철수\n");
        assert_eq!(detected(&korean, &[]), "gb18030?EUC-KR?");
        // Letters that Western and Central Europe write with the same bytes.
        assert_eq!(detected(b"Name\nCaf\xe9 fran\xe7ais\n", &[]), "windows-1252");
        assert_eq!(detected(b"Name\nGar\xe7on tr\xe8s bon\n", &[]), "windows-1252?windows-1250?");
    }

    #[test]
    fn utf_16_is_recognized_without_a_byte_order_mark() {
        let text = "名称,电话\n海潮,138\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!([detected(&little, &[]), detected(&big, &[])], ["UTF-16LE", "UTF-16BE"]);
        assert_eq!(detected("Acme\0,海潮\n".as_bytes(), &[]), "UTF-8");
    }
}
