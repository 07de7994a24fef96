//! How a run ends, or waits for approval: who is told, and what becomes of a run that nobody approves in time.

use super::{APPROVE, Run, store};
use crate::crm::rule::model::Draft;
use crate::kernel::error::Error;
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::UserId;
use crate::kernel::metrics;
use crate::kernel::op::Op;

/// Lets a run wait for approval. The users who may approve it are told how many customers wait, and the superiors of the
/// owners how many of each.
pub async fn wait(op: &mut Op<'_>, run: &Run) -> Result<(), Error> {
    store::await_approval(op.db(), run.id).await?;
    let by_owner = store::waiting(op.db(), run.id).await?;
    let customers = by_owner.iter().map(|(_, count)| count).sum();
    tracing::warn!(run.id = %run.id, customers, "a run of a pool rule waits for approval");
    metrics::pool_rule_run("AWAITING_APPROVAL");
    let (at, due) = (op.now(), run.approve_by);
    let notification = |user, owner, customers| {
        let about = About::Run { run: run.id, owner, customers, due };
        Notification { user, notice: Notice::ApprovalDue, about, at, rule: Some(run.rule) }
    };
    let approvers = op.directory().holders(APPROVE).map_err(|error| Error::Internal(error.into()))?;
    let mut told: Vec<_> = approvers.into_iter().map(|user| notification(user, None, customers)).collect();
    let superior = |owner: &UserId| op.directory().people.get(owner).and_then(|member| member.manager);
    told.extend(
        by_owner.iter().filter_map(|(owner, count)| Some(notification(superior(owner)?, Some(*owner), *count))),
    );
    op.notify(&told).await
}

/// Decides on a run that nobody has approved by its deadline. If it was stopped as a whole, it lapses: the rule may be
/// wrong. If single owners would lose many customers, they lose them now, unless the rule lets them keep them.
pub async fn end_waiting(op: &mut Op<'_>, run: &Run, rule: Option<&Draft>) -> Result<(), Error> {
    let falls = !run.is_stopped && rule.is_some_and(|rule| !rule.keeps_unapproved);
    if !falls {
        return finish(op, run, "LAPSED", None).await;
    }
    let now = op.now();
    store::release_waiting(op.db(), run.id, None, now).await?;
    Ok(())
}

/// Ends a run for good.
pub async fn finish(op: &mut Op<'_>, run: &Run, status: &'static str, error: Option<&str>) -> Result<(), Error> {
    let now = op.now();
    store::finish(op.db(), run.id, status, error, now).await?;
    metrics::pool_rule_run(status);
    Ok(())
}
