//! Runs: what rules do at their planned times, once for each time, whatever the number of servers.
//!
//! A run is a row. It is counted first, and stops for [safety](safety::stop) where it would take too much; then it goes
//! through the customers in batches, each a transaction under the lock of the row. So it does not matter which server takes
//! the next batch, nor whether one dies: the next look goes on.
//!
//! - [`sweep`]: plans what is due, and works on what runs
//! - [`approve`]: lets a run do what it stopped before
//! - [`undo`]: whether what a run took can be given back

pub mod approve;
mod batch;
mod read;
mod safety;
mod store;
pub mod undo;

use chrono::{DateTime, Utc};

use super::schedule::Schedule;
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::directory::{Directory, PoolRule, Settings};
use crate::kernel::error::Error;
use crate::kernel::id::PoolRuleId;
pub use read::{describe, roots};

/// How many customers are taken in one transaction: many, for each costs some statements; and few, for until it ends whoever
/// reads the newest of the pool passes over all of them.
const BATCH: i64 = 500;

/// A rule that runs at planned times, with what matters for when.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which.
    pub rule: PoolRuleId,
    /// The edit that its runs are of.
    pub version: i32,
    /// When it runs.
    pub schedule: Schedule,
    /// Planned times count from then on.
    pub since: DateTime<Utc>,
    /// The last planned time that has a run.
    pub last_run: Option<DateTime<Utc>>,
}

/// Which rules have to run now, and for which planned time. Times that were missed are made up by one run, of the last.
pub fn due<'r>(now: DateTime<Utc>, settings: &Settings, rules: &'r [Planned]) -> Vec<(&'r Planned, DateTime<Utc>)> {
    let due = rules.iter().filter_map(|rule| {
        let planned = rule.schedule.last_until(now, settings)?;
        (planned > rule.since && rule.last_run.is_none_or(|last| planned > last)).then_some((rule, planned))
    });
    due.collect()
}

/// The next planned time of any rule that is on.
pub fn next_planned(directory: &Directory, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = |rule: &PoolRule| {
        Schedule::saved(rule.schedule.as_deref(), rule.workdays)?.next_after(now, &directory.settings)
    };
    directory.pool_rules.iter().filter_map(next).min()
}

/// Does all that rules have to do at this moment; whether there was anything. Servers that do so at once take turns.
pub async fn sweep(app: &App) -> Result<bool, Error> {
    plan(app).await?;
    let (mut size, mut had_work) = (BATCH, false);
    while store::any_running(app.pool()).await? {
        had_work = true;
        match batch::step(app, size).await {
            Ok(()) => size = (size * 10).min(BATCH),
            // The next look goes on.
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) if size > 1 => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a batch of a pool rule failed: trying less at once"
                );
                size = (size / 10).max(1);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a customer can't be taken by a pool rule");
                batch::pass_over(app).await?;
            }
        }
    }
    Ok(had_work)
}

/// Makes a row for each run that is due. What waited for approval until now lapses.
async fn plan(app: &App) -> Result<(), Error> {
    let (now, directory) = (app.clock().now(), app.directory().await?);
    let rules = store::planned(app.pool(), now).await?;
    let due = due(now, &directory.settings, &rules);
    if due.is_empty() {
        return Ok(());
    }
    let mut op = app.begin(Actor::System("pool rules")).await?;
    for (rule, planned_at) in due {
        let id = op.new_id();
        if store::begin(op.db(), id, rule, planned_at, now).await? {
            store::lapse(op.db(), rule.rule, planned_at, now).await?;
        }
    }
    op.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect(text)
    }

    #[test]
    fn a_planned_time_is_due_once_and_what_was_missed_is_made_up_once() {
        let mut rule = Planned {
            rule: uuid::Uuid::nil().into(),
            version: 1,
            schedule: Schedule::parse("0 3 * * *", false).expect("a cron line"),
            since: time("2026-03-02T01:00:00Z"),
            last_run: None,
        };
        let settings = Settings::of_zone(chrono_tz::Tz::Asia__Shanghai);
        let due_at = |rule: &Planned, now: &str| {
            due(time(now), &settings, std::slice::from_ref(rule)).first().map(|(_, planned)| *planned)
        };
        assert_eq!(due_at(&rule, "2026-03-02T18:59:59Z"), None, "what was planned before it was switched on is over");
        let first = time("2026-03-02T19:00:00Z");
        assert_eq!(due_at(&rule, "2026-03-02T19:00:00Z"), Some(first));
        rule.last_run = Some(first);
        assert_eq!(due_at(&rule, "2026-03-03T18:00:00Z"), None);
        assert_eq!(due_at(&rule, "2026-03-09T20:00:00Z"), Some(time("2026-03-09T19:00:00Z")), "one for a week");
    }
}
