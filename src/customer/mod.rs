//! Customers: companies that we sell to. Each has one owner or is in the public pool.
//!
//! - [`edit`]: create, update, blacklist
//! - [`pool`]: claim and release, the verbs of the public pool
//! - [`assign`]: a superior gives pooled customers to reps
//! - [`quota`]: how many more a rep may claim
//! - [`protection`]: the clock that announces when protection ends, and what a change of its period does
//! - [`live`]: how the public pool is followed

pub mod assign;
pub mod blacklist;
pub mod edit;
pub mod live;
mod name;
pub mod pool;
pub mod protection;
pub mod quota;
mod read;
mod store;
mod taking;

pub use name::name_key;
pub use pool::release_all_of;
pub use quota::{ClaimQuota, claim_quota};
pub use read::{describe, describe_claimability, fact, roots};
pub use taking::{reaches, require};
