//! Pool rules: they release customers to the pool automatically, warn owners before that, or keep customers out of the
//! pool.
//!
//! - [`condition`]: the language of conditions, compiled to SQL
//! - [`schedule`]: when a rule runs
//! - [`working_time`]: the time without days off, for rules that count only working days
//! - [`edit`]: create, update
//! - [`matching`]: which customers a rule takes
//! - [`choice`]: which of them runs take, and what stops a run
//! - [`count`]: counts and lists the customers that a rule matches now
//! - [`preview`]: what a rule would take now
//! - [`returns`]: when a rule will take one customer
//! - [`run`]: runs of rules at their planned times; approval and undo

mod choice;
pub mod condition;
mod count;
pub mod edit;
mod matching;
mod model;
pub mod preview;
mod read;
pub mod returns;
pub mod run;
pub mod schedule;
mod store;
mod working_time;

pub use crate::kernel::directory::PoolRuleAction as Action;
pub use matching::kept;
pub use read::{describe, filter, roots};
