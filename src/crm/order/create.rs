//! An order is recorded, together with a follow-up of the customer, and on request its opportunity is won.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::model::follow_up_content;
use super::store::{self, Draft, HistoryEntry};
use super::{CREATE, Status};
use crate::crm::customer::{self, Customer};
use crate::crm::followup::{self, Channel, record};
use crate::crm::opportunity::{self, Loss, Opportunity, moving};
use crate::crm::product;
use crate::crm::product::lines::{self, LineInput};
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
    /// The products, quantities and prices; `None` for those of the opportunity.
    pub lines: Option<Vec<LineInput>>,
    /// The currency of all prices; `None` for the currency of the products, or that of the opportunity with its lines.
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
    let (inputs, given) = match (new.lines, &opportunity) {
        (Some(inputs), _) => (inputs, new.currency),
        (None, Some(opportunity)) => lines_of_opportunity(op, opportunity, new.currency).await?,
        (None, None) => return Err(no_lines().into()),
    };
    let offers = product::offers(op.db(), &lines::products_of(&inputs)).await?;
    let asked = lines::Asked::New { given: given.as_deref(), in_use: &op.settings().currencies };
    let priced = lines::price(&inputs, &offers, asked, &HashSet::new());
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
    let content = follow_up_content(&order_no, &priced_lines, &currency);
    record_follow_up(op, &customer, new.opportunity, content, ordered_at).await?;
    if let Some(opportunity) = opportunity.filter(|_| new.close_opportunity) {
        let won = moving::move_locked_to_kind(op, &opportunity, StageKind::Won, Loss::default()).await;
        won.map_err(|error| error.below("opportunityId"))?;
    }
    Ok(id)
}

/// Locks the opportunity of the order. If the order wins it, the actor needs the permission to change it, else only to
/// read it. A lost or void one is refused unless the order wins it.
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
    let locked = locked.map_err(|error| error.below("opportunityId"))?;
    if locked.kind.is_lost_or_void() && !new.close_opportunity {
        return Err(lost().at(&["opportunityId"]).into());
    }
    Ok(Some(locked))
}

/// The lines of the opportunity with their currency. Prices in one currency are none in another one.
async fn lines_of_opportunity(
    op: &mut Op<'_>,
    opportunity: &Opportunity,
    currency: Option<String>,
) -> Result<(Vec<LineInput>, Option<String>), Error> {
    let (lines, of_prices) = opportunity::lines_of(op.db(), opportunity.id).await?;
    if lines.is_empty() {
        return Err(no_lines().into());
    }
    if currency.is_some() && currency != of_prices {
        let (en, zh) = (
            "The prices of the opportunity are in another currency. Give the lines with their prices in this one.",
            "商机产品明细的单价为其他币种，请按该币种填写产品明细。",
        );
        return Err(UserError::invalid(&["currency"], en, zh).into());
    }
    let input = |line: lines::Line| LineInput {
        product: line.product,
        quantity: line.quantity,
        unit_price: Some(line.unit_price),
        discount: Some(line.discount),
    };
    Ok((lines.into_iter().map(input).collect(), of_prices))
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

fn lost() -> UserError {
    let text = Text::new(
        "The opportunity is lost or void. Win it with this order (`closeOpportunity`), or leave the opportunity out.",
        "该商机已输单或无效。如由本订单赢回，请将商机记为赢单（closeOpportunity），否则不要关联该商机。",
    );
    UserError::new(Code::NotLive, text)
}

fn no_lines() -> UserError {
    let (en, zh) =
        ("Give the lines of the order, or an opportunity that has lines.", "请填写产品明细，或选择有产品明细的商机。");
    UserError::invalid(&["lines"], en, zh)
}

fn taken_order_no() -> UserError {
    let text = Text::new("Another order has this number already.", "该订单号已被其他订单使用。");
    UserError::new(Code::Duplicate, text).at(&["orderNo"])
}
