//! Orders: what was sold, at which price, and what became of it.
//!
//! - [`create`]: record an order, with what follows from it
//! - [`edit`]: other lines, while nothing is paid
//! - [`advance`]: pay, ship, deliver, cancel, refund
//! - [`adopt`]: take over what a former owner left unfinished

pub mod adopt;
pub mod advance;
pub mod create;
pub mod edit;
mod held;
mod lines;
mod read;
mod step;
mod store;

pub use held::{Order, hold};
pub use lines::LineInput;
pub use read::{ACTION, READ, describe_all, roots};
pub use step::{Status, Step};
