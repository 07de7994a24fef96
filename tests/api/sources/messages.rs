//! The texts that people read, English and Chinese side by side, from all sources: `snapshots/` has them for readers who speak these
//! languages. A text stands in both languages where it is used, so that none can be missing in one.

use super::sources;

/// Files with words that are recognised, and not said; and the messages of imports, which have a catalogue of their own.
const NO_MESSAGES: [&str; 9] = [
    "seed/",
    "crm/contact/key.rs",
    "crm/customer/name.rs",
    "crm/customer/short_form.rs",
    "crm/import/amount.rs",
    "crm/import/header.rs",
    "crm/import/message/",
    "crm/import/record_header.rs",
    "crm/import/value.rs",
];

/// The string literals of a source file without its tests, in their order. SQL, in raw literals, is none of them.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let (mut found, mut letters) = (Vec::new(), source.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => _ = letters.find(|&letter| letter == '\n'),
            'r' if letters.peek() == Some(&'#') => {
                letters.next();
                let mut before = ' ';
                while let Some(letter) = letters.next_if(|&letter| (before, letter) != ('"', '#')) {
                    before = letter;
                }
            }
            // A character: 'x', '\n' or '"'; a lifetime has no quote behind it.
            '\'' => {
                let mut ahead = letters.clone();
                let is_escaped = ahead.next() == Some('\\');
                if is_escaped || ahead.next() == Some('\'') {
                    letters.next();
                    letters.by_ref().skip(usize::from(is_escaped)).find(|&letter| letter == '\'');
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(letter) = letters.next().filter(|&letter| letter != '"') {
                    match letter {
                        '\\' => match letters.next() {
                            Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                            Some('n') => text.push_str("\\n"),
                            escaped => text.extend(escaped),
                        },
                        letter => text.push(letter),
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

/// Whether a text is Chinese, and not an English one with a Chinese word in it.
fn is_chinese(text: &str) -> bool {
    let han = text.chars().filter(|letter| matches!(letter, '\u{4e00}'..='\u{9fff}')).count();
    5 * han > text.chars().count()
}

#[test]
fn every_message_is_in_both_languages() {
    let mut catalogue = String::new();
    let mut alone = Vec::new();
    for source in sources() {
        if NO_MESSAGES.iter().any(|path| source.path.starts_with(path)) {
            continue;
        }
        let mut english: Vec<String> = Vec::new();
        let mut lines = String::new();
        for literal in literals(&source.text) {
            if !is_chinese(&literal) {
                english.push(literal);
                continue;
            }
            // A path or a code may stand between the two languages.
            match english.iter().rev().take(2).max_by_key(|text| text.len()) {
                Some(text) => lines.push_str(&format!("- {text}\n  {literal}\n")),
                None => alone.push(format!("{}: {literal}", source.path)),
            }
            english.clear();
        }
        if !lines.is_empty() {
            catalogue.push_str(&format!("## {}\n{lines}\n", source.path));
        }
    }
    // Two texts whose English ones both stand before both Chinese ones.
    alone.retain(|text| !text.starts_with("kernel/error.rs") && !text.starts_with("server/graphql.rs"));
    assert_eq!(alone, [""; 0], "Chinese texts without English ones");
    insta::assert_snapshot!(catalogue);
}
