//! Shared by the benchmarks: a server with its own PostgreSQL, a session, the median, and the command line.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};
use tidepool::crm::people::installation;
use tidepool::kernel::app::{App, Setup};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::id::new_uuid;
use tidepool::seed;
use tokio::net::TcpListener;
use uuid::Uuid;

/// A server on a durable PostgreSQL with demo data, and the report of the demo data.
pub async fn start(connections: u32, customers: u32) -> (Embedded, Arc<App>, seed::Report) {
    let postgres = Embedded::start_durable_throwaway().await.expect("PostgreSQL's programs are installed");
    let database = postgres.connect_options();
    installation::migrate(&database, &database).await.expect("a fresh database");
    let mut connection = database.connect().await.expect("a fresh database");
    // Few users claim much.
    let unlimited = "update setting set max_owned_customers = null, max_claims_per_day = null";
    sqlx::query(unlimited).execute(&mut connection).await.expect("a migrated database");
    let app = open(database, connections).await;
    let plan = seed::Plan { customers, seed: 1, now: app.clock().now() };
    let report = seed::seed(app.pool(), &plan).await.expect("an empty database");
    app.follow().await.expect("the database is there");
    (postgres, app, report)
}

/// A server on a database that is up to date.
pub async fn open(database: PgConnectOptions, connections: u32) -> Arc<App> {
    // Few users ask as fast as they can.
    let limits = Limits { cost_per_minute: usize::MAX, ..Limits::default() };
    App::open(Setup::of(database, connections, limits, Clock::database())).await.expect("a migrated database")
}

/// Serves on a free port; returns the address.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let make = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, make).await });
    address
}

/// Creates a session that outlasts the benchmark; returns its token.
pub async fn sign_in(db: &PgPool, user: Uuid) -> String {
    let (token, now) = (format!("bench-{user}"), Clock::database().now());
    sqlx::query(
        "with opened as (
             insert into session (id, user_id, access_expires_at, family_hash, next_refresh_hashes, created_at, expires_at,
                                  last_used_at, network)
             values ($1, $2, now() + interval '1 day', $4, array[$4], now(), now() + interval '1 day', now(), 'bench')
             on conflict do nothing returning id, access_expires_at)
         insert into access_token (hash, session_id, expires_at) select $3, id, access_expires_at from opened",
    )
    .bind(new_uuid(now))
    .bind(user)
    .bind(Sha256::digest(token.as_bytes()).to_vec())
    .bind(Sha256::digest(format!("refresh-{token}").as_bytes()).to_vec())
    .execute(db)
    .await
    .expect("a session");
    token
}

/// The median.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Whether the command line selects this measurement: it contains a part of its name, or nothing.
pub fn is_wanted(called: &str) -> bool {
    std::env::args().skip(1).find(|argument| !argument.starts_with("--")).is_none_or(|wanted| called.contains(&wanted))
}
