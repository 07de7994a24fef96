//! To record an order, and what follows from it: a follow-up with the customer, and the end of the opportunity.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::lines::{self, Line, LineInput};
use super::step::Status;
use super::store::{self, Done, Draft};
use crate::crm::customer::{self, Customer};
use crate::crm::followup::record::{LATEST, Note};
use crate::crm::followup::{self, Channel};
use crate::crm::opportunity::{self, Opportunity, moving};
use crate::crm::product;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// To record orders, and change them while nothing is paid.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::Order);

/// An order as somebody wishes it.
#[derive(Debug)]
pub struct NewOrder {
    /// Who buys.
    pub customer: CustomerId,
    /// What.
    pub lines: Vec<LineInput>,
    /// In which currency; that of the products when nobody says otherwise.
    pub currency: Option<String>,
    /// What it comes of.
    pub opportunity: Option<OpportunityId>,
    /// Whether the opportunity is won with it.
    pub close_opportunity: bool,
    /// The number that people use; the next one when nobody says otherwise.
    pub order_no: Option<String>,
    /// When it was made; now when nobody says otherwise.
    pub ordered_at: Option<DateTime<Utc>>,
    /// What is said about it.
    pub remark: Option<String>,
}

/// Records an order of a customer that the permission reaches. Whoever records it, the customer's owner sold it. With an
/// idempotency key that was used before: what was recorded then.
pub async fn create(op: &mut Op<'_>, new: NewOrder, idempotency_key: Option<String>) -> Result<OrderId, Error> {
    op.authorize(CREATE)?;
    op.authorize(product::READ)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createOrder", id).await? {
        return Ok(first);
    }
    let customer = customer::require(op, new.customer, CREATE).await?;
    let owner = customer.owner.ok_or_else(not_owned)?;
    let opportunity = hold_opportunity(op, &new).await?;
    // Not before the customer came to its owner, even where another server's clock gave it to them.
    let now = op.now().max(customer.owned_since.unwrap_or_default());
    let ordered_at = match new.ordered_at {
        Some(at) => check_time(&customer, at, now)?,
        None => now,
    };
    let offers = product::offers(op.db(), &lines::products_of(&new.lines)).await?;
    let priced = lines::price(&new.lines, &offers, new.currency.as_deref(), &HashSet::new());
    let (currency, lines) = priced.map_err(Error::Refused)?;
    let remark = text::optional(&["remark"], new.remark, 1_000)?;
    let draft = Draft {
        customer: new.customer,
        opportunity: new.opportunity,
        owner,
        currency: &currency,
        remark: remark.as_deref(),
        ordered_at,
        created_at: now,
    };
    let order_no = insert(op, id, &draft, new.order_no).await?;
    store::insert_lines(op.db(), id, &lines).await?;
    let done = Done {
        action: "CREATE",
        from: Status::Pending,
        to: Status::Pending,
        amount: None,
        totals: None,
        remark: None,
        at: ordered_at,
    };
    store::record(op, id, new.customer, &done).await?;
    let total: Decimal = lines.iter().map(Line::amount).sum();
    let content = format!("{order_no}: {total:.2} {currency}");
    record_follow_up(op, &customer, new.opportunity, content, ordered_at).await?;
    if let Some(opportunity) = opportunity.filter(|_| new.close_opportunity) {
        let won = moving::put_into(op, &opportunity, StageKind::Won, None).await;
        won.map_err(|error| error.below("opportunityId"))?;
    }
    Ok(id)
}

/// What the order comes of is held with its customer: whether it can be won with it, and that an order counts for it.
async fn hold_opportunity(op: &mut Op<'_>, new: &NewOrder) -> Result<Option<Opportunity>, Error> {
    let Some(id) = new.opportunity else {
        if new.close_opportunity {
            let (en, zh) = ("is for an order that comes of an opportunity: name it", "请指定订单来源的销售机会");
            return Err(UserError::invalid(&["closeOpportunity"], en, zh).into());
        }
        return Ok(None);
    };
    let permission = if new.close_opportunity { opportunity::edit::WRITE } else { opportunity::READ };
    let held = opportunity::hold_of(op, new.customer, id, permission).await;
    Ok(Some(held.map_err(|error| error.below("opportunityId"))?))
}

/// As late as its follow-up can be, not ahead, and in the present ownership: the figures are its owner's.
fn check_time(customer: &Customer, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, UserError> {
    if at > now || at < now - LATEST {
        let (en, zh) = ("is in the last 7 days, and not ahead", "必须在最近 7 天内，且不能晚于现在");
        return Err(UserError::invalid(&["orderedAt"], en, zh));
    }
    if customer.owned_since.is_none_or(|since| at < since) {
        let (en, zh) = ("is before its owner got the customer", "不能早于当前负责人获得该客户的时间");
        return Err(UserError::invalid(&["orderedAt"], en, zh));
    }
    Ok(at)
}

/// Writes the order under the number given, else under the next one that nobody has given by hand.
async fn insert(op: &mut Op<'_>, id: OrderId, draft: &Draft<'_>, order_no: Option<String>) -> Result<String, Error> {
    if let Some(order_no) = text::optional(&["orderNo"], order_no, 40)? {
        return match store::insert(op.db(), id, &order_no, draft).await? {
            true => Ok(order_no),
            false => Err(duplicate().into()),
        };
    }
    let month = draft.ordered_at.with_timezone(&op.settings().business_time_zone).format("%y%m").to_string();
    loop {
        let order_no = format!("SO{month}-{:06}", store::next_number(op.db()).await?);
        if store::insert(op.db(), id, &order_no, draft).await? {
            return Ok(order_no);
        }
    }
}

/// Whoever orders was talked with.
async fn record_follow_up(
    op: &mut Op<'_>,
    customer: &Customer,
    opportunity: Option<OpportunityId>,
    content: String,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let note =
        Note { opportunity, channel: Channel::Order, content, at: Some(at), next_plan: None, next_contact_at: None };
    let id = op.new_id();
    followup::record::write(op, id, customer, note).await
}

fn not_owned() -> UserError {
    let text = Text::new("The customer is in the pool: nobody sells to it.", "该客户在公海中，没有负责人，不能下单。");
    UserError::new(Code::NotOwned, text).at(&["customerId"])
}

fn duplicate() -> UserError {
    let text = Text::new("There is an order with this number already.", "该订单号已存在。");
    UserError::new(Code::Duplicate, text).at(&["orderNo"])
}
