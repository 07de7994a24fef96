//! Pool rules in memory: the four default rules, their runs, notices and limits, and what waits for approval.

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
    /// The number of customers that had to wait for approval.
    pub held: usize,
    /// The number of notices to owners.
    pub announced: usize,
    /// The version of the rule that the run began with.
    version: usize,
    /// The customers that it has counted and not taken yet, with their owners, and whether they wait.
    list: Option<Vec<(CustomerIndex, PersonIndex, bool)>>,
    pub is_stopped: bool,
    pub is_approved: bool,
}

/// What an administrator may change of a rule, and how often it was changed.
#[derive(Default)]
pub struct Limits {
    pub version: usize,
    pub most: Option<usize>,
    pub keeps_unapproved: bool,
}

/// For how long rules do not take a customer from the owner that an import gave it.
const GRACE: TimeDelta = TimeDelta::days(14);

/// A run that is later than this gives owners the whole notice from then on.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// Notices to owners: since when they owned the customer, and when they were notified.
pub type Notices = BTreeMap<(Uuid, CustomerIndex), (PersonIndex, Time, Time)>;

/// More than 3 days since the last follow-up.
fn neglected(customer: &Customer, now: Time) -> bool {
    let Place::Owned { since, .. } = customer.place else { return false };
    let [_, last] = customer.talks();
    now - last.unwrap_or(since).max(since) > TimeDelta::days(3)
}

/// More than 90 days since the first follow-up, and no order in this ownership.
fn without_an_order(customer: &Customer, now: Time) -> bool {
    let Place::Owned { since, .. } = customer.place else { return false };
    let [first, _] = customer.talks();
    let has_bought = customer.orders.iter().any(|order| order.at >= since && order.status != Status::Ended);
    now - first.unwrap_or(since).max(since) > TimeDelta::days(90) && !has_bought
}

/// The owner has it from an import, and the grace period since then is not over.
fn is_new_here(customer: &Customer, now: Time) -> bool {
    let Place::Owned { since, .. } = customer.place else { return false };
    customer.imported_at.is_some_and(|at| since <= at && at + GRACE > now)
}

/// A key account, or an order under way: paid at least in part or shipped, not yet delivered.
fn is_kept(customer: &Customer) -> bool {
    let is_under_way = |status| !matches!(status, Status::Delivered | Status::Ended);
    customer.is_key
        || customer
            .orders
            .iter()
            .any(|order| (order.paid > 0 || order.status == Status::Shipped) && is_under_way(order.status))
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
            let version = self.limits.entry(rule.id).or_default().version;
            self.runs.push(Run {
                rule: rule.id,
                planned_at,
                status: "RUNNING",
                matched: 0,
                released: 0,
                held: 0,
                announced: 0,
                version,
                list: None,
                is_stopped: false,
                is_approved: false,
            });
        }
        let now = self.now;
        let is_open = |run: &Run| match run.status {
            "RUNNING" => true,
            "AWAITING_APPROVAL" => run.deadline() <= now,
            _ => false,
        };
        let mut open: Vec<_> = (0..self.runs.len()).filter(|run| is_open(&self.runs[*run])).collect();
        open.sort_by_key(|run| (self.runs[*run].planned_at, self.runs[*run].rule));
        for run in open {
            self.run(run);
        }
    }

    /// Whether a run at its planned time finds that its rule matches a customer. What the owner got later is not meant.
    fn matches(&self, rule: &Rule, what: CustomerIndex, planned_at: Time) -> bool {
        let customer = &self.customers[what];
        let is_owned = matches!(&customer.place, Place::Owned { since, .. } if *since <= planned_at);
        is_owned
            && !customer.is_archived
            && (rule.matches)(customer, planned_at)
            && !is_kept(customer)
            && !is_new_here(customer, planned_at)
    }

    fn was_told(&self, rule: &Rule, what: CustomerIndex, planned_at: Time) -> bool {
        let notice = self.settings.notice;
        let Place::Owned { by, since, .. } = &self.customers[what].place else { return false };
        let told = self.notices.get(&(rule.id, what)).filter(|(who, begun, _)| (who, begun) == (by, since));
        notice.is_zero() || told.is_some_and(|(.., at)| *at + notice <= planned_at)
    }

    fn run(&mut self, run: usize) {
        let rule = RULES.iter().find(|rule| rule.id == self.runs[run].rule).expect("it is one of them");
        let limits = &self.limits[&rule.id];
        let (planned_at, is_unchanged) = (self.runs[run].planned_at, self.runs[run].version == limits.version);
        if self.runs[run].status == "AWAITING_APPROVAL" {
            if self.runs[run].is_stopped || !is_unchanged || limits.keeps_unapproved {
                self.runs[run].status = "LAPSED";
                return;
            }
            self.runs[run].go_on();
        }
        if !is_unchanged {
            self.runs[run].status = "STOPPED";
            return;
        }
        let due: Vec<CustomerIndex> =
            (0..self.customers.len()).filter(|what| self.matches(rule, *what, planned_at)).collect();
        if self.runs[run].list.is_none() {
            self.choose(run, rule, &due);
            if self.runs[run].is_stopped {
                self.runs[run].status = "AWAITING_APPROVAL";
                return;
            }
        }
        self.continue_batch(rule.id, planned_at);
        for (what, owner, waits) in self.runs[run].list.take().unwrap_or_default() {
            let is_theirs = self.customers[what].owner() == Some(owner);
            if waits {
                self.runs[run].list.get_or_insert_default().push((what, owner, waits));
            } else if is_theirs && due.contains(&what) && self.was_told(rule, what, planned_at) {
                self.move_to_pool(what, "RECLAIM", "RULE", None);
                self.log.last_mut().expect("it was logged").7 = Some(rule.id);
                self.runs[run].released += 1;
            }
        }
        self.end_batch(None);
        self.runs[run].status = if self.runs[run].list.is_some() { "AWAITING_APPROVAL" } else { "DONE" };
        if !self.settings.notice.is_zero() {
            self.announce(run, rule, &due);
        }
    }

    /// Chooses what the run may take, and what of it must wait.
    fn choose(&mut self, run: usize, rule: &Rule, due: &[CustomerIndex]) {
        let planned_at = self.runs[run].planned_at;
        // Drop notices of another ownership, and of customers that do not match any more.
        let customers = &self.customers;
        self.notices.retain(|(of, what), (who, begun, _)| {
            let is_theirs =
                |place: &Place| matches!(place, Place::Owned { by, since, .. } if (by, since) == (who, begun));
            *of != rule.id || (due.contains(what) && is_theirs(&customers[*what].place))
        });
        let mut chosen: Vec<_> = due.iter().copied().filter(|what| self.was_told(rule, *what, planned_at)).collect();
        let neglected = |what: &CustomerIndex| {
            let customer = &self.customers[*what];
            let Place::Owned { since, .. } = customer.place else { panic!("it is owned") };
            let [_, last] = customer.talks();
            (last.unwrap_or(since).max(since), customer.id)
        };
        let matched = chosen.len();
        chosen.sort_by_key(neglected);
        chosen.truncate(self.limits[&rule.id].most.unwrap_or(usize::MAX));
        let at_work = |customer: &&Customer| customer.owner().is_some() && !customer.is_archived;
        let owned = self.customers.iter().filter(at_work).count();
        let is_stopped = chosen.len() > 20 && chosen.len() * 5 > owned;
        let owner = |what: &CustomerIndex| self.customers[*what].owner().expect("it is owned");
        let list = chosen.iter().map(|what| {
            let loses = chosen.iter().filter(|other| owner(other) == owner(what)).count();
            (*what, owner(what), is_stopped || loses > 10 && loses * 2 > self.owned_by(owner(what)))
        });
        let list: Vec<_> = list.collect();
        let run = &mut self.runs[run];
        run.matched = matched;
        run.held = list.iter().filter(|(.., waits)| *waits).count();
        (run.is_stopped, run.list) = (is_stopped, Some(list));
    }

    fn announce(&mut self, run: usize, rule: &Rule, due: &[CustomerIndex]) {
        let planned_at = self.runs[run].planned_at;
        let at = if self.now - planned_at > LATE { self.now } else { planned_at };
        for &what in due {
            if let Place::Owned { by, since, .. } = self.customers[what].place
                && self.notices.get(&(rule.id, what)).is_none_or(|(who, begun, _)| (*who, *begun) != (by, since))
            {
                self.notices.insert((rule.id, what), (by, since, at));
                self.runs[run].announced += 1;
            }
        }
    }

    /// An administrator approves a run that waits: once, and before the next planned time.
    pub fn approve(&mut self, run: usize) -> Answer {
        let now = self.now;
        let run = &mut self.runs[run];
        if run.is_approved {
            return "";
        }
        let is_unchanged = self.limits[&run.rule].version == run.version;
        if run.status != "AWAITING_APPROVAL" || run.deadline() <= now || !is_unchanged {
            return "TOO_LATE";
        }
        run.is_approved = true;
        run.go_on();
        ""
    }

    /// An administrator changes how many customers a run takes, and what becomes of what waits.
    pub fn limit(&mut self, place: usize, most: Option<usize>, keeps_unapproved: bool) -> Uuid {
        let rule = RULES[place].id;
        let version = self.limits.entry(rule).or_default().version + 1;
        self.limits.insert(rule, Limits { version, most, keeps_unapproved });
        rule
    }
}

impl Run {
    /// The next planned time.
    fn deadline(&self) -> Time {
        let rule = RULES.iter().find(|rule| rule.id == self.rule).expect("it is one of them");
        self.planned_at + rule.every
    }

    /// Lets the run take what waits.
    fn go_on(&mut self) {
        self.status = "RUNNING";
        for (.., waits) in self.list.iter_mut().flatten() {
            *waits = false;
        }
    }
}
