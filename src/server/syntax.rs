//! The syntax of GraphQL documents, checked to the letter of the specification (September 2025).
//!
//! The parser that builds the tree drops some wrong tokens silently, accepts two values for one input field, and does not know
//! descriptions. So a document passes this check first. It builds nothing and allocates nothing but the rewritten text: where
//! the document has descriptions of executable definitions, they are replaced by spaces, because they have no meaning for
//! execution and every position stays the same.

use std::borrow::Cow;
use std::collections::HashSet;

/// Why a document is refused, and where: line and column, counted from 1.
#[derive(Debug, PartialEq)]
pub struct SyntaxError {
    /// What is wrong, as a sentence.
    pub message: String,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
    /// Whether the text is grammatical, but breaks a rule of validation.
    pub is_validation: bool,
}

/// Checks a document. Returns the text that the parser is given: the same text, without descriptions.
///
/// A document may have `max_tokens` tokens, and its selections and values may nest `max_depth` levels deep.
pub fn check(text: &str, max_tokens: usize, max_depth: usize) -> Result<Cow<'_, str>, Refusal> {
    let mut checker = Checker {
        text,
        at: 0,
        token: Token { kind: Kind::End, start: 0, end: 0 },
        tokens: 0,
        max_tokens,
        depth: 0,
        max_depth,
        blanks: Vec::new(),
    };
    checker.next()?;
    checker.document()?;
    Ok(checker.rewritten())
}

/// Why a document does not pass.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// It is wrong.
    Wrong(SyntaxError),
    /// It has more tokens than a document may have.
    TooManyTokens,
    /// Its selections or values nest deeper than they may.
    TooDeep,
}

type Checked<T = ()> = Result<T, Refusal>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Punctuator(u8),
    Spread,
    Name,
    Int,
    Float,
    Text,
    End,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

struct Checker<'t> {
    text: &'t str,
    /// Where the next token is looked for, in bytes.
    at: usize,
    token: Token,
    tokens: usize,
    max_tokens: usize,
    depth: usize,
    max_depth: usize,
    /// Where spaces and other text are put: start, end, and the text that stands there instead.
    blanks: Vec<(usize, usize, String)>,
}

// The lexer.
impl<'t> Checker<'t> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn wrong<T>(&self, at: usize, message: impl Into<String>) -> Checked<T> {
        self.refuse(at, message.into(), false)
    }

    fn refuse<T>(&self, at: usize, message: String, is_validation: bool) -> Checked<T> {
        let before = &self.text[..at];
        let line_start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let breaks = before.matches('\n').count() + before.matches('\r').count() - before.matches("\r\n").count();
        let column = before[line_start..].chars().count() + 1;
        Err(Refusal::Wrong(SyntaxError { message, line: breaks + 1, column, is_validation }))
    }

    /// Reads the next token.
    fn next(&mut self) -> Checked {
        self.skip_ignored();
        let start = self.at;
        let Some(first) = self.byte(start) else {
            self.token = Token { kind: Kind::End, start, end: start };
            return Ok(());
        };
        self.tokens += 1;
        if self.tokens > self.max_tokens {
            return Err(Refusal::TooManyTokens);
        }
        let kind = match first {
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                self.at += 1;
                Kind::Punctuator(first)
            }
            b'.' if self.text[start..].starts_with("...") => {
                self.at += 3;
                Kind::Spread
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                while self.byte(self.at).is_some_and(is_name_continue) {
                    self.at += 1;
                }
                Kind::Name
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'"' if self.text[start..].starts_with("\"\"\"") => self.block_string()?,
            b'"' => self.string()?,
            _ => {
                let letter = self.text[start..].chars().next().unwrap_or_default();
                return self.wrong(start, format!("Syntax error: unexpected character {letter:?}."));
            }
        };
        self.token = Token { kind, start, end: self.at };
        Ok(())
    }

    fn skip_ignored(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'#' => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
                }
                _ if self.text[self.at..].starts_with('\u{feff}') => self.at += '\u{feff}'.len_utf8(),
                _ => return,
            }
        }
    }

    fn digits(&mut self) -> Checked {
        if !self.byte(self.at).is_some_and(|byte| byte.is_ascii_digit()) {
            return self.wrong(self.at, "Syntax error: a number lacks a digit here.");
        }
        while self.byte(self.at).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Checked<Kind> {
        let mut kind = Kind::Int;
        if self.byte(self.at) == Some(b'-') {
            self.at += 1;
        }
        if self.byte(self.at) == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte(self.at) == Some(b'.') {
            kind = Kind::Float;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(self.at), Some(b'e' | b'E')) {
            kind = Kind::Float;
            self.at += 1;
            if matches!(self.byte(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        match self.byte(self.at) {
            Some(byte) if byte == b'.' || is_name_continue(byte) => {
                self.wrong(self.at, "Syntax error: a number ends with a character that is no part of it.")
            }
            _ => Ok(kind),
        }
    }

    fn string(&mut self) -> Checked<Kind> {
        let start = self.at;
        self.at += 1;
        // Escapes that the parser does not know are written out.
        let (mut value, mut is_rewritten) = (String::from('"'), false);
        loop {
            match self.byte(self.at) {
                None | Some(b'\n' | b'\r') => return self.wrong(self.at, "Syntax error: a string does not end."),
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => {
                    let escape = self.at;
                    match self.escape()? {
                        Some(letters) => {
                            is_rewritten = true;
                            value.push_str(&letters);
                        }
                        None => value.push_str(&self.text[escape..self.at]),
                    }
                }
                Some(_) => {
                    let letter = self.text[self.at..].chars().next().unwrap_or_default();
                    self.at += letter.len_utf8();
                    value.push(letter);
                }
            }
        }
        if is_rewritten {
            value.push('"');
            // As long as before, so that what follows stays where it is.
            value.extend(std::iter::repeat_n(' ', (self.at - start).saturating_sub(value.len())));
            self.blanks.push((start, self.at, value));
        }
        Ok(Kind::Text)
    }

    /// Reads an escape. Returns what is written instead, where the parser does not know the escape.
    fn escape(&mut self) -> Checked<Option<String>> {
        let start = self.at;
        match self.byte(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(None)
            }
            Some(b'u') if self.byte(start + 2) == Some(b'{') => {
                let rest = &self.text[start + 3..];
                let digits = &rest[..rest.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(rest.len())];
                let code = match digits.trim_start_matches('0') {
                    "" if digits.is_empty() => None,
                    "" => Some(0),
                    digits => u32::from_str_radix(digits, 16).ok(),
                };
                let letter = code.and_then(char::from_u32).filter(|_| rest[digits.len()..].starts_with('}'));
                let Some(letter) = letter else { return self.wrong(start, INVALID_ESCAPE) };
                self.at = start + 3 + digits.len() + 1;
                Ok(Some(if letter.is_control() || matches!(letter, '"' | '\\') {
                    format!("\\u{:04x}", u32::from(letter))
                } else {
                    letter.to_string()
                }))
            }
            Some(b'u') => {
                let first = self.four_hex(start + 2)?;
                self.at = start + 6;
                if char::from_u32(first).is_some() {
                    return Ok(None);
                }
                // One half of a pair, which the other must follow.
                if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    let second = self.four_hex(self.at + 2)?;
                    if (0xDC00..0xE000).contains(&second) {
                        self.at += 6;
                        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                        return Ok(char::from_u32(code).map(String::from));
                    }
                }
                self.wrong(start, INVALID_ESCAPE)
            }
            _ => self.wrong(start, INVALID_ESCAPE),
        }
    }

    fn four_hex(&self, at: usize) -> Checked<u32> {
        let digits = self.text.as_bytes().get(at..at + 4).unwrap_or_default();
        let is_hex = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
        match str::from_utf8(digits).ok().filter(|_| is_hex).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => Ok(code),
            None => self.wrong(at.min(self.text.len()), INVALID_ESCAPE),
        }
    }

    fn block_string(&mut self) -> Checked<Kind> {
        self.at += 3;
        loop {
            let rest = &self.text[self.at..];
            let Some(quotes) = rest.find("\"\"\"") else {
                return self.wrong(self.text.len(), "Syntax error: a block string does not end.");
            };
            self.at += quotes + 3;
            if !rest[..quotes].ends_with('\\') {
                return Ok(Kind::Text);
            }
        }
    }
}

const INVALID_ESCAPE: &str = "Syntax error: a string has an invalid escape.";

fn is_name_continue(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

// The grammar.
impl<'t> Checker<'t> {
    fn word(&self) -> &'t str {
        match self.token.kind {
            Kind::Name => &self.text[self.token.start..self.token.end],
            _ => "",
        }
    }

    fn is(&self, punctuator: u8) -> bool {
        self.token.kind == Kind::Punctuator(punctuator)
    }

    fn unexpected<T>(&self, wanted: &str) -> Checked<T> {
        let found = match self.token.kind {
            Kind::End => "the end of the document".to_owned(),
            _ => {
                let found: String = self.text[self.token.start..self.token.end].chars().take(40).collect();
                format!("`{found}`")
            }
        };
        self.wrong(self.token.start, format!("Syntax error: expected {wanted}, found {found}."))
    }

    fn expect(&mut self, punctuator: u8) -> Checked {
        if !self.is(punctuator) {
            return self.unexpected(&format!("`{}`", char::from(punctuator)));
        }
        self.next()
    }

    fn skip(&mut self, punctuator: u8) -> Checked<bool> {
        let is_there = self.is(punctuator);
        if is_there {
            self.next()?;
        }
        Ok(is_there)
    }

    fn name(&mut self) -> Checked<&'t str> {
        if self.token.kind != Kind::Name {
            return self.unexpected("a name");
        }
        let name = self.word();
        self.next()?;
        Ok(name)
    }

    fn deeper(&mut self) -> Checked {
        self.depth += 1;
        if self.depth > self.max_depth { Err(Refusal::TooDeep) } else { Ok(()) }
    }

    /// Items between two brackets, at least one.
    fn many(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Checked) -> Checked {
        self.expect(open)?;
        self.deeper()?;
        loop {
            item(self)?;
            if self.is(close) {
                break;
            }
        }
        self.depth -= 1;
        self.next()
    }

    fn document(&mut self) -> Checked {
        loop {
            self.definition()?;
            if self.token.kind == Kind::End {
                return Ok(());
            }
        }
    }

    /// Reads a description, and has it replaced by spaces.
    fn description(&mut self) -> Checked<bool> {
        if self.token.kind != Kind::Text {
            return Ok(false);
        }
        let Token { start, end, .. } = self.token;
        let keep_lines = |letter: char| if matches!(letter, '\n' | '\r') { letter } else { ' ' };
        let blank = self.text[start..end].chars().map(keep_lines).collect();
        // Escapes in it need no rewriting any more.
        self.blanks.retain(|(rewritten, ..)| *rewritten != start);
        self.blanks.push((start, end, blank));
        self.next()?;
        Ok(true)
    }

    fn definition(&mut self) -> Checked {
        let is_described = self.description()?;
        match self.word() {
            "query" | "mutation" | "subscription" => {
                self.next()?;
                if self.token.kind == Kind::Name {
                    self.next()?;
                }
                if self.is(b'(') {
                    self.many(b'(', b')', Self::variable_definition)?;
                }
                self.directives(false)?;
                self.selection_set()
            }
            "fragment" => {
                self.next()?;
                if self.word() == "on" {
                    return self.unexpected("the name of a fragment");
                }
                self.name()?;
                if self.word() != "on" {
                    return self.unexpected("`on`");
                }
                self.next()?;
                self.name()?;
                self.directives(false)?;
                self.selection_set()
            }
            _ if self.is(b'{') && !is_described => self.selection_set(),
            _ => self.unexpected("an operation or a fragment"),
        }
    }

    fn variable_definition(&mut self) -> Checked {
        self.description()?;
        self.expect(b'$')?;
        self.name()?;
        self.expect(b':')?;
        self.ty()?;
        if self.skip(b'=')? {
            self.value(true)?;
        }
        self.directives(true)
    }

    fn ty(&mut self) -> Checked {
        if self.skip(b'[')? {
            self.deeper()?;
            self.ty()?;
            self.depth -= 1;
            self.expect(b']')?;
        } else {
            self.name()?;
        }
        self.skip(b'!').map(drop)
    }

    fn selection_set(&mut self) -> Checked {
        self.many(b'{', b'}', Self::selection)
    }

    fn selection(&mut self) -> Checked {
        if self.token.kind == Kind::Spread {
            self.next()?;
            if self.token.kind == Kind::Name && self.word() != "on" {
                self.next()?;
                return self.directives(false);
            }
            if self.word() == "on" {
                self.next()?;
                self.name()?;
            }
            self.directives(false)?;
            return self.selection_set();
        }
        self.name()?;
        if self.skip(b':')? {
            self.name()?;
        }
        self.arguments(false)?;
        self.directives(false)?;
        if self.is(b'{') { self.selection_set() } else { Ok(()) }
    }

    fn arguments(&mut self, is_constant: bool) -> Checked {
        if !self.is(b'(') {
            return Ok(());
        }
        self.many(b'(', b')', |checker| {
            checker.name()?;
            checker.expect(b':')?;
            checker.value(is_constant)
        })
    }

    fn directives(&mut self, is_constant: bool) -> Checked {
        while self.skip(b'@')? {
            self.name()?;
            self.arguments(is_constant)?;
        }
        Ok(())
    }

    fn value(&mut self, is_constant: bool) -> Checked {
        match self.token.kind {
            Kind::Int | Kind::Float | Kind::Text | Kind::Name => self.next(),
            Kind::Punctuator(b'$') if !is_constant => {
                self.next()?;
                self.name().map(drop)
            }
            Kind::Punctuator(b'[') => {
                self.next()?;
                self.deeper()?;
                while !self.is(b']') {
                    self.value(is_constant)?;
                }
                self.depth -= 1;
                self.next()
            }
            Kind::Punctuator(b'{') => {
                self.next()?;
                self.deeper()?;
                let mut names = HashSet::new();
                while !self.is(b'}') {
                    let start = self.token.start;
                    let name = self.name()?;
                    if !names.insert(name) {
                        let message = format!("There can be only one input field named `{name}`.");
                        return self.refuse(start, message, true);
                    }
                    self.expect(b':')?;
                    self.value(is_constant)?;
                }
                self.depth -= 1;
                self.next()
            }
            _ => self.unexpected("a value"),
        }
    }

    fn rewritten(mut self) -> Cow<'t, str> {
        if self.blanks.is_empty() {
            return Cow::Borrowed(self.text);
        }
        self.blanks.sort_unstable();
        let (mut text, mut done) = (String::with_capacity(self.text.len()), 0);
        for (start, end, instead) in &self.blanks {
            text.push_str(&self.text[done..*start]);
            text.push_str(instead);
            done = *end;
        }
        text.push_str(&self.text[done..]);
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<String, Refusal> {
        check(text, 1_000, 20).map(Cow::into_owned)
    }

    #[test]
    fn what_the_grammar_allows_passes_unchanged() {
        for text in [
            "{a}",
            "\u{feff}query Q($a: [Int!]! = [1, -2] @d, $b: T) @d(x: 1.5e-3) { x: a(y: {z: [$a, null, E, true]}) @skip(if: $b) { b } }",
            "query query { query } fragment fragment on on { on } subscription { ...fragment ... @d { a } ... on T { a } }",
            "{a(s: \"\\u00e9 \\n\\\"\" t: \"\"\"a \\\"\"\" b\"\"\")}#end",
            "{a(x: {})}",
            "{a(x: [])}",
        ] {
            assert_eq!(checked(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_the_grammar_does_not_allow_is_refused() {
        for text in [
            "",
            "#only",
            "{}",
            "{a(}",
            "{a()}",
            "{a(b)}",
            "{a(first:1 x filter:{})}",
            "{a(x: 01)}",
            "{a(x: 1x)}",
            "{a(x: 1.)}",
            "{a(x: -)}",
            "{a(x: .5)}",
            "{a ..b}",
            "{a: }",
            "query ($a) {a}",
            "query ($a: Int = $b) {a}",
            "query () {a}",
            "fragment on on T {a}",
            "fragment f T {a}",
            "{a(s: \"\\x\")}",
            "{a(s: \"\\ud800\")}",
            "{a(s: \"\\u{110000}\")}",
            "{a(s: \"\\u{12\")}",
            "{a(s: \"\n\")}",
            "{a(s: \"\"\"x)}",
            "{a} }",
            "type T {a: Int}",
            "\"d\" {a}",
            "{a(x: {y})}",
            "{a(x: $)}",
            "{...}",
            "{a b: c: d}",
            "{é}",
            "query Q [a] {a}",
        ] {
            assert!(matches!(checked(text), Err(Refusal::Wrong(SyntaxError { is_validation: false, .. }))), "{text:?}");
        }
    }

    #[test]
    fn an_input_field_stands_once() {
        let Err(Refusal::Wrong(error)) = checked("{\r\n a(x: {y: 1, z: 2, y: 3})}") else { panic!("it passed") };
        assert_eq!(error.message, "There can be only one input field named `y`.");
        assert_eq!((error.line, error.column, error.is_validation), (2, 20, true));
    }

    #[test]
    fn descriptions_are_blanked_and_nothing_moves() {
        let text = "\"\"\"One\ntwo\"\"\" query Q(\"of \\u{1F600}\" $a: Int) {a}\n\"f\" fragment F on T {a}";
        let blanked = "      \n       query Q(               $a: Int) {a}\n    fragment F on T {a}";
        let found = checked(text).unwrap();
        assert_eq!(
            found.lines().map(str::trim_end).collect::<Vec<_>>(),
            blanked.lines().map(str::trim_end).collect::<Vec<_>>()
        );
        assert_eq!(found.len(), text.len());
    }

    #[test]
    fn escapes_beyond_the_basic_plane_are_written_out_in_place() {
        assert_eq!(checked(r#"{a(s: "\u{1F600}x") b}"#).unwrap(), "{a(s: \"😀x\"     ) b}");
        assert_eq!(checked(r#"{a(s: "\ud83d\ude00") b}"#).unwrap(), "{a(s: \"😀\"        ) b}");
    }

    #[test]
    fn tokens_and_depth_are_bounded() {
        assert_eq!(check("{a b c}", 4, 20), Err(Refusal::TooManyTokens));
        assert_eq!(check("{a(x: [[[1]]])}", 100, 4), Err(Refusal::TooDeep));
        assert!(check("{a(x: [[1]])}", 100, 4).is_ok());
        let brackets = "[".repeat(100_000);
        assert_eq!(check(&format!("{{a(x: {brackets})}}"), 1_000_000, 100), Err(Refusal::TooDeep));
    }
}
