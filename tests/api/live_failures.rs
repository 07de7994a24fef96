//! The live pool while things break: sockets, servers, PostgreSQL. Each change is told once, in order, all the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tidepool::embedded::Embedded;

use crate::support::program::{Folder, Running};
use crate::support::socket::Socket;

const CHANGES: usize = 1_000;
const WATCH: &str =
    "subscription($after: String!) { poolChanged(after: $after) { cursor kind occurredAt customer { name } } }";

/// Enters companies one by one at a server, each until it is acknowledged.
fn enter(server: &Running, token: &str) {
    let started = Instant::now();
    for number in 0..CHANGES {
        let query = format!(
            "mutation {{ createCustomer(input: {{name: \"Company {number}\", source: \"WEBSITE\", notDuplicate: true, idempotencyKey: \"{number}\"}}) \
               {{ customer {{ id }} userErrors {{ code }} }} }}"
        );
        loop {
            assert!(started.elapsed() < Duration::from_secs(120), "{number} entered");
            let answer = server.ask(token, &query);
            match answer["errors"][0]["extensions"]["code"].as_str() {
                None => break assert_eq!(answer["data"]["createCustomer"]["userErrors"], json!([]), "{answer}"),
                // Perhaps it was entered: the key tells.
                Some("UNAVAILABLE") => {}
                Some(other) => panic!("{other}: {answer}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_has_seen_each_of_1000_changes_once_whatever_broke() {
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
    let writer = {
        let (second, token) = (second.clone(), token.clone());
        tokio::task::spawn_blocking(move || enter(&second, &token))
    };
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
            }
            cursor = event["cursor"].clone();
            match (seen.len(), cut_offs) {
                (200, 0) | (800, 3) => {
                    cut_offs += 1;
                    break;
                }
                (400, 1) => {
                    cut_offs += 1;
                    first.stop("-KILL");
                    address = second.address;
                }
                (600, 2) => {
                    cut_offs += 1;
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
    writer.await.unwrap();
    assert_eq!(cut_offs, 4);
    let all: Vec<String> = (0..CHANGES).map(|number| format!("Company {number}")).collect();
    assert_eq!(seen, all, "each once, in order");
}
