//! Other lines, while nothing is paid; another remark, always.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::create::CREATE;
use super::held::{Order, hold};
use super::lines::{self, Line, LineInput};
use super::step::Status;
use super::store::{self, Done};
use crate::crm::{customer, product};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Default)]
pub struct Edit {
    /// All the lines, in place of those that are there.
    pub lines: Option<Vec<LineInput>>,
    /// What is said about it.
    pub remark: Option<Option<String>>,
}

/// Changes an order. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: OrderId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(CREATE)?;
    let order = hold(op, id, CREATE).await?;
    UserError::check_version(order.version, version)?;
    let remark = match edit.remark {
        Some(remark) => text::optional(&["remark"], remark, 1_000)?,
        None => order.remark.clone(),
    };
    let at = change_time(op.now(), order.updated_at);
    if let Some(inputs) = edit.lines {
        if order.customer_is_archived {
            return Err(customer::archived().into());
        }
        refuse_frozen(&order)?;
        replace_lines(op, &order, &inputs, at).await?;
    }
    store::set_remark(op.db(), id, remark.as_deref(), at).await?;
    Ok(())
}

/// Once something is paid, the customer knows what for.
fn refuse_frozen(order: &Order) -> Result<(), UserError> {
    if order.status == Status::Pending && order.paid == Decimal::ZERO {
        return Ok(());
    }
    let text = Text::new(
        "Something of the order is paid, or it was called off: its lines stay as they are.",
        "订单已有付款或已作废，明细不能再修改。",
    );
    Err(UserError::new(Code::OrderFrozen, text).at(&["lines"]))
}

async fn replace_lines(op: &mut Op<'_>, order: &Order, inputs: &[LineInput], at: DateTime<Utc>) -> Result<(), Error> {
    op.authorize(product::READ)?;
    let has_already: HashSet<_> = store::products_of(op.db(), order.id).await?.into_iter().collect();
    let offers = product::offers(op.db(), &lines::products_of(inputs)).await?;
    let priced = lines::price(inputs, &offers, Some(&order.currency), &has_already);
    let (_, lines) = priced.map_err(Error::Refused)?;
    store::delete_lines(op.db(), order.id).await?;
    store::insert_lines(op.db(), order.id, &lines).await?;
    let totals = Some((order.total, lines.iter().map(Line::amount).sum()));
    let done =
        Done { action: "CHANGE_LINES", from: order.status, to: order.status, amount: None, totals, remark: None, at };
    store::record(op, order.id, order.customer, &done).await
}
