//! The viewpoint of a read, and the placeholders of descriptions that depend on it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::values::{Deferred, Placeholder, Values};
use crate::kernel::access::Rights;
use crate::kernel::directory::Directory;
use crate::kernel::sql::{Arg, Binds};

/// The viewpoint of a read: who reads, at which moment, and what depends on both.
#[derive(Clone)]
pub struct Viewpoint {
    /// The viewer and their rights.
    pub rights: Arc<Rights>,
    /// The moment of the read.
    pub now: DateTime<Utc>,
    /// Definitions and settings of that moment.
    pub directory: Arc<Directory>,
    /// What the names in braces of descriptions stand for.
    pub placeholders: Placeholders,
}

/// What those names in braces stand for that are neither a row, nor the viewer, nor the moment.
#[derive(Clone, Copy)]
pub struct Placeholders {
    /// Computes the value of a name for one execution.
    pub value: fn(&Viewpoint, Placeholder) -> Arg,
    /// Writes the SQL about a row that a name stands for.
    pub sql: fn(&mut Maker<'_, '_>, &str) -> String,
}

/// What a function that writes SQL about a row can use.
pub struct Maker<'m, 'a> {
    directory: &'a Directory,
    values: &'m mut Values,
    row: String,
}

impl<'m, 'a> Maker<'m, 'a> {
    pub(super) fn new(directory: &'a Directory, values: &'m mut Values, row: String) -> Self {
        Self { directory, values, row }
    }

    /// The alias of the row.
    pub fn row(&self) -> &str {
        &self.row
    }

    /// Definitions and settings.
    pub fn directory(&self) -> &'a Directory {
        self.directory
    }

    /// The values of the statement.
    pub fn binds(&mut self) -> &mut Binds {
        &mut self.values.binds
    }

    /// Binds a value.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.values.binds.bind(arg)
    }

    /// The moment of the read.
    pub fn now(&mut self) -> String {
        self.values.binds.now()
    }

    /// Binds a value that each execution computes.
    pub fn placeholder(&mut self, placeholder: Placeholder) -> String {
        self.values.defer_once(Deferred::Placeholder(placeholder))
    }
}
