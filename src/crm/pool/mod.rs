//! Public pools (公海): who their members are, who administers each, and what is its own. What happens to customers in them is
//! an operation of [`customer`](super::customer).
//!
//! - [`edit`]: create, update, archive

pub mod edit;
mod model;
mod read;
mod store;

pub use model::{READ, WRITE, check_named};
pub use read::{describe_all, roots};
