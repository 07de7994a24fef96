//! The operation log: who created, claimed, released, got, blacklisted, archived or merged a customer. Only
//! [`Op`](crate::kernel::op::Op) writes it, and its rows are never changed. Operations on many customers at once form a
//! batch.
//!
//! - [`batch`]: describes batches
//! - [`undo`]: moves the customers of a batch back

pub mod batch;
mod read;
mod store;
pub mod undo;

use chrono::{DateTime, Utc};
pub use read::{READ, describe, describe_moved};
use uuid::Uuid;

/// How far an undo has come in the log of a batch: the last entry that it has handled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// The time of the entry.
    pub at: DateTime<Utc>,
    /// The id of the entry.
    pub id: Uuid,
}

impl Reached {
    /// No entry has been handled yet.
    pub const NOTHING: Self = Self { at: DateTime::UNIX_EPOCH, id: Uuid::nil() };
}
