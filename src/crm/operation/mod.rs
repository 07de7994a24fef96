//! The log of who entered, claimed, released, got or blacklisted a customer, written by [`Op`](crate::kernel::op::Op) alone and never
//! changed; and the batches that it falls into.
//!
//! - [`batch`]: how batches are read
//! - [`undo`]: puts the customers of one back

pub mod batch;
mod read;
mod store;
pub mod undo;

pub use read::{READ, describe, describe_moved};
