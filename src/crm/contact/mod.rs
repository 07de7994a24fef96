//! Contacts: the people at a customer. Reps who leave could take phone numbers, e-mail addresses and WeChat ids with
//! them, so these are masked for all users but those who call the contacts; each time that another user reveals them is
//! logged and counted.
//!
//! - [`archive`]: archive, restore
//! - [`edit`]: create, update
//! - [`reveal`]: shows the details of one contact to superiors
//! - [`look_up`]: counts exact look-ups of masked details

pub mod archive;
pub mod edit;
mod key;
pub mod look_up;
mod model;
mod read;
pub mod reveal;
mod store;
mod visible;

pub use key::{email_key, is_complete, phone_key, with_country_code};
pub use model::{DecisionRole, READ, READ_DETAILS, REVEAL, WRITE};
pub use read::describe;
