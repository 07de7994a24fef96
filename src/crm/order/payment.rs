//! What customers pay. A payment is a row that never changes; one that was recorded by mistake is taken back by another row. The
//! database adds them up: what an order is paid, and when it is paid in full.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::locking::lock;
use super::model::{Method, Moved};
use super::step::{self, Step, not_allowed};
use super::store::{self, HistoryEntry};
use super::{Order, REVERSE, Status};
use crate::kernel::clock::{change_time, past_time};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{OrderId, PaymentId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// How old a payment may be when it is recorded.
const MAX_AGE: TimeDelta = TimeDelta::days(366);

/// A payment to record.
#[derive(Debug, Default)]
pub struct NewPayment {
    /// The amount; `None` for all that is left to pay.
    pub amount: Option<Decimal>,
    /// When the money came; `None` for now.
    pub received_at: Option<DateTime<Utc>>,
    /// How it came.
    pub method: Option<Method>,
    /// What finds it in the statements of the bank.
    pub reference: Option<String>,
    /// A remark for the history.
    pub remark: Option<String>,
}

/// Records a payment of an order. `version` is the version that the user saw; if the order has another one, nothing is recorded
/// (`CONFLICT`), so that a request that is sent again records nothing twice.
pub async fn record(op: &mut Op<'_>, id: OrderId, version: i32, new: NewPayment) -> Result<(), Error> {
    op.authorize(Step::Pay.permission())?;
    let order = lock(op, id, Step::Pay.permission()).await?;
    UserError::check_version(order.version, version)?;
    check_duties(op, &order)?;
    let mut refusals = Vec::new();
    let amount = Error::collect(&mut refusals, step::check_amount(new.amount, &order.currency))?;
    let decided = step::decide(order.status, order.total, order.paid, Step::Pay, new.amount).map_err(UserError::from);
    let decided = Error::collect(&mut refusals, if amount.is_some() { decided.map(Some) } else { Ok(None) })?;
    let received_at = Error::collect(&mut refusals, check_time(new.received_at, op.now()))?;
    let reference = Error::collect(&mut refusals, text::optional(&["reference"], new.reference, 100))?;
    let remark = Error::collect(&mut refusals, text::optional_block(&["remark"], new.remark, 1_000))?;
    let (Some(Some(advance)), Some(received_at), Some(reference), Some(remark)) =
        (decided, received_at, reference, remark)
    else {
        return Err(Error::Refused(refusals));
    };
    let at = change_time(op.now(), order.updated_at);
    let moved = advance.moved.map(|amount| Moved {
        amount,
        received_at: received_at.unwrap_or(at),
        method: new.method,
        reference: reference.as_deref(),
        reverses: None,
    });
    write(op, &order, ("PAY", advance.to), moved, remark.as_deref(), at).await
}

/// Takes a payment back that was recorded by mistake, or that did not come. Its row stays. It is no error if it is taken back
/// already.
pub async fn reverse(
    op: &mut Op<'_>,
    id: OrderId,
    payment: PaymentId,
    version: i32,
    reason: String,
) -> Result<(), Error> {
    op.authorize(REVERSE)?;
    let order = lock(op, id, REVERSE).await?;
    let found = store::payment(op.db(), id, payment).await?;
    let found = found.ok_or_else(|| UserError::not_found().at(&["paymentId"]))?;
    if found.is_reversed {
        return Ok(());
    }
    UserError::check_version(order.version, version)?;
    check_duties(op, &order)?;
    let reason = text::block(&["reason"], &reason, 1, 1_000)?;
    if matches!(order.status, Status::Cancelled | Status::Refunded) {
        return Err(not_allowed(order.status, "changed in its payments", "冲销收款").into());
    }
    if !found.is_payment {
        let (en, zh) = (
            "Only a payment can be reversed, not a reversal or refund.",
            "只能冲销收款记录，不能冲销冲销记录或退款记录。",
        );
        return Err(UserError::invalid(&["paymentId"], en, zh).into());
    }
    let at = change_time(op.now(), order.updated_at);
    let to = if order.status == Status::Paid { Status::Pending } else { order.status };
    let moved = Moved {
        amount: -found.amount,
        received_at: found.received_at,
        method: None,
        reference: None,
        reverses: Some(payment),
    };
    write(op, &order, ("REVERSE", to), Some(moved), Some(&reason), at).await
}

/// Refuses that somebody confirms the money of an order that they sold or handle, if the settings keep these duties apart.
pub(super) fn check_duties(op: &Op<'_>, order: &Order) -> Result<(), UserError> {
    let user = op.actor().user_id();
    if op.settings().sellers_record_payments || (user != Some(order.sold_by) && user != Some(order.owner)) {
        return Ok(());
    }
    let text = Text::new(
        "You sold or handle this order. By the settings, somebody else must record its payments and refunds, such as finance or \
         your superior.",
        "该订单由你销售或负责。根据设置，其收款与退款须由他人（如财务或上级）登记。",
    );
    Err(UserError::new(Code::StepNotAllowed, text))
}

/// Writes a step: the money that moves with it, the order, and its history.
pub(super) async fn write(
    op: &mut Op<'_>,
    order: &Order,
    (action, to): (&'static str, Status),
    moved: Option<Moved<'_>>,
    remark: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let payment = match &moved {
        Some(moved) => Some(store::insert_payment(op, order, moved, at).await?),
        None => None,
    };
    store::set_status(op.db(), order.id, to, at).await?;
    let entry = HistoryEntry { action, from: order.status, to, payment, totals: None, remark, at };
    store::insert_history(op, order.id, order.customer, &entry).await
}

/// Refuses a time of which nobody knows the payment any more, and one in the future.
fn check_time(given: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, UserError> {
    let path = &["receivedAt"];
    let Some(at) = given else { return Ok(None) };
    let at = past_time(at, now).map_err(|text| UserError::new(Code::Invalid, text).at(path))?;
    if at < now - MAX_AGE {
        return Err(UserError::invalid(path, "must be within the last 366 days", "必须在最近 366 天内"));
    }
    Ok(Some(at))
}
