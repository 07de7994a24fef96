//! The tokens of a GraphQL document.

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

/// What a part of the document is, if it passes.
pub type Checked<T = ()> = Result<T, Refusal>;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Punctuator(u8),
    Spread,
    Name,
    Int,
    Float,
    Text,
    End,
}

/// A token, and where it stands, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// Reads the tokens of a text.
pub struct Lexer<'t> {
    /// The text.
    pub text: &'t str,
    /// Where the next token is looked for, in bytes.
    at: usize,
    tokens: usize,
    max_tokens: usize,
    /// What is written instead of parts of the text: their start, their end, and the other text.
    pub rewrites: Vec<(usize, usize, String)>,
}

impl<'t> Lexer<'t> {
    /// A lexer at the beginning of a text of at most so many tokens.
    pub fn new(text: &'t str, max_tokens: usize) -> Self {
        Self { text, at: 0, tokens: 0, max_tokens, rewrites: Vec::new() }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Refuses the document for what stands at a place.
    pub fn wrong<T>(&self, at: usize, message: impl Into<String>) -> Checked<T> {
        self.refuse(at, message.into(), false)
    }

    /// Refuses the document for its syntax or its validation.
    pub fn refuse<T>(&self, at: usize, message: String, is_validation: bool) -> Checked<T> {
        let before = &self.text[..at];
        let line_start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let breaks = before.matches('\n').count() + before.matches('\r').count() - before.matches("\r\n").count();
        let column = before[line_start..].chars().count() + 1;
        Err(Refusal::Wrong(SyntaxError { message, line: breaks + 1, column, is_validation }))
    }

    /// Reads the next token.
    pub fn next(&mut self) -> Checked<Token> {
        self.skip_ignored();
        let start = self.at;
        let Some(first) = self.byte(start) else {
            return Ok(Token { kind: Kind::End, start, end: start });
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
        Ok(Token { kind, start, end: self.at })
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
            self.rewrites.push((start, self.at, value));
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
