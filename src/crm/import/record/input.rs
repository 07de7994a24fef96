//! What rows of records ask for.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::crm::followup::Channel;
use crate::crm::import::Problem;
use crate::crm::opportunity::bulk::Closing;
use crate::crm::product;
use crate::kernel::directory::Stage;
use crate::kernel::id::UserId;

/// The values of a row, checked.
#[derive(Debug, Clone)]
pub struct RecordInput {
    /// The key of the record in another system.
    pub external_id: Option<String>,
    /// The customer that it belongs to.
    pub customer: Option<CustomerKey>,
    /// The external id of the opportunity that it is about.
    pub opportunity: Option<String>,
    /// The record.
    pub body: Body,
    /// Values that are left out because they are wrong.
    pub warnings: Vec<Problem>,
}

/// How a row names a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerKey {
    /// By its external id.
    ExternalId(String),
    /// By its name.
    Name(String),
}

/// The record of a row.
#[derive(Debug, Clone)]
pub enum Body {
    Product(product::Draft),
    FollowUp(FollowUp),
    /// Boxed, because it is much larger than the others.
    Opportunity(Box<OpportunityRow>),
    /// Boxed, because it is much larger than the others.
    Order(Box<OrderRow>),
}

/// The follow-up of a row.
#[derive(Debug, Clone)]
pub struct FollowUp {
    /// The user who communicated; `None`: the owner of the customer.
    pub author: Option<UserId>,
    pub at: DateTime<Utc>,
    pub channel: Channel,
    pub content: String,
    pub next_plan: Option<String>,
    pub next_contact_at: Option<DateTime<Utc>>,
}

/// The opportunity of a row.
#[derive(Debug, Clone)]
pub struct OpportunityRow {
    /// Its owner; `None`: the owner of the customer.
    pub owner: Option<UserId>,
    pub name: Option<String>,
    pub note: Option<String>,
    pub competitor: Option<String>,
    pub product: Option<ProductKey>,
    /// The stage in which it is, or in which it began if it is closed.
    pub stage: Stage,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: i32,
    pub created_at: DateTime<Utc>,
    pub closing: Option<Closing>,
}

/// A row of an order: what concerns the whole order, a line, and a payment.
#[derive(Debug, Clone, Default)]
pub struct OrderRow {
    /// The number that people use; `None`: the external id.
    pub order_no: Option<String>,
    /// The user who sold it; `None`: the owner of the customer.
    pub sold_by: Option<UserId>,
    /// When the customer ordered.
    pub at: Option<DateTime<Utc>>,
    pub currency: Option<String>,
    pub remark: Option<String>,
    pub shipped_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub line: Option<OrderLine>,
    /// The amount of a payment, and when it was paid; `None`: with the order.
    pub payment: Option<(Decimal, Option<DateTime<Utc>>)>,
}

/// A line of an order.
#[derive(Debug, Clone)]
pub struct OrderLine {
    pub product: ProductKey,
    pub quantity: Decimal,
    /// The price of one unit; `None`: that of the product.
    pub unit_price: Option<Decimal>,
    pub discount: Option<Decimal>,
}

/// How a row names a product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProductKey {
    /// By its SKU.
    Sku(String),
    /// By its external id.
    ExternalId(String),
}

/// Whether the rows are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    Yes,
    No,
}
