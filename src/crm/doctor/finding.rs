//! A finding: what was found out about one thing, how it is, and what to do; and the report of all of them.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// As it should be.
    Ok,
    /// It can't be found out from here.
    Unknown,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work, or soon will not.
    Fault,
}

/// What was found out about one thing.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub about: &'static str,
    /// How it is.
    pub state: State,
    /// What is.
    pub found: String,
    /// What to do; nothing if it is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, state: State::Ok, found: found.into(), advice: None }
    }

    pub(super) fn of(state: State, about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, state, found: found.into(), advice: Some(advice.into()) }
    }
}

/// All findings.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The worst of the findings.
    pub state: State,
    /// The findings, in the order in which they were made.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        let state = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        Self { state, findings }
    }

    /// The report of a database that can't be reached.
    pub fn unreachable(why: &str) -> Self {
        Self::of(vec![Finding::of(State::Fault, "database", why, "nothing else can be examined before it is reached")])
    }

    /// The report as one JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("it has only texts")
    }

    /// The status that the program ends with: 0 if nothing is to be done, 1 for a fault, 2 for warnings.
    pub fn status(&self) -> u8 {
        match self.state {
            State::Ok | State::Unknown => 0,
            State::Fault => 1,
            State::Warning => 2,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { about, state, found, advice } in &self.findings {
            let state = match state {
                State::Ok => "ok",
                State::Unknown => "unknown",
                State::Warning => "WARNING",
                State::Fault => "FAULT",
            };
            writeln!(f, "{state:<8} {about:<12} {found}")?;
            if let Some(advice) = advice {
                writeln!(f, "{:<21} {advice}", "")?;
            }
        }
        Ok(())
    }
}

/// A period of time in words, such as `3 hours`.
pub(super) fn words(period: TimeDelta) -> String {
    let (count, unit) = match (period.num_days(), period.num_hours(), period.num_minutes()) {
        (2.., ..) => (period.num_days(), "days"),
        (_, 2.., _) => (period.num_hours(), "hours"),
        (.., 2..) => (period.num_minutes(), "minutes"),
        _ => (period.num_seconds().max(0), "seconds"),
    };
    format!("{count} {unit}")
}

/// How long ago something was, in words.
pub(super) fn since(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    words(now - then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_that_of_the_worst_finding() {
        let report =
            |states: &[State]| Report::of(states.iter().map(|&state| Finding::of(state, "x", "", "")).collect());
        assert_eq!(report(&[State::Ok, State::Unknown]).status(), 0);
        assert_eq!(report(&[State::Warning, State::Ok]).status(), 2);
        assert_eq!(report(&[State::Warning, State::Fault, State::Unknown]).status(), 1);
    }

    #[test]
    fn periods_are_said_in_the_unit_that_tells_most() {
        let said = [-3, 0, 119, 120, 7_199, 7_200, 172_799, 172_800].map(|seconds| words(TimeDelta::seconds(seconds)));
        assert_eq!(
            said,
            ["0 seconds", "0 seconds", "119 seconds", "2 minutes", "119 minutes", "2 hours", "47 hours", "2 days"]
        );
    }
}
