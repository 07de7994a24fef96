//! From where a read looks, and what descriptions name that depends on it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::plan::{Later, Planner};
use crate::kernel::access::Rights;
use crate::kernel::directory::Directory;
use crate::kernel::sql::{Arg, Binds};

/// From where a read looks: who, when, and what depends on both.
#[derive(Clone)]
pub struct Viewpoint {
    /// Who, with what rights.
    pub rights: Arc<Rights>,
    /// When.
    pub now: DateTime<Utc>,
    /// Definitions and settings of that moment.
    pub directory: Arc<Directory>,
    /// What descriptions name in braces.
    pub placeholders: Placeholders,
}

/// What descriptions name in braces that is neither a row, nor the viewer, nor the moment.
#[derive(Clone, Copy)]
pub struct Placeholders {
    /// Values of each execution.
    pub value: fn(&Viewpoint, Placeholder) -> Arg,
    /// SQL about a row.
    pub sql: fn(&mut Maker<'_, '_>, &str) -> String,
}

/// A value of each execution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placeholder {
    /// Its name.
    pub name: &'static str,
    /// Of what, where there are several.
    pub of: Option<Uuid>,
}

/// What SQL about a row is made of.
pub struct Maker<'m, 'a> {
    planner: &'m mut Planner<'a>,
    row: String,
}

impl<'m, 'a> Maker<'m, 'a> {
    pub(super) fn new(planner: &'m mut Planner<'a>, row: String) -> Self {
        Self { planner, row }
    }

    /// The alias of the row.
    pub fn row(&self) -> &str {
        &self.row
    }

    /// Definitions and settings.
    pub fn directory(&self) -> &'a Directory {
        &self.planner.viewpoint.directory
    }

    /// The values of the statement.
    pub fn binds(&mut self) -> &mut Binds {
        &mut self.planner.binds
    }

    /// Binds a value.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.planner.binds.bind(arg)
    }

    /// The moment of the read.
    pub fn now(&mut self) -> String {
        self.planner.binds.now()
    }

    /// Binds a value of each execution.
    pub fn placeholder(&mut self, placeholder: Placeholder) -> String {
        self.planner.once_later(Later::Placeholder(placeholder))
    }
}
