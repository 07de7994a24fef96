//! Somebody who watches the pool.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};

use super::Person;
use super::socket::Socket;

/// What a watcher asks for.
pub const WATCH: &str = "subscription($after: String, $filter: CustomerFilter) { poolChanged(after: $after, filter: $filter) \
    { cursor kind cause occurredAt protectedUntil customerId count customer { id name protectedUntil } } }";

/// Somebody who watches the pool.
pub struct Watcher(pub Socket);

impl Watcher {
    pub async fn of(address: SocketAddr, person: &Person) -> Self {
        Self::within(address, person, json!(null)).await
    }

    /// Somebody who watches a part of it.
    pub async fn within(address: SocketAddr, person: &Person, filter: Json) -> Self {
        let mut watcher = Self::behind(address, person, json!(null), filter).await;
        watcher.0.settle().await;
        watcher
    }

    pub async fn behind(address: SocketAddr, person: &Person, after: Json, filter: Json) -> Self {
        let mut socket = Socket::of(address, person).await;
        socket.begin(WATCH, json!({"after": after, "filter": filter})).await;
        Self(socket)
    }

    pub async fn next(&mut self) -> Json {
        self.0.next().await["poolChanged"].clone()
    }

    /// The next event in one line: kind, cause, the name of the customer as it is now.
    pub async fn line(&mut self) -> String {
        let event = self.next().await;
        let word = |json: &Json| json.as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word(&event["kind"]), word(&event["cause"]), word(&event["customer"]["name"]))
    }

    /// Nothing else has come: the next thing heard is the answer to what is said now.
    pub async fn has_heard_all(&mut self) {
        self.0.settle().await;
    }
}
