//! The live pool beside what a socket itself costs, in one run: Tidepool, from a committed change to the last of many
//! subscribers, against one message that is there already and is sent to as many sockets of the same kind.
//!
//! Clients are few threads that read many sockets each, in a process of their own, so that memory is the server's alone.
//! `TIDEPOOL_BENCH_SUBSCRIBERS` (default "1000,5000,10000") says how many; each socket is two open files.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::{Message as Frame, WebSocketUpgrade};
use axum::routing::any;
use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use tidepool::app::App;
use tidepool::id::new_uuid;
use tidepool::jobs;
use tokio::net::TcpStream;
use tokio::sync::{Notify, broadcast};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use support::{median, serve, sign_in};

const ROUNDS: usize = 21;
const SELECTION: &str =
    "cursor kind cause occurredAt protectedUntil customerId customer { id name industry level region }";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match arguments.first().map(String::as_str) {
        Some(role @ ("clients" | "silent" | "flood")) => {
            let number = |place: usize| arguments[place].parse().expect("a number");
            let address = arguments[1].parse().expect("an address");
            runtime.block_on(clients(role, address, &arguments[2], number(3), number(4)));
        }
        _ => runtime.block_on(measure()),
    }
}

async fn measure() {
    let (_postgres, app, _) = support::start(12, 2_500).await;
    jobs::start(&app).await.expect("a timetable");
    let db = app.pool().clone();
    let rep = sqlx::query_scalar("select id from app_user where email = 'sales@tidepool.example'");
    let token = sign_in(&db, rep.fetch_one(&db).await.expect("demo data")).await;
    let tidepool = serve(tidepool::http::router(app.clone())).await;
    let (tell, _) = broadcast::channel::<Frame>(16);
    let bare = serve(bare(tell.clone())).await;

    println!(
        "end of protection until a subscriber hears of it, ms (median of {ROUNDS}): {:.1}",
        protection(&db, &app, tidepool, &token).await
    );

    println!(
        "\n1,000 subscribers beside those who misbehave: until the last one has an event, ms; what the server grew by, MB"
    );
    let mut readers = Clients::start(tidepool, &token, 1_000, 1);
    println!("  nobody: {:.1}", told_in(&db, &app, &mut readers, "alone").await);
    let before = resident();
    let silent = Clients::start_as("silent", tidepool, &token, 1_000, 1);
    println!(
        "  1,000 that never read: {:.1}; {:.0}",
        told_in(&db, &app, &mut readers, "silent").await,
        (resident() - before) / 1e3
    );
    let before = resident();
    let flood = Clients::start_as("flood", tidepool, &token, 20, 1);
    println!(
        "  20 that subscribe and complete without end: {:.1}; {:.0}",
        told_in(&db, &app, &mut readers, "flood").await,
        (resident() - before) / 1e3
    );
    drop((silent, flood, readers));

    let counts = std::env::var("TIDEPOOL_BENCH_SUBSCRIBERS").unwrap_or_else(|_| "1000,5000,10000".to_owned());
    println!(
        "\nsubscribers: until the last one has an event, ms: Tidepool (from the commit; from the log) / one message sent to all"
    );
    for count in counts.split(',').map(|count| count.trim().parse::<usize>().expect("a number")) {
        for kinds in [1, 100] {
            let before = resident();
            let mut clients = Clients::start(tidepool, &token, count, kinds);
            let memory = (resident() - before) / count as f64;
            let (mut whole, mut fanned_out) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                let (committed, name) = (Instant::now(), format!("Bench {count} {kinds} {round}"));
                let event = enter(&db, &app, &name).await;
                let last = clients.last_of(count);
                whole.push(last.duration_since(committed).as_secs_f64() * 1e3);
                fanned_out.push((last - event).as_secs_f64() * 1e3);
            }
            drop(clients);
            let mut clients = Clients::start(bare, &token, count, 1);
            let message = Frame::Text(MESSAGE.into());
            let mut sent = Vec::new();
            for _ in 0..ROUNDS {
                let started = Instant::now();
                tell.send(message.clone()).expect("somebody listens");
                sent.push(clients.last_of(count).duration_since(started).as_secs_f64() * 1e3);
            }
            drop(clients);
            let (whole, fanned_out, sent) = (median(whole), median(fanned_out), median(sent));
            println!(
                "  {count:>6} of {kinds:>3} kinds: {whole:>6.1}; {fanned_out:>6.1} / {sent:>6.1} = {:.2}; {memory:.1} KB each",
                fanned_out / sent
            );
        }
    }
}

/// Until the last of 1,000 has an event; the median of rounds.
async fn told_in(db: &PgPool, app: &App, readers: &mut Clients, name: &str) -> f64 {
    let mut told = Vec::new();
    for round in 0..ROUNDS {
        let event = enter(db, app, &format!("Bench {name} {round}")).await;
        told.push((readers.last_of(1_000) - event).as_secs_f64() * 1e3);
    }
    median(told)
}

/// What the other side sends: as long as an event.
const MESSAGE: &str = r#"{"type":"next","id":"1","payload":{"data" : {"poolChanged" : {"cursor" : "event_12345", "kind" : "ENTERED", "cause" : "CREATED", "occurredAt" : "2026-03-02T01:00:00.000000Z", "protectedUntil" : null, "customerId" : "customer_019cac0f-2680-7979-8088-a2b474d3cd03", "customer" : {"id" : "customer_019cac0f-2680-7979-8088-a2b474d3cd03", "name" : "Bench 10000 100 20", "industry" : null, "level" : null, "region" : null}}}}}"#;

/// Sockets of the same kind, each with a task of its own, that send what they are told.
fn bare(tell: broadcast::Sender<Frame>) -> Router {
    let open = move |upgrade: WebSocketUpgrade| {
        let mut told = tell.subscribe();
        async move {
            let upgrade = upgrade.protocols(["graphql-transport-ws"]).read_buffer_size(2_048).write_buffer_size(2_048);
            upgrade.on_upgrade(move |mut socket| async move {
                loop {
                    tokio::select! {
                        heard = socket.recv() => match heard {
                            Some(Ok(Frame::Text(text))) if text.contains("connection_init") => {
                                let _ = socket.send(Frame::Text(r#"{"type":"connection_ack"}"#.into())).await;
                            }
                            Some(Ok(Frame::Text(text))) if text.contains("ping") => {
                                let _ = socket.send(Frame::Text(r#"{"type":"pong"}"#.into())).await;
                            }
                            Some(Ok(_)) => {}
                            _ => return,
                        },
                        Ok(message) = told.recv() => if socket.send(message).await.is_err() { return },
                    }
                }
            })
        }
    };
    Router::new().route("/graphql", any(open))
}

/// A committed change, and the instant at which it is in the log.
async fn enter(db: &PgPool, app: &App, name: &str) -> Instant {
    let mut head = app.feed().watch(tidepool::feed::Topic::Pool);
    head.borrow_and_update();
    let now = app.clock().now();
    sqlx::query(
        "insert into customer (id, name, name_key, source, pool_entry_time, created_at, updated_at) values ($1, $2, $2, 'WEBSITE', $3, $3, $3)",
    )
    .bind(new_uuid(now))
    .bind(name)
    .bind(now)
    .execute(db)
    .await
    .expect("a new customer");
    app.feed().ring();
    head.changed().await.expect("the feed is open");
    Instant::now()
}

/// Until a subscriber hears of an end of protection, from its instant on.
async fn protection(db: &PgPool, app: &App, address: SocketAddr, token: &str) -> f64 {
    let mut socket = connect(address).await;
    let query = "subscription { poolChanged(filter: {name: {eq: \"Rests\"}}) { kind occurredAt } }";
    begin(&mut socket, token, query).await;
    let now = app.clock().now();
    let id = new_uuid(now);
    sqlx::query(
        "insert into customer (id, name, name_key, source, pool_entry_time, created_at, updated_at) values ($1, 'Rests', 'rests', 'WEBSITE', $2, $2, $2)",
    )
    .bind(id)
    .bind(now)
    .execute(db)
    .await
    .expect("a new customer");
    let mut late = Vec::new();
    while late.len() < ROUNDS {
        // Each rests for a little while, now.
        sqlx::query(
            "update customer set updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'), pool_entry_time = clock_timestamp(),
                 protected_until = clock_timestamp() + interval '150 milliseconds', protection_due = clock_timestamp() + interval '150 milliseconds'
             where id = $1",
        )
        .bind(id)
        .execute(db)
        .await
        .expect("it is there");
        app.feed().ring();
        loop {
            let Some(Ok(Message::Text(text))) = socket.next().await else { continue };
            let heard = app.clock().now();
            let message: Json = serde_json::from_str(&text).expect("JSON");
            let event = &message["payload"]["data"]["poolChanged"];
            if event["kind"] == "BECAME_CLAIMABLE" {
                let at: DateTime<Utc> = event["occurredAt"].as_str().expect("an instant").parse().expect("an instant");
                late.push((heard - at).num_microseconds().expect("a short time") as f64 / 1e3);
                break;
            }
        }
    }
    median(late)
}

/// Many subscribers, in a process of their own.
struct Clients {
    process: Child,
    orders: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Clients {
    /// Starts them and waits until all have subscribed.
    fn start(address: SocketAddr, token: &str, count: usize, kinds: usize) -> Self {
        Self::start_as("clients", address, token, count, kinds)
    }

    fn start_as(role: &str, address: SocketAddr, token: &str, count: usize, kinds: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args([role, &address.to_string(), token, &count.to_string(), &kinds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let (orders, told) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        let mut clients = Self { process, orders, told: BufReader::new(told) };
        clients.line();
        clients
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).expect("a line");
        line
    }

    /// The instant at which so many have been told, since the last time.
    fn last_of(&mut self, count: usize) -> Instant {
        writeln!(self.orders, "{count}").expect("a pipe");
        self.line();
        Instant::now()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

async fn connect(address: SocketAddr) -> Socket {
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("an address");
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a name"));
    let stream = TcpStream::connect(address).await.expect("a server");
    let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default().read_buffer_size(2_048);
    tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await.expect("a socket").0
}

/// Introduces itself, subscribes, and waits until that has been dealt with.
async fn begin(socket: &mut Socket, token: &str, query: &str) {
    for message in [
        json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": query}}),
        json!({"type": "ping"}),
    ] {
        socket.send(Message::Text(message.to_string().into())).await.expect("a socket");
    }
    while !matches!(socket.next().await, Some(Ok(Message::Text(text))) if text.contains("pong")) {}
}

/// The other process: subscribes as often as asked, says so, and then tells when as many as are asked for were told. Those
/// who are silent read nothing from then on; those who flood subscribe and complete again and again.
async fn clients(role: &str, address: SocketAddr, token: &str, count: usize, kinds: usize) {
    let (told, news) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut silent = Vec::new();
    for number in 0..count {
        let mut socket = connect(address).await;
        // Kinds differ in what they leave out.
        let query = format!(
            "subscription {{ poolChanged(filter: {{not: {{name: {{eq: \"kind {}\"}}}}}}) {{ {SELECTION} }} }}",
            number % kinds
        );
        begin(&mut socket, token, &query).await;
        if role == "silent" {
            silent.push(socket);
            continue;
        }
        if role == "flood" {
            tokio::spawn(flood(socket, query));
            continue;
        }
        let (told, news) = (told.clone(), news.clone());
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(_) = message {
                    told.fetch_add(1, Relaxed);
                    news.notify_one();
                }
            }
        });
    }
    println!("subscribed");
    let mut wanted = 0;
    for order in std::io::stdin().lock().lines() {
        wanted += order.expect("a pipe").trim().parse::<usize>().expect("a number");
        while told.load(Relaxed) < wanted {
            let _ = tokio::time::timeout(Duration::from_millis(200), news.notified()).await;
        }
        println!("told");
    }
}

async fn flood(socket: Socket, query: String) {
    let (mut say, mut hear) = socket.split();
    tokio::spawn(async move { while hear.next().await.is_some() {} });
    for number in 2.. {
        let subscribe = json!({"type": "subscribe", "id": number.to_string(), "payload": {"query": query}});
        let complete = json!({"type": "complete", "id": number.to_string()});
        for message in [subscribe, complete] {
            if say.send(Message::Text(message.to_string().into())).await.is_err() {
                return;
            }
        }
    }
}

/// The memory of this process that is in use, in KB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
