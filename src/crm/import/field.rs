//! The fields that columns of a file hold.

use serde::{Deserialize, Serialize};

/// How many contacts a row gives at most.
pub const MOST_CONTACTS: u8 = 20;

/// The field that a column of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[graphql(name = "ImportField")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// The key of the row's record in another system. It is kept, so that other files can refer to the record by it, and so
    /// that the record is imported once.
    ExternalId,
    /// Of a record that belongs to a customer: the external id of that customer.
    CustomerExternalId,
    /// The company's name. Every file of customers must have this column. Of a record that belongs to a customer: the name
    /// of that customer, if the row gives no `CUSTOMER_EXTERNAL_ID`.
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
    /// The name of a contact. A row may give several contacts, in columns such as `联系人2` and `电话2`: see
    /// `ImportColumn.contact`.
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
    /// The owner of an opportunity, or of a new customer: the e-mail address or the name of a user. It needs the
    /// permission to assign customers.
    Owner,
    /// The date, or the date and time, since when the owner has owned a new customer. It needs an owner and the
    /// permission to assign customers.
    OwnedSince,
    /// The date, or the date and time, when the owner of a new customer last followed up. It needs an owner,
    /// `OWNED_SINCE` and the permission to assign customers.
    LastFollowUp,
    /// The user who communicated with the customer: the e-mail address or the name of a user, who may have departed. If it
    /// is left out, it is the owner of the customer.
    Author,
    /// The date, or the date and time, of the record.
    At,
    /// How they communicated: a value of `FollowUpChannel`, or its name. If it is left out, it is OTHER.
    Channel,
    /// What was said.
    Content,
    /// What the author planned to do next.
    NextPlan,
    /// The date, or the date and time, for which the author planned the next contact.
    NextContact,
    /// The stock-keeping unit of a product, or of the product of an opportunity or of a line of an order.
    Sku,
    /// The name of a product.
    ProductName,
    /// The category of a product.
    Category,
    /// The unit in which quantities of a product are given. If it is left out, it is `piece`.
    Unit,
    /// The price of one unit. Of a line of an order: if it is left out, it is the present price of the product.
    UnitPrice,
    /// The currency of the amounts of the row, as a code of ISO 4217. If it is left out, it is the first one of the settings;
    /// of an order, it is that of its products.
    Currency,
    /// Whether new orders may contain the product. If it is left out, they may.
    Active,
    /// Of an order or a follow-up: the external id of the opportunity that it is about.
    OpportunityExternalId,
    /// The stage of an opportunity: its code or its name.
    Stage,
    /// The expected amount of an opportunity.
    Amount,
    /// The day on which an opportunity is expected to be won.
    CloseDate,
    /// The percentage with which an opportunity is expected to be won. If it is left out, it is that of the stage.
    Probability,
    /// The date, or the date and time, when an opportunity was won, lost or given up. If it is left out, it is the `CLOSE_DATE`.
    ClosedAt,
    /// What people call an opportunity.
    OpportunityName,
    /// A note about an opportunity, for those who work on it.
    Note,
    /// Who competes for an opportunity: the code or the name of a choice of kind COMPETITOR.
    Competitor,
    /// Why an opportunity was lost: the code or the name of a choice of kind LOST_REASON. Another text is kept as the remark, and the
    /// reason is OTHER. Of a void opportunity it is the remark.
    LostReason,
    /// More about why an opportunity was lost or void.
    LostRemark,
    /// The number of an order that people use. If it is left out, it is the external id.
    OrderNo,
    /// The user who sold the order: the e-mail address or the name of a user, who may have departed. If it is left out, it is
    /// the owner of the customer.
    SoldBy,
    /// The remark of an order. That of its first row counts.
    Remark,
    /// Of an opportunity or a line of an order: the external id of the product, if the row gives no `SKU`.
    ProductExternalId,
    /// Of a line of an order: the quantity.
    Quantity,
    /// Of a line of an order: what is taken off the whole line.
    Discount,
    /// The amount of a payment.
    Payment,
    /// The date, or the date and time, of the payment. If it is left out, it is that of the order.
    PaidAt,
    /// The date, or the date and time, when the order was shipped.
    ShippedAt,
    /// The date, or the date and time, when the order was delivered.
    DeliveredAt,
    /// The date, or the date and time, when the order was cancelled, and what was paid was paid back.
    CancelledAt,
    /// An extra field of the customer.
    Extra,
    /// The column is not imported; it is only kept for the file of failed rows.
    Ignored,
}

impl Field {
    /// Whether its column holds a value of a contact.
    pub fn is_of_contact(self) -> bool {
        matches!(
            self,
            Self::ContactName | Self::ContactTitle | Self::ContactPhone | Self::ContactEmail | Self::ContactWechat
        )
    }

    /// What its column is of, in English and Chinese, to complete "The file has no column for …".
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::CustomerExternalId => ("the customer's external id", "客户编号"),
            Self::Name => ("the customer's name", "客户名称"),
            Self::At => ("the time", "时间"),
            Self::Content => ("what was said", "跟进内容"),
            Self::ExternalId => ("the external id", "外部编号"),
            Self::Quantity => ("the quantity", "数量"),
            Self::Stage => ("the stage", "阶段"),
            Self::Sku => ("the SKU", "产品编码"),
            Self::ProductName => ("the product's name", "产品名称"),
            Self::UnitPrice => ("the price", "单价"),
            _ => ("this field", "该字段"),
        }
    }

    /// The field with this name in the API.
    pub fn named(name: &str) -> Option<Self> {
        crate::kernel::scalar::named(name).ok()
    }
}
