//! When a customer will fall if nobody acts: foreseen by the rules, and so it happens.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::support::{Person, World, monday, pretty};
use crate::sweeps::night;

impl Person {
    /// The names of one's own customers, those that fall first in front, with when.
    async fn about_to_fall(&self, filter: Json) -> Vec<(String, Option<DateTime<Utc>>)> {
        let query = "query($filter: CustomerFilter) { myCustomers(filter: $filter, orderBy: RETURNS_TO_POOL_AT_ASC) { edges { node { name returnsToPoolAt } } } }";
        let found = self.data(query, json!({"filter": filter})).await["myCustomers"]["edges"].clone();
        let one = |edge: &Json| {
            let at = edge["node"]["returnsToPoolAt"].as_str().map(|at| at.parse().unwrap());
            (edge["node"]["name"].as_str().unwrap().to_owned(), at)
        };
        found.as_array().unwrap().iter().map(one).collect()
    }

    async fn is_away(&self, who: &Self, first: &str, last: &str) -> String {
        let input = json!({"userId": who.gid(), "firstDay": first, "lastDay": last});
        self.outcome("recordAbsence", input).await
    }
}

#[tokio::test]
async fn each_customer_shows_when_it_falls_and_by_which_rule() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    admin.rules("followup_days > 3", "0 3 * * *", 20).await;
    admin.rules("owned_days > 90 && orders_in_ownership == 0", "every: P3D", 10).await;
    admin.rules("!(followup_days < 5)", "0 3 * * *", 5).await;
    admin.keeps("level == \"KEY\"", 15).await;
    let (acme, blue, cosmos) =
        (json!(ann.create("Acme").await), json!(ann.create("Blue").await), json!(ann.create("Cosmos").await));
    let key = json!({"customerId": cosmos, "version": 1, "level": "KEY"});
    assert_eq!(admin.outcome("updateCustomer", key).await, "");
    world.advance(TimeDelta::days(2));
    assert_eq!(ann.follow_up(&blue).await, "");

    let query = "query($id: ID!) { customer(id: $id) { returnsToPoolAt
        returnsByRule { at reason isMatched poolRule { condition } keptBy { condition } } } }";
    let mut told = String::new();
    for (name, id) in [("Acme", &acme), ("Blue", &blue), ("Cosmos", &cosmos)] {
        let seen = ann.data(query, json!({"id": id})).await["customer"].clone();
        assert_eq!(boss.data(query, json!({"id": id})).await["customer"], seen, "a superior is told the same");
        told.push_str(&format!("{name}: {}\n", pretty(&seen)));
    }
    insta::assert_snapshot!(told);

    let third_night = night() + TimeDelta::days(3);
    let names =
        |found: Vec<(String, Option<DateTime<Utc>>)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(
        ann.about_to_fall(json!({})).await,
        [("Acme", third_night), ("Cosmos", third_night), ("Blue", third_night + TimeDelta::days(2))]
            .map(|(name, at)| (name.to_owned(), Some(at)))
    );
    let before = json!({"returnsToPoolBefore": "2026-03-06T00:00:00Z"});
    assert_eq!(names(ann.about_to_fall(before).await), ["Acme", "Cosmos"]);
    let query = "{ teamCustomers(first: 1, orderBy: RETURNS_TO_POOL_AT_DESC) { pageInfo { endCursor } edges { node { name } } } }";
    let page = boss.ask(query).await["teamCustomers"].clone();
    assert_eq!(page["edges"][0]["node"]["name"], "Blue");
    let query = "query($after: String) { teamCustomers(after: $after, orderBy: RETURNS_TO_POOL_AT_DESC) { edges { node { name } } } }";
    let rest =
        boss.data(query, json!({"after": page["pageInfo"]["endCursor"]})).await["teamCustomers"]["edges"].clone();
    assert_eq!(rest.as_array().unwrap().len(), 2);

    // In the pool nothing falls, and others are told nothing.
    assert_eq!(ann.release(&acme).await, "");
    let query =
        "{ customers(filter: {isPooled: {eq: true}}) { edges { node { returnsToPoolAt returnsByRule { at } } } } }";
    let nothing = json!({"returnsToPoolAt": null, "returnsByRule": []});
    for viewer in [&ann, &ben, &admin] {
        assert_eq!(viewer.ask(query).await["customers"]["edges"][0]["node"], nothing);
    }
}

#[tokio::test]
async fn an_absence_is_left_out_of_every_count_and_nothing_falls_before_the_first_day_back_is_over() {
    let world = World::new().await;
    let (admin, boss, hr) =
        (world.admin().await, world.person("Boss", "manager", None).await, world.person("Hana", "hr", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    admin.rules("followup_days > 3", "0 3 * * *", 20).await;
    ann.create("Acme").await;
    let falls_on = async || ann.about_to_fall(json!({})).await[0].1.unwrap().format("%F").to_string();
    assert_eq!(falls_on().await, "2026-03-05");
    // From Tuesday to Thursday: three days less; Friday is the first day back, in which nothing falls anyway.
    assert_eq!(boss.is_away(&ann, "2026-03-03", "2026-03-05").await, "");
    assert_eq!(boss.is_away(&ann, "2026-03-03", "2026-03-05").await, "", "twice is fine");
    assert_eq!(falls_on().await, "2026-03-08");
    assert_eq!(boss.is_away(&ann, "2026-03-05", "2026-03-06").await, "DUPLICATE");
    assert_eq!(hr.is_away(&ann, "2026-03-09", "2026-03-09").await, "");
    // It would fall on Monday at three in the morning, when Ann is away again.
    assert_eq!(falls_on().await, "2026-03-10");
    for (first, last) in [("2026-03-12", "2026-03-11"), ("2026-03-12", "2027-03-13"), ("2026-01-01", "2026-01-01")] {
        assert_eq!(boss.is_away(&ann, first, last).await, "INVALID", "{first} {last}");
    }
    assert_eq!(boss.is_away(&ben, "2026-03-12", "2026-03-12").await, "NOT_FOUND", "not below");
    assert_eq!(boss.is_away(&boss, "2026-03-12", "2026-03-12").await, "NOT_FOUND", "somebody above says so");
    let query = "mutation($input: RecordAbsenceInput!) { recordAbsence(input: $input) { userErrors { code } } }";
    let input = json!({"userId": ann.gid(), "firstDay": "2026-03-12", "lastDay": "2026-03-12"});
    assert_eq!(ann.refused(query, json!({"input": input})).await, "FORBIDDEN");
    let query = "query($id: ID!) { user(id: $id) { absences { firstDay lastDay } } }";
    let seen = async |person: &Person| person.data(query, json!({"id": ann.gid()})).await["user"]["absences"].clone();
    let both = json!([{"firstDay": "2026-03-03", "lastDay": "2026-03-05"}, {"firstDay": "2026-03-09", "lastDay": "2026-03-09"}]);
    assert_eq!([seen(&boss).await, seen(&ann).await, seen(&ben).await], [both.clone(), both, json!([])]);
    for day in ["2026-03-03", "2026-03-09", "2026-03-09"] {
        let input = json!({"userId": ann.gid(), "firstDay": day});
        assert_eq!(boss.outcome("cancelAbsence", input).await, "");
    }
    assert_eq!(falls_on().await, "2026-03-05");
}

/// A condition of which it can be told when it will match.
fn condition(rng: &mut Rng) -> String {
    let days = |rng: &mut Rng| f64::from(rng.u8(0..160)) / 2.0;
    let variable = |rng: &mut Rng| ["followup_days", "first_followup_days", "owned_days"][rng.usize(..3)];
    let level = |rng: &mut Rng| ["KEY", "A", "B"][rng.usize(..3)];
    let sign = if rng.bool() { ">" } else { ">=" };
    let asked = format!("{} {sign} {}", variable(rng), days(rng));
    match rng.u8(..5) {
        0 => format!("{} < {}", days(rng), variable(rng)),
        1 => format!("{asked} && level == \"{}\"", level(rng)),
        2 => format!("{asked} || {} > {}", variable(rng), days(rng)),
        3 => format!("({asked} || level != \"{}\") && {} >= {}", level(rng), variable(rng), days(rng)),
        _ => asked,
    }
}

#[tokio::test]
async fn what_is_foreseen_happens() {
    let (mut fell, mut stayed) = (0, 0);
    for seed in 0..5 {
        let (world, mut rng) = (World::new().await, Rng::with_seed(seed));
        let admin = world.admin().await;
        let (mut reps, mut owned) = (Vec::new(), Vec::new());
        for rep in 0..5 {
            reps.push(world.sales(&format!("Rep{rep}")).await);
            for number in 0..4 {
                let id = json!(reps[rep].create(&format!("C{rep}{number}")).await);
                let level = ["KEY", "A", "B", ""][rng.usize(..4)];
                if !level.is_empty() {
                    let input = json!({"customerId": id, "version": 1, "level": level});
                    assert_eq!(admin.outcome("updateCustomer", input).await, "");
                }
                owned.push((rep, id));
                world.advance(TimeDelta::minutes(rng.i64(1..90)));
            }
        }
        for _ in 0..15 {
            let (rep, customer) = &owned[rng.usize(..owned.len())];
            assert_eq!(reps[*rep].follow_up(customer).await, "");
            world.advance(TimeDelta::minutes(rng.i64(1..90)));
        }
        for rep in &reps[..3] {
            let first = monday().date_naive() + TimeDelta::days(rng.i64(1..8));
            let last = first + TimeDelta::days(rng.i64(0..4));
            assert_eq!(admin.is_away(rep, &first.to_string(), &last.to_string()).await, "");
            let again = last + TimeDelta::days(rng.i64(1..4));
            assert_eq!(admin.is_away(rep, &again.to_string(), &again.to_string()).await, "");
        }
        let mut conditions = Vec::new();
        for priority in 0..2 {
            conditions.push(condition(&mut rng));
            let schedule = ["0 3 * * *", "30 14 * * MON,THU", "every: P3D"][rng.usize(..3)];
            admin.rules(&conditions[priority], schedule, priority as i32).await;
        }
        admin.keeps("level == \"KEY\"", rng.i32(0..2)).await;
        let mut foreseen = BTreeMap::new();
        for rep in &reps {
            foreseen.extend(rep.about_to_fall(json!({})).await);
        }
        assert_eq!(foreseen.len(), 20);
        // Each time that rules may run at, for four weeks.
        let (mut fallen, begun) = (BTreeMap::new(), world.clock.now());
        let at = |half_day: i64| {
            let minutes = if half_day % 2 == 0 { 18 * 60 } else { 17 * 60 + 30 };
            monday() + TimeDelta::minutes(12 * 60 * half_day + minutes)
        };
        for at in (0..56).map(at).filter(|at| *at > begun) {
            world.sweep_at(at).await;
            let pooled: Vec<(String, DateTime<Utc>)> =
                sqlx::query_as("select name, pool_entry_time from customer where owner_user_id is null")
                    .fetch_all(&world.db)
                    .await
                    .unwrap();
            for (name, _) in pooled {
                fallen.entry(name).or_insert(at);
            }
        }
        for (name, at) in &foreseen {
            let in_time = at.filter(|at| *at <= world.clock.now());
            assert_eq!(fallen.get(name), in_time.as_ref(), "seed {seed}, {name}, {conditions:?}");
        }
        fell += fallen.len();
        stayed += foreseen.len() - fallen.len();
    }
    assert!(fell > 20 && stayed > 3, "{fell} fell, {stayed} stayed");
}
