//! The live pool delivers every event once, after its cause, however transactions overlap.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};
use sqlx::postgres::PgListener;
use tidepool::kernel::feed::Cursor;
use tokio::time::timeout;

use crate::support::pool_feed::{announce_ends_of_protection, publish_events};
use crate::support::socket::Socket;
use crate::support::watcher::Watcher;
use crate::support::{Person, World};

#[tokio::test]
async fn other_servers_are_notified_of_the_new_end_of_the_log_and_only_when_it_has_grown() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut other = PgListener::connect_with(&world.db).await.unwrap();
    other.listen("tidepool_event").await.unwrap();
    let mut last = 0;
    for name in ["Acme", "Blue"] {
        // An owned customer causes no event of the pool.
        ann.create(&format!("Of Ann beside {name}")).await;
        world.app.follow().await.unwrap();
        world.pooled(name).await;
        world.app.feed().ring();
        publish_events(&world).await;
        let head = world.sql::<i64>("select max(position) from event").await;
        while last < head {
            let notified = timeout(Duration::from_secs(30), other.recv()).await.expect("it is told").unwrap();
            let Cursor { position, .. } = notified.payload().parse().expect("a cursor, and nothing else");
            assert!(position > last, "{position} after {last}");
            last = position;
        }
    }
}

#[tokio::test]
async fn a_long_transaction_delays_no_other_event_and_its_own_is_not_lost() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let held = world.pooled("Held").await;
    publish_events(&world).await;
    let mut watcher = Watcher::subscribe(address, &ann).await;
    // Its event is the first in the outbox, and becomes visible last.
    let mut slow = world.db.begin().await.unwrap();
    sqlx::query("update customer set region = 'EAST', version = version + 1, updated_at = updated_at + interval '1 second' where name = 'Held'")
        .execute(&mut *slow)
        .await
        .unwrap();
    for number in 0..3 {
        world.pooled(&format!("Company {number}")).await;
        assert_eq!(watcher.line().await, format!("ENTERED CREATED Company {number}"));
    }
    slow.commit().await.unwrap();
    world.app.follow().await.unwrap();
    let changed = watcher.next().await;
    assert_eq!([&changed["kind"], &changed["customerId"]], [&json!("CHANGED"), &held]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_precedes_its_cause_when_writers_overlap() {
    let world = World::new().await;
    let admin = world.admin().await;
    admin.outcome("updateSettings", json!({"protectionPeriod": "PT0S"})).await;
    let mut reps = Vec::new();
    for number in 0..6 {
        reps.push(world.sales(&format!("Rep{number}")).await);
    }
    let mut customers = Vec::new();
    for number in 0..4 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    publish_events(&world).await;
    let address = world.listen().await;
    let mut watcher = Watcher::subscribe(address, &admin).await;
    let writers: Vec<_> = reps
        .into_iter()
        .enumerate()
        .map(|(seed, rep)| {
            let (customers, clock) = (customers.clone(), world.clock.clone());
            tokio::spawn(async move {
                let mut rng = Rng::with_seed(seed as u64);
                for _ in 0..60 {
                    clock.advance(TimeDelta::milliseconds(1));
                    let customer = &customers[rng.usize(..4)];
                    if rng.bool() {
                        rep.claim(customer).await
                    } else {
                        rep.release(customer).await
                    };
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    publish_events(&world).await;
    let changes: i64 =
        world.sql("select count(*) from customer_operation_log where type in ('CLAIM', 'RELEASE')").await;
    assert!(changes > 20, "{changes}");
    let mut pooled: BTreeMap<String, bool> =
        customers.iter().map(|id| (id.as_str().unwrap().to_owned(), true)).collect();
    let (mut last, mut at) = (0, BTreeMap::<String, String>::new());
    for _ in 0..changes {
        let event = watcher.next().await;
        let position: i64 = event["cursor"].as_str().unwrap().strip_prefix("event_00000000_").unwrap().parse().unwrap();
        assert!(position > last, "in order, and each once");
        last = position;
        let (id, entered) = (event["customerId"].as_str().unwrap().to_owned(), event["kind"] == "ENTERED");
        assert_ne!(pooled.insert(id.clone(), entered), Some(entered), "claims and releases take turns: {event}");
        let occurred = event["occurredAt"].as_str().unwrap().to_owned();
        assert!(at.insert(id, occurred.clone()).is_none_or(|before| before < occurred));
    }
    watcher.assert_no_event_before_now(&world).await;
}

/// The pool as a client keeps it: a page, changed by the events since.
async fn rebuilt(person: &Person, filter: &Json) -> (BTreeMap<String, Json>, Json) {
    let query = "query($filter: CustomerFilter, $after: String) { publicPool(first: 3, after: $after, filter: $filter, orderBy: NAME_ASC) \
        { eventCursor pageInfo { endCursor hasNextPage } edges { node { id name industry level protectedUntil } } } }";
    let (mut pool, mut start, mut after) = (BTreeMap::new(), Json::Null, Json::Null);
    loop {
        let page = person.data(query, json!({"filter": filter, "after": after})).await["publicPool"].clone();
        if start.is_null() {
            start = page["eventCursor"].clone();
        }
        for edge in page["edges"].as_array().unwrap() {
            pool.insert(edge["node"]["id"].as_str().unwrap().to_owned(), edge["node"].clone());
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return (pool, start);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_and_the_events_after_its_cursor_rebuild_the_pool() {
    let query = "subscription($after: String, $filter: CustomerFilter) { poolChanged(after: $after, filter: $filter) \
        { cursor kind customerId customer { id name industry level protectedUntil } } }";
    for seed in 0..8 {
        let mut rng = Rng::with_seed(seed);
        let world = World::new().await;
        let (admin, ann) = (world.admin().await, world.sales("Ann").await);
        let mut customers = Vec::new();
        for number in 0..8 {
            customers.push(world.pooled(&format!("Company {number}")).await);
        }
        let address = world.listen().await;
        let filter = match seed % 4 {
            0 => Json::Null,
            1 => json!({"industry": {"in": ["SOFTWARE", "RETAIL"]}}),
            2 => json!({"or": [{"level": {"isNull": true}}, {"industry": {"eq": "ENERGY"}}]}),
            _ => json!({"protectedUntil": {"isNull": false}, "not": {"level": {"eq": "A"}}}),
        };
        let load = {
            let (clock, customers, admin, ann) = (world.clock.clone(), customers.clone(), admin.clone(), ann.clone());
            tokio::spawn(async move {
                for _ in 0..150 {
                    clock.advance(TimeDelta::minutes(rng.i64(1..90)));
                    let customer = &customers[rng.usize(..8)];
                    step(&mut rng, &admin, &ann, customer).await;
                }
            })
        };
        // While changes go on, somebody reads a page and subscribes.
        let (mut pool, start) = rebuilt(&ann, &filter).await;
        let mut socket = Socket::connect(address, &ann).await;
        socket.begin(query, json!({"after": start, "filter": filter})).await;
        load.await.unwrap();
        world.advance(TimeDelta::days(10));
        announce_ends_of_protection(&world).await;
        let last = world.pooled("Last").await;
        // The last customer matches every filter: its event comes after all others.
        if seed % 4 == 3 {
            admin.outcomes("assignCustomers", json!({"customerIds": [last], "ownerId": ann.gid()})).await;
            assert_eq!(ann.release(&last).await, "");
        } else {
            let edit = json!({"customerId": last, "version": 1, "industry": "SOFTWARE"});
            assert_eq!(admin.outcome("updateCustomer", edit).await, "");
        }
        publish_events(&world).await;
        let head = world.sql::<String>("select 'event_00000000_' || max(position) from event").await;
        loop {
            let event = socket.next().await["poolChanged"].clone();
            let id = event["customerId"].as_str().unwrap().to_owned();
            match event["kind"].as_str().unwrap() {
                "LEFT" => drop(pool.remove(&id)),
                // The customer has left the pool since, so its LEFT follows.
                _ if event["customer"].is_null() => {}
                _ => drop(pool.insert(id.clone(), event["customer"].clone())),
            }
            if event["cursor"] == head {
                break;
            }
        }
        assert_eq!(pool, rebuilt(&ann, &filter).await.0, "seed {seed}");
    }
}

async fn step(rng: &mut Rng, admin: &Person, ann: &Person, customer: &Json) {
    match rng.u8(..9) {
        0 | 1 => drop(ann.claim(customer).await),
        2 | 3 => drop(ann.release(customer).await),
        4 => drop(admin.outcome("blacklistCustomer", json!({"customerId": customer, "reason": "no"})).await),
        5 => drop(admin.outcome("unblacklistCustomer", json!({"customerId": customer})).await),
        6 => {
            let periods = ["PT0S", "PT2H", "P1D", "P3D"];
            drop(admin.outcome("updateSettings", json!({"protectionPeriod": periods[rng.usize(..4)]})).await);
        }
        _ => {
            let known = admin.data("query($id: ID!) { customer(id: $id) { version } }", json!({"id": customer})).await;
            let choice = |rng: &mut Rng, codes: [Option<&str>; 4]| json!(codes[rng.usize(..4)]);
            let edit = json!({
                "customerId": customer, "version": known["customer"]["version"],
                "industry": choice(rng, [None, Some("SOFTWARE"), Some("RETAIL"), Some("ENERGY")]),
                "level": choice(rng, [None, Some("A"), Some("B"), Some("C")]),
            });
            drop(admin.outcome("updateCustomer", edit).await);
        }
    }
}
