//! What the life of an order allows: a plain decision on plain values. The table `order_step` says the same, and the history
//! holds to it.

use rust_decimal::Decimal;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Text, UserError};
use crate::kernel::money;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "OrderStatus")]
pub enum Status {
    /// Made, not yet paid in full.
    Pending,
    /// Paid in full.
    Paid,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Called off before anything was paid.
    Cancelled,
    /// Called off, and the money given back.
    Refunded,
}

/// What is done to an order that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "AdvanceOrderAction")]
pub enum Step {
    /// Record a payment: a part, or the rest.
    Pay,
    /// Record that it was sent, once it is paid in full.
    Ship,
    /// Record that it arrived.
    Deliver,
    /// Call it off before anything was paid.
    Cancel,
    /// Call it off, and give back what was paid.
    Refund,
}

/// What a step comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advance {
    /// How far the order is then.
    pub to: Status,
    /// What was paid, or given back; nothing for what is free.
    pub amount: Option<Decimal>,
}

/// Why a step is not taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepError {
    /// Not from there.
    NotAllowed(Status, Step),
    /// Something was paid: it has to go back.
    RefundInstead,
    /// Nothing was paid that could go back.
    CancelInstead,
    /// An amount is given, but this is no payment.
    NoPayment,
    /// A payment is more than 0, and not more than what is left to pay.
    OutOfBounds {
        /// What is left to pay.
        rest: Decimal,
    },
}

impl Step {
    /// Each is a permission of its own.
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

    /// Whether the order does not count any more afterwards.
    pub fn calls_off(self) -> bool {
        matches!(self, Self::Cancel | Self::Refund)
    }
}

/// Where a step leads from here. Whoever pays without naming an amount pays the rest.
pub fn decide(
    status: Status,
    total: Decimal,
    paid: Decimal,
    step: Step,
    amount: Option<Decimal>,
) -> Result<Advance, StepError> {
    use {Status as S, Step as A};
    let (to, paid_now) = match (status, step) {
        (S::Pending, A::Pay) => {
            let rest = total - paid;
            let amount = amount.unwrap_or(rest);
            if amount > rest || (amount <= Decimal::ZERO && !rest.is_zero()) {
                return Err(StepError::OutOfBounds { rest });
            }
            (if amount == rest { S::Paid } else { S::Pending }, amount)
        }
        (S::Pending, A::Cancel) if paid.is_zero() => (S::Cancelled, Decimal::ZERO),
        (S::Pending, A::Cancel) => return Err(StepError::RefundInstead),
        (S::Pending, A::Refund) if paid.is_zero() => return Err(StepError::CancelInstead),
        (S::Paid, A::Ship) => (S::Shipped, Decimal::ZERO),
        (S::Shipped, A::Deliver) => (S::Delivered, Decimal::ZERO),
        (S::Pending | S::Paid | S::Shipped | S::Delivered, A::Refund) => (S::Refunded, paid),
        _ => return Err(StepError::NotAllowed(status, step)),
    };
    if amount.is_some() && step != A::Pay {
        return Err(StepError::NoPayment);
    }
    Ok(Advance { to, amount: Some(paid_now).filter(|amount| !amount.is_zero()) })
}

impl Status {
    /// What people call it.
    pub fn words(self) -> Text {
        let (en, zh) = match self {
            Self::Pending => ("pending", "待付款"),
            Self::Paid => ("paid", "已付款"),
            Self::Shipped => ("shipped", "已发货"),
            Self::Delivered => ("delivered", "已送达"),
            Self::Cancelled => ("cancelled", "已取消"),
            Self::Refunded => ("refunded", "已退款"),
        };
        Text::new(en, zh)
    }
}

/// What can't be done to an order that is so far.
pub fn not_allowed(status: Status, done_en: &str, do_zh: &str) -> UserError {
    let is = status.words();
    let text = Text::new(format!("A {} order can't be {done_en}.", is.en), format!("{}的订单不能{do_zh}。", is.zh));
    UserError::new(Code::StepNotAllowed, text)
}

impl From<StepError> for UserError {
    fn from(error: StepError) -> Self {
        let refused = |en: &str, zh: &str| Self::new(Code::StepNotAllowed, Text::new(en, zh));
        match error {
            StepError::NotAllowed(status, step) => {
                let (done, zh) = match step {
                    Step::Pay => ("paid", "付款"),
                    Step::Ship => ("shipped", "发货"),
                    Step::Deliver => ("delivered", "确认送达"),
                    Step::Cancel => ("cancelled", "取消"),
                    Step::Refund => ("refunded", "退款"),
                };
                not_allowed(status, done, zh)
            }
            StepError::RefundInstead => refused(
                "A pending order of which something was paid can't be cancelled: refund it.",
                "待付款的订单已有部分付款，不能取消，请退款。",
            ),
            StepError::CancelInstead => refused(
                "A pending order of which nothing was paid can't be refunded: cancel it.",
                "待付款的订单尚未付款，不能退款，请取消。",
            ),
            StepError::NoPayment => Self::invalid(&["amount"], "is for payments alone", "仅在付款时填写"),
            StepError::OutOfBounds { rest } => Self::invalid(
                &["amount"],
                format!("must be more than 0, and at most the {rest} that are left to pay"),
                format!("必须大于 0，且不超过未付的 {rest}"),
            ),
        }
    }
}

/// An amount that can be paid in the smallest coin.
pub fn check_amount(amount: Option<Decimal>) -> Result<(), UserError> {
    amount.map_or(Ok(()), |amount| money::amount(&["amount"], amount).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: Status, paid: i64, step: Step, amount: Option<i64>) -> Result<(Status, Option<i64>), StepError> {
        let money = |amount: i64| Decimal::from(amount);
        decide(status, money(100), money(paid), step, amount.map(money))
            .map(|advance| (advance.to, advance.amount.map(|amount| i64::try_from(amount).expect("a whole number"))))
    }

    #[test]
    fn an_order_is_paid_in_parts_and_never_more_than_it_costs() {
        let pay = |paid, amount| of(Status::Pending, paid, Step::Pay, amount);
        let rest = |rest: i64| Err(StepError::OutOfBounds { rest: rest.into() });
        assert_eq!(pay(0, Some(30)), Ok((Status::Pending, Some(30))));
        assert_eq!(pay(30, None), Ok((Status::Paid, Some(70))));
        assert_eq!(pay(30, Some(70)), Ok((Status::Paid, Some(70))));
        assert_eq!(pay(30, Some(71)), rest(70));
        assert_eq!(pay(30, Some(0)), rest(70));
        assert_eq!(pay(30, Some(-1)), rest(70));
    }

    #[test]
    fn what_is_free_is_paid_with_nothing() {
        let paid = decide(Status::Pending, Decimal::ZERO, Decimal::ZERO, Step::Pay, None);
        assert_eq!(paid, Ok(Advance { to: Status::Paid, amount: None }));
    }

    #[test]
    fn what_was_paid_goes_back_and_what_was_not_is_cancelled() {
        assert_eq!(of(Status::Pending, 0, Step::Cancel, None), Ok((Status::Cancelled, None)));
        assert_eq!(of(Status::Pending, 1, Step::Cancel, None), Err(StepError::RefundInstead));
        assert_eq!(of(Status::Pending, 0, Step::Refund, None), Err(StepError::CancelInstead));
        assert_eq!(of(Status::Pending, 1, Step::Refund, None), Ok((Status::Refunded, Some(1))));
        assert_eq!(of(Status::Delivered, 100, Step::Refund, None), Ok((Status::Refunded, Some(100))));
        assert_eq!(of(Status::Delivered, 100, Step::Refund, Some(50)), Err(StepError::NoPayment));
    }
}
