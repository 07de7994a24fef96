//! Forecast: when a customer will return to the pool if nobody acts, and that it then does.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::crm::rule_run::first_night;
use crate::support::{Person, World, monday, pretty};

impl Person {
    /// The viewer's customers with the time of their return to the pool, the earliest first.
    async fn next_returns(&self, filter: Json) -> Vec<(String, Option<DateTime<Utc>>)> {
        let query = "query($filter: CustomerFilter) { myCustomers(filter: $filter, orderBy: RETURNS_TO_POOL_AT_ASC) { edges { node { name returnsToPoolAt } } } }";
        let found = self.data(query, json!({"filter": filter})).await["myCustomers"]["edges"].clone();
        let one = |edge: &Json| {
            let at = edge["node"]["returnsToPoolAt"].as_str().map(|at| at.parse().unwrap());
            (edge["node"]["name"].as_str().unwrap().to_owned(), at)
        };
        found.as_array().unwrap().iter().map(one).collect()
    }
}

#[tokio::test]
async fn each_customer_shows_when_it_returns_to_the_pool_and_by_which_rule() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    admin.create_rule("followup_days > 3", "0 3 * * *", 20).await;
    admin.create_rule("owned_days > 90 && orders_in_ownership == 0", "every: P3D", 10).await;
    admin.create_rule("!(followup_days < 5)", "0 3 * * *", 5).await;
    admin.create_keep_rule("level == \"KEY\"", 15).await;
    let (acme, blue, cosmos) =
        (json!(ann.create("Acme").await), json!(ann.create("Blue").await), json!(ann.create("Cosmos").await));
    let key = json!({"customerId": cosmos, "version": 1, "level": "KEY"});
    assert_eq!(admin.outcome("updateCustomer", key).await, "");
    world.advance(TimeDelta::days(2));
    assert_eq!(ann.follow_up(&blue).await, "");

    let query = "query($id: ID!) { customer(id: $id) { returnsToPoolAt
        returnsByRule { at reason isMatched poolRule { condition } keptBy { condition } } } }";
    let mut report = String::new();
    for (name, id) in [("Acme", &acme), ("Blue", &blue), ("Cosmos", &cosmos)] {
        let seen = ann.data(query, json!({"id": id})).await["customer"].clone();
        assert_eq!(boss.data(query, json!({"id": id})).await["customer"], seen, "a superior is told the same");
        report.push_str(&format!("{name}: {}\n", pretty(&seen)));
    }
    insta::assert_snapshot!(report);

    let third_night = first_night() + TimeDelta::days(3);
    let names =
        |found: Vec<(String, Option<DateTime<Utc>>)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(
        ann.next_returns(json!({})).await,
        [("Acme", third_night), ("Cosmos", third_night), ("Blue", third_night + TimeDelta::days(2))]
            .map(|(name, at)| (name.to_owned(), Some(at)))
    );
    let before = json!({"returnsToPoolBefore": "2026-03-06T00:00:00Z"});
    assert_eq!(names(ann.next_returns(before).await), ["Acme", "Cosmos"]);
    let query = "{ teamCustomers(first: 1, orderBy: RETURNS_TO_POOL_AT_DESC) { pageInfo { endCursor } edges { node { name } } } }";
    let page = boss.ask(query).await["teamCustomers"].clone();
    assert_eq!(page["edges"][0]["node"]["name"], "Blue");
    let query = "query($after: String) { teamCustomers(after: $after, orderBy: RETURNS_TO_POOL_AT_DESC) { edges { node { name } } } }";
    let rest =
        boss.data(query, json!({"after": page["pageInfo"]["endCursor"]})).await["teamCustomers"]["edges"].clone();
    assert_eq!(rest.as_array().unwrap().len(), 2);

    // What returns at no time comes last in both directions.
    let late = json!(ann.create("Dyna").await);
    let talk = json!({"customerId": late, "channel": "PHONE", "content": "谈了报价"});
    assert_eq!(ann.outcome("recordFollowUp", talk).await, "");
    let kept = json!({"customerId": late, "version": 1, "level": "B"});
    assert_eq!(admin.outcome("updateCustomer", kept).await, "");
    admin.create_keep_rule("level == \"B\"", 900).await;
    for (order, first) in [("ASC", "Acme"), ("DESC", "Blue")] {
        let query = format!("{{ myCustomers(orderBy: RETURNS_TO_POOL_AT_{order}) {{ edges {{ node {{ name }} }} }} }}");
        let seen = ann.ask(&query).await["myCustomers"]["edges"].clone();
        assert_eq!([&seen[0]["node"]["name"], &seen[3]["node"]["name"]], [first, "Dyna"], "{order}");
        let page =
            format!("{{ myCustomers(first: 3, orderBy: RETURNS_TO_POOL_AT_{order}) {{ pageInfo {{ endCursor }} }} }}");
        let after = ann.ask(&page).await["myCustomers"]["pageInfo"]["endCursor"].clone();
        let query = format!(
            "query($after: String) {{ myCustomers(after: $after, orderBy: RETURNS_TO_POOL_AT_{order}) {{ edges {{ node {{ name }} }} }} }}"
        );
        let rest = ann.data(&query, json!({"after": after})).await["myCustomers"]["edges"].clone();
        assert_eq!(rest, json!([{"node": {"name": "Dyna"}}]), "{order}");
    }

    // A pooled customer has no return, and other users see none.
    assert_eq!(ann.release(&acme).await, "");
    let query =
        "{ customers(filter: {isPooled: {eq: true}}) { edges { node { returnsToPoolAt returnsByRule { at } } } } }";
    let nothing = json!({"returnsToPoolAt": null, "returnsByRule": []});
    for viewer in [&ann, &ben, &admin] {
        assert_eq!(viewer.ask(query).await["customers"]["edges"][0]["node"], nothing);
    }
}

#[tokio::test]
async fn an_absence_counts_for_no_rule_and_no_customer_is_released_before_the_first_day_back_ends() {
    let world = World::new().await;
    let (admin, boss, hr) =
        (world.admin().await, world.person("Boss", "manager", None).await, world.person("Hana", "hr", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    admin.create_rule("followup_days > 3", "0 3 * * *", 20).await;
    ann.create("Acme").await;
    let falls_on = async || ann.next_returns(json!({})).await[0].1.unwrap().format("%F").to_string();
    assert_eq!(falls_on().await, "2026-03-05");
    // The absence takes off Tuesday to Thursday; on Friday, the first day back, nothing is released anyway.
    assert_eq!(boss.record_absence(&ann, "2026-03-03", "2026-03-05").await, "");
    assert_eq!(boss.record_absence(&ann, "2026-03-03", "2026-03-05").await, "", "twice is fine");
    assert_eq!(falls_on().await, "2026-03-08");
    assert_eq!(boss.record_absence(&ann, "2026-03-05", "2026-03-06").await, "DUPLICATE");
    assert_eq!(hr.record_absence(&ann, "2026-03-09", "2026-03-09").await, "");
    // It would be released on Monday at 03:00, when Ann is absent again.
    assert_eq!(falls_on().await, "2026-03-10");
    for (first, last) in [("2026-03-12", "2026-03-11"), ("2026-03-12", "2027-03-13"), ("2026-01-01", "2026-01-01")] {
        assert_eq!(boss.record_absence(&ann, first, last).await, "INVALID", "{first} {last}");
    }
    assert_eq!(boss.record_absence(&ben, "2026-03-12", "2026-03-12").await, "NOT_FOUND", "not below");
    assert_eq!(boss.record_absence(&boss, "2026-03-12", "2026-03-12").await, "NOT_FOUND", "somebody above says so");
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

#[tokio::test]
async fn a_rule_of_working_days_skips_days_off() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let workdays = json!({"workdays": true});
    admin.create_rule_with("followup_days > 3", "0 3 * * *", 20, workdays).await;
    let warning = json!({"action": "WARN_OWNER", "daysAhead": 2, "workdays": true});
    admin.create_rule_with("followup_days > 3 ", "0 9 * * *", 10, warning).await;
    // It is Thursday, 09:00.
    world.advance(TimeDelta::days(3));
    ann.create("Acme").await;
    let falls = async |who: &Person| who.next_returns(json!({})).await[0].1.unwrap().format("%F %H:%M").to_string();
    // Three working days end on Tuesday at 09:00; the next run is in the night after.
    assert_eq!(falls(&ann).await, "2026-03-10 19:00");
    let monday_off = json!([{"day": "2026-03-09", "isOff": true, "name": "Foundation"}]);
    assert_eq!(admin.outcome("saveCalendarDays", json!({"days": monday_off})).await, "");
    assert_eq!(falls(&ann).await, "2026-03-11 19:00");
    let saturday_on = json!([{"day": "2026-03-07", "isOff": false, "name": "调休"}]);
    assert_eq!(admin.outcome("saveCalendarDays", json!({"days": saturday_on})).await, "");
    assert_eq!(falls(&ann).await, "2026-03-10 19:00");
    // An absence on a day off takes nothing off; the first day back is a working day.
    assert_eq!(boss.record_absence(&ann, "2026-03-09", "2026-03-09").await, "");
    assert_eq!(falls(&ann).await, "2026-03-10 19:00");

    let mut runs = Vec::new();
    for hour in 0..6 * 24 {
        let at = monday() + TimeDelta::days(3) + TimeDelta::hours(hour);
        world.run_rules_at(at).await;
        let run: i64 = world.sql(&format!("select count(*) from pool_rule_run where planned_at = '{at}'")).await;
        runs.extend((run == 1).then(|| at.format("%a %H:%M").to_string()));
    }
    // In business time, eight hours later: at 03:00 and 09:00, until Saturday, and from Tuesday on.
    let week = ["Thu 01:00", "Thu 19:00", "Fri 01:00", "Fri 19:00", "Sat 01:00"];
    assert_eq!(runs, [&week[..], &["Mon 19:00", "Tue 01:00", "Tue 19:00"]].concat());
    let report = "select string_agg(kind || to_char(at, ' Dy HH24:MI'), ', ' order by at) from notification where kind <> 'ASSIGNED'";
    // On Saturday two days had passed; two working days later it is four.
    let report: String = world.sql(report).await;
    assert_eq!(report, "RELEASE_DUE Sat 01:00, TAKEN Tue 19:00");
}

/// A random condition whose first match can be predicted.
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
async fn each_predicted_return_to_the_pool_happens() {
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
            assert_eq!(admin.record_absence(rep, &first.to_string(), &last.to_string()).await, "");
            let again = last + TimeDelta::days(rng.i64(1..4));
            assert_eq!(admin.record_absence(rep, &again.to_string(), &again.to_string()).await, "");
        }
        // A week with holidays and a working weekend.
        let days: Vec<_> = (9..16)
            .map(|day| json!({"day": format!("2026-03-{day:02}"), "isOff": rng.bool(), "name": "调休"}))
            .collect();
        assert_eq!(admin.outcome("saveCalendarDays", json!({"days": days})).await, "");
        let mut conditions = Vec::new();
        for priority in 0..2 {
            conditions.push(condition(&mut rng));
            let schedule = ["0 3 * * *", "30 14 * * MON,THU", "every: P3D"][rng.usize(..3)];
            let more = json!({"workdays": rng.bool()});
            admin.create_rule_with(&conditions[priority], schedule, priority as i32, more).await;
        }
        admin.create_keep_rule("level == \"KEY\"", rng.i32(0..2)).await;
        let notice = ["PT0S", "P1D", "PT60H"][rng.usize(..3)];
        let grace = ["PT0S", "P3D", "P12D"][rng.usize(..3)];
        assert_eq!(admin.outcome("updateSettings", json!({"notice": notice, "importGrace": grace})).await, "");
        sqlx::query("update customer set imported_at = owned_since where name ~ '[13]$'")
            .execute(&world.db)
            .await
            .unwrap();
        let (mut foreseen, mut fallen, begun) = (Vec::new(), BTreeMap::new(), world.clock.now());
        // Every planned time of the rules, for four weeks.
        let at = |half_day: i64| {
            let minutes = if half_day % 2 == 0 { 18 * 60 } else { 17 * 60 + 30 };
            monday() + TimeDelta::minutes(12 * 60 * half_day + minutes)
        };
        for (number, at) in (0..56).map(at).filter(|at| *at > begun).enumerate() {
            if number % 9 == 0 {
                for rep in &reps {
                    foreseen.extend(rep.next_returns(json!({})).await);
                }
            }
            world.run_rules_at(at).await;
            let pooled: Vec<(String, DateTime<Utc>)> =
                sqlx::query_as("select name, pool_entry_time from customer where owner_user_id is null")
                    .fetch_all(&world.db)
                    .await
                    .unwrap();
            for (name, _) in pooled {
                fallen.entry(name).or_insert(at);
            }
        }
        assert!(foreseen.len() > 20);
        for (name, at) in &foreseen {
            let in_time = at.filter(|at| *at <= world.clock.now());
            assert_eq!(fallen.get(name), in_time.as_ref(), "seed {seed}, {name}, {notice}, {conditions:?}");
        }
        fell += fallen.len();
        stayed += 20 - fallen.len();
    }
    assert!(fell > 20 && stayed > 3, "{fell} fell, {stayed} stayed");
}
