//! Conditions of pool rules, such as `followup_days > 7`: expressions in CEL over the [variables] of a customer.
//!
//! - [`syntax`]: parses the text with a CEL library, within bounds
//! - [`variables`]: the values of a customer that a condition can use
//! - [`compile`]: checks the types, and writes one SQL predicate with bound values
//! - [`fields`]: which values a customer may not have
//! - [`never`]: which customers a condition can never match
//! - [`instant`]: predicts when a condition will match as time passes

mod bounds;
mod compile;
mod fields;
mod instant;
mod names;
mod never;
mod ops;
mod refusal;
mod syntax;
mod variables;

use compile::Compiler;

use crate::kernel::directory::Directory;
use crate::kernel::error::Text;
use crate::kernel::sql::Binds;
pub use refusal::Refusal;

/// A valid condition.
#[derive(Debug, Clone)]
pub struct Condition {
    node: syntax::Node,
    /// Whether days off are left out of every day count.
    workdays: bool,
}

impl Condition {
    /// Parses a condition and checks its variables and types.
    pub fn parse(text: &str, workdays: bool, directory: &Directory) -> Result<Self, Refusal> {
        let condition = Self { node: syntax::parse(text)?, workdays };
        condition.predicate(directory, "c", "now", &mut Binds::default())?;
        Ok(condition)
    }

    /// The condition as a predicate over a row of `customer` at a moment: true, false, or null if a
    /// computation has no result.
    pub fn predicate(
        &self,
        directory: &Directory,
        customer: &str,
        now: &str,
        binds: &mut Binds,
    ) -> Result<String, Refusal> {
        Compiler::new(self.workdays, directory, customer, now, binds).predicate(&self.node)
    }

    /// The customers that the condition can never match, as far as that follows from the condition alone: a sentence for
    /// each kind.
    pub fn never_matched(&self) -> Vec<Text> {
        never::never_matched(&self.node)
    }

    /// Whether the condition depends on a day count.
    pub fn asks_for_days(&self) -> bool {
        instant::asks_for_days(&self.node)
    }

    /// SQL for the instant from which on the condition matches a row of `customer` that does not change, `infinity` if
    /// never; `None` if the instant can't be predicted.
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
