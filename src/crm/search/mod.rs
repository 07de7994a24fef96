//! One search over everything that people look for by a name or a number.

mod read;

pub use read::{describe_all, roots};
