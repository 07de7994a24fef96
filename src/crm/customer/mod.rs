//! Customers: companies that we sell to. Each has one owner or is in the public pool.
//!
//! - [`edit`]: create, update
//! - [`bulk`]: many customers at once, from a file
//! - [`pool`]: claim and release
//! - [`assign`]: a superior gives pooled customers to reps
//! - [`suggest`]: ranks reps for a pooled customer, and assigns customers to the best ones
//! - [`transfer`]: moves customers from one rep to another
//! - [`moving`]: moves customers from one public pool to another
//! - [`team`]: a superior sees the team at a glance, and releases all its customers that match a filter
//! - [`leaving`]: hands over the customers of a user who leaves
//! - [`blacklist`]: put on the blacklist, take off
//! - [`archive`]: archive, restore
//! - [`duplicate`]: finds customers that may be the same company
//! - [`merge`]: merges two customers into one
//! - [`quota`]: how many more customers a rep may claim
//! - [`protection`]: announces when protection ends, and applies a change of its period
//! - [`follow_up_recorded`]: updates the follow-up times of the present ownership
//! - [`live`]: the events of the public pool

mod actions;
pub mod archive;
pub mod assign;
pub mod blacklist;
pub mod bulk;
pub mod claimability;
mod draft;
pub mod duplicate;
pub mod edit;
mod followed;
pub mod leaving;
pub mod live;
mod locking;
pub mod merge;
mod model;
pub mod moving;
mod name;
pub mod pool;
pub mod protection;
pub mod quota;
mod read;
mod short_form;
mod store;
pub mod suggest;
pub mod team;
pub mod transfer;

pub use followed::{follow_up_recorded, follow_ups_imported, follow_ups_removed};
pub use locking::{archived, hold, reaches, require, require_any};
pub use model::{Change, Customer, Entry, MovedCustomer, OwnedCustomer, POOL, READ};
pub use name::{fold, name_key};
pub use protection::lock_protection_period;
pub use quota::{ClaimQuota, claim_quota};
pub use read::{PLACEHOLDERS, describe, roots};
pub use store::keep_active;
