//! The statuses of an order and the steps between them. These functions use no database. The table `order_step`
//! contains the same steps, and the history refers to it, so the database refuses any other step.

use rust_decimal::Decimal;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Text, UserError};
use crate::kernel::money;

/// The permission to ship an order before it is paid in full.
pub const SHIP_UNPAID: Permission = Permission::to(Action::ShipUnpaid, Resource::Order);

/// The status of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "OrderStatus")]
pub enum Status {
    /// The order is not paid in full, and not shipped.
    #[default]
    Pending,
    /// The order is paid in full and not shipped.
    Paid,
    /// The goods are shipped and not delivered. Something may be left to pay.
    Shipped,
    /// The goods are delivered. Something may be left to pay.
    Delivered,
    /// The order was cancelled before anything was paid.
    Cancelled,
    /// The order was cancelled after a payment, and the money was paid back.
    Refunded,
}

/// A step of an existing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "AdvanceOrderAction")]
pub enum Step {
    /// Records a payment of a part, or of all that is left to pay.
    Pay,
    /// Records that the goods were shipped. If the order is not paid in full, only users with the permission to ship before
    /// payment can do it.
    Ship,
    /// Records that the goods were delivered.
    Deliver,
    /// Cancels the order. Nothing may have been paid; goods that were shipped come back.
    Cancel,
    /// Cancels the order and records that all payments were paid back.
    Refund,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advance {
    /// The new status.
    pub to: Status,
    /// The money that moves: more than 0 if the customer pays, less than 0 if it is paid back; `None` if it is zero.
    pub moved: Option<Decimal>,
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepError {
    /// The step is not possible in this status.
    NotAllowed(Status, Step),
    /// The order cannot be cancelled, because something was paid. It can be refunded.
    RefundInstead,
    /// The order cannot be refunded, because nothing was paid. It can be cancelled.
    CancelInstead,
    /// An amount is given, but the step is not a payment.
    AmountNotAllowed,
    /// The amount of the payment is not more than 0, or is more than what is left to pay.
    AmountOutOfRange {
        /// What is left to pay.
        rest: Decimal,
    },
}

impl Step {
    /// Returns the permission for the step. Each step has its own.
    pub fn permission(self) -> Permission {
        let action = match self {
            Self::Pay => Action::Pay,
            Self::Ship => Action::Ship,
            Self::Deliver => Action::Deliver,
            Self::Cancel => Action::Cancel,
            Self::Refund => Action::Refund,
        };
        Permission::to(action, Resource::Order)
    }

    /// Returns whether the order is closed by the step, and so does not count for its opportunity any more.
    pub fn closes_order(self) -> bool {
        matches!(self, Self::Cancel | Self::Refund)
    }
}

/// Decides on a step. A payment without an amount pays all that is left to pay.
pub fn decide(
    status: Status,
    total: Decimal,
    paid: Decimal,
    step: Step,
    amount: Option<Decimal>,
) -> Result<Advance, StepError> {
    use {Status as S, Step as A};
    let (to, moved) = match (status, step) {
        (S::Pending | S::Shipped | S::Delivered, A::Pay) if status == S::Pending || paid < total => {
            let rest = total - paid;
            let amount = amount.unwrap_or(rest);
            if amount > rest || (amount <= Decimal::ZERO && !rest.is_zero()) {
                return Err(StepError::AmountOutOfRange { rest });
            }
            (if amount == rest && status == S::Pending { S::Paid } else { status }, amount)
        }
        (S::Pending, A::Cancel) if paid.is_zero() => (S::Cancelled, Decimal::ZERO),
        (S::Shipped | S::Delivered, A::Cancel) if paid.is_zero() && !total.is_zero() => (S::Cancelled, Decimal::ZERO),
        (S::Pending, A::Cancel) => return Err(StepError::RefundInstead),
        (S::Pending, A::Refund) if paid.is_zero() => return Err(StepError::CancelInstead),
        (S::Shipped | S::Delivered, A::Refund) if paid.is_zero() && !total.is_zero() => {
            return Err(StepError::CancelInstead);
        }
        // Whether somebody may ship what is not paid is a right of its own.
        (S::Pending | S::Paid, A::Ship) => (S::Shipped, Decimal::ZERO),
        (S::Shipped, A::Deliver) => (S::Delivered, Decimal::ZERO),
        (S::Pending | S::Paid | S::Shipped | S::Delivered, A::Refund) => (S::Refunded, -paid),
        _ => return Err(StepError::NotAllowed(status, step)),
    };
    if amount.is_some() && step != A::Pay {
        return Err(StepError::AmountNotAllowed);
    }
    Ok(Advance { to, moved: Some(moved).filter(|amount| !amount.is_zero()) })
}

impl Status {
    /// Returns the name of the status for people.
    pub fn label(self) -> Text {
        let (en, zh) = match self {
            Self::Pending => ("pending", "待付款"),
            Self::Paid => ("paid", "已付款"),
            Self::Shipped => ("shipped", "已发货"),
            Self::Delivered => ("delivered", "已签收"),
            Self::Cancelled => ("cancelled", "已取消"),
            Self::Refunded => ("refunded", "已退款"),
        };
        Text::new(en, zh)
    }
}

/// The refusal because a step is not possible in a status.
pub fn not_allowed(status: Status, done_en: &str, do_zh: &str) -> UserError {
    let label = status.label();
    let text =
        Text::new(format!("A {} order cannot be {done_en}.", label.en), format!("{}的订单不能{do_zh}。", label.zh));
    UserError::new(Code::StepNotAllowed, text)
}

impl From<StepError> for UserError {
    fn from(error: StepError) -> Self {
        let refused = |en: &str, zh: &str| Self::new(Code::StepNotAllowed, Text::new(en, zh));
        match error {
            StepError::NotAllowed(status, step) => {
                let (done, zh) = match step {
                    Step::Pay => ("paid", "收款"),
                    Step::Ship => ("shipped", "发货"),
                    Step::Deliver => ("delivered", "签收"),
                    Step::Cancel => ("cancelled", "取消"),
                    Step::Refund => ("refunded", "退款"),
                };
                not_allowed(status, done, zh)
            }
            StepError::RefundInstead => refused(
                "A pending order with a payment cannot be cancelled. Refund it instead.",
                "该订单已收部分款项，不能取消，请办理退款。",
            ),
            StepError::CancelInstead => refused(
                "An order without a payment cannot be refunded. Cancel it instead.",
                "该订单尚未收款，不能退款，请直接取消。",
            ),
            StepError::AmountNotAllowed => {
                Self::invalid(&["amount"], "Give an amount only for a payment.", "仅在收款时填写金额。")
            }
            StepError::AmountOutOfRange { rest } => Self::invalid(
                &["amount"],
                format!("The amount must be more than 0 and at most {rest}, which is left to pay."),
                format!("收款金额必须大于 0，且不能超过未付金额 {rest}。"),
            ),
        }
    }
}

/// Refuses an amount that is negative, too large, or has more decimals than the currency.
pub fn check_amount(amount: Option<Decimal>, currency: &str) -> Result<(), UserError> {
    amount.map_or(Ok(()), |amount| money::amount(&["amount"], amount, currency).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: Status, paid: i64, step: Step, amount: Option<i64>) -> Result<(Status, Option<i64>), StepError> {
        let money = |amount: i64| Decimal::from(amount);
        decide(status, money(100), money(paid), step, amount.map(money))
            .map(|advance| (advance.to, advance.moved.map(|amount| i64::try_from(amount).expect("a whole number"))))
    }

    #[test]
    fn payments_may_be_partial_and_never_exceed_the_total() {
        let pay = |paid, amount| of(Status::Pending, paid, Step::Pay, amount);
        let rest = |rest: i64| Err(StepError::AmountOutOfRange { rest: rest.into() });
        assert_eq!(pay(0, Some(30)), Ok((Status::Pending, Some(30))));
        assert_eq!(pay(30, None), Ok((Status::Paid, Some(70))));
        assert_eq!(pay(30, Some(70)), Ok((Status::Paid, Some(70))));
        assert_eq!(pay(30, Some(71)), rest(70));
        assert_eq!(pay(30, Some(0)), rest(70));
        assert_eq!(pay(30, Some(-1)), rest(70));
    }

    #[test]
    fn what_was_shipped_before_it_was_paid_is_paid_later_or_cancelled() {
        assert_eq!(of(Status::Pending, 30, Step::Ship, None), Ok((Status::Shipped, None)));
        assert_eq!(of(Status::Shipped, 30, Step::Pay, Some(60)), Ok((Status::Shipped, Some(60))));
        assert_eq!(of(Status::Delivered, 90, Step::Pay, None), Ok((Status::Delivered, Some(10))));
        assert_eq!(
            of(Status::Delivered, 100, Step::Pay, None),
            Err(StepError::NotAllowed(Status::Delivered, Step::Pay))
        );
        assert_eq!(of(Status::Shipped, 0, Step::Cancel, None), Ok((Status::Cancelled, None)));
        assert_eq!(of(Status::Shipped, 0, Step::Refund, None), Err(StepError::CancelInstead));
        assert_eq!(
            of(Status::Shipped, 1, Step::Cancel, None),
            Err(StepError::NotAllowed(Status::Shipped, Step::Cancel))
        );
    }

    #[test]
    fn an_order_of_zero_is_paid_without_an_amount() {
        let paid = decide(Status::Pending, Decimal::ZERO, Decimal::ZERO, Step::Pay, None);
        assert_eq!(paid, Ok(Advance { to: Status::Paid, moved: None }));
    }

    #[test]
    fn an_order_with_a_payment_is_refunded_and_one_without_is_cancelled() {
        assert_eq!(of(Status::Pending, 0, Step::Cancel, None), Ok((Status::Cancelled, None)));
        assert_eq!(of(Status::Pending, 1, Step::Cancel, None), Err(StepError::RefundInstead));
        assert_eq!(of(Status::Pending, 0, Step::Refund, None), Err(StepError::CancelInstead));
        assert_eq!(of(Status::Pending, 1, Step::Refund, None), Ok((Status::Refunded, Some(-1))));
        assert_eq!(of(Status::Delivered, 100, Step::Refund, None), Ok((Status::Refunded, Some(-100))));
        assert_eq!(of(Status::Delivered, 100, Step::Refund, Some(50)), Err(StepError::AmountNotAllowed));
    }
}
