//! What a file has rows of, and what follows from it: the columns, and who may import it.

use super::field::Field;
use super::message::Message;
use super::read::WRITE;
use crate::crm::customer::archive::ARCHIVE;
use crate::crm::customer::assign::ASSIGN;
use crate::crm::customer::edit::CREATE;
use crate::crm::{contact, external_id, product};
use crate::kernel::access::Permission;
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;

/// What a file has rows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ImportKind")]
pub enum Kind {
    /// Customers, each with its contacts.
    Customers,
    /// Contacts of customers.
    Contacts,
    /// Products.
    Products,
    /// Opportunities of customers.
    Opportunities,
    /// Orders of customers. A row is a line, a payment, or both; the rows with the same external id are one order.
    Orders,
    /// Follow-ups of customers.
    FollowUps,
}

impl Kind {
    /// Whose keys the external ids of the rows are.
    pub fn external_ids(self) -> external_id::Kind {
        match self {
            Self::Customers => external_id::Kind::Customer,
            Self::Contacts => external_id::Kind::Contact,
            Self::Products => external_id::Kind::Product,
            Self::Opportunities => external_id::Kind::Opportunity,
            Self::Orders => external_id::Kind::Order,
            Self::FollowUps => external_id::Kind::FollowUp,
        }
    }

    /// The fields that its columns may hold.
    pub fn fields(self) -> &'static [Field] {
        use Field as F;
        match self {
            Self::Customers => &[
                F::ExternalId,
                F::Name,
                F::CreditCode,
                F::Source,
                F::SourceDetail,
                F::Industry,
                F::Size,
                F::Level,
                F::Region,
                F::ContactName,
                F::ContactTitle,
                F::ContactPhone,
                F::ContactEmail,
                F::ContactWechat,
                F::Owner,
                F::OwnedSince,
                F::LastFollowUp,
                F::Extra,
            ],
            Self::Contacts => &[
                F::ExternalId,
                F::CustomerExternalId,
                F::Name,
                F::ContactName,
                F::ContactTitle,
                F::ContactPhone,
                F::ContactEmail,
                F::ContactWechat,
            ],
            Self::Products => {
                &[F::ExternalId, F::Sku, F::ProductName, F::Category, F::Unit, F::UnitPrice, F::Currency, F::Active]
            }
            Self::Opportunities => &[
                F::ExternalId,
                F::CustomerExternalId,
                F::Name,
                F::Owner,
                F::At,
                F::Stage,
                F::Sku,
                F::ProductExternalId,
                F::Amount,
                F::Currency,
                F::CloseDate,
                F::Probability,
                F::ClosedAt,
                F::LostReason,
                F::LostRemark,
                F::Competitor,
                F::OpportunityName,
                F::Note,
            ],
            Self::Orders => &[
                F::ExternalId,
                F::OrderNo,
                F::CustomerExternalId,
                F::Name,
                F::SoldBy,
                F::OpportunityExternalId,
                F::At,
                F::Currency,
                F::Remark,
                F::Sku,
                F::ProductExternalId,
                F::Quantity,
                F::UnitPrice,
                F::Discount,
                F::Payment,
                F::PaidAt,
                F::ShippedAt,
                F::DeliveredAt,
                F::CancelledAt,
            ],
            Self::FollowUps => &[
                F::ExternalId,
                F::CustomerExternalId,
                F::Name,
                F::Author,
                F::OpportunityExternalId,
                F::At,
                F::Channel,
                F::Content,
                F::NextPlan,
                F::NextContact,
            ],
        }
    }

    /// The fields of which the row of headers has at least one.
    pub fn leading(self) -> &'static [Field] {
        match self {
            Self::Customers => &[Field::Name],
            Self::Products => &[Field::Sku, Field::ProductName],
            Self::Orders => &[Field::ExternalId],
            Self::Contacts | Self::Opportunities | Self::FollowUps => &[Field::CustomerExternalId, Field::Name],
        }
    }

    /// The fields that must have a column.
    pub fn required(self) -> &'static [Field] {
        match self {
            Self::Customers | Self::Contacts => &[],
            Self::Products => &[Field::Sku, Field::ProductName, Field::UnitPrice],
            Self::Opportunities => &[Field::ExternalId, Field::At, Field::Stage],
            Self::Orders => &[Field::ExternalId, Field::At, Field::Quantity],
            Self::FollowUps => &[Field::At, Field::Content],
        }
    }

    /// Refuses customers, whose import has inputs of its own.
    pub fn check_not_customers(self) -> Result<(), UserError> {
        if self == Self::Customers { Err(Message::ImportCustomersInstead.refusal(&["kind"])) } else { Ok(()) }
    }

    /// Checks that the actor may import such files. Who may assign customers may write what others did with them, at any
    /// time in the past.
    pub fn authorize(self, op: &Op<'_>) -> Result<(), Error> {
        op.authorize(WRITE)?;
        op.authorize(self.permission())?;
        Ok(())
    }

    /// Checks that the actor may undo imports of such files.
    pub fn authorize_undo(self, op: &Op<'_>) -> Result<(), Error> {
        op.authorize(WRITE)?;
        op.authorize(if self == Self::Customers { ARCHIVE } else { self.permission() })?;
        Ok(())
    }

    /// The permission to create the records.
    fn permission(self) -> Permission {
        match self {
            Self::Customers => CREATE,
            Self::Contacts => contact::edit::WRITE,
            Self::Products => product::WRITE,
            Self::Opportunities | Self::Orders | Self::FollowUps => ASSIGN,
        }
    }
}
