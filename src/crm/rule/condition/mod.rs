//! Conditions of pool rules, such as `followup_days > 7`: expressions in CEL over the [variables] of a customer.
//!
//! - [`syntax`]: from text to a tree; a CEL library parses, bounded
//! - [`variables`]: what a condition can ask of a customer
//! - [`compile`]: checks the types, and writes one SQL predicate whose values are bound
//! - [`instant`]: when it will match, if nothing happens but time

mod bounds;
mod compile;
mod instant;
mod names;
mod ops;
mod syntax;
mod variables;

use compile::Compiler;

use crate::kernel::directory::Directory;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::sql::Binds;

/// A place in the text of a condition, from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Why a text is no condition, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub place: Place,
    /// One sentence.
    pub reason: Text,
}

impl Refusal {
    fn new(place: Place, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { place, reason: Text::new(en, zh) }
    }

    /// The sentence with the place in front.
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

/// A condition that can be asked of customers.
#[derive(Debug, Clone)]
pub struct Condition {
    node: syntax::Node,
    /// Whether days off are left out of every day count.
    workdays: bool,
}

impl Condition {
    /// Reads a condition and checks it.
    pub fn read(text: &str, workdays: bool, directory: &Directory) -> Result<Self, Refusal> {
        let condition = Self { node: syntax::parse(text)?, workdays };
        condition.predicate(directory, "c", "now", &mut Binds::default())?;
        Ok(condition)
    }

    /// The condition as a predicate over a row of `customer` at a moment: true, false, or null where it can't be told.
    pub fn predicate(
        &self,
        directory: &Directory,
        customer: &str,
        now: &str,
        binds: &mut Binds,
    ) -> Result<String, Refusal> {
        Compiler::new(self.workdays, directory, customer, now, binds).predicate(&self.node)
    }

    /// Whether it asks how many days have passed since something.
    pub fn asks_for_days(&self) -> bool {
        instant::asks_for_days(&self.node)
    }

    /// The instant from which on it matches a row of `customer` that stays as it is; none where that can't be told. Infinity
    /// is never.
    pub fn instant(
        &self,
        directory: &Directory,
        customer: &str,
        now: &str,
        binds: &mut Binds,
    ) -> Result<Option<String>, Refusal> {
        Compiler::new(self.workdays, directory, customer, now, binds).instant(&self.node)
    }
}
