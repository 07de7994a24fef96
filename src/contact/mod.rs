//! Contacts: the people at a customer. Their phones, e-mail addresses and WeChat ids are what leaves with a rep who
//! leaves, so they are masked for all but those who call them, and each look by somebody else is logged and counted.
//!
//! - [`edit`]: create, update
//! - [`reveal`]: one contact's details, for superiors

pub mod edit;
mod key;
mod read;
pub mod reveal;
mod store;

pub use key::{email_key, phone_key};
pub use read::{READ, READ_DETAILS, describe};
