//! Why a text is not a valid condition, and at which place.

use crate::kernel::error::{Error, Text, UserError};

/// A place in the text of a condition. Lines and characters count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// Why a text is not a valid condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where the error is.
    pub place: Place,
    /// The reason, without the place.
    pub reason: Text,
}

impl Refusal {
    /// A refusal with its reason in English and Chinese.
    pub fn new(place: Place, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { place, reason: Text::new(en, zh) }
    }

    /// The reason behind the place.
    pub fn text(&self) -> Text {
        let Place { line, column } = self.place;
        Text::new(
            format!("Line {line}, column {column}: {}", self.reason.en),
            format!("第 {line} 行第 {column} 列：{}", self.reason.zh),
        )
    }
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        let Text { en, zh } = refusal.text();
        Self::invalid(&["condition"], en, zh)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        UserError::from(refusal).into()
    }
}
