//! Those who watch: sockets, and many of them in a process of their own.

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
/// About 100 KB, which those who never read ask for.
const MUCH: &str = "{ __schema { types { name description fields { name description } } } }";
/// How much the system keeps for a client that does not read, in bytes; else it would take all that is said.
const LITTLE: u32 = 4_096;
const PERSONAL: &str = "cursor kind cause occurredAt protectedUntil customerId customer { id name claimability { claimable claimableAt } }";

/// How the subscribers of a process behave.
#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    /// They read what they are told. Their kinds differ in what they leave out.
    Shared,
    /// The same, and each is somebody else, who is told what they themselves may do. The token is followed by a number.
    Personal,
    /// They ask for more than the system has room for, and read nothing.
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

/// Many subscribers, in a process of their own.
pub struct Clients {
    process: Child,
    orders: ChildStdin,
    told: BufReader<ChildStdout>,
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

/// What a watcher is told.
pub struct Told {
    pub position: i64,
    pub kind: String,
    pub customer: String,
    pub occurred_at: DateTime<Utc>,
}

impl Watcher {
    /// Watches customers with a name that begins so, from now on or behind a cursor.
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

    pub async fn next(&mut self) -> Told {
        loop {
            let Some(Ok(Message::Text(text))) = self.0.next().await else { continue };
            let message: Json = serde_json::from_str(&text).expect("JSON");
            let event = &message["payload"]["data"]["poolChanged"];
            let word = |name: &str| event[name].as_str().unwrap_or_else(|| panic!("{message}")).to_owned();
            return Told {
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

/// Introduces itself, subscribes, and waits until that has been dealt with.
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

/// The other process: subscribes as often as asked, says so, and then tells when as many as are asked for were told. Those
/// who are silent read nothing from then on; those who flood subscribe and complete again and again.
pub async fn run(role: Role, address: SocketAddr, token: &str, count: usize, kinds: usize) {
    let (told, news) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut silent = Vec::new();
    for number in 0..count {
        let mut socket = match role {
            Role::Silent => {
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.set_recv_buffer_size(LITTLE).expect("a socket");
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
                let much = json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": MUCH}});
                socket.send(Message::Text(much.to_string().into())).await.expect("a socket");
            }
            silent.push(socket);
            continue;
        }
        if role == Role::Flood {
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
