//! Products: what is sold. A change of the price never changes an order.
//!
//! - [`edit`]: create, update
//! - [`archive`]: put away, and taken out again

pub mod archive;
pub mod edit;
mod read;
mod store;

pub use archive::archived;
pub use read::{READ, describe, roots};
pub use store::{Offer, offers};
