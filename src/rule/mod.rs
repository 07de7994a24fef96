//! Pool rules: which customers come back to the pool without anybody asking, and which never do.
//!
//! - [`condition`]: the language of conditions, compiled to SQL
//! - [`schedule`]: when a rule runs
//! - [`edit`]: create, update
//! - [`matching`]: what a rule takes, with what others keep from it
//! - [`preview`]: what it would take now
//! - [`run`]: what it does at its planned times; approval, and undoing

pub mod condition;
pub mod edit;
mod matching;
pub mod preview;
mod read;
pub mod run;
pub mod schedule;
mod store;

pub use matching::kept;
pub use read::{describe, filter, roots};

/// What a pool rule does with the customers that its condition matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "PoolRuleAction")]
pub enum Action {
    /// Takes them from their owners: they go to the public pool.
    ReleaseToPool,
    /// Tells their owners, some days before the condition would match. Never decides anything.
    WarnOwner,
    /// Exempts them from rules of the same or a lower priority. Has no schedule.
    Keep,
}
