//! Pool rules: which customers come back to the pool without anybody asking, and which never do.
//!
//! - [`condition`]: the language of conditions, compiled to SQL
//! - [`schedule`]: when a rule runs
//! - [`working_time`]: the clock of rules that leave days off out
//! - [`edit`]: create, update
//! - [`matching`]: what a rule takes, with what others keep from it
//! - [`preview`]: what it would take now
//! - [`returns`]: when one customer will fall, and by which rule
//! - [`run`]: what it does at its planned times; approval, and undoing

pub mod condition;
pub mod edit;
mod matching;
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
