//! The log of who entered, claimed, released, got or blacklisted a customer. It is written by [`Op`](crate::op::Op)
//! alone, and never changed.

mod read;

pub use read::{READ, describe, describe_moved};
