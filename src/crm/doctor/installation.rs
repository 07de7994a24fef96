//! What waits or has failed in an installation: events, figures, rules, jobs, the webhook.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgConnection;

use super::finding::{Finding, State, since, words};
use super::store::{self, LastRun, Waiting};
use crate::crm::webhook;
use crate::kernel::installation;

/// How long an event may wait for the log.
const LONG_WAIT: TimeDelta = TimeDelta::seconds(5);
/// How many postings may wait for the sums, and how many deliveries for the webhook.
const MANY: i64 = 10_000;
/// How long ago the job that forgets may have ended: it runs each hour on every server.
const LONG_AGO: TimeDelta = TimeDelta::hours(3);

/// Examines what waits.
pub async fn examine(db: &mut PgConnection) -> sqlx::Result<Vec<Finding>> {
    let waiting = store::waiting(db).await?;
    let mut findings = vec![held(&waiting), events(&waiting), figures(&waiting), rules(&waiting)];
    findings.push(orders(store::contradicting_orders(db).await?));
    findings.extend(jobs(&store::last_runs(db).await?, waiting.now));
    findings.push(deliveries(webhook::find_status(db).await?.as_ref(), waiting.now));
    Ok(findings)
}

fn held(waiting: &Waiting) -> Finding {
    match waiting.is_held {
        true => Finding::of(State::Warning, "copy", "webhooks, e-mail and pool rules are held", installation::ADVICE),
        false => Finding::ok("copy", "nothing is held"),
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

fn deliveries(status: Option<&webhook::Status>, now: DateTime<Utc>) -> Finding {
    let Some(status) = status else { return Finding::ok("webhook", "it is off") };
    let found = format!("{} deliveries wait, {} were given up", status.waiting, status.given_up);
    let failing = status.last_error_at.filter(|failed| status.last_success_at.is_none_or(|good| good < *failed));
    if let Some(failed) = failing {
        let why = status.last_error.as_deref().unwrap_or_default();
        let found = format!("{found}; the last one failed {} ago: {why}", since(failed, now));
        let advice = "correct the receiver, or the URL: a delivery is tried for three days";
        return Finding::of(State::Warning, "webhook", found, advice);
    }
    if status.waiting >= MANY {
        return Finding::of(
            State::Warning,
            "webhook",
            found,
            "the receiver is too slow: let it answer before it works",
        );
    }
    Finding::ok("webhook", found)
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
        }
    }

    #[test]
    fn what_waits_for_long_is_found() {
        let states = |waiting: &Waiting| {
            let all = [held(waiting), events(waiting), figures(waiting), rules(waiting)];
            all.map(|finding| finding.state)
        };
        let (ok, warning, fault) = (State::Ok, State::Warning, State::Fault);
        assert_eq!(states(&quiet()), [ok; 4]);
        assert_eq!(states(&Waiting { is_held: true, ..quiet() }), [warning, ok, ok, ok]);
        let old = Some(now() - TimeDelta::seconds(6));
        assert_eq!(states(&Waiting { oldest_event: old, ..quiet() }), [ok, fault, ok, ok]);
        assert_eq!(states(&Waiting { postings: 20_000, ..quiet() }), [ok, ok, warning, ok]);
        assert_eq!(states(&Waiting { runs: 2, ..quiet() }), [ok, ok, ok, warning]);
        assert_eq!(states(&Waiting { failed_runs: 2, ..quiet() }), [ok, ok, ok, warning]);
    }

    #[test]
    fn orders_of_lost_opportunities_are_found() {
        assert_eq!([orders(0).state, orders(1).state], [State::Ok, State::Warning]);
    }

    #[test]
    fn a_receiver_that_fails_now_is_found_and_one_that_failed_before_is_not() {
        let status = |good: i64, failed: i64| webhook::Status {
            url: String::new(),
            last_success_at: Some(now() - TimeDelta::minutes(good)),
            last_error_at: Some(now() - TimeDelta::minutes(failed)),
            last_error: Some("500".to_owned()),
            waiting: 5,
            given_up: 0,
        };
        let state = |status: Option<webhook::Status>| deliveries(status.as_ref(), now()).state;
        assert_eq!(
            [state(None), state(Some(status(1, 2))), state(Some(status(2, 1)))],
            [State::Ok, State::Ok, State::Warning]
        );
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
