//! What keys are of.

use uuid::Uuid;

/// What a key is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the names of the records")]
pub enum Kind {
    Customer,
    Contact,
    Product,
    Opportunity,
    Order,
    FollowUp,
}

impl Kind {
    /// How it is stored.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Contact => "CONTACT",
            Self::Product => "PRODUCT",
            Self::Opportunity => "OPPORTUNITY",
            Self::Order => "ORDER",
            Self::FollowUp => "FOLLOW_UP",
        }
    }
}

/// A key of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub key: String,
    /// The record.
    pub record: Uuid,
}
