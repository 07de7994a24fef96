//! A copy of an installation tells nobody anything, and takes no customer from anybody, until an operator says what it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::jobs::{self, Job};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tokio::net::TcpListener;

use super::rule_run::first_night;
use crate::support::dump::copy;
use crate::support::mailbox::Mailbox;
use crate::support::program::program;
use crate::support::{Person, World, fresh_database, monday, until};

/// A receiver of the webhook that counts what it gets.
async fn receiver() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let received = count.clone();
    let hook = async move || {
        received.fetch_add(1, Ordering::Relaxed);
        StatusCode::NO_CONTENT
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(hook));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, count)
}

/// Gives Ann a customer of the pool, of which she is notified.
async fn notify(world: &World, admin: &Person, ann: &Person, name: &str) {
    let customer = world.pooled(name).await;
    world.advance(TimeDelta::seconds(1));
    assert_eq!(admin.outcomes("assignCustomers", json!({"customerIds": [customer], "ownerId": ann.gid()})).await, [""]);
}

async fn get(world: &World, path: &'static str) -> String {
    let response = world.nobody().send(Request::get(path).body(Body::empty()).unwrap()).await;
    format!("{} {}", response.0.as_u16(), response.1.as_str().unwrap_or_default())
}

async fn sends_email(world: &World) -> Json {
    world.nobody().ask("{ installation { sendsEmail } }").await["installation"]["sendsEmail"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_is_held_until_it_is_adopted() {
    let mailbox = Mailbox::open().await;
    let mut limits = Limits { allow_private_webhooks: true, ..Limits::default() };
    limits.public_url = Some("https://crm.example.com".to_owned());
    limits.external.smtp_url = Some(format!("smtp://{}", mailbox.address));
    limits.external.mail_from = Some("crm@example.com".to_owned());
    let original = World::on(fresh_database().await, Clock::manual(monday()), limits.clone()).await;
    let (admin, ann) = (original.admin().await, original.sales("Ann").await);
    let (url, received) = receiver().await;
    assert_eq!(
        admin.outcome("createWebhook", json!({"name": "ERP", "url": url, "events": ["NOTIFICATION"]})).await,
        ""
    );
    admin.create_rule("followup_days > 3", "0 2 * * *", 1).await;
    original.owned(&ann, "Owned", 1).await;
    let received = async || received.load(Ordering::Relaxed);

    let restored = copy(&original.database).await;
    let at_copy = World::on(restored.clone(), original.clock.clone(), limits.clone()).await;
    assert!(at_copy.app.is_held());
    let ready = get(&at_copy, "/readyz").await;
    assert!(ready.starts_with("200 ready\n") && ready.contains("tidepool adopt"), "{ready}");
    assert_eq!([sends_email(&original).await, sends_email(&at_copy).await], [true, false]);
    let (admin_there, ann_there) = (admin.at(&at_copy), ann.at(&at_copy));
    notify(&at_copy, &admin_there, &ann_there, "Of the copy").await;
    for number in 1..=2 {
        // The original is at work meanwhile.
        notify(&original, &admin, &ann, &format!("Of the original {number}")).await;
        until(async || received().await >= number).await;
    }
    at_copy.advance(first_night() + TimeDelta::days(6) - at_copy.clock.now());
    jobs::run(&at_copy.app, Job::PoolRules).await.unwrap();
    let owned = "select count(*) from customer where owner_user_id is not null and name like 'Owned%'";
    assert_eq!((received().await, at_copy.sql::<i64>(owned).await), (2, 1));
    let refused = program(&restored, &["run-job", "pool-rules"]);
    assert!(refused.contains("tidepool adopt"), "{refused}");

    // The same installation at another place goes on with everything.
    let moved = copy(&original.database).await;
    program(&moved, &["hold"]);
    assert!(program(&moved, &["adopt", "--same-installation"]).contains("the same installation"));
    let at_moved = World::on(moved, original.clock.clone(), limits).await;
    assert!(!at_moved.app.is_held());
    assert_eq!(sends_email(&at_moved).await, true);
    assert_eq!(ann.at(&at_moved).ask("{ viewer { name } }").await["viewer"]["name"], "Ann");
    jobs::run(&at_moved.app, Job::PoolRules).await.unwrap();
    assert_eq!(at_moved.sql::<i64>(owned).await, 0);

    // As an installation of its own the copy has no webhook, and nobody is signed in.
    assert!(program(&restored, &["adopt"]).contains("of its own"));
    until(async || !at_copy.app.is_held()).await;
    assert_eq!(get(&at_copy, "/readyz").await, "200 ready\n");
    assert_eq!(sends_email(&at_copy).await, true);
    assert_eq!(at_copy.sql::<i64>("select count(*) from webhook").await, 0);
    assert_eq!(at_copy.sql::<i64>("select count(*) from session where ended_at is null").await, 0);
    jobs::run(&at_copy.app, Job::PoolRules).await.unwrap();
    assert_eq!(at_copy.sql::<i64>(owned).await, 0);
}
