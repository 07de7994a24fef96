//! Approval: lets a run do what it stopped before.

use super::store;
use crate::crm::rule::schedule::Schedule;
use crate::crm::rule::store as rules;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::PoolRuleRunId;
use crate::kernel::op::Op;

/// To approve runs.
pub const APPROVE: Permission = Permission::to(Action::Approve, Resource::PoolRule);

/// Lets a run take all that it matches. It is counted anew: who followed up meanwhile keeps the customer. What was approved
/// already is a success.
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
        let text = Text::new("This run does not wait for approval, or not any more.", "该次执行无需审批，或已失效。");
        return Err(UserError::new(Code::TooLate, text).into());
    }
    store::approve(op.db(), id, by, now).await?;
    Ok(())
}
