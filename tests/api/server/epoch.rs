//! The log of events loses its end (by a restore, or a failover to a replica that was behind): nobody goes on as if it had not.

use serde_json::{Value as Json, json};

use crate::support::pool_feed::{cursor, publish_events};
use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};
use crate::support::{Person, World, until};

const NOTIFICATIONS: &str = "subscription($after: String) { notifications(after: $after) { cursor } }";

/// The answer to a client that resumes behind a cursor: a code, or "told".
async fn resumes(world: &World, person: &Person, query: &str, after: &Json) -> String {
    let mut socket = Socket::connect(world.listen().await, person).await;
    socket.begin(query, json!({"after": after})).await;
    let message = socket.receive().await;
    message["payload"][0]["extensions"]["code"].as_str().unwrap_or("told").to_owned()
}

async fn epoch(world: &World) -> String {
    world.sql("select epoch from installation").await
}

/// The kind of the next event, and whether its cursor belongs to the present epoch.
async fn next_kind(world: &World, watcher: &mut Watcher) -> String {
    let event = watcher.next().await;
    let epoch = epoch(world).await;
    assert!(event["cursor"].as_str().unwrap().starts_with(&format!("event_{epoch}_")), "{event} is not of {epoch}");
    event["kind"].as_str().unwrap().to_owned()
}

/// A world with a rep who watches the pool and has seen its first event.
async fn watched() -> (World, Person, Watcher) {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    world.pooled("Acme").await;
    assert_eq!(next_kind(&world, &mut watcher).await, "ENTERED");
    publish_events(&world).await;
    (world, ann, watcher)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_restore_of_an_older_log_every_subscriber_begins_anew_on_every_server() {
    let here = World::new().await;
    let there = here.second_server().await;
    let (ann, boss) = (here.sales("Ann").await, here.person("Boss", "manager", None).await);
    let old = cursor(&ann).await;
    let mut watchers = Vec::new();
    for server in [&here, &there] {
        watchers.push(Watcher::subscribe(server.listen().await, &ann).await);
    }
    let mut notified = Socket::connect(there.listen().await, &boss).await;
    notified.begin(NOTIFICATIONS, json!({})).await;
    notified.settle().await;
    for number in 0..4 {
        here.pooled(&format!("Company {number}")).await;
        for watcher in &mut watchers {
            assert_eq!(next_kind(&here, watcher).await, "ENTERED");
        }
    }
    publish_events(&here).await;
    let lost = cursor(&ann).await;
    let before = epoch(&here).await;

    // What the last two changes had told is gone.
    sqlx::query("delete from event where position > 2").execute(&here.db).await.unwrap();
    for watcher in &mut watchers {
        assert_eq!(next_kind(&here, watcher).await, "REFRESH");
    }
    assert_ne!(epoch(&here).await, before);
    // The feed of notifications has no event that stands for those that are not known.
    let ended = notified.receive().await;
    assert_eq!(ended["payload"][0]["extensions"]["code"], "CURSOR_EXPIRED", "{ended}");

    // The position is given again, and everybody is told of the new event.
    let fresh = cursor(&ann).await;
    here.pooled("After").await;
    for watcher in &mut watchers {
        let event = watcher.next().await;
        assert_eq!([&event["kind"], &event["customer"]["name"]], [&json!("ENTERED"), &json!("After")]);
        assert!(event["cursor"].as_str().unwrap().ends_with("_3"), "{event}");
    }
    for server in [&here, &there] {
        for (cursor, answer) in [(&old, "CURSOR_EXPIRED"), (&lost, "CURSOR_EXPIRED"), (&fresh, "told")] {
            assert_eq!(resumes(server, &ann, WATCH, cursor).await, answer, "{cursor}");
        }
    }
    assert_eq!(resumes(&here, &boss, NOTIFICATIONS, &lost).await, "CURSOR_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_as_long_but_has_another_event_is_another_log() {
    let (world, _ann, mut watcher) = watched().await;
    // Others were given the same positions, and more of them.
    sqlx::raw_sql(
        "update event set cause = 'EDITED';
         insert into event select position + 1, topic, kind, cause, customer_id, user_id, notification_id, occurred_at, before,
                                  after, logged_at from event",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let refresh = watcher.next().await;
    assert_eq!([&refresh["kind"], &refresh["count"]], [&json!("REFRESH"), &json!(0)]);
    world.pooled("Blue Wave").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Blue Wave");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_lost_nothing_keeps_the_epoch_and_a_server_that_knows_nothing_begins_another() {
    let (world, ann, mut watcher) = watched().await;
    let (before, start) = (epoch(&world).await, cursor(&ann).await);
    // Servers have run on another timeline: that of the primary before.
    let fail_over = "update installation set timeline = '0000000A'";
    sqlx::query(fail_over).execute(&world.db).await.unwrap();
    until(async || world.sql::<String>("select timeline from installation").await == "00000001").await;
    assert_eq!(epoch(&world).await, before);
    world.pooled("Blue Wave").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Blue Wave");
    assert_eq!(resumes(&world, &ann, WATCH, &start).await, "told");

    world.app.close().await;
    sqlx::query(fail_over).execute(&world.db).await.unwrap();
    let anew = world.second_server().await;
    assert_ne!(epoch(&world).await, before);
    assert_eq!(resumes(&anew, &ann.at(&anew), WATCH, &start).await, "CURSOR_EXPIRED");
}
