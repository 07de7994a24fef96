//! A follow-up is recorded: what was said, what comes next, and optionally a new stage of the opportunity, all in one
//! operation.

use chrono::{DateTime, TimeDelta, Utc};

use super::{CREATE, Channel, Draft, store};
use crate::crm::customer::{self, Customer};
use crate::crm::opportunity::{self, Opportunity, moving};
use crate::crm::task;
use crate::kernel::access::Permission;
use crate::kernel::clock::past_time;
use crate::kernel::error::{Code, Error, UserError};
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// How far back the time of a follow-up can be when it is recorded.
pub const MAX_BACKDATING: TimeDelta = TimeDelta::days(7);

/// Records a follow-up of a customer that the permission reaches. With `moved`, the version that the user saw and the
/// new stage, it moves the opportunity in the same operation. If the idempotency key was used before, the follow-up of
/// that call is returned.
pub async fn record(
    op: &mut Op<'_>,
    customer: CustomerId,
    draft: Draft,
    moved: Option<(i32, moving::Move)>,
    idempotency_key: Option<String>,
) -> Result<FollowUpId, Error> {
    op.authorize(CREATE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "recordFollowUp", id).await? {
        return Ok(first);
    }
    let customer = customer::require(op, customer, CREATE).await?;
    if draft.channel == Channel::Order {
        let en = "Only `createOrder` records follow-ups of the channel ORDER. Choose another channel.";
        return Err(
            UserError::invalid(&["channel"], en, "“订单”方式的跟进由系统在下单时自动记录，请选择其他方式。").into()
        );
    }
    match (draft.opportunity, moved) {
        (Some(opportunity), Some((version, to))) => {
            let opportunity = lock_opportunity(op, customer.id, opportunity, opportunity::WRITE).await?;
            UserError::check_version(opportunity.version, version)
                .map_err(|stale| Error::from(stale).below("moveOpportunity"))?;
            moving::move_locked(op, &opportunity, to).await.map_err(|error| error.below("moveOpportunity"))?;
        }
        (Some(opportunity), None) => {
            lock_opportunity(op, customer.id, opportunity, opportunity::READ).await?;
        }
        (None, Some(_)) => {
            let en = "A follow-up can only move the opportunity that it is for. Give `opportunityId`.";
            return Err(UserError::invalid(&["moveOpportunity"], en, "请选择要推进的商机。").into());
        }
        (None, None) => {}
    }
    write(op, id, &customer, draft).await?;
    Ok(id)
}

/// Writes a follow-up of a customer that is locked, updates the follow-up times of the customer's present ownership, and
/// completes and creates tasks.
pub async fn write(op: &mut Op<'_>, id: FollowUpId, customer: &Customer, draft: Draft) -> Result<(), Error> {
    // The ownership may have begun at a later time of another server's clock. The follow-up must not be before it.
    let (now, author) = (op.now().max(customer.owned_since.unwrap_or_default()), op.viewer()?.user);
    let mut refusals = Vec::new();
    let at = draft.at.map_or(Ok(now), |at| check_time("at", at, now)).unwrap_or_else(|refusal| {
        refusals.push(refusal);
        now
    });
    if draft.next_contact_at.is_some_and(|next| next <= now || next > now + task::MAX_PLANNING) {
        let (en, zh) =
            ("The next contact must be in the future, within 5 years.", "下次联系时间必须晚于现在，且在 5 年之内。");
        refusals.push(UserError::invalid(&["nextContactTime"], en, zh));
    }
    let content = text::block(&["content"], &draft.content, 1, 4_000).map_err(|refusal| refusals.push(refusal));
    let plan =
        text::optional_block(&["nextPlan"], draft.next_plan.clone(), 1_000).map_err(|refusal| refusals.push(refusal));
    let (Ok(content), Ok(next_plan), []) = (content, plan, refusals.as_slice()) else {
        return Err(Error::Refused(refusals));
    };
    let draft = Draft { content, next_plan, ..draft };
    store::insert(op.db(), id, customer.id, author, &draft, at, now).await?;
    customer::follow_up_recorded(op, id).await?;
    task::plan::follow(op, id).await?;
    let Some(completed) = draft.completes else { return Ok(()) };
    let done = task::change::complete_in(op, completed, customer.id, id).await;
    done.map_err(|error| error.below("completeTaskId"))
}

/// The time of a conversation or an order, which is recorded when it is over, and not much later.
pub fn check_time(path: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, UserError> {
    let at = past_time(at, now).map_err(|text| UserError::new(Code::Invalid, text).at(&[path]))?;
    if at < now - MAX_BACKDATING {
        return Err(UserError::invalid(&[path], "must be within the last 7 days", "必须在最近 7 天内"));
    }
    Ok(at)
}

/// Locks an opportunity of the customer that a permission reaches.
async fn lock_opportunity(
    op: &mut Op<'_>,
    customer: CustomerId,
    opportunity: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let locked = opportunity::lock_of_customer(op, customer, opportunity, permission).await;
    locked.map_err(|error| error.below("opportunityId"))
}
