//! Products: what is sold. A change of the price never changes an order.
//!
//! - [`edit`]: create, update

pub mod edit;
mod read;
mod store;

pub use read::{READ, describe, roots};
pub use store::{Offer, offers};
