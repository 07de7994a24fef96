//! The live pool during failures of sockets, servers and PostgreSQL: each change is delivered once and in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tidepool::kernel::embedded::Embedded;

use crate::support::program::{Folder, ServerProcess, try_ask};
use crate::support::socket::Socket;

const CHANGES: usize = 1_000;
/// The number of concurrent writers: half of them start at the first server, half at the second.
const WRITERS: usize = 4;
/// The most changes that writers may be ahead of the subscriber, so that they are writing at every failure.
const MOST_AHEAD: usize = 200;
/// The time limit of the whole test.
const TIME_LIMIT: Duration = Duration::from_secs(120);
const WATCH: &str =
    "subscription($after: String!) { poolChanged(after: $after) { cursor kind occurredAt customer { name } } }";

/// What a writer enters, in this order.
fn companies_of(writer: usize) -> impl Iterator<Item = String> {
    (0..CHANGES / WRITERS).map(move |number| format!("Company {writer}-{number}"))
}

/// Enters a writer's companies one by one; each is retried on the other server until it is acknowledged.
fn enter(writer: usize, servers: [SocketAddr; 2], token: &str, seen: &AtomicUsize) {
    let started = Instant::now();
    let mut place = writer % 2;
    for (number, company) in companies_of(writer).enumerate() {
        while number * WRITERS > seen.load(Relaxed) + MOST_AHEAD {
            assert!(started.elapsed() < TIME_LIMIT, "{company} is waited for");
            std::thread::sleep(Duration::from_millis(1));
        }
        let query = format!(
            "mutation {{ createCustomer(input: {{name: \"{company}\", source: \"WEBSITE\", notDuplicate: true, idempotencyKey: \"{company}\"}}) \
               {{ customer {{ id }} userErrors {{ code }} }} }}"
        );
        loop {
            assert!(started.elapsed() < TIME_LIMIT, "{company}");
            // Without a response the company may have been entered: the idempotency key prevents a second one.
            if let Ok(answer) = try_ask(servers[place], token, &query) {
                match answer["errors"][0]["extensions"]["code"].as_str() {
                    None => break assert_eq!(answer["data"]["createCustomer"]["userErrors"], json!([]), "{answer}"),
                    // The company was entered before PostgreSQL was killed; it can't be read.
                    Some("PAYLOAD_UNAVAILABLE") => break,
                    // Whether it was entered shows when it is entered again with the same key.
                    Some("UNAVAILABLE" | "OUTCOME_UNKNOWN") => {}
                    Some(other) => panic!("{other}: {answer}"),
                }
            }
            place = 1 - place;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnecting_client_sees_each_of_1000_changes_once_despite_failures() {
    let postgres = Arc::new(Embedded::start_durable_throwaway().await.unwrap());
    let socket = postgres.connect_options().get_socket().unwrap().display().to_string();
    let url = format!("postgres:///tidepool?host={socket}&user=tidepool");
    let data = Folder::new("failures");
    let folder = data.0.clone();
    let (mut first, second) = tokio::task::spawn_blocking(move || {
        let arguments = ["--database-url", url.as_str(), "--demo"];
        let first = ServerProcess::start_with(&folder, &arguments);
        (first, Arc::new(ServerProcess::start_with(&folder, &arguments)))
    })
    .await
    .unwrap();
    let (token, start) = {
        let second = second.clone();
        tokio::task::spawn_blocking(move || {
            let token = second.sign_in("marketing@tidepool.example");
            let pool = second.ask(&token, "{ publicPool { eventCursor } }");
            (token, pool["data"]["publicPool"]["eventCursor"].clone())
        })
        .await
        .unwrap()
    };
    let (servers, seen_count) = ([first.address, second.address], Arc::new(AtomicUsize::new(0)));
    let start_writing = |writer| {
        let (token, seen_count) = (token.clone(), seen_count.clone());
        tokio::task::spawn_blocking(move || enter(writer, servers, &token, &seen_count))
    };
    let writers: Vec<_> = (0..WRITERS).map(start_writing).collect();
    let (mut seen, mut cursor): (Vec<String>, Json) = (Vec::new(), start);
    let mut address = first.address;
    let mut cut_offs = 0;
    while seen.len() < CHANGES {
        // A server without its database cannot authenticate: it responds with an error, and the client retries.
        let Ok(mut watcher) = Socket::try_connect(address, &token).await else { continue };
        watcher.begin(WATCH, json!({"after": cursor})).await;
        while seen.len() < CHANGES {
            let Ok(message) = watcher.receive_or_close().await else { break };
            if message["type"] == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{message}");
                break;
            }
            let event = &message["payload"]["data"]["poolChanged"];
            // Events of demo customers whose protection ends meanwhile.
            if event["kind"] == "ENTERED" {
                seen.push(event["customer"]["name"].as_str().unwrap().to_owned());
                seen_count.store(seen.len(), Relaxed);
            }
            cursor = event["cursor"].clone();
            match (seen.len(), cut_offs) {
                (200, 0) | (800, 3) => {
                    cut_offs += 1;
                    break;
                }
                (400, 1) => {
                    cut_offs += 1;
                    assert!(writers.iter().all(|writer| !writer.is_finished()), "they write at both servers");
                    first.stop("-KILL");
                    address = second.address;
                }
                (600, 2) => {
                    cut_offs += 1;
                    assert!(writers.iter().all(|writer| !writer.is_finished()), "they write");
                    let postgres = postgres.clone();
                    let killed = tokio::task::spawn_blocking(move || {
                        postgres.kill().unwrap();
                        postgres.start_again().unwrap();
                    });
                    killed.await.unwrap();
                }
                _ => {}
            }
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(cut_offs, 4);
    for writer in 0..WRITERS {
        let of_writer = |name: &&String| name.starts_with(&format!("Company {writer}-"));
        let seen: Vec<_> = seen.iter().filter(of_writer).cloned().collect();
        assert_eq!(seen, companies_of(writer).collect::<Vec<_>>(), "each once, in the writer's order");
    }
}
