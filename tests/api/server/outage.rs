//! PostgreSQL is killed and restarted.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::Embedded;

use crate::support::{World, migrate, monday, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_an_outage_requests_get_unavailable_and_afterwards_no_acknowledged_change_is_lost() {
    // This test has its own cluster with fsync; the shared one runs without.
    let postgres = Embedded::start_durable_throwaway().await.unwrap();
    migrate(&postgres.connect_options()).await;
    let world = World::on(postgres.connect_options(), Clock::manual(monday()), Limits::default()).await;
    let ann = world.sales("Ann").await;
    let writer = {
        let (ann, clock) = (ann.clone(), world.clock.clone());
        tokio::spawn(async move {
            let (mut acknowledged, mut unavailable, mut number) = (Vec::new(), 0, 0);
            let started = Instant::now();
            while acknowledged.len() < 60 || unavailable == 0 {
                assert!(
                    started.elapsed() < Duration::from_secs(60),
                    "{} acknowledged, {unavailable} unavailable",
                    acknowledged.len()
                );
                number += 1;
                clock.advance(TimeDelta::milliseconds(1));
                let name = format!("Company {number}");
                let query = "mutation($n: String!) { createCustomer(input: {name: $n, source: \"WEBSITE\", notDuplicate: true}) { customer { id } userErrors { code } } }";
                let answer = ann.ask_with(query, json!({"n": name})).await;
                match answer["errors"][0]["extensions"]["code"].as_str() {
                    // What can't be read any more was made all the same.
                    None | Some("PAYLOAD_UNAVAILABLE") => acknowledged.push(name),
                    Some("UNAVAILABLE" | "OUTCOME_UNKNOWN") => unavailable += 1,
                    Some(other) => panic!("{other}: {answer}"),
                }
            }
            acknowledged
        })
    };
    let postgres = tokio::task::spawn_blocking(move || {
        postgres.kill().unwrap();
        postgres.start_again().unwrap();
        postgres
    });
    let _postgres = postgres.await.unwrap();
    let acknowledged = writer.await.unwrap();
    // The connections of the test are from before the outage.
    let db = sqlx::PgPool::connect_with(world.database.clone()).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar("select name from customer").fetch_all(&db).await.unwrap();
    for name in acknowledged {
        assert!(names.contains(&name), "{name} was acknowledged");
    }
    let ready = axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
    assert_eq!(ann.send(ready).await.0, 200);
    World { db, ..world }.assert_sound().await;
}

#[tokio::test]
async fn a_server_whose_events_stand_still_is_not_ready() {
    let world = World::new().await;
    let ready = async || {
        let request = axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
        let (status, text) = world.nobody().send(request).await;
        (status.as_u16(), text.as_str().unwrap_or_default().to_owned())
    };
    // Somebody holds the lock of those who move events.
    let mut lock = world.db.begin().await.unwrap();
    let key = tidepool::kernel::feed::SEQUENCER_LOCK;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(key).execute(&mut *lock).await.unwrap();
    world.pooled("Acme").await;
    assert_eq!(ready().await.0, 200);
    until(async || ready().await.0 == 503).await;
    assert!(ready().await.1.contains("events have not been moved to the log for"), "{}", ready().await.1);
    lock.rollback().await.unwrap();
    until(async || ready().await.0 == 200).await;
}
