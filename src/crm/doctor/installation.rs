//! What waits or has failed in an installation: events, figures, rules, jobs, webhooks.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgConnection;

use super::finding::{Finding, State, since, words};
use super::store::{self, LastRun, Waiting};
use crate::crm::webhook;
use crate::kernel::installation;

/// How long an event may wait for the log.
const LONG_WAIT: TimeDelta = TimeDelta::seconds(5);
/// How many postings may wait for the sums.
const MANY: i64 = 10_000;
/// How old the last backup may be: they are made each day.
const OLD_BACKUP: TimeDelta = TimeDelta::hours(36);
/// How long an event may wait for a webhook that does not fail.
const LONG_DELIVERY: TimeDelta = TimeDelta::minutes(10);
/// How long ago the job that forgets may have ended: it runs each hour on every server.
const LONG_AGO: TimeDelta = TimeDelta::hours(3);

/// Examines what waits.
pub async fn examine(db: &mut PgConnection) -> sqlx::Result<Vec<Finding>> {
    let waiting = store::waiting(db).await?;
    let mut findings = vec![held(&waiting), backups(&waiting), events(&waiting), figures(&waiting), rules(&waiting)];
    findings.push(orders(store::contradicting_orders(db).await?));
    findings.extend(jobs(&store::last_runs(db).await?, waiting.now));
    findings.push(deliveries(&webhook::find_status(db).await?, waiting.now));
    Ok(findings)
}

fn held(waiting: &Waiting) -> Finding {
    match waiting.is_held {
        true => Finding::of(State::Warning, "copy", "webhooks, e-mail and pool rules are held", installation::ADVICE),
        false => Finding::ok("copy", "nothing is held"),
    }
}

fn backups(waiting: &Waiting) -> Finding {
    let advice = "make one each day with `tidepool backup`, and try one with `tidepool verify-backup`";
    match waiting.backed_up_at {
        None => {
            let found = "`tidepool backup` has made none; whether there are others can't be found out here";
            Finding::of(State::Unknown, "backups", found, advice)
        }
        Some(then) => {
            let found = format!("`tidepool backup` made the last one {} ago", since(then, waiting.now));
            match waiting.now - then <= OLD_BACKUP {
                true => Finding::ok("backups", found),
                false => Finding::of(State::Warning, "backups", found, advice),
            }
        }
    }
}

fn events(waiting: &Waiting) -> Finding {
    let oldest = waiting.oldest_event.filter(|then| waiting.now - *then > LONG_WAIT);
    match oldest {
        Some(then) => {
            let found =
                format!("{} events wait for the log, the first for {}", waiting.events, since(then, waiting.now));
            let advice =
                "see the logs of the servers: none runs, the disk is full, or somebody holds the lock of the sequencer";
            Finding::of(State::Fault, "events", found, advice)
        }
        None => Finding::ok("events", "all are in the log"),
    }
}

fn figures(waiting: &Waiting) -> Finding {
    let found = format!("{} postings wait for the sums", waiting.postings);
    if waiting.postings < MANY {
        return Finding::ok("figures", found);
    }
    let advice = "figures are right, and slow: see the logs of the servers for the job that keeps the sums";
    Finding::of(State::Warning, "figures", found, advice)
}

fn rules(waiting: &Waiting) -> Finding {
    if waiting.failed_runs > 0 {
        let found = format!("{} runs of pool rules have failed within a week", waiting.failed_runs);
        return Finding::of(State::Warning, "rules", found, "see `poolRuleRuns` for the errors, and correct the rules");
    }
    match (waiting.runs, waiting.approve_by) {
        (0, _) => Finding::ok("rules", "no run waits for approval"),
        (runs, until) => {
            let left = until.map(|until| format!(", the first for {} more", words(until - waiting.now)));
            let found = format!("{runs} runs of pool rules wait for approval{}", left.unwrap_or_default());
            Finding::of(State::Warning, "rules", found, "approve them, or let them lapse")
        }
    }
}

fn orders(contradicting: i64) -> Finding {
    if contradicting == 0 {
        return Finding::ok("orders", "none that counts belongs to a lost or void opportunity");
    }
    let found = format!("{contradicting} orders count although their opportunities are lost or void");
    let advice = "list them with `orders(filter: { closedAt: { isNull: true } })` of such opportunities, and move these to a stage of kind WON";
    Finding::of(State::Warning, "orders", found, advice)
}

fn jobs(last_runs: &[LastRun], now: DateTime<Utc>) -> Vec<Finding> {
    let failed = last_runs.iter().filter_map(|run| Some((run, run.error.as_ref()?)));
    let mut findings: Vec<_> = failed
        .map(|(run, error)| {
            let found = format!("{} failed {} ago: {error}", run.job, since(run.finished_at, now));
            Finding::of(State::Warning, "jobs", found, "see the logs of the servers at that time")
        })
        .collect();
    let newest = last_runs.iter().map(|run| run.finished_at).max();
    if let Some(then) = newest.filter(|then| now - *then > LONG_AGO) {
        let found = format!("the last job ended {} ago", since(then, now));
        findings.push(Finding::of(State::Warning, "jobs", found, "no server runs: start one"));
    }
    if findings.is_empty() {
        let found = if newest.is_some() { "the last run of each succeeded" } else { "none has run yet" };
        findings.push(Finding::ok("jobs", found));
    }
    findings
}

fn deliveries(status: &webhook::Status, now: DateTime<Utc>) -> Finding {
    let webhook::Status { webhooks, failing, paused, last_error, .. } = status;
    if *webhooks == 0 {
        return Finding::ok("webhooks", "there is none");
    }
    let mut found = format!("{webhooks} webhooks, {failing} fail, {paused} are paused");
    if let Some(since_when) = status.waiting_since {
        found = format!("{found}; the first event waits for {}", since(since_when, now));
    }
    if *failing > 0 {
        let why = last_error.as_deref().unwrap_or_default();
        let advice = "correct the receiver, or the URL: a webhook that has failed for three days is paused, and events wait for 30 days";
        return Finding::of(State::Warning, "webhooks", format!("{found}; the last error: {why}"), advice);
    }
    if *paused == 0 && status.waiting_since.is_some_and(|since| now - since > LONG_DELIVERY) {
        let advice = "the receiver is too slow: let it answer before it works";
        return Finding::of(State::Warning, "webhooks", found, advice);
    }
    Finding::ok("webhooks", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse().expect("a time")
    }

    fn quiet() -> Waiting {
        Waiting {
            now: now(),
            is_held: false,
            events: 1,
            oldest_event: Some(now()),
            postings: 3,
            runs: 0,
            approve_by: None,
            failed_runs: 0,
            backed_up_at: Some(now() - TimeDelta::hours(25)),
        }
    }

    #[test]
    fn what_waits_for_long_is_found() {
        let states = |waiting: &Waiting| {
            let all = [held(waiting), backups(waiting), events(waiting), figures(waiting), rules(waiting)];
            all.map(|finding| finding.state)
        };
        let (ok, warning, fault) = (State::Ok, State::Warning, State::Fault);
        assert_eq!(states(&quiet()), [ok; 5]);
        assert_eq!(states(&Waiting { is_held: true, ..quiet() }), [warning, ok, ok, ok, ok]);
        let days_ago = Some(now() - TimeDelta::days(2));
        assert_eq!(states(&Waiting { backed_up_at: days_ago, ..quiet() }), [ok, warning, ok, ok, ok]);
        assert_eq!(states(&Waiting { backed_up_at: None, ..quiet() }), [ok, State::Unknown, ok, ok, ok]);
        let old = Some(now() - TimeDelta::seconds(6));
        assert_eq!(states(&Waiting { oldest_event: old, ..quiet() }), [ok, ok, fault, ok, ok]);
        assert_eq!(states(&Waiting { postings: 20_000, ..quiet() }), [ok, ok, ok, warning, ok]);
        assert_eq!(states(&Waiting { runs: 2, ..quiet() }), [ok, ok, ok, ok, warning]);
        assert_eq!(states(&Waiting { failed_runs: 2, ..quiet() }), [ok, ok, ok, ok, warning]);
    }

    #[test]
    fn orders_of_lost_opportunities_are_found() {
        assert_eq!([orders(0).state, orders(1).state], [State::Ok, State::Warning]);
    }

    #[test]
    fn a_webhook_that_fails_or_is_slow_is_found_and_one_that_a_user_has_paused_is_not() {
        let minutes = |ago: i64| Some(now() - TimeDelta::minutes(ago));
        let status = |failing, paused, waiting_since| webhook::Status {
            webhooks: 2,
            failing,
            paused,
            last_error: (failing > 0).then(|| "500".to_owned()),
            waiting_since,
        };
        let state = |status: &webhook::Status| deliveries(status, now()).state;
        let none = webhook::Status { webhooks: 0, ..status(0, 0, None) };
        let found = [
            none,
            status(0, 0, minutes(9)),
            status(0, 1, minutes(11)),
            status(0, 0, minutes(11)),
            status(1, 0, minutes(1)),
        ];
        assert_eq!(found.map(|it| state(&it)), [State::Ok, State::Ok, State::Ok, State::Warning, State::Warning]);
    }

    #[test]
    fn jobs_that_failed_or_that_nobody_runs_are_found() {
        let run = |ago: TimeDelta, error: Option<&str>| LastRun {
            job: "forget".to_owned(),
            finished_at: now() - ago,
            error: error.map(str::to_owned),
        };
        let states = |runs: &[LastRun]| jobs(runs, now()).iter().map(|finding| finding.state).collect::<Vec<_>>();
        assert_eq!(states(&[]), [State::Ok]);
        assert_eq!(states(&[run(TimeDelta::hours(1), None)]), [State::Ok]);
        assert_eq!(states(&[run(TimeDelta::hours(4), Some("x"))]), [State::Warning; 2]);
    }
}
