//! The syntax of GraphQL documents, checked to the letter of the specification (September 2025).
//!
//! The parser that builds the tree drops some wrong tokens silently, accepts two values for one input field, and does not know
//! descriptions. So a document passes this check first. It builds nothing and allocates nothing but the rewritten text: where
//! the document has descriptions of executable definitions, they are replaced by spaces, because they have no meaning for
//! execution and every position stays the same.

mod lexer;

use std::borrow::Cow;
use std::collections::HashSet;

pub use lexer::Refusal;
use lexer::{Checked, Kind, Lexer, Token};

/// Checks a document. Returns the text that the parser is given: the same text, without descriptions.
///
/// A document may have `max_tokens` tokens, and its selections and values may nest `max_depth` levels deep.
pub fn check(text: &str, max_tokens: usize, max_depth: usize) -> Result<Cow<'_, str>, Refusal> {
    let token = Token { kind: Kind::End, start: 0, end: 0 };
    let mut checker = Checker { lexer: Lexer::new(text, max_tokens), token, depth: 0, max_depth };
    checker.next()?;
    checker.document()?;
    Ok(checker.rewritten())
}

struct Checker<'t> {
    lexer: Lexer<'t>,
    token: Token,
    depth: usize,
    max_depth: usize,
}

impl<'t> Checker<'t> {
    fn next(&mut self) -> Checked {
        self.token = self.lexer.next()?;
        Ok(())
    }

    /// The same where the parser looks further ahead: behind dots, and behind a name that may be an alias. It expects nothing but
    /// white space there, and not the commas and comments that may stand there.
    fn next_behind_space(&mut self) -> Checked {
        let behind = self.token.end;
        self.next()?;
        let start = self.token.start;
        if self.lexer.text[behind..start].contains([',', '#']) {
            self.lexer.rewrites.push((behind, start, self.blank(behind, start)));
        }
        Ok(())
    }

    fn word(&self) -> &'t str {
        match self.token.kind {
            Kind::Name => &self.lexer.text[self.token.start..self.token.end],
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
                let found: String = self.lexer.text[self.token.start..self.token.end].chars().take(40).collect();
                format!("`{found}`")
            }
        };
        self.lexer.wrong(self.token.start, format!("Syntax error: expected {wanted}, found {found}."))
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

    /// Spaces in place of a part of the text, with its line breaks.
    fn blank(&self, start: usize, end: usize) -> String {
        let keep_lines = |letter: char| if matches!(letter, '\n' | '\r') { letter } else { ' ' };
        self.lexer.text[start..end].chars().map(keep_lines).collect()
    }

    /// Reads a description, and has it replaced by spaces.
    fn description(&mut self) -> Checked<bool> {
        if self.token.kind != Kind::Text {
            return Ok(false);
        }
        let Token { start, end, .. } = self.token;
        let blank = self.blank(start, end);
        // Escapes in it need no rewriting any more.
        self.lexer.rewrites.retain(|(rewritten, ..)| *rewritten != start);
        self.lexer.rewrites.push((start, end, blank));
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
            self.next_behind_space()?;
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
        if self.token.kind != Kind::Name {
            return self.unexpected("a name");
        }
        self.next_behind_space()?;
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
                        return self.lexer.refuse(start, message, true);
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
        if self.lexer.rewrites.is_empty() {
            return Cow::Borrowed(self.lexer.text);
        }
        self.lexer.rewrites.sort_unstable();
        let (mut text, mut done) = (String::with_capacity(self.lexer.text.len()), 0);
        for (start, end, instead) in &self.lexer.rewrites {
            text.push_str(&self.lexer.text[done..*start]);
            text.push_str(instead);
            done = *end;
        }
        text.push_str(&self.lexer.text[done..]);
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    use super::lexer::SyntaxError;
    use super::*;

    fn checked(text: &str) -> Result<String, Refusal> {
        check(text, 1_000, 20).map(Cow::into_owned)
    }

    #[test]
    fn commas_and_comments_become_spaces_where_the_parser_looks_ahead() {
        for (text, rewritten) in [
            ("{ ... , on T { a } }", "{ ...   on T { a } }"),
            ("{ ...,Part }", "{ ... Part }"),
            ("{ ... # a, b\n { a } }", "{ ...       \n { a } }"),
            ("{ ...on T { a } }", "{ ...on T { a } }"),
            ("{ a , : b, c # d\n : e }", "{ a   : b, c    \n : e }"),
        ] {
            assert_eq!(checked(text).unwrap(), rewritten);
        }
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
