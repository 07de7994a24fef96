//! Subscribers: sockets, many of them in a separate process.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const SELECTION: &str =
    "cursor kind cause occurredAt protectedUntil customerId customer { id name industry level region }";
/// A query of about 100 KB, for clients that never read.
const LARGE_QUERY: &str = "{ __schema { types { name description fields { name description } } } }";
/// The receive buffer of a client that does not read, in bytes; by default the system would buffer everything.
const RECEIVE_BUFFER: u32 = 4_096;
const PERSONAL: &str = "cursor kind cause occurredAt protectedUntil customerId customer { id name claimability { claimable claimableAt } }";

/// How the subscribers of a process behave.
#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    /// They read their events. Each kind leaves out another field.
    Shared,
    /// The same, but each is another user with personal fields. The token is followed by a number.
    Personal,
    /// They query more than the system buffers, and read nothing.
    Silent,
    /// They subscribe and complete again and again.
    Flood,
}

impl Role {
    const ALL: [(&str, Self); 4] = [
        ("role-shared", Self::Shared),
        ("role-personal", Self::Personal),
        ("role-silent", Self::Silent),
        ("role-flood", Self::Flood),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, role)| *role == self).map_or("", |(name, _)| name)
    }
}

/// Many subscribers in a separate process.
pub struct Clients {
    process: Child,
    orders: ChildStdin,
    received: BufReader<ChildStdout>,
}

impl Clients {
    /// Starts them and waits until all have subscribed.
    pub fn start(address: SocketAddr, token: &str, count: usize, kinds: usize) -> Self {
        Self::start_as(Role::Shared, address, token, count, kinds)
    }

    pub fn start_as(role: Role, address: SocketAddr, token: &str, count: usize, kinds: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args([role.name(), &address.to_string(), token, &count.to_string(), &kinds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let (orders, received) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        let mut clients = Self { process, orders, received: BufReader::new(received) };
        clients.line();
        clients
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.received.read_line(&mut line).expect("a line");
        line
    }

    /// The instant at which this many messages have arrived since the last call.
    pub fn last_of(&mut self, count: usize) -> Instant {
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

/// A socket that watches the pool, in this process.
pub struct Watcher(Socket);

/// An event as a subscriber gets it.
pub struct PoolEvent {
    pub position: i64,
    pub kind: String,
    pub customer: String,
    pub occurred_at: DateTime<Utc>,
}

impl Watcher {
    /// Subscribes to customers whose name begins with "Bench", from now on or after a cursor.
    pub async fn of(address: SocketAddr, token: &str, after: Option<i64>) -> Self {
        let mut socket = connect(address).await;
        let after = after.map(|position| format!("(after: \"event_{position}\")")).unwrap_or_default();
        begin(
            &mut socket,
            token,
            &format!("subscription {{ poolChanged{after} {{ cursor kind occurredAt customerId }} }}"),
        )
        .await;
        Self(socket)
    }

    pub async fn next(&mut self) -> PoolEvent {
        loop {
            let Some(Ok(Message::Text(text))) = self.0.next().await else { continue };
            let message: Json = serde_json::from_str(&text).expect("JSON");
            let event = &message["payload"]["data"]["poolChanged"];
            let word = |name: &str| event[name].as_str().unwrap_or_else(|| panic!("{message}")).to_owned();
            return PoolEvent {
                position: word("cursor").trim_start_matches("event_").parse().expect("a position"),
                kind: word("kind"),
                customer: word("customerId"),
                occurred_at: word("occurredAt").parse().expect("an instant"),
            };
        }
    }
}

pub type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

pub async fn connect(address: SocketAddr) -> Socket {
    connect_over(TcpStream::connect(address).await.expect("a server"), address).await
}

async fn connect_over(stream: TcpStream, address: SocketAddr) -> Socket {
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("an address");
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a name"));
    let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default().read_buffer_size(2_048);
    tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await.expect("a socket").0
}

/// Authenticates, subscribes, and waits until the server has processed both.
pub async fn begin(socket: &mut Socket, token: &str, query: &str) {
    for message in [
        json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": query}}),
        json!({"type": "ping"}),
    ] {
        socket.send(Message::Text(message.to_string().into())).await.expect("a socket");
    }
    while !matches!(socket.next().await, Some(Ok(Message::Text(text))) if text.contains("pong")) {}
}

/// The other process: opens this many subscriptions, prints a line, and then a line whenever the ordered number of
/// messages has arrived. Silent clients read nothing after that; flooding clients subscribe and complete without end.
pub async fn run(role: Role, address: SocketAddr, token: &str, count: usize, kinds: usize) {
    let (received, arrived) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut silent = Vec::new();
    for number in 0..count {
        let mut socket = match role {
            Role::Silent => {
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.set_recv_buffer_size(RECEIVE_BUFFER).expect("a socket");
                connect_over(socket.connect(address).await.expect("a server"), address).await
            }
            _ => connect(address).await,
        };
        let (selection, token) = match role {
            Role::Personal => (PERSONAL, format!("{token}{number}")),
            _ => (SELECTION, token.to_owned()),
        };
        let query = format!(
            "subscription {{ poolChanged(filter: {{not: {{name: {{eq: \"kind {}\"}}}}}}) {{ {selection} }} }}",
            number % kinds
        );
        begin(&mut socket, &token, &query).await;
        if role == Role::Silent {
            for id in 2..6 {
                let much = json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": LARGE_QUERY}});
                socket.send(Message::Text(much.to_string().into())).await.expect("a socket");
            }
            silent.push(socket);
            continue;
        }
        if role == Role::Flood {
            tokio::spawn(flood(socket, query));
            continue;
        }
        let (received, arrived) = (received.clone(), arrived.clone());
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(_) = message {
                    received.fetch_add(1, Relaxed);
                    arrived.notify_one();
                }
            }
        });
    }
    println!("subscribed");
    let mut wanted = 0;
    for order in std::io::stdin().lock().lines() {
        wanted += order.expect("a pipe").trim().parse::<usize>().expect("a number");
        while received.load(Relaxed) < wanted {
            let _ = tokio::time::timeout(Duration::from_millis(200), arrived.notified()).await;
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
