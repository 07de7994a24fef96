//! Clients that only take connections, on a server with few open files, and users who notice nothing of them.
//!
//! Attackers come from other loopback addresses than the users. Only Linux has more than one of them.
#![cfg(target_os = "linux")]

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::program::{Folder, ServerProcess, serve, try_send};
use crate::support::socket::Socket;

/// Of which files the server may open so many, connections and the database included.
const FILES: usize = 1_024;
const HALF_OPEN: usize = 600;
const ANONYMOUS_SOCKETS: usize = 2_000;
const SLOW_READERS: usize = 1_000;
/// From how many addresses they come.
const ADDRESSES: usize = 4;
/// How often they come, how many of them connect at once, and how many requests each user sends meanwhile and afterwards.
const ROUNDS: usize = 3;
const AT_ONCE: usize = 100;
const REQUESTS: usize = 25;
const USERS: [&str; 4] = ["sales", "sales2", "manager", "marketing"];

const HALF_A_HEAD: &str = "POST /graphql HTTP/1.1\r\nhost: tidepool\r\ncontent-";
const UPGRADE: &str = "GET /graphql HTTP/1.1\r\nhost: tidepool\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
    sec-websocket-protocol: graphql-transport-ws\r\n\r\n";
/// More than the buffers of the system take.
const LARGE_ANSWERS: &str = "GET /graphiql/graphiql.js HTTP/1.1\r\nhost: tidepool\r\n\r\n";

/// A server that may have few files open.
fn start(data: &Folder) -> ServerProcess {
    let served = serve(&data.0, &["--demo", "--metrics-listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {FILES} && exec \"$0\" \"$@\"")]);
    command.arg(served.get_program()).args(served.get_args());
    command.env_remove("DATABASE_URL").env("TIDEPOOL_LISTEN", "127.0.0.1:0");
    ServerProcess::start_as(&data.0, command)
}

/// A client that sends a text, takes the first bytes of an answer if there is one, and then does nothing. `None` if the server
/// closed the connection.
async fn attack(number: usize, server: SocketAddr, text: String, takes: usize) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    let address = Ipv4Addr::new(127, 0, 1, u8::try_from(number % ADDRESSES).unwrap() + 1);
    socket.bind((address, 0).into()).unwrap();
    let mut stream = socket.connect(server).await.ok()?;
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.read_exact(&mut vec![0; takes]).await.ok()?;
    Some(stream)
}

/// All attackers connect, and stay.
async fn attack_with_all(server: SocketAddr) -> Vec<TcpStream> {
    let half_open = (0..HALF_OPEN).map(|_| (HALF_A_HEAD.to_owned(), 0));
    let sockets = (0..ANONYMOUS_SOCKETS).map(|_| (UPGRADE.to_owned(), 12));
    let readers = (0..SLOW_READERS).map(|_| (LARGE_ANSWERS.repeat(20), 12));
    let all = half_open.chain(sockets).chain(readers).enumerate();
    let attacks = all.map(|(number, (text, takes))| attack(number, server, text, takes));
    stream::iter(attacks).buffer_unordered(AT_ONCE).filter_map(async |held| held).collect().await
}

/// What a user does, over a new connection each time: a read or a change, which must succeed. Returns how long each took.
fn use_it(server: SocketAddr, token: &str) -> Vec<Duration> {
    let read = "{ publicPool(first: 10) { edges { node { name claimability { claimable } } } } viewer { name } }";
    let change = "mutation { markNotificationsRead(input: {notificationIds: []}) { userErrors { code } } }";
    let ask = |number: usize| {
        let began = Instant::now();
        let body = json!({"query": if number.is_multiple_of(5) { change } else { read }}).to_string();
        let request = format!(
            "POST /graphql HTTP/1.0\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = try_send(server, &request).unwrap_or_else(|error| panic!("a user is not served: {error}"));
        assert!(answer.contains("200 OK") && !answer.contains("\"errors\""), "{answer:?}");
        began.elapsed()
    };
    (0..REQUESTS).map(ask).collect()
}

/// The longest time that a request of one of the users takes.
async fn use_by_all(server: SocketAddr, tokens: &[String]) -> Duration {
    let users = tokens.iter().cloned().map(|token| tokio::task::spawn_blocking(move || use_it(server, &token)));
    let times = join_all(users).await.into_iter().flat_map(Result::unwrap);
    times.max().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_only_take_connections_keep_nobody_out() {
    let files = rlimit::increase_nofile_limit(8_000).unwrap();
    assert!(files > 4_500, "the attackers need more open files than {files}");
    let data = Folder::new("load");
    let server = start(&data);
    let tokens = USERS.map(|name| server.sign_in(&format!("{name}@tidepool.example")));
    let address = server.address;
    let mut watcher = Socket::try_connect(address, &tokens[0]).await.unwrap();
    watcher.begin("subscription { poolChanged { kind } }", json!({})).await;
    watcher.settle().await;

    let idle = use_by_all(address, &tokens).await;
    for round in 0..ROUNDS {
        let (held, meanwhile) = tokio::join!(attack_with_all(address), use_by_all(address, &tokens));
        let afterwards = use_by_all(address, &tokens).await;
        println!(
            "round {round}: {} attackers were let in; users waited {meanwhile:?} and {afterwards:?} at most, idle {idle:?}",
            held.len()
        );
        assert!(held.len() > FILES / 4, "only {} attackers were let in: too few to prove anything", held.len());
        // Many times as long as idle: only what is stuck takes so long.
        let most = 50 * idle + Duration::from_secs(3);
        assert!(meanwhile.max(afterwards) < most, "{meanwhile:?}, {afterwards:?}");
    }
    let metrics = try_send(server.metrics.unwrap(), "GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let refused = metrics.lines().find_map(|line| line.strip_prefix("tidepool_connections_refused_total "));
    assert!(refused.unwrap().parse::<usize>().unwrap() > HALF_OPEN, "{refused:?}");

    let create = "mutation { createCustomer(input: {name: \"Grey Heron Tools Ltd\", source: \"WEBSITE\"}) { userErrors { code } } }";
    assert_eq!(server.ask(&tokens[3], create)["data"]["createCustomer"]["userErrors"], json!([]));
    assert_eq!(watcher.next().await["poolChanged"]["kind"], "ENTERED", "who watched since before is still told");
}
