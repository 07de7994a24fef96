//! The primary dies, and its replica takes over: a URL with both finds the one that is the primary.

use axum::body::Body;
use axum::http::Request;
use sqlx::postgres::PgPoolOptions;
use tidepool::kernel::app::Setup;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::schema;

use crate::support::replica::Replica;
use crate::support::watcher::Watcher;
use crate::support::{World, migrate, monday, server_role, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_that_lost_nothing_servers_and_subscribers_go_on_at_the_new_primary() {
    let primary = Embedded::start_durable_throwaway().await.unwrap();
    migrate(&primary.connect_options()).await;
    let replica = Replica::of(&primary);
    let there = replica.connect_options(&primary);
    let places = vec![server_role(&there), server_role(&primary.connect_options())];
    let chosen = schema::primary(&places).await.unwrap();
    assert_eq!(chosen.get_socket(), primary.connect_options().get_socket(), "the replica is named first");
    let setup = Setup { places, ..Setup::of(chosen, 43, Limits::default(), Clock::manual(monday())) };
    let world = World::of(setup, primary.connect_options()).await;
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    let epoch: String = world.sql("select epoch from installation").await;

    let written: String = world.sql("select pg_current_wal_lsn()::text").await;
    let db = PgPoolOptions::new().max_connections(4).connect_with(there.clone()).await.unwrap();
    let at_replica = World { db, ..world };
    let has_all = format!("select pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
    until(async || at_replica.sql::<bool>(&has_all).await).await;
    let primary = tokio::task::spawn_blocking(move || {
        primary.kill().unwrap();
        primary
    });
    let _primary = primary.await.unwrap();
    assert!(replica.pg_ctl(&["promote", "-w"]));

    let world = World { database: there, ..at_replica };
    until(async || ann.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.0 == 200).await;
    world.pooled("Blue Wave").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Blue Wave", "it is not sent a REFRESH");
    let now: (String, String) =
        sqlx::query_as("select epoch, timeline from installation").fetch_one(&world.db).await.unwrap();
    assert_eq!(now, (epoch, "00000002".to_owned()));
    assert!(!world.app.is_held());
    world.app.close().await;
}
