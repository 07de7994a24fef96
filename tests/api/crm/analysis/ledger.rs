//! The ledger says what happened, and its sums are those of the ledger.

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use tidepool::crm::analysis;
use tidepool::seed::{self, Plan};
use uuid::Uuid;

use super::history::{Company, Snapshot};
use super::naive;
use crate::support::{World, monday};

const SHANGHAI: Tz = Tz::Asia__Shanghai;

/// Asserts that both are the same; otherwise shows what only one has.
fn same<K: Ord + Debug, V: PartialEq + Debug>(what: &str, there: &BTreeMap<K, V>, here: &BTreeMap<K, V>) {
    let only = |one: &BTreeMap<K, V>, other: &BTreeMap<K, V>| -> Vec<String> {
        let missing = one.iter().filter(|(key, value)| other.get(key) != Some(value));
        missing.take(8).map(|row| format!("{row:?}")).collect()
    };
    let (server, naive) = (only(there, here), only(here, there));
    assert!(
        server.is_empty() && naive.is_empty(),
        "{what}\nonly the server:\n{}\nonly the naive model:\n{}",
        server.join("\n"),
        naive.join("\n")
    );
}

/// Who had what, and what the pipeline was, by the ledger as of a moment.
async fn as_of(world: &World, snapshot: &Snapshot) -> Snapshot {
    let holders: Vec<(Uuid, Option<Uuid>, i64)> = sqlx::query_as(
        "select customer_id, user_id, sum(n) from sales_fact where subject in ('HAND', 'POOL') and at <= $1
         group by customer_id, user_id having sum(n) <> 0",
    )
    .bind(snapshot.at)
    .fetch_all(&world.db)
    .await
    .unwrap();
    assert!(holders.iter().all(|row| row.2 == 1), "nobody has a customer twice: {holders:?}");
    type Row = (Uuid, String, String, i64, Decimal, Decimal);
    let pipeline: Vec<Row> = sqlx::query_as(
        "select user_id, stage, currency, sum(n)::bigint, coalesce(sum(amount), 0), coalesce(sum(weighted), 0)
         from sales_fact where subject = 'PIPELINE' and at <= $1 group by 1, 2, 3",
    )
    .bind(snapshot.at)
    .fetch_all(&world.db)
    .await
    .unwrap();
    let nothing = (0, Decimal::ZERO, Decimal::ZERO);
    let pipeline = pipeline
        .into_iter()
        .map(|(user, stage, currency, n, amount, weighted)| ((user, stage, currency), (n, amount, weighted)));
    Snapshot {
        at: snapshot.at,
        holders: holders.into_iter().map(|row| (row.0, row.1)).collect(),
        pipeline: pipeline.filter(|(_, sum)| *sum != nothing).collect(),
    }
}

pub async fn check(world: &World, zone: Tz) {
    same("the ledger", &naive::posted(world).await, &naive::ledger(world).await);
    analysis::keep(&world.app).await.unwrap();
    let (positions, last): (i64, i64) =
        sqlx::query_as("select count(*), coalesce(max(position), 0) from posting").fetch_one(&world.db).await.unwrap();
    assert_eq!(positions, last, "positions have no gaps");
    let late: i64 = world.sql("select count(*) from (select known_at < lag(known_at) over (order by position) as falls from posting) p where falls").await;
    assert_eq!(late, 0, "what is known later is behind");
    let kept = naive::kept(world).await;
    same("kept sums", &kept, &naive::sums(world, zone).await);
    analysis::recount(&world.app).await.unwrap();
    same("sums from scratch", &naive::kept(world).await, &kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_model_agrees_with_the_ledger_of_random_histories() {
    let seed = std::env::var("TIDEPOOL_FIGURES_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("TIDEPOOL_FIGURES_SEED={seed}");
    let mut company = Company::found(seed).await;
    let other = company.world.second_server().await;
    for step in 0..700 {
        company.act().await;
        if step % 3 == 0 {
            company.note().await;
            company.pass().await;
        }
        if step % 70 == 69 {
            // Two servers at once keep the sums, while people act.
            let (world, other) = (company.world.app.clone(), other.app.clone());
            let (one, two, ()) = tokio::join!(analysis::keep(&world), analysis::keep(&other), company.act());
            one.unwrap();
            two.unwrap();
        }
        if step % 350 == 349 {
            check(&company.world, SHANGHAI).await;
        }
    }
    println!("{:?}", company.done);
    assert_eq!(company.done.len(), 24, "everything was done: {:?}", company.done);
    for snapshot in &company.snapshots {
        let there = as_of(&company.world, snapshot).await;
        same(&format!("who had what at {}", snapshot.at), &there.holders, &snapshot.holders);
        same(&format!("the pipeline at {}", snapshot.at), &there.pipeline, &snapshot.pipeline);
    }
    // Amounts of what was won leave the pipeline as they are in the outcome.
    let open: i64 = company
        .world
        .sql("select count(*) from (select opportunity_id, sum(n) as n from sales_fact where subject = 'PIPELINE' group by 1) p where n not in (0, 1)")
        .await;
    assert_eq!(open, 0, "nothing is twice in the pipeline");
}

#[tokio::test]
async fn another_time_zone_makes_all_sums_anew() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan { customers: 60, ..Plan::demo(monday()) }).await.unwrap();
    world.app.follow().await.unwrap();
    check(&world, SHANGHAI).await;
    sqlx::query("update setting set business_time_zone = 'America/New_York'").execute(&world.db).await.unwrap();
    world.app.follow().await.unwrap();
    analysis::keep(&world.app).await.unwrap();
    let zone: String = world.sql("select time_zone from sales_analysis_state").await;
    assert_eq!(zone, "America/New_York");
    same("sums in New York", &naive::kept(&world).await, &naive::sums(&world, Tz::America__New_York).await);
}

/// What was there before the ledger is posted as triggers would have done, and the pipeline of today is right.
#[tokio::test]
async fn history_that_was_copied_is_posted() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan { customers: 300, ..Plan::demo(monday()) }).await.unwrap();
    world.app.follow().await.unwrap();
    check(&world, SHANGHAI).await;
    let wrong: i64 = world
        .sql(
            "select count(*) from (
                 select o.owner_user_id, stage, coalesce(currency, ''), count(*), coalesce(sum(amount), 0), coalesce(sum(amount * probability / 100), 0)
                 from sales_opportunity o join customer c on c.id = o.customer_id where is_live(o, c) group by 1, 2, 3
                 except
                 select user_id, stage, currency, sum(n), coalesce(sum(amount), 0), coalesce(sum(weighted), 0)
                 from sales_fact where subject = 'PIPELINE' group by 1, 2, 3) d",
        )
        .await;
    assert_eq!(wrong, 0, "the pipeline of today");
    let there: i64 = world.sql("select count(*) from sales_fact where subject = 'PIPELINE' and detail = 'LEFT'").await;
    assert!(there > 0, "some opportunities lost their customers");
}
