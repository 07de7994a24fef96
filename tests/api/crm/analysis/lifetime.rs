//! What customers have brought: the same as loops over the facts that a viewer may know.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value as Json, json};
use tidepool::crm::analysis;
use uuid::Uuid;

use super::figures::{Fact, Reach, amounts_of, facts, team_of};
use super::history::Company;
use crate::support::World;

const VALUE: &str = "customers orders ordersPerYear booked { amount currency } received { amount currency }
    lastYear { amount currency } averageOrder { amount currency } perCustomer { amount currency }";
const COHORTS: &str =
    "cohorts { began customers cells { after isComplete booked { amount currency } perCustomer { amount currency }
    again { hits of } } }";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rounded(number: Decimal) -> String {
    format!("{:.2}", number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// The amounts that are not zero, by currency.
fn shown(amounts: impl IntoIterator<Item = (String, Decimal)>) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for (currency, amount) in amounts {
        *sums.entry(currency).or_default() += amount;
    }
    sums.into_iter().filter(|(_, sum)| !sum.is_zero()).map(|(currency, sum)| (currency, rounded(sum))).collect()
}

fn sums(facts: &[&Fact], is: impl Fn(&Fact) -> bool) -> Vec<(String, Decimal)> {
    facts.iter().filter(|fact| is(fact)).map(|fact| (fact.currency.clone(), fact.amount)).collect()
}

/// The days of the orders of each customer that were not called off.
fn bought(facts: &[&Fact]) -> BTreeMap<Uuid, Vec<NaiveDate>> {
    let mut orders: BTreeMap<(Uuid, Uuid), (i64, NaiveDate)> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.subject == "BOOK") {
        let order = orders.entry((fact.customer, fact.order.unwrap())).or_insert((0, fact.day));
        *order = (order.0 + fact.n, order.1.min(fact.day));
    }
    let mut days: BTreeMap<Uuid, Vec<NaiveDate>> = BTreeMap::new();
    for ((customer, _), (_, day)) in orders.into_iter().filter(|(_, (n, _))| *n > 0) {
        days.entry(customer).or_default().push(day);
    }
    days.values_mut().for_each(|days| days.sort());
    days
}

fn check_value(answer: &Json, facts: &[&Fact], as_of: NaiveDate, what: &str) {
    let customers = bought(facts);
    let orders: usize = customers.values().map(Vec::len).sum();
    assert_eq!(answer["customers"], json!(customers.len()), "{what}: {answer}");
    assert_eq!(answer["orders"], json!(orders), "{what}: {answer}");
    let days: i64 = customers.values().map(|days| (as_of - days[0]).num_days().max(365)).sum();
    let per_year = (days > 0).then(|| rounded(Decimal::from(orders) / Decimal::from(days) * Decimal::from(365)));
    assert_eq!(answer["ordersPerYear"].as_str(), per_year.as_deref(), "{what}: {answer}");
    let of = |name: &str| amounts_of(&answer[name]);
    let booked = || sums(facts, |fact| fact.subject == "BOOK");
    assert_eq!(of("booked"), shown(booked()), "{what}");
    assert_eq!(of("received"), shown(sums(facts, |fact| fact.subject == "CASH")), "{what}");
    let year = as_of - Days::new(365);
    assert_eq!(of("lastYear"), shown(sums(facts, |fact| fact.subject == "BOOK" && fact.day > year)), "{what}");
    let mut in_currency: BTreeMap<&str, i64> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.subject == "BOOK") {
        *in_currency.entry(&fact.currency).or_default() += fact.n;
    }
    let average = booked().into_iter().filter(|(currency, _)| in_currency[&**currency] != 0);
    let average = average.map(|(currency, amount)| (currency.clone(), amount / Decimal::from(in_currency[&*currency])));
    assert_eq!(of("averageOrder"), shown(average), "{what}");
    let each = booked().into_iter().filter(|_| !customers.is_empty());
    let each = each.map(|(currency, amount)| (currency, amount / Decimal::from(customers.len())));
    assert_eq!(of("perCustomer"), shown(each), "{what}");
}

fn quarter(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1).unwrap()
}

fn check_cohorts(answer: &Json, facts: &[&Fact], as_of: NaiveDate, today: NaiveDate, what: &str) {
    let customers = bought(facts);
    let began: BTreeSet<_> = customers.values().map(|days| quarter(days[0])).collect();
    let cohorts = answer.as_array().unwrap();
    let there: Vec<_> = cohorts.iter().map(|cohort| day(cohort["began"].as_str().unwrap())).collect();
    assert_eq!(there, began.into_iter().collect::<Vec<_>>(), "{what}");
    for cohort in cohorts {
        let began = day(cohort["began"].as_str().unwrap());
        let of: Vec<_> = customers.iter().filter(|(_, days)| quarter(days[0]) == began).collect();
        assert_eq!(cohort["customers"], json!(of.len()), "{what}");
        let cells = cohort["cells"].as_array().unwrap();
        let mut after = 0;
        while began + Months::new(3 * after) <= as_of {
            let cell = &cells[after as usize];
            let next = began + Months::new(3 * after + 3);
            let is_complete = next <= today && next <= as_of + Days::new(1);
            assert_eq!((&cell["after"], &cell["isComplete"]), (&json!(after), &json!(is_complete)), "{what}: {cell}");
            let is_of = |fact: &Fact| of.iter().any(|(customer, _)| **customer == fact.customer);
            let amounts = || sums(facts, |fact| fact.subject == "BOOK" && fact.day < next && is_of(fact));
            assert_eq!(amounts_of(&cell["booked"]), shown(amounts()), "{what} {began}: {cell}");
            let each = amounts().into_iter().map(|(currency, amount)| (currency, amount / Decimal::from(of.len())));
            assert_eq!(amounts_of(&cell["perCustomer"]), shown(each), "{what} {began}: {cell}");
            let again = of.iter().filter(|(_, days)| days.get(1).is_some_and(|second| *second < next)).count();
            assert_eq!(cell["again"], json!({"hits": again, "of": of.len()}), "{what} {began}: {cell}");
            after += 1;
        }
        assert_eq!(cells.len(), after as usize, "{what}: {cohort}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_customers_brought_is_what_loops_over_the_facts_say_for_every_viewer() {
    let mut company = Company::found(13).await;
    for step in 0..500 {
        company.act().await;
        if step % 2 == 0 {
            company.pass().await;
        }
    }
    analysis::keep(&company.world.app).await.unwrap();
    for _ in 0..20 {
        company.act().await;
    }
    let world: &World = &company.world;
    let facts = facts(world).await;
    let today = world.clock.now().with_timezone(&chrono_tz::Tz::Asia__Shanghai).date_naive();
    let mut viewers = vec![(company.admin.clone(), Reach::All)];
    for person in [company.managers[1].clone(), company.reps[0].clone()] {
        let reach = team_of(world, &person).await;
        viewers.push((person, reach));
    }
    let mut seen = 0;
    for (person, reach) in &viewers {
        for as_of in [today, day("2026-04-15"), day("2027-12-31")] {
            let known: Vec<_> = facts.iter().filter(|fact| reach.contains(fact) && fact.day <= as_of).collect();
            let known: Vec<_> =
                known.into_iter().filter(|fact| ["BOOK", "CASH"].contains(&fact.subject.as_str())).collect();
            for by in ["", ", by: USER", ", by: INDUSTRY"] {
                let what = format!("{} {as_of}{by}", person.name);
                let query = format!(
                    "{{ lifetimeValue(asOf: \"{as_of}\"{by}) {{ groups {{ key {{ value user {{ id }} }} {VALUE} }} total {{ {VALUE} }} {COHORTS} }} }}"
                );
                let answer = person.ask(&query).await["lifetimeValue"].clone();
                check_value(&answer["total"], &known, as_of, &what);
                check_cohorts(&answer["cohorts"], &known, as_of, today, &what);
                let mut groups: BTreeMap<String, Vec<&Fact>> = BTreeMap::new();
                for fact in &known {
                    let key = match by {
                        "" => String::new(),
                        ", by: USER" => format!("user_{}", fact.user.unwrap()),
                        _ => fact.industry.clone(),
                    };
                    groups.entry(key).or_default().push(fact);
                }
                for group in answer["groups"].as_array().unwrap() {
                    let key = &group["key"];
                    let key = key["user"]["id"].as_str().or(key["value"].as_str()).unwrap_or_default();
                    let facts = groups.remove(key).unwrap_or_else(|| panic!("{what}: {key} has no facts: {group}"));
                    check_value(group, &facts, as_of, &format!("{what} {key}"));
                    seen += bought(&facts).len();
                }
                for (key, facts) in groups {
                    let sums = shown(sums(&facts, |_| true));
                    assert!(bought(&facts).is_empty() && sums.is_empty(), "{what}: {key} is missing in {answer}");
                }
            }
        }
    }
    assert!(seen > 30, "little was sold: {seen}");
    let again = facts.iter().filter(|fact| fact.subject == "BOOK" && fact.n < 0).count();
    assert!(again >= 2, "little was called off: {again}");
}
