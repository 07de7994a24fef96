//! An order is recorded, together with a follow-up of the customer, and on request its opportunity is won.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::lines::{self, LineInput};
use super::store::{self, Draft, HistoryEntry};
use super::{CREATE, Status};
use crate::crm::customer::{self, Customer};
use crate::crm::followup::{self, Channel, record};
use crate::crm::opportunity::{self, Loss, Opportunity, moving};
use crate::crm::product;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// An order to record.
#[derive(Debug)]
pub struct NewOrder {
    /// The customer who buys.
    pub customer: CustomerId,
    /// The products, quantities and prices.
    pub lines: Vec<LineInput>,
    /// The currency of all prices; `None` for the currency of the products.
    pub currency: Option<String>,
    /// The opportunity that it results from.
    pub opportunity: Option<OpportunityId>,
    /// Whether the opportunity is won with this order.
    pub close_opportunity: bool,
    /// The order number; `None` for the next free one.
    pub order_no: Option<String>,
    /// When the customer ordered; `None` for now.
    pub ordered_at: Option<DateTime<Utc>>,
    /// A remark.
    pub remark: Option<String>,
}

/// Records an order of a customer that the permission reaches. The customer's owner counts as the seller, whichever
/// user records it. If the idempotency key was used before, the order of that call is returned.
pub async fn create(op: &mut Op<'_>, new: NewOrder, idempotency_key: Option<String>) -> Result<OrderId, Error> {
    op.authorize(CREATE)?;
    op.authorize(product::READ)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createOrder", id).await? {
        return Ok(first);
    }
    let customer = customer::require(op, new.customer, CREATE).await?;
    let owner = customer.owner.ok_or_else(not_owned)?;
    let opportunity = lock_opportunity(op, &new).await?;
    // The ownership may have begun at a later time of another server's clock. The order must not be before it.
    let now = op.now().max(customer.owned_since.unwrap_or_default());
    let mut refusals = Vec::new();
    let ordered_at = new.ordered_at.map_or(Ok(now), |at| check_time(&customer, at, now));
    let ordered_at = Error::collect(&mut refusals, ordered_at)?;
    let offers = product::offers(op.db(), &lines::products_of(&new.lines)).await?;
    let asked = lines::Asked::New { given: new.currency.as_deref(), in_use: &op.settings().currencies };
    let priced = lines::price(&new.lines, &offers, asked, &HashSet::new());
    let priced = Error::collect(&mut refusals, priced.map_err(Error::Refused))?;
    let remark = Error::collect(&mut refusals, text::optional(&["remark"], new.remark, 1_000))?;
    let order_no = Error::collect(&mut refusals, text::optional(&["orderNo"], new.order_no, 40))?;
    let (Some(ordered_at), Some((currency, priced_lines)), Some(remark), Some(order_no)) =
        (ordered_at, priced, remark, order_no)
    else {
        return Err(Error::Refused(refusals));
    };
    let draft = Draft {
        customer: new.customer,
        opportunity: new.opportunity,
        owner,
        currency: &currency,
        remark: remark.as_deref(),
        ordered_at,
        created_at: now,
    };
    let order_no = insert(op, id, &draft, order_no).await?;
    store::insert_lines(op.db(), id, &priced_lines).await?;
    let entry = HistoryEntry::of("CREATE", Status::Pending, ordered_at);
    store::insert_history(op, id, new.customer, &entry).await?;
    let content = lines::follow_up_content(&order_no, &priced_lines, &currency);
    record_follow_up(op, &customer, new.opportunity, content, ordered_at).await?;
    if let Some(opportunity) = opportunity.filter(|_| new.close_opportunity) {
        let won = moving::move_locked_to_kind(op, &opportunity, StageKind::Won, Loss::default()).await;
        won.map_err(|error| error.below("opportunityId"))?;
    }
    Ok(id)
}

/// Locks the opportunity of the order. If the order wins it, the actor needs the permission to change it, else only to
/// read it.
async fn lock_opportunity(op: &mut Op<'_>, new: &NewOrder) -> Result<Option<Opportunity>, Error> {
    let Some(id) = new.opportunity else {
        if new.close_opportunity {
            let en = "Only an order with an opportunity can win the opportunity. Give `opportunityId`.";
            return Err(UserError::invalid(&["closeOpportunity"], en, "请选择订单对应的商机。").into());
        }
        return Ok(None);
    };
    let permission = if new.close_opportunity { opportunity::WRITE } else { opportunity::READ };
    let locked = opportunity::lock_of_customer(op, new.customer, id, permission).await;
    Ok(Some(locked.map_err(|error| error.below("opportunityId"))?))
}

/// Refuses a time that the follow-up of the order can't have, or that is before the present ownership, because the order
/// counts for the present owner.
fn check_time(customer: &Customer, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, UserError> {
    let at = record::check_time("orderedAt", at, now)?;
    if customer.owned_since.is_none_or(|since| at < since) {
        let (en, zh) = (
            "The time must not be before the customer's owner got the customer.",
            "下单时间不能早于当前负责人获得该客户的时间。",
        );
        return Err(UserError::invalid(&["orderedAt"], en, zh));
    }
    Ok(at)
}

/// Inserts the order with the given number, or with the next number that no order has.
async fn insert(op: &mut Op<'_>, id: OrderId, draft: &Draft<'_>, order_no: Option<String>) -> Result<String, Error> {
    if let Some(order_no) = order_no {
        return match store::insert(op.db(), id, &order_no, draft).await? {
            true => Ok(order_no),
            false => Err(taken_order_no().into()),
        };
    }
    let month = draft.ordered_at.with_timezone(&op.settings().business_time_zone).format("%y%m").to_string();
    loop {
        let order_no = format!("SO{month}-{:06}", store::next_order_number(op.db()).await?);
        if store::insert(op.db(), id, &order_no, draft).await? {
            return Ok(order_no);
        }
    }
}

/// Records the follow-up that belongs to the order.
async fn record_follow_up(
    op: &mut Op<'_>,
    customer: &Customer,
    opportunity: Option<OpportunityId>,
    content: String,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let draft = followup::Draft {
        opportunity,
        channel: Channel::Order,
        content,
        at: Some(at),
        next_plan: None,
        next_contact_at: None,
        completes: None,
    };
    let id = op.new_id();
    record::write(op, id, customer, draft).await
}

fn not_owned() -> UserError {
    let text = Text::new(
        "The customer is in the pool. Only a customer with an owner can order.",
        "该客户在公海中，没有负责人，不能下单。",
    );
    UserError::new(Code::NotOwned, text).at(&["customerId"])
}

fn taken_order_no() -> UserError {
    let text = Text::new("Another order has this number already.", "该订单号已被其他订单使用。");
    UserError::new(Code::Duplicate, text).at(&["orderNo"])
}
