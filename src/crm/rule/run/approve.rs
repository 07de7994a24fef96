//! Approval of a run that waits because it would take many customers.

use super::{APPROVE, store};
use crate::crm::rule::store as rules;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::PoolRuleRunId;
use crate::kernel::op::Op;

/// Approves a run, which then takes the customers that wait. They are those that it has counted; an owner who has
/// followed up since keeps the customer. Approving an approved run is a success and changes nothing.
pub async fn approve(op: &mut Op<'_>, id: PoolRuleRunId) -> Result<(), Error> {
    op.authorize(APPROVE)?;
    let run = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if run.is_approved {
        return Ok(());
    }
    let (now, by) = (op.now(), op.viewer()?.user);
    let rule = rules::find(op.db(), run.rule).await?;
    let is_unchanged = rule.is_some_and(|(rule, version)| rule.enabled && version == run.rule_version);
    let is_in_time = run.approve_by.is_none_or(|approve_by| now < approve_by);
    if run.status != "AWAITING_APPROVAL" || !is_unchanged || !is_in_time {
        let text = Text::new(
            "The run does not wait for approval, or it is too late to approve it.",
            "该次执行无需审批，或已过审批期限。",
        );
        return Err(UserError::new(Code::TooLate, text).into());
    }
    store::release_waiting(op.db(), id, Some(by), now).await?;
    op.audit(Entry::of(Kind::PoolRuleRunApproved).detail(format!("run: {id}"))).await
}
