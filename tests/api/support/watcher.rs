//! Somebody who watches the pool.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;

use super::socket::Socket;
use super::{Person, World};

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

    /// Nothing else has come: what is told next is what happens now. An answer to what is said would prove nothing, for a socket
    /// listens before it tells.
    pub async fn has_heard_all(&mut self, world: &World) {
        let last = world.pooled(&format!("Behind all {}", new_uuid(world.clock.now()))).await;
        world.app.feed().ring();
        let next = self.next().await;
        assert_eq!([&next["kind"], &next["customerId"]], [&json!("ENTERED"), &last], "{next}");
    }
}
