//! Enquiries: what companies asked for, as users pass it on whose customers they are not. The owner and the owner's superior are
//! notified; who passes it on learns only that this was done.
//!
//! - [`record`]: record an enquiry, and create the customer if there is none

mod read;
pub mod record;
mod store;

pub use read::{describe, edge};

/// What became of an enquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "EnquiryOutcome")]
pub enum Outcome {
    /// There was no such customer: it was created, with the contact.
    Created,
    /// The customer exists and has an owner, who was notified. You do not learn which customer it is.
    PassedOn,
    /// The customer exists, and is in the public pool: somebody must claim or assign it.
    InPool,
}

/// An enquiry to record.
#[derive(Debug, Default)]
pub struct New {
    /// The name of the company.
    pub company_name: Option<String>,
    /// Who asks.
    pub contact_name: Option<String>,
    /// The phone number of the one who asks.
    pub phone: Option<String>,
    /// The e-mail address of the one who asks.
    pub email: Option<String>,
    /// What they ask for.
    pub content: String,
    /// The code of a choice of kind SOURCE.
    pub source: String,
    /// More about the source.
    pub source_detail: Option<String>,
    /// Whether the company is none of the customers with a similar name.
    pub not_duplicate: bool,
}
