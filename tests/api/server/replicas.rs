//! Reads at replicas: they are fresh enough, users read what they have written, and nobody notices a replica that fails.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tidepool::kernel::app::Setup;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::replica::Position;

use crate::support::replica::Replica;
use crate::support::{Person, World, migrate, monday, server_role, until};

/// Longer than any test takes.
const ALWAYS_FRESH: Duration = Duration::from_secs(3_600);
const ONE_SECOND: Duration = Duration::from_secs(1);

/// A primary with a replica, and two servers that use both.
struct Pair {
    here: World,
    there: World,
    replica: Replica,
    /// The replica, to stop it from replaying.
    at_replica: PgPool,
    _primary: Embedded,
}

impl Pair {
    async fn new(lag: Duration) -> Self {
        let primary = Embedded::start_durable_throwaway().await.unwrap();
        migrate(&primary.connect_options()).await;
        let replica = Replica::of(&primary);
        let (database, at_replica) = (primary.connect_options(), replica.connect_options(&primary));
        let clock = Clock::manual(monday());
        let server = async || {
            let alone = Setup::of(server_role(&database), 43, Limits::default(), clock.clone());
            let setup = Setup { replicas: vec![server_role(&at_replica)], replica_lag: lag, ..alone };
            World::of(setup, database.clone()).await
        };
        let (here, there) = (server().await, server().await);
        let at_replica = PgPoolOptions::new().max_connections(1).connect_with(at_replica).await.unwrap();
        let pair = Self { here, there, replica, at_replica, _primary: primary };
        pair.uses_replica().await;
        pair
    }

    /// Waits until both servers use the replica.
    async fn uses_replica(&self) {
        for world in [&self.here, &self.there] {
            until(async || is_used(world)).await;
        }
    }

    async fn pause(&self) {
        sqlx::query("select pg_wal_replay_pause()").execute(&self.at_replica).await.unwrap();
        until(async || {
            let state = sqlx::query_scalar("select pg_get_wal_replay_pause_state()").fetch_one(&self.at_replica);
            state.await.is_ok_and(|state: String| state == "paused")
        })
        .await;
    }

    async fn resume(&self) {
        sqlx::query("select pg_wal_replay_resume()").execute(&self.at_replica).await.unwrap();
    }
}

fn is_used(world: &World) -> bool {
    world.app.connections().replicas.for_reading(None, Position::START).is_some()
}

/// How many customers there are, for a person with these headers; and the headers of the answer.
async fn count(person: &Person, headers: &[(&str, &str)]) -> (i64, HeaderMap) {
    let body = json!({"query": "{ customers { totalCount } }"}).to_string();
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if headers.iter().all(|(name, _)| *name != "cookie") {
        request = request.header("authorization", format!("Bearer {}", person.token));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = person.send_raw(request.body(Body::from(body)).unwrap()).await;
    let headers = response.headers().clone();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let answer: Json = serde_json::from_slice(&body).unwrap();
    (answer["data"]["customers"]["totalCount"].as_i64().unwrap_or_else(|| panic!("{answer}")), headers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_read_what_they_have_written_and_others_may_read_what_was() {
    let pair = Pair::new(ALWAYS_FRESH).await;
    let (ann, ben) = (pair.here.sales("Ann").await, pair.here.sales("Ben").await);
    pair.here.pooled("Acme").await;
    pair.there.app.follow().await.unwrap();
    until(async || count(&ben, &[]).await.0 == 1).await;
    pair.pause().await;

    ann.create("Blue Wave").await;
    pair.here.pooled("Crane").await;
    let (of_ann, headers) = count(&ann, &[]).await;
    assert_eq!(of_ann, 3, "her own customer, and what is in the same state of the database");
    assert_eq!(count(&ben, &[]).await.0, 1, "the replica does not have it yet");

    // Another server knows it by the position that the request brings.
    let there = ann.at(&pair.there);
    let position = headers["tidepool-position"].to_str().unwrap();
    assert_eq!(count(&there, &[]).await.0, 1);
    assert_eq!(count(&there, &[("tidepool-position", position)]).await.0, 3);
    assert_eq!(count(&there, &[("tidepool-position", "0/1")]).await.0, 1);
    assert_eq!(count(&there, &[("tidepool-position", "what?")]).await.0, 3, "the primary has everything");
    // A browser keeps it as a cookie.
    let cookies = |position: &str| format!("tidepool-access={}; tidepool-position={position}", ann.token);
    let of_page = |cookies: &str| {
        [
            ("cookie".to_owned(), cookies.to_owned()),
            ("origin".to_owned(), "http://localhost".to_owned()),
            ("host".to_owned(), "localhost".to_owned()),
        ]
    };
    let ask = async |cookies: String| {
        let headers = of_page(&cookies);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        count(&there, &headers).await
    };
    assert_eq!((ask(cookies("0/1")).await.0, ask(cookies(position)).await.0), (1, 3));

    pair.resume().await;
    until(async || count(&ben, &[]).await.0 == 2 && count(&there, &[]).await.0 == 3).await;
    assert!(headers.get("set-cookie").is_none(), "a client with a token needs no cookie");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_falls_behind_stops_or_is_promoted_is_left_out_and_nobody_notices() {
    let pair = Pair::new(ONE_SECOND).await;
    let (ann, ben) = (pair.here.sales("Ann").await, pair.here.sales("Ben").await);
    pair.pause().await;
    ann.create("Acme").await;
    ann.release(
        &ann.ask("{ customers(first: 1) { edges { node { id } } } }").await["customers"]["edges"][0]["node"]["id"],
    )
    .await;
    until(async || count(&ben, &[]).await.0 == 1).await;
    until(async || !is_used(&pair.here)).await;
    pair.resume().await;
    pair.uses_replica().await;

    // Reads that run while it stops are answered by the primary.
    let reading = async {
        for _ in 0..200 {
            assert_eq!(count(&ben, &[]).await.0, 1);
        }
    };
    let stopping = async {
        tokio::task::block_in_place(|| assert!(pair.replica.pg_ctl(&["stop", "-m", "immediate", "-w"])));
    };
    tokio::join!(reading, stopping);
    until(async || !is_used(&pair.here)).await;
    assert_eq!(count(&ben, &[]).await.0, 1);
    tokio::task::block_in_place(|| assert!(pair.replica.start()));
    pair.uses_replica().await;

    tokio::task::block_in_place(|| assert!(pair.replica.pg_ctl(&["promote", "-w"])));
    until(async || !is_used(&pair.here) && !is_used(&pair.there)).await;
    assert_eq!(count(&ben, &[]).await.0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_write_and_read_at_once_each_read_what_they_have_written() {
    let pair = Pair::new(ONE_SECOND).await;
    let mut people = Vec::new();
    for name in ["Ann", "Ben", "Cleo", "Dan"] {
        people.push(pair.here.sales(name).await);
    }
    pair.there.app.follow().await.unwrap();
    let work = |person: Person| {
        let there = person.at(&pair.there);
        async move {
            for round in 1..=25 {
                person.create(&format!("{} {round}", person.name)).await;
                let (own, headers) = count(&person, &[]).await;
                assert_eq!(own, round, "{}", person.name);
                let position = headers["tidepool-position"].to_str().unwrap();
                assert_eq!(count(&there, &[("tidepool-position", position)]).await.0, round, "{}", person.name);
            }
        }
    };
    let all: Vec<_> = people.into_iter().map(|person| tokio::spawn(work(person))).collect();
    for one in all {
        one.await.unwrap();
    }
}
