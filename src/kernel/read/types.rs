//! The types of the values that descriptions name.

use crate::kernel::access::Permission;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    /// The id of an entity whose ids begin with this prefix.
    Id(&'static str),
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A whole number of 32 bits.
    Int,
    /// An exact decimal number.
    Decimal,
    /// An amount of money; the template gives its currency.
    Money(&'static str),
    /// A day.
    Date,
    /// `true` or `false`.
    Boolean,
    /// An instant.
    DateTime,
    /// One value of a closed set.
    Enum(&'static Enum),
    /// Several values of a closed set.
    Enums(&'static Enum),
    /// The actions that the viewer can do with the row.
    Actions(&'static Actions),
}

/// A closed set of values, stored as their names.
#[derive(Debug, PartialEq)]
pub struct Enum {
    /// The name of its GraphQL type.
    pub name: &'static str,
    /// What it means, for the users of the API.
    pub doc: &'static str,
    /// Name and meaning of each value.
    pub values: &'static [(&'static str, &'static str)],
}

impl Enum {
    /// A closed set whose GraphQL type an input of the API already defines.
    pub const fn of_inputs(name: &'static str) -> Self {
        Self { name, doc: "", values: &[] }
    }
}

/// The actions that can be done with a row.
#[derive(Debug, PartialEq)]
pub struct Actions {
    /// The name of their GraphQL type.
    pub name: &'static str,
    /// What they are, for the users of the API.
    pub doc: &'static str,
    /// Each of them.
    pub all: &'static [RowAction],
}

/// An action, which the viewer can do if they hold its permissions on the row, and the row is in a state that allows it.
#[derive(Debug, PartialEq)]
pub struct RowAction {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the users of the API.
    pub doc: &'static str,
    /// The permissions that it needs.
    pub permissions: &'static [Permission],
    /// A template of the condition on the row.
    pub when: &'static str,
}

impl RowAction {
    /// An action with its permissions, the condition on the row, and its description.
    pub const fn new(
        name: &'static str,
        permissions: &'static [Permission],
        when: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, doc, permissions, when }
    }
}
