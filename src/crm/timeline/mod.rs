//! The timeline of a customer: everything that happened with it, in the order of time.

mod read;

pub use read::{describe, edge};
