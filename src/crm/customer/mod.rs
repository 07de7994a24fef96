//! Customers: companies that we sell to. Each has one owner or is in the public pool.
//!
//! - [`edit`]: create, update, blacklist
//! - [`bulk`]: many at once, from a file
//! - [`pool`]: claim and release, the verbs of the public pool
//! - [`assign`]: a superior gives pooled customers to reps
//! - [`transfer`]: they go from one rep to another
//! - [`team`]: a superior takes back all that a filter asks for
//! - [`leaving`]: what somebody who leaves owns, and where it goes
//! - [`suggest`]: who suits a pooled customer, and assignment by that
//! - [`archive`]: put away, and take out again
//! - [`duplicate`]: is it taken?
//! - [`merge`]: make one of two
//! - [`quota`]: how many more a rep may claim
//! - [`protection`]: the clock that announces when protection ends, and what a change of its period does
//! - [`follow_up_recorded`]: the clocks of the present ownership
//! - [`live`]: how the public pool is followed

pub mod archive;
pub mod assign;
pub mod blacklist;
pub mod bulk;
pub mod duplicate;
pub mod edit;
mod followed;
pub mod leaving;
pub mod live;
mod locking;
pub mod merge;
mod name;
pub mod pool;
pub mod protection;
pub mod quota;
mod read;
mod store;
pub mod suggest;
pub mod team;
pub mod transfer;

pub use followed::follow_up_recorded;
pub use locking::{Customer, archived, hold, reaches, require, require_any};
pub use name::name_key;
pub use quota::{ClaimQuota, claim_quota};
pub use read::{PLACEHOLDERS, READ, describe, describe_claimability, roots};
pub use store::{Change, Entry, keep_period};
