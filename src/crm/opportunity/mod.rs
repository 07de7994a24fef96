//! Opportunities: records of intent. Each has an owner of its own, who changes it, and stays when its customer changes hands.
//!
//! - [`edit`]: create, update
//! - [`moving`]: from stage to stage
//! - [`adopt`]: the customer's next owner takes over what a former one left open
//! - [`archive`]: put away, and taken out again
//!
//! The history writes itself, in the database.

pub mod adopt;
pub mod archive;
pub mod edit;
mod held;
pub mod moving;
mod read;
mod store;

pub use held::{Opportunity, hold_behind_order, hold_of, keep};
pub use read::{POOL, READ, describe_all, roots};
