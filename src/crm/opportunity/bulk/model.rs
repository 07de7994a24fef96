//! An opportunity of another system.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::kernel::directory::Stage;
use crate::kernel::id::{CustomerId, OpportunityId, ProductId, UserId};

/// An opportunity to insert.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Entry {
    pub id: OpportunityId,
    pub customer: CustomerId,
    pub owner: UserId,
    pub name: Option<String>,
    pub note: Option<String>,
    pub competitor: Option<String>,
    /// Its stage while it is open, or the one in which it begins.
    pub stage: Stage,
    pub product: Option<ProductId>,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: i32,
    pub created_at: DateTime<Utc>,
    /// How it ended; `None`: it is open.
    pub closing: Option<Closing>,
}

/// How an opportunity ended.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Closing {
    pub stage: Stage,
    pub at: DateTime<Utc>,
    pub probability: i32,
    pub lost_reason: Option<String>,
    pub lost_remark: Option<String>,
}
