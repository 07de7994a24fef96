//! Conversions: the same as loops over the facts that a viewer may know.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value as Json, json};
use tidepool::crm::analysis;
use uuid::Uuid;

use super::figures::{Asked, Fact, KEY, Reach, facts, groups_of, int, team_of};
use super::history::Company;
use super::naive::Time;
use crate::support::World;

const COUNTS: &str = "entered mature won waiting wonAlready rate { hits of value }";

/// Entered, mature, won of these, won of the others.
type Counts = [i64; 4];
type Groups = BTreeMap<(Option<NaiveDate>, String), Counts>;

/// The times of facts that stand, by their opportunities, the earliest first.
fn standing<'a>(facts: &[&'a Fact], is: impl Fn(&Fact) -> bool) -> BTreeMap<Uuid, BTreeMap<Time, &'a Fact>> {
    let mut sums: BTreeMap<(Uuid, Time), (i64, &Fact)> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is(fact)) {
        sums.entry((fact.opportunity.unwrap(), fact.at)).or_insert((0, fact)).0 += fact.n;
    }
    let mut standing: BTreeMap<Uuid, BTreeMap<Time, &Fact>> = BTreeMap::new();
    for ((opportunity, at), (_, fact)) in sums.into_iter().filter(|(_, (n, _))| *n > 0) {
        standing.entry(opportunity).or_default().insert(at, fact);
    }
    standing
}

fn counted(
    facts: &[Fact],
    (reach, top): (&Reach, Option<Uuid>),
    asked: &Asked,
    (stage, within): (Option<&str>, i64),
    now: Time,
) -> Groups {
    let known: Vec<&Fact> = facts.iter().filter(|fact| reach.contains(fact) && asked.is_about(fact)).collect();
    let arrivals = standing(&known, |fact| {
        fact.subject == "MOVE" && stage.map_or(fact.detail.is_empty(), |stage| fact.stage == stage)
    });
    let wins = standing(&known, |fact| fact.subject == "OUTCOME" && fact.detail == "WON");
    let mut groups = Groups::new();
    for (opportunity, arrivals) in &arrivals {
        let (at, fact) = arrivals.first_key_value().unwrap();
        if fact.day < asked.from || fact.day > asked.to {
            continue;
        }
        let end = *at + TimeDelta::hours(24 * within);
        let is_won = wins.get(opportunity).is_some_and(|wins| wins.range(*at..=end).next().is_some());
        let is_over = end <= asked.known_at.unwrap_or(now);
        let counts = groups.entry((asked.period(fact.day), asked.key(fact, top))).or_default();
        let add = [true, is_over, is_over && is_won, !is_over && is_won].map(i64::from);
        counts.iter_mut().zip(add).for_each(|(count, add)| *count += add);
    }
    groups
}

fn check(group: &Json, [entered, mature, won, won_already]: Counts, what: &str) {
    let names = ["entered", "mature", "won", "wonAlready", "waiting"];
    assert_eq!(names.map(|name| int(group, name)), [entered, mature, won, won_already, entered - mature], "{what}");
    assert_eq!([int(&group["rate"], "hits"), int(&group["rate"], "of")], [won, mature], "{what}");
    let rate = (mature > 0).then(|| {
        let share = Decimal::from(won) / Decimal::from(mature);
        format!("{:.4}", share.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero))
    });
    assert_eq!(group["rate"]["value"].as_str(), rate.as_deref(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversions_are_those_of_loops_over_the_facts_that_one_may_know() {
    let mut company = Company::found(31).await;
    let mut reported = company.world.clock.now();
    for step in 0..420 {
        company.act().await;
        if step % 3 == 0 {
            company.pass().await;
        }
        if step == 250 {
            analysis::keep(&company.world.app).await.unwrap();
            reported = company.world.clock.now();
        }
    }
    let (world, admin) = (&company.world, company.admin.clone());
    let (head, east, ann) = (company.managers[0].clone(), company.managers[1].clone(), company.reps[0].clone());
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let (first, last) = (day("2026-03-01"), day("2026-12-31"));
    let mut seen = [0; 4];
    for is_kept in [false, true] {
        if is_kept {
            analysis::keep(&world.app).await.unwrap();
        }
        let (facts, now) = (facts(world).await, world.clock.now());
        for (person, reach) in [
            (&admin, Reach::All),
            (&head, team_of(world, &head).await),
            (&east, team_of(world, &east).await),
            (&ann, team_of(world, &ann).await),
        ] {
            let top = matches!(reach, Reach::Team(..)).then(|| person.id.uuid());
            for (stage, within) in
                [(None, None), (None, Some(5)), (Some("PROPOSAL"), Some(12)), (Some("NEGOTIATION"), Some(2))]
            {
                for (from, to, by, per, team, known_at) in [
                    (first, last, None, None, None, None),
                    (first, last, None, Some("MONTH"), None, None),
                    (day("2026-03-12"), day("2026-04-03"), Some("USER"), None, None, None),
                    (first, last, Some("INDUSTRY"), Some("QUARTER"), None, None),
                    (first, last, Some("TEAM"), None, None, None),
                    (first, last, None, None, Some(east.id.uuid()), None),
                    (first, last, Some("USER"), None, None, Some(reported)),
                ] {
                    let asked = Asked { from, to, by, per, team_of: team, of_rows: false, known_at };
                    let mut arguments = asked.arguments();
                    arguments.pop();
                    if let Some(stage) = stage {
                        arguments.push_str(&format!(", stage: \"{stage}\""));
                    }
                    if let Some(days) = within {
                        arguments.push_str(&format!(", within: {days}"));
                    }
                    let what = format!("{} {arguments})", person.name);
                    let query = format!(
                        "{{ conversion{arguments}) {{ groupCount groups {{ {KEY} {COUNTS} }} total {{ {COUNTS} }} }} }}"
                    );
                    let answer = person.ask(&query).await["conversion"].clone();
                    let of = (stage, within.unwrap_or(90));
                    let expected = counted(&facts, (&reach, top), &asked, of, now);
                    let there = groups_of(&answer);
                    for (key, group) in &there {
                        check(group, expected.get(key).copied().unwrap_or_default(), &format!("{what} {key:?}"));
                    }
                    assert!(expected.keys().all(|key| there.contains_key(key)), "{what}: {expected:?} {answer}");
                    // A line chart skips no month; otherwise what has no facts is no group.
                    let skips_none = by.is_none() && per.is_some();
                    assert_eq!(there.len(), if skips_none { 10 } else { expected.len() }, "{what}: {answer}");
                    let mut total = Counts::default();
                    for counts in expected.values() {
                        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                    }
                    check(&answer["total"], total, &what);
                    seen.iter_mut().zip(total).for_each(|(sum, count)| *sum += count);
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 50), "there is something of each: {seen:?}");
}

#[tokio::test]
async fn a_recent_period_is_not_taken_for_a_decline() {
    let world = World::new().await;
    let (ann, admin) = (world.sales("Ann").await, world.admin().await);
    let acme = json!(ann.create("Acme").await);
    let (won, open) = (ann.opportunity(&acme, "100").await, ann.opportunity(&acme, "200").await);
    world.advance(TimeDelta::days(10));
    assert_eq!(ann.move_to(&won, 1, "PROPOSAL").await, "");
    world.advance(TimeDelta::days(4));
    assert_eq!(ann.move_to(&won, 2, "WON").await, "");
    assert_eq!(ann.move_to(&open, 1, "PROPOSAL").await, "");
    let counts = async |arguments: &str| {
        let query =
            format!("{{ conversion(from: \"2026-03-01\", to: \"2026-03-31\"{arguments}) {{ total {{ {COUNTS} }} }} }}");
        let total = ann.ask(&query).await["conversion"]["total"].clone();
        (
            ["entered", "mature", "won", "waiting", "wonAlready"].map(|name| int(&total, name)),
            total["rate"]["value"].clone(),
        )
    };
    // The days of neither are over: one is won already, and that is no rate.
    assert_eq!(counts("").await, ([2, 0, 0, 2, 1], Json::Null));
    // From their creation, both have had ten days, in which neither was won.
    assert_eq!(counts(", within: 10").await, ([2, 2, 0, 0, 0], json!("0.0000")));
    // From the offer on, one was won in four days, and the other one came to it just now.
    assert_eq!(counts(", stage: \"PROPOSAL\", within: 4").await, ([2, 1, 1, 1, 0], json!("1.0000")));
    assert_eq!(counts(", stage: \"PROPOSAL\", within: 3").await, ([2, 1, 0, 1, 0], json!("0.0000")));
    world.advance(TimeDelta::days(80));
    assert_eq!(counts("").await, ([2, 2, 1, 0, 0], json!("0.5000")));
    let refused = async |arguments: &str| {
        let query = format!("{{ conversion(from: \"2026-03-01\", to: \"2026-03-31\"{arguments}) {{ groupCount }} }}");
        ann.ask_with(&query, json!({})).await["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    };
    let stages = "`stage` is the code of an open stage: PROSPECTING, QUALIFICATION, PROPOSAL, NEGOTIATION";
    assert_eq!(refused(", stage: \"WON\"").await, stages);
    assert_eq!(refused(", within: 0").await, "`within` must be from 1 to 3660");
    assert_eq!(refused(", within: 3661").await, "`within` must be from 1 to 3660");
    let may = "USER, TEAM, SOURCE, INDUSTRY, SIZE, LEVEL, REGION, PRODUCT, LOST_REASON, COMPETITOR";
    assert_eq!(refused(", by: STAGE").await, format!("a conversion can't be grouped by STAGE, only by {may}"));
    // Who sees none of the facts gets none of the numbers.
    let ben = world.sales("Ben").await;
    let query = "{ conversion(from: \"2026-03-01\", to: \"2026-03-31\") { groupCount total { entered } } }";
    assert_eq!(ben.ask(query).await["conversion"], json!({"groupCount": 0, "total": {"entered": 0}}));
    assert_eq!(admin.ask(query).await["conversion"]["total"]["entered"], 2);
    assert_eq!(world.person("Hana", "hr", None).await.ask(query).await["conversion"], Json::Null);
}
