//! Other requests and the work of a server do not delay subscribers.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tidepool::kernel::config::Limits;
use tokio::time::timeout;

use crate::support::World;
use crate::support::pool_feed::publish_events;
use crate::support::program::{Folder, ServerProcess, database_url};
use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};

const CONTACTS: &str = "{ customers(first: 1) { edges { node { contacts { totalCount } } } } }";

impl World {
    /// The number of statements that wait for a lock.
    async fn waiting(&self) -> i64 {
        self.sql(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        )
        .await
    }

    async fn until_waiting(&self, count: i64) {
        while self.waiting().await < count {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn notifications_of_others_do_not_put_a_subscriber_of_the_pool_behind() {
    let world = World::with_limits(Limits { event_backlog: 20, ..Limits::default() }).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let mut watcher = Watcher::subscribe(address, &ann).await;
    world.pooled("Acme").await;
    let first = watcher.next().await["cursor"].clone();
    let notify = "with told as (
            insert into notification (id, user_id, kind, customer_id, customer_name, at)
            select gen_random_uuid(), (select id from app_user where name = 'Ann'), 'ASSIGNED', id, name, created_at + n * interval '1 second'
            from customer, generate_series(1, 30) n returning *)
        insert into event_outbox (topic, kind, customer_id, user_id, notification_id, occurred_at)
        select 'NOTIFICATION', 'NOTIFIED', customer_id, user_id, id, at from told";
    for name in ["Blue", "Red"] {
        sqlx::raw_sql(notify).execute(&world.db).await.unwrap();
        publish_events(&world).await;
        if name == "Red" {
            // Every subscriber subscribes again with the present rights.
            let role = json!({"name": "other", "titleEn": "Other", "titleZh": "其他", "grantableByHr": false});
            assert_eq!(admin.outcome("saveRole", role).await, "");
        }
        world.pooled(name).await;
        assert_eq!(watcher.line().await, format!("ENTERED CREATED {name}"));
    }
    let mut behind = Watcher::after(address, &ann, first, json!(null)).await;
    assert_eq!([behind.line().await, behind.line().await], ["ENTERED CREATED Blue", "ENTERED CREATED Red"]);
    assert_eq!(world.sql::<i64>("select count(*) from event where topic = 'POOL'").await, 3);
}

#[tokio::test]
async fn reads_that_use_all_connections_delay_no_event() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    ann.create("Acme").await;
    bob.create("Bolt").await;
    world.pooled("Red").await;
    publish_events(&world).await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    let mut held_up = world.db.begin().await.unwrap();
    sqlx::query("lock table contact in access exclusive mode").execute(&mut *held_up).await.unwrap();
    // One user alone does not get all connections.
    let reads = join_all((0..10).map(|place| [&ann, &bob][place % 2].data(CONTACTS, json!({}))));
    let notify = async {
        world.until_waiting(10).await;
        world.pooled("Blue").await;
        assert_eq!(watcher.line().await, "ENTERED CREATED Blue");
        held_up.rollback().await.unwrap();
    };
    let (answers, ()) = tokio::join!(reads, notify);
    assert!(answers.iter().all(|answer| answer["customers"]["edges"][0]["node"]["contacts"]["totalCount"] == 0));
}

#[tokio::test]
async fn few_responses_are_kept_in_memory_for_a_client_that_does_not_read() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    ann.create("Acme").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    let mut held_up = world.db.begin().await.unwrap();
    sqlx::query("lock table contact in access exclusive mode").execute(&mut *held_up).await.unwrap();
    for _ in 0..9 {
        socket.begin(CONTACTS, json!({})).await;
    }
    socket.settle().await;
    world.until_waiting(4).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.waiting().await, 4, "the others are not begun");
    held_up.rollback().await.unwrap();
    let mut answered = 0;
    while answered < 9 {
        let message = socket.receive().await;
        assert!(message["payload"].get("errors").is_none(), "{message}");
        answered += usize::from(message["type"] == "next");
    }
}

/// Without its result, a client could not know whether the mutation was done.
#[tokio::test]
async fn a_stopping_server_sends_the_results_of_running_mutations_and_then_closes_every_socket() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let data = Folder::new("stopping");
    let url = database_url(&world.database);
    let server = ServerProcess::start_with(&data.0, &["--database-url", &url]);
    let address = server.address;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(Watcher::subscribe(address, &ann).await);
    }
    let mut socket = Socket::connect(address, &ann).await;
    socket.begin(WATCH, json!({})).await;
    let mut held = world.db.begin().await.unwrap();
    sqlx::query("lock table contact in access exclusive mode").execute(&mut *held).await.unwrap();
    let enter = "mutation($id: ID!) { createContact(input: {customerId: $id, name: \"Li\"}) { userErrors { code } } }";
    let mutation = socket.begin(enter, json!({"id": acme})).await;
    world.until_waiting(1).await;
    let stopping = tokio::task::spawn_blocking(move || {
        let mut server = server;
        server.stop("-TERM")
    });
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    let answer = socket.receive().await;
    let entered = json!({"data": {"createContact": {"userErrors": []}}});
    assert_eq!(answer, json!({"id": mutation, "type": "next", "payload": entered}));
    assert_eq!(socket.receive().await, json!({"id": mutation, "type": "complete"}));
    assert_eq!(socket.closed().await.0, 1012);
    for other in &mut others {
        assert_eq!(other.0.closed().await.0, 1012);
    }
    assert!(stopping.await.unwrap().success());
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 1);
}

/// Background work of a server has its own connections.
#[tokio::test]
async fn requests_that_use_all_connections_delay_no_event() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    let acme = world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.push(world.app.pool().acquire().await.unwrap());
    }
    let one_more = timeout(Duration::from_millis(100), world.app.pool().acquire()).await;
    one_more.expect_err("all of them are taken");
    sqlx::query("update customer set region = 'EAST', version = 2, updated_at = updated_at + '1 second'")
        .execute(&world.db)
        .await
        .unwrap();
    assert_eq!(watcher.line().await, "CHANGED EDITED Acme");
    assert_eq!(watcher.0.begin(&format!("{{ customer(id: {acme}) {{ region }} }}"), json!({})).await, "operation 2");
    assert_eq!(watcher.0.next().await, json!({"customer": {"region": "EAST"}}));
}
