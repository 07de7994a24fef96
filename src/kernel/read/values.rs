//! The values of a statement: those that its plan already knows, and those that each execution fills in.

use serde_json::Value as Json;
use uuid::Uuid;

use super::cursor::CursorPart;
use crate::kernel::error::Error;
use crate::kernel::id;
use crate::kernel::sql::{Arg, Binds};

/// A value that a description names in braces, computed for each execution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placeholder {
    /// Its name.
    pub name: &'static str,
    /// The id of what it is about, where several values have this name.
    pub of: Option<Uuid>,
}

/// A range of positions in the log of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventRange {
    /// The range begins after this position.
    pub after: i64,
    /// The range ends with this position.
    pub upto: i64,
    /// At most this many events of the range are read.
    pub most: i64,
}

/// A value that each execution fills in.
#[derive(PartialEq)]
pub enum Deferred {
    /// A value that a description names in braces.
    Placeholder(Placeholder),
    /// A bound of the range of events that is read: 0 is `after`, 1 is `upto`, 2 is `most`.
    EventRange(usize),
    /// The value of a variable, read for the root field with that response key.
    Given { root: String, variable: String, reading: Reading },
}

/// How the JSON of an argument becomes a value to bind.
#[derive(Clone, PartialEq)]
pub enum Reading {
    /// As an id with this prefix.
    Id(&'static str),
    /// As one part of a cursor.
    Cursor(CursorPart),
}

impl Reading {
    /// Reads the JSON of an argument.
    pub fn read(&self, given: &Json) -> Result<Arg, Error> {
        match self {
            Self::Id(prefix) => Ok(Arg::Uuid(id::parse_as(&id_text(given)?, prefix)?)),
            Self::Cursor(part) => part.read(given.as_str().unwrap_or_default()),
        }
    }
}

/// The text of an id: GraphQL accepts numbers as ids, too.
pub fn id_text(id: &Json) -> Result<String, Error> {
    match id {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        other => Err(id::BadId::Malformed(other.to_string()).into()),
    }
}

/// An exact look-up of a detail that is masked for the viewer in some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LookUp {
    /// What kind of detail it is, such as `PHONE`.
    pub kind: &'static str,
    /// The value, in the form in which it is compared.
    pub key: String,
}

/// The values of one statement.
#[derive(Default)]
pub struct Values {
    /// All values, numbered as they come.
    pub binds: Binds,
    /// What [`Arg::Deferred`] among them stands for.
    pub deferred: Vec<Deferred>,
    /// The exact look-ups among its conditions.
    pub look_ups: Vec<LookUp>,
}

impl Values {
    /// Binds a value that each execution fills in.
    pub fn defer(&mut self, value: Deferred) -> String {
        self.deferred.push(value);
        self.binds.bind(Arg::Deferred(self.deferred.len() - 1))
    }

    /// Binds a value that each execution fills in, once for all places that need it.
    pub fn defer_once(&mut self, value: Deferred) -> String {
        match self.deferred.iter().position(|known| *known == value) {
            Some(place) => self.binds.bind(Arg::Deferred(place)),
            None => self.defer(value),
        }
    }
}
