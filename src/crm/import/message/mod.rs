//! The messages of imports. Each language has its catalogue, and the compiler refuses a catalogue that lacks a message.
//! A message of a column completes a sentence that begins with the column's header.

mod en;
mod model;
mod zh;

use crate::kernel::error::{Text, UserError};
pub use model::{FileKind, Message};

/// The most characters of a value that a message repeats.
const MOST_SHOWN: usize = 40;

impl Message {
    /// The message in both languages.
    pub fn text(&self) -> Text {
        Text::new(en::words(self), zh::words(self))
    }

    /// The refusal of a value of the input.
    pub fn refusal(&self, path: &[&str]) -> UserError {
        let Text { en, zh } = self.text();
        UserError::invalid(path, en, zh)
    }
}

impl From<Message> for Text {
    fn from(message: Message) -> Self {
        message.text()
    }
}

/// A value as a message repeats it: on one line, and shortened.
pub fn shown(value: &str) -> String {
    let mut letters = value.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter });
    let mut shown: String = letters.by_ref().take(MOST_SHOWN).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}
