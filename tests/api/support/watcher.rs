//! A subscriber of the pool.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;

use super::socket::Socket;
use super::{Person, World};

/// The subscription of a watcher.
pub const WATCH: &str = "subscription($after: String, $filter: CustomerFilter) { poolChanged(after: $after, filter: $filter) \
    { cursor kind cause occurredAt protectedUntil customerId count customer { id name protectedUntil } } }";

/// A subscriber of the pool.
pub struct Watcher(pub Socket);

impl Watcher {
    pub async fn subscribe(address: SocketAddr, person: &Person) -> Self {
        Self::with_filter(address, person, json!(null)).await
    }

    /// A subscriber with a filter.
    pub async fn with_filter(address: SocketAddr, person: &Person, filter: Json) -> Self {
        let mut watcher = Self::after(address, person, json!(null), filter).await;
        watcher.0.settle().await;
        watcher
    }

    pub async fn after(address: SocketAddr, person: &Person, after: Json, filter: Json) -> Self {
        let mut socket = Socket::connect(address, person).await;
        socket.begin(WATCH, json!({"after": after, "filter": filter})).await;
        Self(socket)
    }

    pub async fn next(&mut self) -> Json {
        self.0.next().await["poolChanged"].clone()
    }

    /// The next event as a line: kind, cause, and the present name of the customer.
    pub async fn line(&mut self) -> String {
        let event = self.next().await;
        let word = |json: &Json| json.as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word(&event["kind"]), word(&event["cause"]), word(&event["customer"]["name"]))
    }

    /// Asserts that no event is waiting: the next event is caused by this call. A reply to a ping would prove nothing,
    /// because a socket reads before it sends events.
    pub async fn assert_no_event_before_now(&mut self, world: &World) {
        let last = world.pooled(&format!("Behind all {}", new_uuid(world.clock.now()))).await;
        world.app.feed().ring();
        let next = self.next().await;
        assert_eq!([&next["kind"], &next["customerId"]], [&json!("ENTERED"), &last], "{next}");
    }
}
