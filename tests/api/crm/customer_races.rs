//! Concurrent operations: one succeeds, the others get a reason, limits hold, and the log agrees.

use std::collections::HashMap;

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_users_who_claim_50_customers_one_wins_each() {
    let world = World::new().await;
    let mut reps = Vec::new();
    for number in 0..20 {
        reps.push(world.sales(&format!("Rep{number}")).await);
    }
    for round in 0..3 {
        let mut customers = Vec::new();
        for number in 0..50 {
            customers.push(world.pooled(&format!("Company {round} {number}")).await);
        }
        world.advance(TimeDelta::seconds(1));
        let clients = (0..200).map(|client| {
            let (rep, customers, mut rng) =
                (reps[client % 20].clone(), customers.clone(), Rng::with_seed(client as u64));
            tokio::spawn(async move {
                let mut order: Vec<usize> = (0..50).collect();
                rng.shuffle(&mut order);
                let mut answers = Vec::new();
                for place in order.into_iter().take(10) {
                    answers.push((place, rep.name.clone(), rep.claim(&customers[place]).await));
                }
                answers
            })
        });
        let mut winners: HashMap<usize, String> = HashMap::new();
        let mut losers = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            for (place, rep, answer) in client.await.unwrap() {
                match answer.as_str() {
                    // A second client of the same rep gets the success of the first.
                    "" => assert_eq!(*winners.entry(place).or_insert_with(|| rep.clone()), rep, "one winner each"),
                    _ => losers.push(answer),
                }
            }
        }
        assert!(losers.iter().all(|answer| answer == "ALREADY_OWNED"), "{losers:?}");
        assert_eq!(winners.len(), 50);
    }
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where type = 'CLAIM'").await, 150);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rep_with_three_claims_left_gets_three_of_fifty_concurrent_claims() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.outcome("updateSettings", json!({"maxClaimsPerDay": 3})).await;
    let mut customers = Vec::new();
    for number in 0..50 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    let claims: Vec<_> = customers
        .into_iter()
        .map(|id| {
            let ann = ann.clone();
            tokio::spawn(async move { ann.claim(&id).await })
        })
        .collect();
    let mut answers = HashMap::<String, usize>::new();
    for claim in claims {
        *answers.entry(claim.await.unwrap()).or_default() += 1;
    }
    assert_eq!(answers, HashMap::from([(String::new(), 3), ("CLAIM_LIMIT_REACHED".to_owned(), 47)]));
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_invariant_holds_when_all_operations_run_concurrently() {
    let world = World::new().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let boss = world.person("Boss", "manager", None).await;
    admin.outcome("updateSettings", json!({"protectionPeriod": "PT0S"})).await;
    let mut reps = Vec::new();
    for number in 0..8 {
        reps.push(world.person(&format!("Rep{number}"), "sales", Some(&boss)).await);
    }
    let mut customers = Vec::new();
    for number in 0..6 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    let act = async |person: &Person, mutation: &str, input: Json| -> String {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let selection = if mutation.ends_with("Customers") { "results { userErrors { code } }" } else { "__typename" };
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}"
        );
        let answer = person.ask_with(&query, json!({"input": input})).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    };
    let actors = (0..24u64).map(|number| {
        let (world_clock, reps, boss, customers) = (world.clock.clone(), reps.clone(), boss.clone(), customers.clone());
        tokio::spawn(async move {
            let mut rng = Rng::with_seed(number);
            let mut errors = Vec::new();
            for _ in 0..40 {
                world_clock.advance(TimeDelta::milliseconds(10));
                let (rep, id) = (&reps[rng.usize(..8)], &customers[rng.usize(..6)]);
                errors.push(match rng.u8(..8) {
                    0 | 1 => act(rep, "claimCustomer", json!({"customerId": id})).await,
                    2 => act(rep, "releaseCustomer", json!({"customerId": id})).await,
                    3 => act(&boss, "assignCustomers", json!({"customerIds": [id], "ownerId": rep.gid()})).await,
                    4 => act(&boss, "releaseCustomers", json!({"customerIds": [id, &customers[0]]})).await,
                    5 => act(&boss, "transferCustomers", json!({"customerIds": [id], "ownerId": rep.gid()})).await,
                    6 => {
                        let filter = json!({"ownerId": {"eq": rep.gid()}});
                        act(&boss, "releaseTeamCustomers", json!({"filter": filter, "expected": 1})).await
                    }
                    _ => act(rep, "updateCustomer", json!({"customerId": id, "version": 1, "sourceDetail": "x"})).await,
                });
            }
            errors
        })
    });
    let actors: Vec<_> = actors.collect();
    let (hr, leavers, successors) = (hr.clone(), reps[..3].to_vec(), reps[3..6].to_vec());
    let departures = tokio::spawn(async move {
        for (leaver, successor) in leavers.iter().zip(successors) {
            let customers = json!([{"group": "REST", "ownerId": successor.gid()}]);
            let payload =
                hr.act("departUser", json!({"userId": leaver.gid(), "customers": customers}), "released").await;
            assert_eq!(payload["userErrors"], json!([]));
        }
    });
    for actor in actors {
        for error in actor.await.unwrap() {
            // Users who have left are unauthenticated; no other error may occur.
            assert!(["", "UNAUTHENTICATED"].contains(&error.as_str()), "{error}");
        }
    }
    departures.await.unwrap();
    assert_eq!(
        world
            .sql::<i64>(
                "select count(*) from customer c join app_user u on u.id = c.owner_user_id where u.status = 'DEPARTED'"
            )
            .await,
        0
    );
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_a_locked_customer_is_a_conflict() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (held, free) = (world.pooled("Held").await, world.pooled("Free").await);
    let mut holder = world.db.begin().await.unwrap();
    sqlx::query("select id from customer where name = 'Held' for update").execute(&mut *holder).await.unwrap();
    assert_eq!(ann.outcomes("claimCustomers", json!({"customerIds": [held, free]})).await, ["CONFLICT", ""]);
    holder.rollback().await.unwrap();
    assert_eq!(ann.claim(&held).await, "");
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_releases_and_changes_of_the_protection_period_never_deadlock() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut customers = Vec::new();
    for number in 0..6 {
        customers.push(json!(ann.create(&format!("Company {number}")).await));
    }
    ann.release(&customers[0]).await;
    let acts: Vec<_> = (0..40)
        .map(|number| {
            let (admin, ann, customers, clock) = (admin.clone(), ann.clone(), customers.clone(), world.clock.clone());
            tokio::spawn(async move {
                clock.advance(TimeDelta::milliseconds(1));
                let (one, other) = (&customers[number % 6], &customers[(number + 1) % 6]);
                let (person, query, input) = match number % 3 {
                    0 => (admin, "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { code } } }", json!({"protectionPeriod": format!("P{}D", 1 + number % 5)})),
                    1 => (admin, "mutation($input: AssignCustomersInput!) { assignCustomers(input: $input) { userErrors { code } } }", json!({"customerIds": [one, other], "ownerId": ann.gid()})),
                    _ => (ann, "mutation($input: ReleaseCustomersInput!) { releaseCustomers(input: $input) { userErrors { code } } }", json!({"customerIds": [one, other]})),
                };
                person.ask_with(query, json!({"input": input})).await["errors"].to_string()
            })
        })
        .collect();
    for act in acts {
        assert_eq!(act.await.unwrap(), "null");
    }
    world.assert_sound().await;
    let rests_wrongly = "select count(*) from customer c, setting s where c.protected_until > $now
        and c.protected_until <> c.pool_entry_time + s.protection_period_seconds * interval '1 second'";
    let now = world.clock.now().to_rfc3339();
    assert_eq!(world.sql::<i64>(&rests_wrongly.replace("$now", &format!("'{now}'"))).await, 0);
}

#[tokio::test]
async fn of_two_concurrent_edits_one_succeeds_and_the_other_is_a_conflict() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    for version in 1..=10 {
        world.advance(TimeDelta::seconds(1));
        let edit = |detail: &str| json!({"customerId": acme, "version": version, "sourceDetail": detail});
        let (one, other) =
            tokio::join!(ann.outcome("updateCustomer", edit("Ann's")), boss.outcome("updateCustomer", edit("Boss's")));
        let won = if one.is_empty() { "Ann's" } else { "Boss's" };
        assert_eq!([one.as_str(), other.as_str()].concat(), "CONFLICT", "one of them");
        assert_eq!(world.sql::<String>("select source_detail from customer").await, won);
    }
}
