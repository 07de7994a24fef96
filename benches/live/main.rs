//! The live pool, compared with plain sockets in one run: the time from a committed change until the last of many
//! subscribers has it, against one prepared message that is sent to as many sockets of the same kind. Also two
//! guarantees: the end of a protection is delivered at its instant, and a long transaction delays no other event.
//!
//! Clients are a few threads that read many sockets each, in a separate process, so that the memory is the server's.
//! `TIDEPOOL_BENCH_SUBSCRIBERS` (default "1000,5000,10000") says how many; each socket is two open files.
//! `cargo bench --bench live -- protection` measures only what has that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod clients;
#[path = "../support/cpu.rs"]
mod cpu;
mod fan_out;
mod held_open;
#[path = "../support/memory.rs"]
mod memory;
mod protection;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use sqlx::PgPool;
use tidepool::jobs;
use tidepool::kernel::app::App;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::feed::Topic;
use tidepool::kernel::id::new_uuid;
use uuid::Uuid;

use support::{is_wanted, serve, sign_in};

const ROUNDS: usize = 21;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match arguments.first().and_then(|role| clients::Role::named(role)) {
        Some(role) => {
            let number = |place: usize| arguments[place].parse().expect("a number");
            let address = arguments[1].parse().expect("an address");
            runtime.block_on(clients::run(role, address, &arguments[2], number(3), number(4)));
        }
        None => runtime.block_on(measure()),
    }
}

async fn measure() {
    let (postgres, app, _) = support::start(50, 2_500).await;
    let server = Server::begin(postgres, app).await;
    if is_wanted("protection") {
        protection::measure(&server).await;
    }
    if is_wanted("held open") {
        held_open::measure(&server).await;
    }
    if is_wanted("misbehave") {
        fan_out::beside_those_who_misbehave(&server).await;
    }
    if is_wanted("personal") {
        fan_out::personal(&server).await;
    }
    if is_wanted("subscribers") {
        fan_out::measure(&server).await;
    }
}

/// A running server with its database.
struct Server {
    postgres: Embedded,
    app: Arc<App>,
    db: PgPool,
    address: SocketAddr,
    /// The token of a rep.
    token: String,
}

impl Server {
    async fn begin(postgres: Embedded, app: Arc<App>) -> Self {
        jobs::start(&app).await.expect("a timetable");
        let db = PgPool::connect_with(postgres.connect_options()).await.expect("PostgreSQL runs");
        let rep = user(&db, "sales@tidepool.example").await;
        let token = sign_in(&db, rep).await;
        let address = serve(tidepool::server::http::router(app.clone())).await;
        Self { postgres, app, db, address, token }
    }
}

async fn user(db: &PgPool, email: &str) -> Uuid {
    let user = sqlx::query_scalar("select id from app_user where email = $1").bind(email);
    user.fetch_one(db).await.expect("demo data")
}

/// A customer that was entered into the pool.
async fn insert(db: &PgPool, name: &str) -> Uuid {
    let id = new_uuid(tidepool::kernel::clock::Clock::database().now());
    sqlx::query(
        "insert into customer (id, name, name_key, source, pool_entry_time, created_at, updated_at)
         values ($1, $2, $2, 'WEBSITE', clock_timestamp(), clock_timestamp(), clock_timestamp())",
    )
    .bind(id)
    .bind(name)
    .execute(db)
    .await
    .expect("a new customer");
    id
}

/// Commits a change; returns the instant just after it entered the log, when the feed has looked whom to wake.
async fn enter(server: &Server, name: &str) -> Instant {
    let mut head = server.app.feed().watch(Topic::Pool);
    head.borrow_and_update();
    insert(&server.db, name).await;
    server.app.feed().ring();
    head.changed().await.expect("the feed is open");
    Instant::now()
}
