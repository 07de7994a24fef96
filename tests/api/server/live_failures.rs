//! The live pool while things break: sockets, servers, PostgreSQL. Each change is told once, in order, all the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tidepool::kernel::embedded::Embedded;

use crate::support::program::{Folder, Running, try_ask};
use crate::support::socket::Socket;

const CHANGES: usize = 1_000;
/// How many write at once: every other one begins at the first server, the others at the second.
const WRITERS: usize = 4;
/// How far they are ahead of the one who watches, at most: so they write whenever something breaks.
const AHEAD: usize = 200;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(120);
const WATCH: &str =
    "subscription($after: String!) { poolChanged(after: $after) { cursor kind occurredAt customer { name } } }";

/// What a writer enters, in this order.
fn companies_of(writer: usize) -> impl Iterator<Item = String> {
    (0..CHANGES / WRITERS).map(move |number| format!("Company {writer}-{number}"))
}

/// Enters a writer's companies one by one, each until it is acknowledged: by the other server, where the one does not.
fn enter(writer: usize, servers: [SocketAddr; 2], token: &str, seen: &AtomicUsize) {
    let started = Instant::now();
    let mut place = writer % 2;
    for (number, company) in companies_of(writer).enumerate() {
        while number * WRITERS > seen.load(Relaxed) + AHEAD {
            assert!(started.elapsed() < PATIENCE, "{company} is waited for");
            std::thread::sleep(Duration::from_millis(1));
        }
        let query = format!(
            "mutation {{ createCustomer(input: {{name: \"{company}\", source: \"WEBSITE\", notDuplicate: true, idempotencyKey: \"{company}\"}}) \
               {{ customer {{ id }} userErrors {{ code }} }} }}"
        );
        loop {
            assert!(started.elapsed() < PATIENCE, "{company}");
            // Perhaps it was entered where no answer comes, or UNAVAILABLE: the key tells.
            if let Ok(answer) = try_ask(servers[place], token, &query) {
                match answer["errors"][0]["extensions"]["code"].as_str() {
                    None => break assert_eq!(answer["data"]["createCustomer"]["userErrors"], json!([]), "{answer}"),
                    Some("UNAVAILABLE") => {}
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
        let first = Running::start_with(&folder, &arguments);
        (first, Arc::new(Running::start_with(&folder, &arguments)))
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
    let (servers, told) = ([first.address, second.address], Arc::new(AtomicUsize::new(0)));
    let start_writing = |writer| {
        let (token, told) = (token.clone(), told.clone());
        tokio::task::spawn_blocking(move || enter(writer, servers, &token, &told))
    };
    let writers: Vec<_> = (0..WRITERS).map(start_writing).collect();
    let (mut seen, mut cursor): (Vec<String>, Json) = (Vec::new(), start);
    let mut address = first.address;
    let mut cut_offs = 0;
    while seen.len() < CHANGES {
        // A server that is asked who this is while its database is away says so, and is asked again.
        let Ok(mut watcher) = Socket::try_of(address, &token).await else { continue };
        watcher.begin(WATCH, json!({"after": cursor})).await;
        while seen.len() < CHANGES {
            let Ok(message) = watcher.hear_or_close().await else { break };
            if message["type"] == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{message}");
                break;
            }
            let event = &message["payload"]["data"]["poolChanged"];
            // Customers of the demo whose protection ends meanwhile.
            if event["kind"] == "ENTERED" {
                seen.push(event["customer"]["name"].as_str().unwrap().to_owned());
                told.store(seen.len(), Relaxed);
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
