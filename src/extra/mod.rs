//! Fields that an installation adds to its customers: defined once, typed, checked, filterable.

mod edit;
mod read;
mod store;
mod value;

pub use edit::{ExtraEdit, save};
pub use read::{describe, filter};
pub use value::{ExtraValue, parse};
