//! One note after a phone call: what was said, what comes next, and where the opportunity stands now.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Channel, store};
use crate::crm::customer::{self, Customer};
use crate::crm::opportunity::{self, Opportunity, moving};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// To write follow-ups.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::FollowUp);

/// How long after a talk it can be written down.
pub const LATEST: TimeDelta = TimeDelta::days(7);
/// How far ahead a next contact can be planned.
const FARTHEST: TimeDelta = TimeDelta::days(366 * 5);

/// A follow-up to write down.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Note {
    pub opportunity: Option<OpportunityId>,
    pub channel: Channel,
    pub content: String,
    /// When they talked; now when nobody says.
    pub at: Option<DateTime<Utc>>,
    pub next_plan: Option<String>,
    pub next_contact_at: Option<DateTime<Utc>>,
}

/// Writes a follow-up of a customer that the permission reaches, and moves its opportunity in the same operation.
pub async fn record(
    op: &mut Op<'_>,
    customer: CustomerId,
    note: Note,
    moved: Option<(i32, moving::Move)>,
    idempotency_key: Option<String>,
) -> Result<FollowUpId, Error> {
    op.authorize(CREATE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "recordFollowUp", id).await? {
        return Ok(first);
    }
    let held = customer::require(op, customer, CREATE).await?;
    if note.channel == Channel::Order {
        let en = "is for follow-ups that are recorded with an order";
        return Err(UserError::invalid(&["channel"], en, "仅用于随订单记录的跟进").into());
    }
    match (note.opportunity, moved) {
        (Some(opportunity), Some((version, to))) => {
            let opportunity = within(op, customer, opportunity, opportunity::edit::WRITE).await?;
            UserError::check_version(opportunity.version, version)
                .map_err(|stale| Error::from(stale).below("moveOpportunity"))?;
            moving::put(op, &opportunity, to).await.map_err(|error| error.below("moveOpportunity"))?;
        }
        (Some(opportunity), None) => {
            within(op, customer, opportunity, opportunity::READ).await?;
        }
        (None, Some(_)) => {
            let en = "moves the opportunity that the follow-up is for: name it";
            return Err(UserError::invalid(&["moveOpportunity"], en, "请指定要推进的销售机会").into());
        }
        (None, None) => {}
    }
    write(op, id, &held, note).await?;
    Ok(id)
}

/// Writes a follow-up of a customer that the operation holds, and lets the clocks of the ownership run from it.
pub async fn write(op: &mut Op<'_>, id: FollowUpId, customer: &Customer, note: Note) -> Result<(), Error> {
    // Not before the customer came to its owner, even where another server's clock gave it to them.
    let (now, author) = (op.now().max(customer.owned_since.unwrap_or_default()), op.viewer()?.user);
    let at = note.at.unwrap_or(now);
    let mut wrong = Vec::new();
    if at > now || at < now - LATEST {
        let (en, zh) = ("is in the last 7 days, and not ahead", "必须在最近 7 天内，且不能晚于现在");
        wrong.push(UserError::invalid(&["at"], en, zh));
    }
    if note.next_contact_at.is_some_and(|next| next <= now || next > now + FARTHEST) {
        let (en, zh) = ("is ahead, by at most 5 years", "必须晚于现在，且不超过 5 年");
        wrong.push(UserError::invalid(&["nextContactTime"], en, zh));
    }
    let content = text::block(&["content"], &note.content, 1, 4_000).map_err(|refusal| wrong.push(refusal));
    let plan =
        text::optional_block(&["nextPlan"], note.next_plan.clone(), 1_000).map_err(|refusal| wrong.push(refusal));
    let (Ok(content), Ok(next_plan), []) = (content, plan, wrong.as_slice()) else { return Err(Error::Refused(wrong)) };
    let note = Note { content, next_plan, ..note };
    store::insert(op.db(), id, customer.id, author, &note, at, now).await?;
    customer::follow_up_recorded(op, id).await
}

/// The opportunity is one of this customer that a permission reaches.
async fn within(
    op: &mut Op<'_>,
    customer: CustomerId,
    opportunity: OpportunityId,
    permission: Permission,
) -> Result<Opportunity, Error> {
    let held = opportunity::hold_of(op, customer, opportunity, permission).await;
    held.map_err(|error| error.below("opportunityId"))
}
