//! The timeline of a customer: all that happened with it, in one order.

mod read;

pub use read::{describe, edge};
