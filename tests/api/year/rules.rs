//! Pool rules in memory: the four default rules, their runs, and the safety limit.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::{Uuid, uuid};

use super::model::{Answer, Customer, CustomerIndex, Model, PersonIndex, Place, Time};
use super::orders::Status;

/// The releasing rules, the highest priority first. Both `KEEP` rules are above them.
const RULES: [Rule; 2] = [
    Rule { id: uuid!("0190a5b4-0000-7000-8000-000000000001"), every: TimeDelta::days(1), matches: neglected },
    Rule { id: uuid!("0190a5b4-0000-7000-8000-000000000002"), every: TimeDelta::days(3), matches: without_an_order },
];

struct Rule {
    id: Uuid,
    every: TimeDelta,
    matches: fn(&Customer, Time) -> bool,
}

impl Rule {
    /// The last planned time until now: at 03:00 in Shanghai.
    fn planned(&self, now: Time) -> Time {
        let start: Time = "2000-01-02T19:00:00Z".parse().unwrap();
        let periods = (now - start).num_seconds().div_euclid(self.every.num_seconds());
        start + TimeDelta::seconds(periods * self.every.num_seconds())
    }
}

/// The run of a rule at a planned time.
#[derive(Debug)]
pub struct Run {
    pub rule: Uuid,
    pub planned_at: Time,
    pub status: &'static str,
    pub matched: usize,
    pub released: usize,
    /// The number of notices to owners.
    pub announced: usize,
    is_approved: bool,
}

/// Notices to owners: since when they owned the customer, and when they were notified.
pub type Notices = BTreeMap<(Uuid, CustomerIndex), (PersonIndex, Time, Time)>;

/// More than 3 days since the last follow-up.
fn neglected(customer: &Customer, now: Time) -> bool {
    let Place::Owned { since, talks, .. } = &customer.place else { return false };
    // Follow-ups from before count for a restored customer, and so does the time of the restoration.
    now - talks.iter().max().unwrap_or(since).max(since) > TimeDelta::days(3)
}

/// More than 90 days since the first follow-up, and no order in this ownership.
fn without_an_order(customer: &Customer, now: Time) -> bool {
    let Place::Owned { since, talks, .. } = &customer.place else { return false };
    let has_bought = customer.orders.iter().any(|order| order.at >= *since && order.status != Status::Ended);
    now - talks.iter().min().unwrap_or(since).max(since) > TimeDelta::days(90) && !has_bought
}

/// A key account, or an order under way: paid at least in part, not yet delivered.
fn is_kept(customer: &Customer) -> bool {
    let is_under_way = |status| !matches!(status, Status::Delivered | Status::Ended);
    customer.is_key || customer.orders.iter().any(|order| order.paid > 0 && is_under_way(order.status))
}

impl Model {
    /// Runs every rule that is due at this moment.
    pub fn run_rules(&mut self) {
        for rule in &RULES {
            let planned_at = rule.planned(self.now);
            let ran = self.runs.iter().any(|run| run.rule == rule.id && run.planned_at >= planned_at);
            if ran || planned_at <= self.rules_since {
                continue;
            }
            let waiting = |run: &&mut Run| run.rule == rule.id && run.status == "AWAITING_APPROVAL";
            for run in self.runs.iter_mut().filter(waiting) {
                run.status = "LAPSED";
            }
            let (status, rule) = ("RUNNING", rule.id);
            self.runs.push(Run { rule, planned_at, status, matched: 0, released: 0, announced: 0, is_approved: false });
        }
        let mut running: Vec<_> = (0..self.runs.len()).filter(|run| self.runs[*run].status == "RUNNING").collect();
        running.sort_by_key(|run| (self.runs[*run].planned_at, self.runs[*run].rule));
        for run in running {
            self.run(run);
        }
    }

    fn run(&mut self, run: usize) {
        let rule = RULES.iter().find(|rule| rule.id == self.runs[run].rule).expect("it is one of them");
        let at_work = |customer: &&Customer| customer.owner().is_some() && !customer.is_archived;
        let owned = self.customers.iter().filter(at_work).count();
        let holds =
            |customer: &Customer| !customer.is_archived && (rule.matches)(customer, self.now) && !is_kept(customer);
        let due: Vec<CustomerIndex> = (0..self.customers.len()).filter(|what| holds(&self.customers[*what])).collect();
        // Drop notices of another ownership, and of customers that do not match any more.
        let customers = &self.customers;
        self.notices.retain(|(of, what), (who, begun, _)| {
            let is_theirs =
                |place: &Place| matches!(place, Place::Owned { by, since, .. } if (by, since) == (who, begun));
            *of != rule.id || (due.binary_search(what).is_ok() && is_theirs(&customers[*what].place))
        });
        let notice = self.settings.notice;
        let was_told = |what: &CustomerIndex| {
            notice.is_zero() || self.notices.get(&(rule.id, *what)).is_some_and(|(.., at)| *at + notice <= self.now)
        };
        let matched: Vec<CustomerIndex> = due.iter().copied().filter(was_told).collect();
        let is_approved = self.runs[run].is_approved;
        let mut held = Vec::new();
        if !is_approved {
            for who in 0..self.people.len() {
                let loses = matched.iter().filter(|what| self.customers[**what].owner() == Some(who)).count();
                if loses > 10 && loses * 2 > self.owned_by(who) {
                    held.push(who);
                }
            }
        }
        let stops = !is_approved && matched.len() > 20 && matched.len() * 5 > owned;
        self.runs[run].matched = matched.len() + self.runs[run].released;
        self.runs[run].status = if stops || !held.is_empty() { "AWAITING_APPROVAL" } else { "DONE" };
        if stops {
            return;
        }
        let is_held = |who: Option<PersonIndex>| who.is_some_and(|who| held.contains(&who));
        self.continue_batch(self.runs[run].rule, self.runs[run].planned_at);
        for what in matched {
            if !is_held(self.customers[what].owner()) {
                self.move_to_pool(what, "RECLAIM", "RULE", None);
                self.log.last_mut().expect("it was logged").7 = Some(rule.id);
                self.runs[run].released += 1;
            }
        }
        self.end_batch(None);
        if notice.is_zero() {
            return;
        }
        for what in due {
            if let Place::Owned { by, since, .. } = self.customers[what].place
                && !held.contains(&by)
                && !self.notices.contains_key(&(rule.id, what))
            {
                self.notices.insert((rule.id, what), (by, since, self.now));
                self.runs[run].announced += 1;
            }
        }
    }

    /// An administrator approves a stopped run: once, and before the next planned time.
    pub fn approve(&mut self, run: usize) -> Answer {
        let now = self.now;
        let run = &mut self.runs[run];
        if run.is_approved {
            return "";
        }
        let rule = RULES.iter().find(|rule| rule.id == run.rule).expect("it is one of them");
        if run.status != "AWAITING_APPROVAL" || run.planned_at + rule.every <= now {
            return "TOO_LATE";
        }
        run.is_approved = true;
        run.status = "RUNNING";
        ""
    }
}
