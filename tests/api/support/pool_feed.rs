//! The event feed of the public pool: helpers for tests that watch it.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use super::{Person, World};

/// Moves every committed event from the outbox into the log.
pub async fn publish_events(world: &World) {
    while world.sql::<i64>("select count(*) from event_outbox").await > 0 {
        world.app.follow().await.unwrap();
        tokio::task::yield_now().await;
    }
    world.app.follow().await.unwrap();
}

/// Waits until the end of every protection that has ended is announced, and moves the events into the log.
pub async fn announce_ends_of_protection(world: &World) {
    // A blacklisted customer is not counted, because the end of its protection is not announced.
    let due = format!(
        "select count(*) from customer c where protection_due <= '{}' and pool_image(c) is not null",
        world.clock.now()
    );
    let announcing = async {
        while world.sql::<i64>(&due).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), announcing).await.expect("all is announced");
    publish_events(world).await;
}

/// The cursor at the end of the log, as a page of the pool carries it.
pub async fn cursor(person: &Person) -> Json {
    person.ask("{ publicPool { eventCursor } }").await["publicPool"]["eventCursor"].clone()
}

/// Creates a customer and releases it; returns its id.
pub async fn released(world: &World, owner: &Person, name: &str) -> Json {
    let customer = json!(owner.create(name).await);
    world.advance(TimeDelta::hours(1));
    assert_eq!(owner.release(&customer).await, "");
    customer
}

pub async fn blacklist(person: &Person, customer: &Json) {
    assert_eq!(person.outcome("blacklistCustomer", json!({"customerId": customer, "reason": "no"})).await, "");
}
