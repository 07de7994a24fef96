//! What the rows of payments and instalments are.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::crm::product::lines::{self, Line};
use crate::kernel::id::PaymentId;

/// The way in which money came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "PaymentMethod")]
pub enum Method {
    /// A transfer between bank accounts (银行转账).
    BankTransfer,
    /// A bill that a bank or the customer has accepted, which is paid later (承兑汇票).
    AcceptanceBill,
    /// A cheque (支票).
    Cheque,
    /// Cash (现金).
    Cash,
    /// A card (刷卡).
    Card,
    /// A payment service such as Alipay or WeChat Pay (在线支付).
    Online,
    /// Another way (其他).
    Other,
}

/// Money that moves with a step of an order.
#[derive(Debug)]
pub struct Moved<'a> {
    /// More than 0 if the customer paid.
    pub amount: Decimal,
    /// When the money moved.
    pub received_at: DateTime<Utc>,
    /// How it came.
    pub method: Option<Method>,
    /// What finds it in the statements of the bank.
    pub reference: Option<&'a str>,
    /// The payment that is taken back.
    pub reverses: Option<PaymentId>,
}

/// When an unpaid instalment is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "InstalmentDue")]
pub enum Due {
    /// An instalment was due before today and is not paid in full.
    Overdue,
    /// The earliest instalment that is not paid in full is due today.
    Today,
}

/// An instalment of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Instalment {
    /// The last day on which it is paid in time.
    pub due_on: NaiveDate,
    /// In percent of the total; `None` if the instalments have amounts of their own.
    pub share: Option<Decimal>,
    /// Its amount.
    pub amount: Decimal,
    /// Whether the customer keeps it back until the goods have proved good.
    pub is_retention: bool,
}

/// What the follow-up says that an order leaves. It begins with the order's number, by which `remove_imported_orders` of
/// the database finds it.
pub fn follow_up_content(order_no: &str, lines: &[Line], currency: &str) -> String {
    format!("{order_no}: {:.2} {currency}", lines::total(lines))
}
