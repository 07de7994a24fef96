//! The fields that columns of a file hold.

use serde::{Deserialize, Serialize};

/// The field that a column of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[graphql(name = "ImportField")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// The company's name. Every file must have this column.
    Name,
    /// The company's unified social credit code.
    CreditCode,
    /// The company's source: the code or the name of a choice of kind SOURCE.
    Source,
    /// Details of the source, as text. A file may have several such columns; their texts are put together.
    SourceDetail,
    /// The company's industry: the code or the name of a choice of kind INDUSTRY.
    Industry,
    /// The company's size: the code or the name of a choice of kind SIZE.
    Size,
    /// The customer's level: the code or the name of a choice of kind LEVEL. It needs the permission to write levels.
    Level,
    /// The company's region: the code or the name of a choice of kind REGION.
    Region,
    /// The name of a contact.
    ContactName,
    /// The contact's job title.
    ContactTitle,
    /// The contact's phone numbers. Several numbers in a cell are separated by a semicolon, a comma or a slash. A file
    /// may have several such columns.
    ContactPhone,
    /// The contact's e-mail addresses, separated like phone numbers. A file may have several such columns.
    ContactEmail,
    /// The contact's WeChat id.
    ContactWechat,
    /// The owner of a new customer: the e-mail address or the name of a user. It needs the permission to assign
    /// customers.
    Owner,
    /// The date, or the date and time, since when the owner has owned a new customer. It needs an owner and the
    /// permission to assign customers.
    OwnedSince,
    /// The date, or the date and time, when the owner of a new customer last followed up. It needs an owner,
    /// `OWNED_SINCE` and the permission to assign customers.
    LastFollowUp,
    /// An extra field of the customer.
    Extra,
    /// The column is not imported; it is only kept for the file of failed rows.
    Ignored,
}

impl Field {
    /// The field with this name in the API.
    pub fn named(name: &str) -> Option<Self> {
        crate::kernel::scalar::named(name).ok()
    }
}
