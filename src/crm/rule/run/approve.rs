//! Approval of a run that has stopped for safety.

use super::{APPROVE, store};
use crate::crm::rule::schedule::Schedule;
use crate::crm::rule::store as rules;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::PoolRuleRunId;
use crate::kernel::op::Op;

/// Approves a run, which may then take all customers that it matches. They are counted again, so an owner who has
/// followed up since keeps the customer. Approving an approved run is a success and changes nothing.
pub async fn approve(op: &mut Op<'_>, id: PoolRuleRunId) -> Result<(), Error> {
    op.authorize(APPROVE)?;
    let run = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if run.is_approved {
        return Ok(());
    }
    let (now, by) = (op.now(), op.viewer()?.user);
    let rule = rules::find(op.db(), run.rule).await?;
    let rule = rule.filter(|(rule, version)| rule.enabled && *version == run.rule_version).map(|(rule, _)| rule);
    let next = rule.and_then(|rule| {
        Schedule::saved(rule.schedule.as_deref(), rule.workdays)?.next_after(run.planned_at, op.settings())
    });
    if run.status != "AWAITING_APPROVAL" || next.is_none_or(|next| next <= now) {
        let text = Text::new(
            "The run does not wait for approval, or it is too late to approve it.",
            "该次执行无需审批，或已过审批期限。",
        );
        return Err(UserError::new(Code::TooLate, text).into());
    }
    store::approve(op.db(), id, by, now).await?;
    op.audit(Entry::of(Kind::PoolRuleRunApproved).detail(format!("run: {id}"))).await
}
