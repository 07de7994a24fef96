//! One step of a run: a batch of customers in one transaction.

use super::ending::{end_waiting, finish, wait};
use super::undo::batch_of;
use super::{Run, store};
use crate::crm::customer;
use crate::crm::rule::matching::Matching;
use crate::crm::rule::model::{Draft, Limits};
use crate::crm::rule::schedule::Schedule;
use crate::crm::rule::{Action, choice, store as rules};
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::event::{About, Batch, BatchKind, Cause, Notice, Notification};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// The passes of a run, in their order: take customers, take those that were locked in the first pass, notify owners.
const TAKING: i32 = 1;
const TAKING_AGAIN: i32 = 2;
const ANNOUNCING: i32 = 3;

/// Makes the next step of the first running run. Of several runs with the same planned time, the one with the highest
/// priority comes first, so the log names this rule for customers that several rules would take. It waits while another
/// server makes a step.
pub async fn step(app: &App, size: i64) -> Result<(), Error> {
    let mut op = app.begin(Actor::System("pool rules")).await?;
    let now = op.now();
    // Another server may have finished the run while this one waited.
    let Some(run) = store::lock_next_run(op.db(), now).await? else { return Ok(()) };
    match advance(&mut op, &run, size).await {
        Ok(()) => {}
        // A rule that is not valid any more takes nothing: an administrator must correct it.
        Err(Error::Refused(refusals)) => fail(&mut op, &run, &refusals).await?,
        Err(error) => return Err(error),
    }
    op.commit().await
}

async fn advance(op: &mut Op<'_>, run: &Run, size: i64) -> Result<(), Error> {
    let rule = unchanged_rule(op, run).await?;
    if run.status == "AWAITING_APPROVAL" {
        return end_waiting(op, run, rule.as_ref()).await;
    }
    let Some(rule) = rule else { return finish(op, run, "STOPPED", None).await };
    let matching = Matching::of_rule(op, run.rule, &rule).await?;
    match (run.matched, rule.action, run.pass) {
        (None, ..) => begin(op, run, &rule, &matching).await,
        (Some(_), Action::WarnOwner, _) => warn(op, run, &matching, size).await,
        (Some(_), _, ANNOUNCING) => announce(op, run, &matching, size).await,
        (Some(_), ..) => take(op, run, &matching, size).await,
    }
}

/// The rule of a run, if it is enabled and has the same version as when the run began.
async fn unchanged_rule(op: &mut Op<'_>, run: &Run) -> Result<Option<Draft>, Error> {
    let rule = rules::find(op.db(), run.rule).await?;
    Ok(rule.filter(|(rule, version)| rule.enabled && *version == run.rule_version).map(|(rule, _)| rule))
}

/// Chooses the customers of the run. If they are too many, the run waits for approval before it takes any.
async fn begin(op: &mut Op<'_>, run: &Run, rule: &Draft, matching: &Matching) -> Result<(), Error> {
    store::delete_outdated_notices(op, run, matching).await?;
    let limits = rule.limits();
    let limits = Limits { stops: limits.stops && !run.is_approved, ..limits };
    let listed = (rule.action == Action::ReleaseToPool).then_some(run.id);
    let choice = choice::choose(op, matching, run.planned_at, limits, listed).await?;
    let schedule = Schedule::saved(rule.schedule.as_deref(), rule.workdays);
    let approve_by = schedule.and_then(|schedule| schedule.next_after(run.planned_at, op.settings()));
    store::save_choice(op.db(), run.id, &choice, approve_by).await?;
    match choice.is_stopped {
        true => wait(op, &Run { approve_by, ..run.clone() }).await,
        false => Ok(()),
    }
}

/// Takes the next customers.
async fn take(op: &mut Op<'_>, run: &Run, matching: &Matching, size: i64) -> Result<(), Error> {
    customer::lock_protection_period(op.db()).await?;
    let locked = store::lock_next(op, run, matching, size).await?;
    let taken = take_locked(op, run, matching, &locked).await?;
    save_taken(op, run, matching, locked.len() as i64 == size, locked.last().copied(), taken).await
}

/// Saves how many customers were taken, and how far the run has come.
async fn save_taken(
    op: &mut Op<'_>,
    run: &Run,
    matching: &Matching,
    is_full: bool,
    last: Option<CustomerId>,
    taken: i64,
) -> Result<(), Error> {
    store::add_released(op.db(), run.id, taken).await?;
    let is_all = run.matched.is_some_and(|matched| run.released + taken >= matched);
    // Customers that another transaction had locked are tried once more.
    let next = if run.pass == TAKING && !is_all { Some(TAKING_AGAIN) } else { announcing_pass(matching) };
    save_progress(op, run, is_full, last, next).await
}

/// The pass that notifies owners, if the settings have a notice period.
fn announcing_pass(matching: &Matching) -> Option<i32> {
    matching.notice().map(|_| ANNOUNCING)
}

/// Takes the locked customers that still match; returns how many. The condition is evaluated again, because operations
/// that change its values lock the customer: a follow-up that was recorded a moment ago keeps the customer with its
/// owner.
async fn take_locked(op: &mut Op<'_>, run: &Run, matching: &Matching, locked: &[CustomerId]) -> Result<i64, Error> {
    let still = store::still_matching(op, run, matching, locked).await?;
    op.continue_batch(Batch { id: batch_of(run.id), kind: BatchKind::PoolRule, about: None, filter: None });
    customer::pool::reclaim(op, &still, Cause::Rule(run.rule), None).await?;
    let taken: Vec<_> = still.iter().map(|owned| owned.customer).collect();
    store::unlist(op.db(), run.id, &taken).await?;
    Ok(taken.len() as i64)
}

/// Warns the owners of the next customers, once until they follow up again.
async fn warn(op: &mut Op<'_>, run: &Run, matching: &Matching, size: i64) -> Result<(), Error> {
    let next = store::next_to_warn(op, run, matching, size).await?;
    let to_warn: Vec<_> = next.iter().filter(|due| !due.is_warned).collect();
    notify(op, run, to_warn.iter().map(|due| (due.customer, due.owner))).await?;
    store::add_released(op.db(), run.id, to_warn.len() as i64).await?;
    let last = next.last().map(|due| due.customer);
    save_progress(op, run, next.len() as i64 == size, last, None).await
}

/// Notifies the owners of the next customers that a later run will take them.
async fn announce(op: &mut Op<'_>, run: &Run, matching: &Matching, size: i64) -> Result<(), Error> {
    let notified = store::announce(op, run, matching, size).await?;
    notify(op, run, notified.iter().copied()).await?;
    let last = notified.last().map(|(customer, _)| *customer);
    save_progress(op, run, notified.len() as i64 == size, last, None).await
}

async fn notify(op: &mut Op<'_>, run: &Run, due: impl Iterator<Item = (CustomerId, UserId)>) -> Result<(), Error> {
    let (at, rule) = (op.now(), Some(run.rule));
    let notification = |(customer, user)| {
        let (notice, about) = (Notice::ReleaseDue, About::Customer(customer));
        Notification { user, notice, about, at, rule }
    };
    op.notify(&due.map(notification).collect::<Vec<_>>()).await
}

/// Saves how far the run has come. After a full batch the pass continues behind its last customer. Otherwise the pass
/// is over, and the next pass begins, or the run ends.
async fn save_progress(
    op: &mut Op<'_>,
    run: &Run,
    is_full: bool,
    last: Option<CustomerId>,
    next: Option<i32>,
) -> Result<(), Error> {
    match (is_full, next) {
        (true, _) => Ok(store::save_progress(op.db(), run.id, run.pass, last).await?),
        (false, Some(pass)) => Ok(store::save_progress(op.db(), run.id, pass, None).await?),
        (false, None) => end(op, run).await,
    }
}

/// Ends a run. If customers of single owners are left for approval, it waits for that instead.
async fn end(op: &mut Op<'_>, run: &Run) -> Result<(), Error> {
    if store::waiting(op.db(), run.id).await?.is_empty() {
        return finish(op, run, "DONE", None).await;
    }
    wait(op, run).await
}

/// Takes one customer, and excludes it from the run if that fails. If the run fails for another reason than the
/// customer, it ends as failed.
pub async fn skip_failing(app: &App) -> Result<(), Error> {
    let mut op = app.begin(Actor::System("pool rules")).await?;
    let now = op.now();
    let Some(run) = store::lock_next_run(op.db(), now).await? else { return Ok(()) };
    match take_or_exclude(&mut op, &run).await {
        Ok(true) => return op.commit().await,
        Err(error @ Error::Unavailable(_)) => return Err(error),
        Ok(false) | Err(_) => {}
    }
    // The failed statement may have aborted the transaction, and another server may have made a step since, so the run
    // is ended in a new transaction, and only if it has not changed.
    drop(op);
    let mut op = app.begin(Actor::System("pool rules")).await?;
    let present = store::lock(op.db(), run.id).await?;
    if present.is_some_and(|present| present == run) {
        fail(&mut op, &run, &[]).await?;
    }
    op.commit().await
}

/// Whether the run has made progress.
async fn take_or_exclude(op: &mut Op<'_>, run: &Run) -> Result<bool, Error> {
    let Some(rule) = unchanged_rule(op, run).await? else { return Ok(true) };
    if run.matched.is_none()
        || run.pass == ANNOUNCING
        || run.status != "RUNNING"
        || rule.action != Action::ReleaseToPool
    {
        return Ok(false);
    }
    let matching = Matching::of_rule(op, run.rule, &rule).await?;
    customer::lock_protection_period(op.db()).await?;
    let locked = store::lock_next(op, run, &matching, 1).await?;
    store::savepoint(op.db()).await?;
    match (take_locked(op, run, &matching, &locked).await, locked.first()) {
        (Ok(taken), first) => {
            save_taken(op, run, &matching, first.is_some(), first.copied(), taken).await?;
            Ok(true)
        }
        (Err(error @ Error::Unavailable(_)), _) | (Err(error), None) => Err(error),
        (Err(_), Some(customer)) => {
            store::back_to_savepoint(op.db()).await?;
            store::exclude(op.db(), run.id, *customer).await?;
            Ok(true)
        }
    }
}

async fn fail(op: &mut Op<'_>, run: &Run, refusals: &[UserError]) -> Result<(), Error> {
    let reasons: Vec<_> = refusals.iter().map(|refusal| refusal.message.in_both()).collect();
    let reason = match reasons.is_empty() {
        true => Text::fault().in_both(),
        false => reasons.join(" "),
    };
    finish(op, run, "FAILED", Some(&reason)).await
}
