//! Fields that an installation adds to its customers: defined once, typed, checked, filterable.

mod edit;
mod read;
mod store;
mod value;

pub use edit::{ExtraEdit, Extras, check, save, save_all};
pub use read::{describe, filter};
pub use value::{ExtraValue, parse};
