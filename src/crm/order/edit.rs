//! The lines of an order can be replaced while nothing is paid. The remark can always be changed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::instalment;
use super::locking::lock;
use super::store::{self, HistoryEntry};
use super::{CREATE, Order, Status};
use crate::crm::product::lines::{self, LineInput};
use crate::crm::{customer, product};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// The changes of an order: `None` keeps a value, `Some(None)` clears it.
#[derive(Debug, Default)]
pub struct Edit {
    /// The new lines, which replace all present ones.
    pub lines: Option<Vec<LineInput>>,
    /// The remark.
    pub remark: Option<Option<String>>,
}

/// Updates an order. `version` is the version that the user saw; if the order has another one, the update is refused
/// with `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: OrderId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(CREATE)?;
    let order = lock(op, id, CREATE).await?;
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
        check_not_frozen(&order)?;
        replace_lines(op, &order, &inputs, at).await?;
    }
    store::set_remark(op.db(), id, remark.as_deref(), at).await?;
    Ok(())
}

/// Refuses other lines for an order of which something is paid, because the customer knows what the payment is for.
fn check_not_frozen(order: &Order) -> Result<(), UserError> {
    if order.status == Status::Pending && order.paid == Decimal::ZERO {
        return Ok(());
    }
    let text = Text::new(
        "The lines cannot be changed any more, because the order is paid in part or in full, cancelled, or refunded.",
        "订单已有收款，或已取消、已退款，产品明细不能再修改。",
    );
    Err(UserError::new(Code::OrderFrozen, text).at(&["lines"]))
}

async fn replace_lines(op: &mut Op<'_>, order: &Order, inputs: &[LineInput], at: DateTime<Utc>) -> Result<(), Error> {
    op.authorize(product::READ)?;
    let present_products: HashSet<_> = store::products_of(op.db(), order.id).await?.into_iter().collect();
    let offers = product::offers(op.db(), &lines::products_of(inputs)).await?;
    let priced = lines::price(inputs, &offers, lines::Asked::Present(&order.currency), &present_products);
    let (_, new_lines) = priced.map_err(Error::Refused)?;
    store::delete_lines(op.db(), order.id).await?;
    store::insert_lines(op.db(), order.id, &new_lines).await?;
    instalment::follow(op, order, lines::total(&new_lines)).await?;
    let totals = Some((order.total, lines::total(&new_lines)));
    let entry = HistoryEntry { totals, ..HistoryEntry::of("CHANGE_LINES", order.status, at) };
    store::insert_history(op, order.id, order.customer, &entry).await
}
