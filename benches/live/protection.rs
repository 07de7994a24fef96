//! The delay of the event at the end of a protection, for each way in which a protection begins or servers are down.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tidepool::crm::people::installation;
use tidepool::jobs;
use tidepool::kernel::app::App;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::id::new_uuid;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::clients::{PoolEvent, Watcher, begin, connect};
use super::support::{self, median, serve, sign_in};
use super::{ROUNDS, Server, insert, user};

pub async fn measure(server: &Server) {
    println!("end of a protection until a subscriber hears of it, ms, from its instant on (medians of {ROUNDS})");
    println!("  released while servers run: {:.1}", released(server).await);
    println!("  the period was shortened meanwhile: {:.1}", shortened(server).await);
    println!(
        "  released while all servers were down, and over after one has started: {:.1}",
        released_while_down(server).await
    );
    let (to_log, to_client) = over_while_down(server).await;
    println!(
        "over while all servers were down, ms, from when one begins to serve until the event goes into the log, and \
         until a client that comes back at once has it (medians of {ROUNDS} starts)\n  {to_log:.1}; {to_client:.1}"
    );
}

fn milliseconds(time: TimeDelta) -> f64 {
    time.num_microseconds().expect("a short time") as f64 / 1e3
}

/// The delay of the event, in ms.
fn lateness(event: &PoolEvent) -> f64 {
    milliseconds(Clock::database().now() - event.occurred_at)
}

/// Waits for the event that a customer became claimable.
async fn claimable(watcher: &mut Watcher, customer: Uuid) -> PoolEvent {
    let customer = format!("customer_{customer}");
    loop {
        let event = watcher.next().await;
        if event.kind == "BECAME_CLAIMABLE" && event.customer == customer {
            return event;
        }
    }
}

/// Protects a customer for this many more milliseconds, as if it had entered the pool `entered_ago` seconds before.
async fn rest(db: &PgPool, customer: Uuid, milliseconds: i32, entered_ago: i32) {
    sqlx::query(
        "with t as (select clock_timestamp() + $2 * interval '1 millisecond' as until)
         update customer set updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'),
                created_at = t.until - $3 * interval '1 second' - interval '1 day',
                pool_entry_time = t.until - $3 * interval '1 second', protected_until = t.until, protection_due = t.until
         from t where id = $1",
    )
    .bind(customer)
    .bind(milliseconds)
    .bind(entered_ago)
    .execute(db)
    .await
    .expect("it is there");
}

async fn released(server: &Server) -> f64 {
    let mut watcher = Watcher::of(server.address, &server.token, None).await;
    let customer = insert(&server.db, "rests").await;
    let mut late = Vec::new();
    for _ in 0..ROUNDS {
        rest(&server.db, customer, 150, 1).await;
        server.app.feed().ring();
        late.push(lateness(&claimable(&mut watcher, customer).await));
    }
    median(late)
}

/// The period changes from three days to an hour, so that the end is a moment away.
async fn shortened(server: &Server) -> f64 {
    let token = sign_in(&server.db, user(&server.db, "admin@tidepool.example").await).await;
    let mut admin = connect(server.address).await;
    begin(&mut admin, &token, "subscription { notifications { cursor } }").await;
    let mut watcher = Watcher::of(server.address, &server.token, None).await;
    let customer = insert(&server.db, "shortened").await;
    let mut late = Vec::new();
    for round in 0..=ROUNDS {
        // It entered the pool just under an hour ago, and is protected for three days.
        rest(&server.db, customer, 300, 3_600).await;
        let longer = "update customer set protected_until = pool_entry_time + interval '3 days', protection_due = pool_entry_time + interval '3 days',
             updated_at = updated_at + interval '1 microsecond' where id = $1";
        sqlx::query(longer).bind(customer).execute(&server.db).await.expect("it is there");
        for (step, period) in ["P3D", "PT1H"].into_iter().enumerate() {
            let query = format!(
                "mutation {{ updateSettings(input: {{protectionPeriod: \"{period}\"}}) {{ userErrors {{ code }} }} }}"
            );
            let message = json!({"type": "subscribe", "id": format!("{round} {step}"), "payload": {"query": query}});
            admin.send(Message::Text(message.to_string().into())).await.expect("a socket");
            // Operations of one socket run concurrently.
            while !matches!(admin.next().await, Some(Ok(Message::Text(text))) if text.contains("complete")) {}
        }
        let event = claimable(&mut watcher, customer).await;
        // The first change of the period also changes every customer of the demo data.
        if round > 0 {
            late.push(lateness(&event));
        }
    }
    median(late)
}

/// A database whose servers are all down, with a customer in the pool.
struct Down {
    database: PgConnectOptions,
    db: PgPool,
    token: String,
    customer: Uuid,
}

impl Down {
    async fn new(server: &Server, name: &'static str) -> Self {
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&server.db).await.expect("a free name");
        let database = server.postgres.connect_options().database(name);
        installation::migrate(&database, &database).await.expect("a fresh database");
        let db = PgPool::connect_with(database.clone()).await.expect("PostgreSQL runs");
        let rep = new_uuid(Clock::database().now());
        for statement in [
            "insert into app_user (id, email, name, created_at, updated_at) values ($1, 'rep@tidepool.example', 'Rep', now(), now())",
            "insert into user_role (user_id, role) values ($1, 'sales')",
        ] {
            sqlx::query(statement).bind(rep).execute(&db).await.expect("a rep");
        }
        let (token, customer) = (sign_in(&db, rep).await, insert(&db, "rests").await);
        Self { database, db, token, customer }
    }

    /// Starts a server; returns its address.
    async fn start(app: &Arc<App>) -> SocketAddr {
        jobs::start(app).await.expect("a timetable");
        serve(tidepool::server::http::router(app.clone())).await
    }

    async fn end_of_log(&self) -> i64 {
        let end = sqlx::query_scalar("select coalesce(max(position), 0) from event");
        end.fetch_one(&self.db).await.expect("a log")
    }
}

async fn released_while_down(server: &Server) -> f64 {
    let down = Down::new(server, "down_before").await;
    let mut late = Vec::new();
    for _ in 0..ROUNDS {
        let end = down.end_of_log().await;
        rest(&down.db, down.customer, 500, 1).await;
        let app = support::open(down.database.clone(), 50).await;
        let mut watcher = Watcher::of(Down::start(&app).await, &down.token, Some(end)).await;
        assert!(Clock::database().now() < due(&down).await, "it began in time");
        late.push(lateness(&claimable(&mut watcher, down.customer).await));
        app.close().await;
    }
    median(late)
}

/// When the protection ends.
async fn due(down: &Down) -> DateTime<Utc> {
    let due = sqlx::query_scalar("select protected_until from customer where id = $1").bind(down.customer);
    due.fetch_one(&down.db).await.expect("it is there")
}

async fn over_while_down(server: &Server) -> (f64, f64) {
    let down = Down::new(server, "down_until_after").await;
    let (mut to_log, mut to_client) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let end = down.end_of_log().await;
        rest(&down.db, down.customer, -1_000, 10).await;
        let app = support::open(down.database.clone(), 50).await;
        let started = Clock::database().now();
        let mut watcher = Watcher::of(Down::start(&app).await, &down.token, Some(end)).await;
        let event = claimable(&mut watcher, down.customer).await;
        to_client.push(milliseconds(Clock::database().now() - started));
        let logged: DateTime<Utc> = sqlx::query_scalar("select logged_at from event where position = $1")
            .bind(event.position)
            .fetch_one(&down.db)
            .await
            .expect("it was told");
        to_log.push(milliseconds(logged - started));
        app.close().await;
    }
    (median(to_log), median(to_client))
}
