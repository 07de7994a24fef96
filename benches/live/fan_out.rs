//! The time from a change until the last of many subscribers has it.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::ws::{Message as Frame, WebSocketUpgrade};
use axum::routing::any;
use sqlx::PgPool;
use tidepool::server::socket::{PROTOCOL, READ_BYTES, WRITE_BYTES};
use tokio::sync::broadcast;

use super::clients::{Clients, Role};
use super::cpu::Cpu;
use super::memory::memory;
use super::support::{median, serve};
use super::{ROUNDS, Server, enter};

/// How often Tidepool and the bare server alternate.
const TURNS: usize = 5;

/// Subscribers beside sockets that are not read, and sockets that subscribe without end.
pub async fn beside_those_who_misbehave(server: &Server) {
    let (address, token) = (server.address, server.token.as_str());
    println!(
        "\n1,000 subscribers beside those who misbehave: until the last one has an event, ms; what the server grew by, MB"
    );
    let mut readers = Clients::start(address, token, 1_000, 1);
    println!("  nobody: {:.1}", delivery_times(server, &mut readers, 1_000, "alone").await.0);
    for (role, count, called) in [
        (Role::Silent, 1_000, "1,000 that never read"),
        (Role::Flood, 20, "20 that subscribe and complete without end"),
    ] {
        let before = memory("VmRSS");
        let _others = Clients::start_as(role, address, token, count, 1);
        let (last, _) = delivery_times(server, &mut readers, 1_000, called).await;
        println!("  {called}: {last:.1}; {:.0}", (memory("VmRSS") - before) / 1e3);
    }
}

/// Subscribers with personal fields, and others beside them.
pub async fn personal(server: &Server) {
    println!(
        "\neach is told what they themselves may claim: until the last one has an event, ms; CPU for an event, ms: server, PostgreSQL; KB each; \
         until the last of 1,000 others who share has it"
    );
    sign_in_reps(&server.db, 5_000).await;
    server.app.follow().await.expect("the database is there");
    let mut others = Clients::start(server.address, &server.token, 1_000, 1);
    println!("  nobody: the others {:.1}", delivery_times(server, &mut others, 1_000, "personal 0").await.0);
    for count in [1_000, 5_000] {
        let before = memory("VmRSS");
        let mut clients = Clients::start_as(Role::Personal, server.address, "personal-", count, 1);
        let memory = (memory("VmRSS") - before) / count as f64;
        let before_all = Cpu::now(&server.db).await;
        let (mut last, mut last_of_others) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let event = enter(server, &format!("Personal {count} {round}")).await;
            last_of_others.push((others.last_of(1_000) - event).as_secs_f64() * 1e3);
            last.push((clients.last_of(count) - event).as_secs_f64() * 1e3);
        }
        let cpu = before_all.for_each(&server.db, ROUNDS).await;
        println!(
            "  {count:>6}: {:>7.1}; CPU {:.1}, {:.1}; {memory:.1} KB each; the others {:.1}",
            median(last),
            cpu.server,
            cpu.postgres,
            median(last_of_others)
        );
    }
}

/// Creates reps with one session each; their tokens end with their numbers.
async fn sign_in_reps(db: &PgPool, count: i32) {
    for statement in [
        "insert into app_user (id, email, name, created_at, updated_at)
         select md5('personal-' || n)::uuid, 'personal-' || n || '@tidepool.example', 'Rep ' || n, now(), now() from generate_series(0, $1) n",
        "insert into user_role (user_id, role) select md5('personal-' || n)::uuid, 'sales' from generate_series(0, $1) n",
        "insert into session (id, user_id, access_expires_at, family_hash, next_refresh_hashes, created_at, expires_at,
                              last_used_at, network)
         select md5('session-' || n)::uuid, md5('personal-' || n)::uuid, now() + interval '1 day',
                sha256(convert_to('refresh-' || n, 'UTF8')), array[sha256(convert_to('refresh-' || n, 'UTF8'))], now(),
                now() + interval '1 day', now(), 'bench' from generate_series(0, $1) n",
        "insert into access_token (hash, session_id, expires_at)
         select sha256(convert_to('personal-' || n, 'UTF8')), md5('session-' || n)::uuid, now() + interval '1 day'
         from generate_series(0, $1) n",
    ] {
        sqlx::query(statement).bind(count).execute(db).await.expect("reps");
    }
}

/// Many subscribers of one kind and of 100 kinds, compared with sockets that get one message. Rounds of both alternate,
/// so that other load of the machine affects both.
pub async fn measure(server: &Server) {
    let (broadcaster, _) = broadcast::channel::<Frame>(16);
    let bare = serve(bare(broadcaster.clone())).await;
    let counts = std::env::var("TIDEPOOL_BENCH_SUBSCRIBERS").unwrap_or_else(|_| "1000,5000,10000".to_owned());
    println!(
        "\nsubscribers: until the last one has an event, ms: Tidepool (from the commit; from the log) / one message sent to all; \
         CPU for an event, ms: server, PostgreSQL"
    );
    for count in counts.split(',').map(|count| count.trim().parse::<usize>().expect("a number")) {
        for kinds in [1, 100] {
            let (mut memory_each, mut cpu_each) = (Vec::new(), Vec::new());
            let (mut whole, mut fanned_out, mut sent) = (Vec::new(), Vec::new(), Vec::new());
            for turn in 0..TURNS {
                let before = memory("VmRSS");
                let mut clients = Clients::start(server.address, &server.token, count, kinds);
                memory_each.push((memory("VmRSS") - before) / count as f64);
                let before_all = Cpu::now(&server.db).await;
                let (from_commit, from_log) =
                    delivery_times(server, &mut clients, count, &format!("{count} {kinds} {turn}")).await;
                cpu_each.push(before_all.for_each(&server.db, ROUNDS).await);
                drop(clients);
                whole.push(from_commit);
                fanned_out.push(from_log);
                sent.push(sending_time(bare, &server.token, &broadcaster, count));
            }
            let ratio = median(fanned_out.iter().zip(&sent).map(|(ours, bare)| ours / bare).collect());
            println!(
                "  {count:>6} of {kinds:>3} kinds: {:>6.1}; {:>6.1} / {:>6.1} = {ratio:.2}; CPU {:.1}, {:.1}; {:.1} KB each",
                median(whole),
                median(fanned_out),
                median(sent),
                median(cpu_each.iter().map(|cpu| cpu.server).collect()),
                median(cpu_each.iter().map(|cpu| cpu.postgres).collect()),
                memory_each[0]
            );
        }
    }
}

/// The time until the last subscriber has an event, from its commit and from its place in the log; medians of rounds.
async fn delivery_times(server: &Server, readers: &mut Clients, count: usize, called: &str) -> (f64, f64) {
    let (mut whole, mut fanned_out) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let started = Instant::now();
        let event = enter(server, &format!("Bench {called} {round}")).await;
        let last = readers.last_of(count);
        whole.push((last - started).as_secs_f64() * 1e3);
        fanned_out.push((last - event).as_secs_f64() * 1e3);
    }
    (median(whole), median(fanned_out))
}

/// The time until the last socket has a prepared message; the median of rounds.
fn sending_time(bare: SocketAddr, token: &str, broadcaster: &broadcast::Sender<Frame>, count: usize) -> f64 {
    let mut clients = Clients::start(bare, token, count, 1);
    let message = Frame::Text(MESSAGE.into());
    let mut sent = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        broadcaster.send(message.clone()).expect("somebody listens");
        sent.push((clients.last_of(count) - started).as_secs_f64() * 1e3);
    }
    median(sent)
}

/// The message of the bare server, as long as an event.
const MESSAGE: &str = r#"{"type":"next","id":"1","payload":{"data" : {"poolChanged" : {"cursor" : "event_12345", "kind" : "ENTERED", "cause" : "CREATED", "occurredAt" : "2026-03-02T01:00:00.000000Z", "protectedUntil" : null, "customerId" : "customer_019cac0f-2680-7979-8088-a2b474d3cd03", "customer" : {"id" : "customer_019cac0f-2680-7979-8088-a2b474d3cd03", "name" : "Bench 10000 100 20", "industry" : null, "level" : null, "region" : null}}}}}"#;

/// Sockets of the same kind, each with its own task, that send the broadcast messages.
fn bare(broadcaster: broadcast::Sender<Frame>) -> Router {
    let open = move |upgrade: WebSocketUpgrade| {
        let mut messages = broadcaster.subscribe();
        async move {
            let upgrade = upgrade.protocols([PROTOCOL]).read_buffer_size(READ_BYTES).write_buffer_size(WRITE_BYTES);
            upgrade.on_upgrade(move |mut socket| async move {
                loop {
                    tokio::select! {
                        incoming = socket.recv() => match incoming {
                            Some(Ok(Frame::Text(text))) if text.contains("connection_init") => {
                                let _ = socket.send(Frame::Text(r#"{"type":"connection_ack"}"#.into())).await;
                            }
                            Some(Ok(Frame::Text(text))) if text.contains("ping") => {
                                let _ = socket.send(Frame::Text(r#"{"type":"pong"}"#.into())).await;
                            }
                            Some(Ok(_)) => {}
                            _ => return,
                        },
                        Ok(message) = messages.recv() => if socket.send(message).await.is_err() { return },
                    }
                }
            })
        }
    };
    Router::new().route("/graphql", any(open))
}
