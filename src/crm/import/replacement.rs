//! Values of files that a user has given a meaning: what is read instead of them, in this import and in later ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::Field;
use super::message::Message;
use crate::crm::customer::fold;
use crate::kernel::error::UserError;
use crate::kernel::text;

/// The most values that an import takes, and that are remembered for a user.
pub const MOST: usize = 1_000;

/// What is read instead of a value in the columns of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The field of the columns.
    pub field: Field,
    /// With the field EXTRA, the key of the extra field.
    pub extra: Option<String>,
    /// The value in the file.
    pub value: String,
    /// What is read instead; `None`: the cell is read as blank.
    pub replacement: Option<String>,
}

impl Replacement {
    /// The same, if its values are valid.
    pub fn checked(self, index: usize) -> Result<Self, UserError> {
        let index = index.to_string();
        if (self.field == Field::Extra) != self.extra.is_some() || self.field == Field::Ignored {
            return Err(Message::WrongExtra.refusal(&["values", &index, "extra"]));
        }
        // Some letters are several ones in the form in which values are compared.
        let value = text::line(&["values", &index, "value"], &value_key(&self.value), 1, 200)?;
        let replacement = text::optional(&["values", &index, "replacement"], self.replacement, 200)?;
        Ok(Self { value, replacement, ..self })
    }
}

/// The form in which values are compared: in simplified letters, without case, width and spaces.
pub fn value_key(value: &str) -> String {
    fold(value).chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The replacements of an import, found by field and value.
#[derive(Debug, Default)]
pub struct Replacements(BTreeMap<(&'static str, String, String), Option<String>>);

impl Replacements {
    /// The replacements of a list.
    pub fn of(all: &[Replacement]) -> Self {
        let key = |one: &Replacement| {
            (crate::kernel::scalar::name_of(one.field), one.extra.clone().unwrap_or_default(), one.value.clone())
        };
        Self(all.iter().map(|one| (key(one), one.replacement.clone())).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is read instead of a cell of a column; `None`: the cell itself.
    pub fn get(&self, field: Field, extra: Option<&str>, cell: &str) -> Option<&str> {
        let key = (crate::kernel::scalar::name_of(field), extra.unwrap_or_default().to_owned(), value_key(cell));
        self.0.get(&key).map(|replacement| replacement.as_deref().unwrap_or_default())
    }
}
