//! A year of a company on a simulated clock: reps, managers, marketing, HR and an administrator act randomly, with pool
//! rules enabled. A naive [model] of the domain in memory does the same. Every outcome must be the one that the model
//! predicts; every day every invariant holds, and both agree on every customer, log row, event and run.
//!
//! `TIDEPOOL_YEAR_SEED=7` plays another year, or one again that failed: its seed is in the output. `TIDEPOOL_YEAR=full` plays
//! one of 200 reps and 20,000 customers, for a quarter of an hour or more; `TIDEPOOL_YEAR_DAYS=30` ends it early.

mod acts;
mod batches;
mod check;
mod model;
mod moving;
mod orders;
mod rules;

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::json;
use tidepool::crm::rule::run::sweep;

use self::model::{CustomerIndex, Model, PersonIndex, Role, Time};
use crate::support::{Person, World, monday};

/// The size of the company.
struct Scale {
    reps: usize,
    customers: usize,
    /// Random actions in each step of a day.
    acts: usize,
}

const SMALL: Scale = Scale { reps: 25, customers: 160, acts: 2 };
const FULL: Scale = Scale { reps: 200, customers: 20_000, acts: 60 };

struct Year {
    world: World,
    model: Model,
    rng: Rng,
    scale: Scale,
    /// The people of the model, signed in.
    people: Vec<Person>,
    product: serde_json::Value,
    /// The number of customers created, for their names.
    entered: usize,
    /// How often each action had each outcome.
    answers: BTreeMap<(&'static str, String), usize>,
    /// How far the log and the feed were compared.
    compared: check::Compared,
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_model_agrees_with_a_year_of_random_operations() {
    let seed = variable("TIDEPOOL_YEAR_SEED").unwrap_or(1);
    println!("TIDEPOOL_YEAR_SEED={seed}");
    let scale = if std::env::var("TIDEPOOL_YEAR").is_ok_and(|value| value == "full") { FULL } else { SMALL };
    let mut year = Year::begin(Rng::with_seed(seed), scale).await;
    let days = variable("TIDEPOOL_YEAR_DAYS").unwrap_or(365);
    for day in 0..days {
        let started = std::time::Instant::now();
        year.play(day).await;
        let played = started.elapsed();
        year.compare().await;
        println!(
            "day {day}: {:.1} s, {:.1} s to compare",
            played.as_secs_f64(),
            (started.elapsed() - played).as_secs_f64()
        );
    }
    for ((act, answer), times) in &year.answers {
        println!("{act} {answer}: {times}");
    }
    if days >= 365 {
        year.assert_eventful();
    }
}

impl Year {
    /// A company on its first morning: rules enabled, people in their tree, customers in the pool.
    async fn begin(rng: Rng, scale: Scale) -> Self {
        let world = World::new().await;
        let admin = world.admin().await;
        let query = "{ poolRules { edges { node { id version } } } }";
        for rule in admin.ask(query).await["poolRules"]["edges"].as_array().unwrap() {
            let rule = &rule["node"];
            let on = json!({"poolRuleId": rule["id"], "version": rule["version"], "isEnabled": true});
            assert_eq!(admin.outcome("updatePoolRule", on).await, "");
        }
        let model = Model::new(world.clock.now());
        let product = world.product("PUMP", "100").await;
        let compared = check::Compared { log: world.clock.now() - TimeDelta::days(1), feed: 0 };
        let (people, answers) = (Vec::new(), BTreeMap::new());
        let mut year = Self { world, model, rng, scale, people, product, entered: 0, answers, compared };
        year.join(admin, Role::Admin, None);
        for (name, role) in [("Hana", Role::Hr), ("Mark", Role::Marketing), ("Mary", Role::Marketing)] {
            year.hire(name, role, None).await;
        }
        let top = year.hire("Boss", Role::Manager, None).await;
        let mut managers = vec![top];
        for number in 0..year.scale.reps / 8 {
            let manager = year.hire(&format!("Manager{number}"), Role::Manager, Some(top)).await;
            managers.push(manager);
        }
        for number in 0..year.scale.reps {
            let manager = managers[year.rng.usize(..managers.len())];
            year.hire(&format!("Rep{number}"), Role::Rep, Some(manager)).await;
        }
        for _ in 0..year.scale.customers {
            year.enter().await;
        }
        year
    }

    async fn hire(&mut self, name: &str, role: Role, manager: Option<PersonIndex>) -> PersonIndex {
        let named = match role {
            Role::Rep => "sales",
            Role::Manager => "manager",
            Role::Marketing => "marketing",
            Role::Hr => "hr",
            Role::Admin => "admin",
        };
        let person = self.world.person(name, named, manager.map(|manager| &self.people[manager])).await;
        self.join(person, role, manager)
    }

    fn join(&mut self, person: Person, role: Role, manager: Option<PersonIndex>) -> PersonIndex {
        let who = self.model.hire(person.id.uuid(), role, manager);
        self.people.push(person);
        who
    }

    /// A day from 09:00: one or two steps at work, and one in the night, when rules run. A night in which no
    /// server runs is made up for in the morning.
    async fn play(&mut self, day: i64) {
        let morning = monday() + TimeDelta::days(day);
        let steps = self.rng.usize(1..3);
        for (from, to) in [(0, 120), (300, 540)].into_iter().take(steps) {
            let at = morning + TimeDelta::minutes(self.rng.i64(from..to));
            self.advance_to(at).await;
            self.run_rules().await;
            if from == 0 {
                self.follow_up_customers(day).await;
            }
            for _ in 0..self.scale.acts {
                self.act().await;
            }
        }
        let late = match self.rng.u8(..8) {
            0 => return,
            // Exactly at the planned time.
            1 | 2 => 0,
            _ => self.rng.i64(0..7_200),
        };
        self.advance_to(morning + TimeDelta::hours(18) + TimeDelta::seconds(late)).await;
        self.run_rules().await;
    }

    /// Advances the clock, at least by a moment. Nobody acts before the ends of protections have been announced.
    async fn advance_to(&mut self, until: Time) {
        let until = until.max(self.model.now + TimeDelta::milliseconds(1));
        self.world.advance(until - self.model.now);
        if self.model.wait_until(until) {
            self.wait_for_ends_of_protection().await;
        }
    }

    /// Waits until every end of a protection has been announced.
    async fn wait_for_ends_of_protection(&self) {
        let untold = format!("select count(*) from customer where protection_due <= '{}'", self.model.now.to_rfc3339());
        while self.world.sql::<i64>(&untold).await > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn run_rules(&mut self) {
        sweep(&self.world.app).await.unwrap();
        self.model.run_rules();
    }

    /// Asserts that the model and the server have the same outcome.
    fn assert_same_outcome(
        &mut self,
        act: &'static str,
        who: PersonIndex,
        what: CustomerIndex,
        said: &str,
        wanted: &str,
    ) {
        let customer = self.model.customers.get(what);
        assert_eq!(said, wanted, "{act} by {} at {}: {customer:?}", self.people[who].name, self.model.now);
        *self.answers.entry((act, said.to_owned())).or_default() += 1;
    }
}
