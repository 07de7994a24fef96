//! The sweep begins the runs that are due, and continues the runs that have begun.

use chrono::{DateTime, Utc};

use super::{Planned, batch, store};
use crate::crm::rule::schedule::Schedule;
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::directory::{Directory, PoolRule, Settings};
use crate::kernel::error::Error;

/// The number of customers that are taken in one transaction. It is large, because each transaction costs some
/// statements, and not larger, because until the transaction ends, reads of the newest customers of the pool must skip
/// all of its rows.
const BATCH: i64 = 500;

/// The rules that must run now, with their planned times. If planned times were missed, there is one run, for the
/// latest of them.
fn due<'r>(now: DateTime<Utc>, settings: &Settings, rules: &'r [Planned]) -> Vec<(&'r Planned, DateTime<Utc>)> {
    let due = rules.iter().filter_map(|rule| {
        let planned = rule.schedule.last_until(now, settings)?;
        (planned > rule.since && rule.last_run.is_none_or(|last| planned > last)).then_some((rule, planned))
    });
    due.collect()
}

/// The next planned time of any enabled rule.
pub fn next_planned(directory: &Directory, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = |rule: &PoolRule| {
        Schedule::saved(rule.schedule.as_deref(), rule.workdays)?.next_after(now, &directory.settings)
    };
    directory.pool_rules.iter().filter_map(next).min()
}

/// Does everything that rules must do now; returns whether there was anything. If several servers sweep at once, they
/// take turns.
pub async fn sweep(app: &App) -> Result<bool, Error> {
    sweep_by(app, BATCH).await
}

/// Like [`sweep`], with at most this number of customers in one transaction.
pub async fn sweep_by(app: &App, most: i64) -> Result<bool, Error> {
    plan(app).await?;
    let (mut size, mut had_work) = (most, false);
    while store::any_open(app.pool(), app.clock().now()).await? {
        had_work = true;
        match batch::step(app, size).await {
            Ok(()) => size = (size * 10).min(most),
            // The next sweep continues.
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) if size > 1 => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a batch of a pool rule failed; retrying with fewer customers"
                );
                size = (size / 10).max(1);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a pool rule failed on a single customer; skipping the customer"
                );
                batch::skip_failing(app).await?;
            }
        }
    }
    Ok(had_work)
}

/// Begins a run for each rule that is due.
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
        store::begin(op.db(), id, rule, planned_at, now).await?;
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
    fn a_planned_time_is_due_once_and_missed_times_are_due_once_together() {
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
        assert_eq!(
            due_at(&rule, "2026-03-02T18:59:59Z"),
            None,
            "planned times before the rule was switched on do not count"
        );
        let first = time("2026-03-02T19:00:00Z");
        assert_eq!(due_at(&rule, "2026-03-02T19:00:00Z"), Some(first));
        rule.last_run = Some(first);
        assert_eq!(due_at(&rule, "2026-03-03T18:00:00Z"), None);
        assert_eq!(
            due_at(&rule, "2026-03-09T20:00:00Z"),
            Some(time("2026-03-09T19:00:00Z")),
            "one run for the missed week"
        );
    }
}
