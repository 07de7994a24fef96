//! Subscribers with equal documents, values and rights are one group: the server reads each event once for all of them.

use std::time::Duration;

use serde_json::{Value as Json, json};

use tidepool::kernel::config::Limits;

use crate::support::pool_feed::{cursor, publish_events};
use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};
use crate::support::{Person, Statements, World};

/// An event is delivered even if reading it takes longer than the time for which read rows may be delivered.
#[tokio::test]
async fn an_event_is_delivered_even_if_reading_it_takes_longer_than_its_cache_time() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut socket = Socket::connect(world.listen().await, &admin).await;
    let watch = "subscription { poolChanged { customer { name contacts(first: 1) { edges { node { phones } } } } } }";
    socket.begin(watch, json!({})).await;
    socket.settle().await;
    let acme = world.pooled("Acme").await;
    assert_eq!(socket.next().await["poolChanged"]["customer"]["name"], "Acme");
    let slow = "create or replace function mask_phone(t text) returns text language sql volatile as $$ select pg_sleep(1.2)::text || '****' $$";
    sqlx::raw_sql(slow).execute(&world.db).await.unwrap();
    admin.contact(&acme, "Li", "+86 138 0000 0000", "li@acme.example").await;
    let edit = json!({"customerId": acme, "version": 1, "name": "Acme Tools"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    let contacts = json!([{"node": {"phones": ["****"]}}]);
    assert_eq!(socket.next().await["poolChanged"]["customer"]["contacts"]["edges"], contacts);
}

#[tokio::test]
async fn one_statement_reads_an_event_for_a_hundred_groups() {
    let world = World::new().await;
    let address = world.listen().await;
    let mut sockets = Vec::new();
    for name in ["Ann", "Bob", "Cai", "Dai", "Eve"] {
        sockets.push(Socket::connect(address, &world.sales(name).await).await);
    }
    for (place, socket) in sockets.iter_mut().enumerate() {
        for kind in 0..20 {
            let filter = json!({"not": {"name": {"eq": format!("kind {place} {kind}")}}});
            socket.begin(WATCH, json!({"filter": filter})).await;
        }
        socket.settle().await;
    }
    publish_events(&world).await;
    let statements = Statements::listen();
    let acme = world.pooled("Acme").await;
    world.app.feed().ring();
    for socket in &mut sockets {
        for _ in 0..20 {
            assert_eq!(socket.next().await["poolChanged"]["customer"]["id"], acme);
        }
    }
    let sent = statements.sent();
    let of_the_log = |statement: &&String| {
        ["select given.place", "select t1.position"].iter().any(|read| statement.starts_with(read))
    };
    assert_eq!(sent.iter().filter(of_the_log).count(), 1, "{sent:?}");
}

#[tokio::test]
async fn cached_rows_of_a_group_are_not_delivered_after_they_have_become_stale() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let address = world.listen().await;
    let start = cursor(&ann).await;
    // This subscriber keeps the group alive during the whole test.
    let mut watcher = Watcher::subscribe(address, &ann).await;
    let acme = world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    assert_eq!(bob.claim(&acme).await, "");
    assert_eq!(watcher.line().await, "LEFT - -");
    let claimed = std::time::Instant::now();
    loop {
        let mut late = Watcher::after(address, &ann, start.clone(), json!(null)).await;
        let entered = late.next().await;
        assert_eq!([&entered["kind"], &entered["customerId"]], [&json!("ENTERED"), &acme]);
        if entered["customer"].is_null() {
            break;
        }
        assert!(claimed.elapsed() < Duration::from_secs(3), "{entered}");
    }
}

#[tokio::test]
async fn subscribers_with_different_variables_are_different_groups() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let query = "subscription($after: String) { poolChanged { customer { name operations(first: 5, after: $after) { edges { node { type } } } } } }";
    let acme = world.pooled("Acme").await;
    let operations = "query($id: ID!) { customer(id: $id) { operations(first: 1) { pageInfo { endCursor } } } }";
    let seen =
        ann.data(operations, json!({"id": acme})).await["customer"]["operations"]["pageInfo"]["endCursor"].clone();
    publish_events(&world).await;
    let (mut all, mut rest, mut wrong) = (
        Socket::connect(address, &ann).await,
        Socket::connect(address, &ann).await,
        Socket::connect(address, &ann).await,
    );
    for (socket, after) in [(&mut all, json!(null)), (&mut rest, seen)] {
        socket.begin(query, json!({"after": after})).await;
        socket.settle().await;
    }
    wrong.begin(query, json!({"after": "nonsense"})).await;
    assert_eq!(wrong.receive().await["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let admin = world.admin().await;
    assert_eq!(
        admin.outcome("updateCustomer", json!({"customerId": acme, "version": 1, "name": "Acme Tools"})).await,
        ""
    );
    let count = |row: Json| row["poolChanged"]["customer"]["operations"]["edges"].as_array().unwrap().len();
    assert_eq!(count(all.next().await), 1);
    assert_eq!(count(rest.next().await), 0);
}

#[tokio::test]
async fn personal_fields_are_read_for_all_subscribers_at_once_or_one_by_one_if_that_takes_too_long() {
    let limits = Limits { request_time: Duration::from_secs(1), ..Default::default() };
    let world = World::with_limits(limits).await;
    let admin = world.admin().await;
    assert_eq!(admin.outcome("updateSettings", json!({"maxOwnedCustomers": 1})).await, "");
    let address = world.listen().await;
    let claimability = "claimability { claimable reasons } contacts { totalCount }";
    let watch = format!("subscription {{ poolChanged {{ kind customer {{ id {claimability} }} }} }}");
    world.pooled("First").await;
    let mut watchers = Vec::new();
    for number in 0..6 {
        let rep = world.sales(&format!("Rep{number}")).await;
        if number % 2 == 0 {
            rep.create(&format!("Of rep {number}")).await;
        }
        let mut socket = Socket::connect(address, &rep).await;
        socket.begin(&watch, json!({})).await;
        watchers.push((rep, socket));
    }
    publish_events(&world).await;
    for (_, socket) in &mut watchers {
        socket.settle().await;
    }
    let statements = Statements::listen();
    let acme = world.pooled("Acme").await;
    world.app.feed().ring();
    assert_each_is_told_their_own(&mut watchers, &acme, claimability).await;
    let together = statements.sent().iter().filter(|statement| statement.starts_with("select given.place")).count();
    assert_eq!(together, 1);
    // No other work of servers uses this table.
    let mut held_up = world.db.begin().await.unwrap();
    sqlx::query("lock table contact in access exclusive mode").execute(&mut *held_up).await.unwrap();
    let blue = world.pooled("Blue").await;
    world.app.feed().ring();
    let alone = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'select t1.position%'";
    while world.sql::<i64>(alone).await == 0 {
        tokio::task::yield_now().await;
    }
    held_up.rollback().await.unwrap();
    assert_each_is_told_their_own(&mut watchers, &blue, claimability).await;
}

/// Each subscriber gets the values that they would read.
async fn assert_each_is_told_their_own(watchers: &mut [(Person, Socket)], customer: &Json, selection: &str) {
    let query = format!("query($id: ID!) {{ customer(id: $id) {{ id {selection} }} }}");
    for (place, (person, socket)) in watchers.iter_mut().enumerate() {
        let row = socket.next().await["poolChanged"]["customer"].clone();
        assert_eq!(row, person.data(&query, json!({"id": customer})).await["customer"]);
        assert_eq!(row["claimability"]["claimable"], place % 2 == 1, "{row}");
    }
}

#[tokio::test]
async fn the_many_subscriptions_of_one_user_do_not_delay_those_of_another() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let address = world.listen().await;
    let mut sockets = Vec::new();
    for place in 0..4 {
        let mut socket = Socket::connect(address, &ann).await;
        for kind in 0..50 {
            // Each is a statement of its own, so they can't run together.
            let document =
                format!("subscription {{ poolChanged {{ customer {{ of_ann_{place}_{kind}: id name isPooled }} }} }}");
            socket.begin(&document, json!({})).await;
        }
        socket.settle().await;
        sockets.push(socket);
    }
    let mut of_bob = Socket::connect(address, &bob).await;
    for kind in 0..5 {
        let document = format!("subscription {{ poolChanged {{ customer {{ of_bob_{kind}: id }} }} }}");
        of_bob.begin(&document, json!({})).await;
    }
    of_bob.settle().await;
    publish_events(&world).await;
    let statements = Statements::listen();
    world.pooled("Acme").await;
    world.app.feed().ring();
    for _ in 0..5 {
        of_bob.next().await;
    }
    for socket in &mut sockets {
        for _ in 0..50 {
            socket.next().await;
        }
    }
    let sent = statements.whole();
    assert_eq!(sent.iter().filter(|statement| statement.contains("of_ann")).count(), 200);
    let last_of_bob = sent.iter().rposition(|statement| statement.contains("of_bob")).unwrap();
    let before = sent[..last_of_bob].iter().filter(|statement| statement.contains("of_ann")).count();
    assert!(before < 20, "{before} of Ann's 200 statements ran before Bob's 5");
}

#[tokio::test]
async fn a_user_has_only_so_many_subscriptions_open() {
    let world = World::with_limits(Limits { subscriptions_per_user: 2, ..Limits::default() }).await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let address = world.listen().await;
    let (mut one, mut other) = (Socket::connect(address, &ann).await, Socket::connect(address, &ann).await);
    let first = one.begin(WATCH, json!({})).await;
    one.settle().await;
    other.begin(WATCH, json!({})).await;
    other.settle().await;
    other.begin(WATCH, json!({})).await;
    let refused = other.receive().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    let mut of_bob = Socket::connect(address, &bob).await;
    of_bob.begin(WATCH, json!({})).await;
    of_bob.settle().await;
    one.send(json!({"id": first, "type": "complete"})).await;
    one.settle().await;
    other.begin(WATCH, json!({})).await;
    other.settle().await;
}
