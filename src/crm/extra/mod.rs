//! Extras: values of the extra fields that an installation adds to its customers. The fields are defined in the
//! settings; their values are typed, validated and can be filtered by.

mod edit;
mod read;
mod store;
mod value;

pub use edit::{check, save, save_all};
pub use read::{describe, filter};
pub use value::{ExtraValue, parse};

/// An edit of one extra.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtraEdit {
    /// The key of the extra field.
    pub key: String,
    /// The value as text; `None` removes the extra.
    pub value: Option<String>,
}

/// Validated extras.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The keys of the extra fields with their values; `None` removes the extra.
    pub values: Vec<(String, Option<ExtraValue>)>,
    /// Whether any field is personal. Only users who may read the customer's contacts may write these.
    pub is_personal: bool,
}
