//! Contacts: the people at a customer. Their phones, e-mail addresses and WeChat ids are what leaves with a rep who
//! leaves, so they are masked for all but those who call them, and each look by somebody else is logged and counted.
//!
//! - [`archive`]: put away, and take out again
//! - [`edit`]: create, update
//! - [`reveal`]: one contact's details, for superiors

pub mod archive;
pub mod edit;
mod key;
mod read;
pub mod reveal;
mod store;

use crate::crm::customer;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{ContactId, CustomerId};
use crate::kernel::op::Op;
use key::check_phone;
pub use key::{email_key, phone_key};
pub use read::{READ, READ_DETAILS, describe};

/// What somebody at a customer has to say when it buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionRole {
    /// Decides.
    DecisionMaker,
    /// Is listened to.
    Influencer,
    /// Does the buying.
    Buyer,
    /// Will work with it.
    User,
    /// Lets others through, or does not.
    Gatekeeper,
}

/// The customer of a contact that the actor may see; of others nobody learns that they are there.
async fn seen_customer_of(op: &mut Op<'_>, id: ContactId) -> Result<CustomerId, Error> {
    let customer = store::customer_of(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if customer::reaches(op, customer, READ).await? { Ok(customer) } else { Err(UserError::not_found().into()) }
}
