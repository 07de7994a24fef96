//! One step of a run, in one transaction.

use super::safety::{Stop, stop};
use super::store::{self, Run};
use super::undo::batch_of;
use crate::crm::customer;
use crate::crm::rule::matching::Matching;
use crate::crm::rule::store as rules;
use crate::crm::rule::{Action, edit::Draft};
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::event::{About, Batch, BatchKind, Cause, Notice, Notification};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// What a run does, one after another.
const TAKING: i32 = 1;
const TAKING_AGAIN: i32 = 2;
const ANNOUNCING: i32 = 3;

/// Makes the next step of the first run that is under way: of those planned for one time, the one of the highest priority,
/// so its name stands in the log of what several would take. Waits for the server that makes one just now.
pub async fn step(app: &App, size: i64) -> Result<(), Error> {
    let mut op = app.begin(Actor::System("pool rules")).await?;
    // Perhaps the one that was waited for is done.
    let Some(run) = store::next(op.db()).await? else { return Ok(()) };
    match advance(&mut op, &run, size).await {
        Ok(()) => {}
        // A rule that can't be read any more takes nothing: whoever keeps the rules has to correct it.
        Err(Error::Refused(refusals)) => fail(&mut op, &run, &refusals).await?,
        Err(error) => return Err(error),
    }
    op.commit().await
}

async fn advance(op: &mut Op<'_>, run: &Run, size: i64) -> Result<(), Error> {
    let Some(rule) = valid(op, run).await? else {
        let now = op.now();
        return Ok(store::finish(op.db(), run.id, "STOPPED", None, now).await?);
    };
    let matching = Matching::of_rule(op, run.rule, &rule).await?;
    match (run.matched, rule.action, run.pass) {
        (None, ..) => count(op, run, &rule, &matching).await,
        (Some(_), Action::WarnOwner, _) => warn(op, run, &matching, size).await,
        (Some(_), _, ANNOUNCING) => announce(op, run, &matching, size).await,
        (Some(_), ..) => take(op, run, &rule, &matching, size).await,
    }
}

/// The rule of a run, as long as it is the one that was counted with, and on.
async fn valid(op: &mut Op<'_>, run: &Run) -> Result<Option<Draft>, Error> {
    let rule = rules::find(op.db(), run.rule).await?;
    Ok(rule.filter(|(rule, version)| rule.enabled && *version == run.rule_version).map(|(rule, _)| rule))
}

/// Counts what the run is about, and stops where that is too much.
async fn count(op: &mut Op<'_>, run: &Run, rule: &Draft, matching: &Matching) -> Result<(), Error> {
    store::forget_notices(op, run, matching).await?;
    let counts = rules::count(op, matching).await?;
    let matched = counts.iter().map(|of| of.matched).sum::<i64>() + run.released;
    let stopped = match rule.action {
        Action::ReleaseToPool if !run.is_approved => stop(&counts, rule.max_per_run),
        _ => Stop::Owners(Vec::new()),
    };
    match stopped {
        Stop::Everything => {
            tracing::warn!(run.id = %run.id, matched, "a pool rule waits for approval");
            store::hold(op.db(), run.id, matched).await?;
        }
        Stop::Owners(held) => store::counted(op.db(), run.id, matched, &held).await?,
    }
    Ok(())
}

/// Takes the next customers. Where a run takes only so many, the most neglected come first; what was taken does not match any
/// more, so there is no place to go on behind.
async fn take(op: &mut Op<'_>, run: &Run, rule: &Draft, matching: &Matching, size: i64) -> Result<(), Error> {
    let left = rule.max_per_run.map(|most| i64::from(most) - run.released);
    if left.is_some_and(|left| left <= 0) {
        return go_on(op, run, false, None, then_announce(matching)).await;
    }
    let size = left.map_or(size, |left| left.min(size));
    customer::keep_period(op.db()).await?;
    let held = store::lock_next(op, run, matching, size, left.is_some()).await?;
    let last = held.last().copied().filter(|_| left.is_none());
    let taken = take_held(op, run, matching, &held).await?;
    took(op, run, matching, held.len() as i64 == size, last, taken).await
}

/// Keeps how many were taken, and goes on.
async fn took(
    op: &mut Op<'_>,
    run: &Run,
    matching: &Matching,
    is_full: bool,
    last: Option<CustomerId>,
    taken: i64,
) -> Result<(), Error> {
    store::did(op.db(), run.id, taken).await?;
    let is_all = run.matched.is_some_and(|matched| run.released + taken >= matched);
    // What somebody held just then is looked for once more.
    let next = if run.pass == TAKING && !is_all { Some(TAKING_AGAIN) } else { then_announce(matching) };
    go_on(op, run, is_full, last, next).await
}

fn then_announce(matching: &Matching) -> Option<i32> {
    matching.notice().map(|_| ANNOUNCING)
}

/// Takes the customers that are locked. They are looked at again: whoever changes what a condition asks of a customer holds
/// it, so what was recorded a moment ago saves it. How many were taken.
async fn take_held(op: &mut Op<'_>, run: &Run, matching: &Matching, held: &[CustomerId]) -> Result<i64, Error> {
    let still = store::still_matching(op, run, matching, held).await?;
    op.continue_batch(Batch { id: batch_of(run.id), kind: BatchKind::PoolRule, about: None, filter: None });
    customer::pool::reclaim(op, &still, Cause::Rule(run.rule), None).await?;
    Ok(still.len() as i64)
}

/// Tells the owners of the next customers, once for each time that they neglect one.
async fn warn(op: &mut Op<'_>, run: &Run, matching: &Matching, size: i64) -> Result<(), Error> {
    let next = store::next_to_warn(op, run, matching, size).await?;
    let untold: Vec<_> = next.iter().filter(|due| !due.was_told).collect();
    tell(op, run, untold.iter().map(|due| (due.customer, due.owner))).await?;
    store::did(op.db(), run.id, untold.len() as i64).await?;
    let last = next.last().map(|due| due.customer);
    go_on(op, run, next.len() as i64 == size, last, None).await
}

/// Tells the owners of the next customers that later runs will take them.
async fn announce(op: &mut Op<'_>, run: &Run, matching: &Matching, size: i64) -> Result<(), Error> {
    let told = store::announce(op, run, matching, size).await?;
    tell(op, run, told.iter().copied()).await?;
    let last = told.last().map(|(customer, _)| *customer);
    go_on(op, run, told.len() as i64 == size, last, None).await
}

async fn tell(op: &mut Op<'_>, run: &Run, due: impl Iterator<Item = (CustomerId, UserId)>) -> Result<(), Error> {
    let (at, rule) = (op.now(), Some(run.rule));
    let notification = |(customer, user)| {
        let (notice, about) = (Notice::ReleaseDue, About::Customer(customer));
        Notification { user, notice, about, at, rule }
    };
    op.notify(&due.map(notification).collect::<Vec<_>>()).await
}

/// Goes on behind the last customer of a batch that was full; else the pass is over: begins the next, or ends the run.
async fn go_on(
    op: &mut Op<'_>,
    run: &Run,
    is_full: bool,
    last: Option<CustomerId>,
    next: Option<i32>,
) -> Result<(), Error> {
    match (is_full, next) {
        (true, _) => Ok(store::reached(op.db(), run.id, run.pass, last).await?),
        (false, Some(pass)) => Ok(store::reached(op.db(), run.id, pass, None).await?),
        (false, None) => end(op, run).await,
    }
}

/// Ends a run, unless it left some owners alone until somebody approves.
async fn end(op: &mut Op<'_>, run: &Run) -> Result<(), Error> {
    let now = op.now();
    match run.held_owners.is_empty() {
        true => Ok(store::finish(op.db(), run.id, "DONE", None, now).await?),
        false => Ok(store::wait(op.db(), run.id).await?),
    }
}

/// Takes one customer, and leaves it out where that fails; where it is not a customer that fails, ends the run.
pub async fn pass_over(app: &App) -> Result<(), Error> {
    let mut op = app.begin(Actor::System("pool rules")).await?;
    let Some(run) = store::next(op.db()).await? else { return Ok(()) };
    match take_or_leave(&mut op, &run).await {
        Ok(true) => return op.commit().await,
        Err(error @ Error::Unavailable(_)) => return Err(error),
        Ok(false) | Err(_) => {}
    }
    // The transaction may be lost with a statement; and meanwhile another server may have got on.
    drop(op);
    let mut op = app.begin(Actor::System("pool rules")).await?;
    let present = store::lock(op.db(), run.id).await?;
    if present.is_some_and(|present| present == run) {
        fail(&mut op, &run, &[]).await?;
    }
    op.commit().await
}

/// Whether the run gets on.
async fn take_or_leave(op: &mut Op<'_>, run: &Run) -> Result<bool, Error> {
    let Some(rule) = valid(op, run).await? else { return Ok(true) };
    if run.matched.is_none() || run.pass == ANNOUNCING || rule.action != Action::ReleaseToPool {
        return Ok(false);
    }
    let matching = Matching::of_rule(op, run.rule, &rule).await?;
    customer::keep_period(op.db()).await?;
    let held = store::lock_next(op, run, &matching, 1, rule.max_per_run.is_some()).await?;
    store::savepoint(op.db()).await?;
    match (take_held(op, run, &matching, &held).await, held.first()) {
        (Ok(taken), first) => {
            let last = first.copied().filter(|_| rule.max_per_run.is_none());
            took(op, run, &matching, first.is_some(), last, taken).await?;
            Ok(true)
        }
        (Err(error @ Error::Unavailable(_)), _) | (Err(error), None) => Err(error),
        (Err(_), Some(customer)) => {
            store::back_to_savepoint(op.db()).await?;
            store::leave_out(op.db(), run.id, *customer).await?;
            Ok(true)
        }
    }
}

async fn fail(op: &mut Op<'_>, run: &Run, refusals: &[UserError]) -> Result<(), Error> {
    let now = op.now();
    let reasons: Vec<_> = refusals.iter().map(|refusal| refusal.message.in_both()).collect();
    let reason = match reasons.is_empty() {
        true => Text::fault().in_both(),
        false => reasons.join(" "),
    };
    Ok(store::finish(op.db(), run.id, "FAILED", Some(&reason), now).await?)
}
