//! The public pool, live: what happens in it, to whom it is told, once and in order, whatever breaks.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};
use sqlx::postgres::PgListener;
use tokio::time::timeout;

use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};
use crate::support::{Person, Statements, World};

/// The pool's cursor.
async fn cursor(person: &Person) -> Json {
    person.ask("{ publicPool { eventCursor } }").await["publicPool"]["eventCursor"].clone()
}

/// Lets everything that was committed come into the log.
pub async fn logged(world: &World) {
    while world.sql::<i64>("select count(*) from event_outbox").await > 0 {
        world.app.follow().await.unwrap();
        tokio::task::yield_now().await;
    }
    world.app.follow().await.unwrap();
}

/// Lets every protection that is over be announced, and what was announced come into the log.
async fn announced(world: &World) {
    // Of what was released on the blacklist there is nothing to announce: nobody is in a hurry to find that.
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
    logged(world).await;
}

/// A customer that its owner has just released.
async fn rests(world: &World, owner: &Person, name: &str) -> Json {
    let customer = json!(owner.create(name).await);
    world.advance(TimeDelta::hours(1));
    assert_eq!(owner.release(&customer).await, "");
    customer
}

async fn blacklist(person: &Person, customer: &Json) {
    assert_eq!(person.outcome("blacklistCustomer", json!({"customerId": customer, "reason": "no"})).await, "");
}

#[tokio::test]
async fn service_staff_follow_those_of_the_pool_that_have_ordered() {
    let world = World::new().await;
    let (ann, sue) = (world.sales("Ann").await, world.person("Sue", "service", None).await);
    let address = world.listen().await;
    let mut watcher = Watcher::of(address, &sue).await;
    rests(&world, &ann, "Blue Wave").await;
    let acme = json!(ann.create("Acme").await);
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         select id, 'SO-1', id, owner_user_id, owner_user_id, 'CNY', created_at, created_at, created_at from customer where name = 'Acme'",
    )
    .execute(&world.db)
    .await
    .unwrap();
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.release(&acme).await, "");
    assert_eq!(watcher.line().await, "ENTERED MANUAL Acme");
    // What was ordered moves to the customer that stays.
    let blue = world.pooled("Blue").await;
    let admin = world.admin().await;
    assert_eq!(admin.outcome("mergeCustomers", json!({"survivorId": blue, "mergedId": acme})).await, "");
    let left = watcher.next().await;
    assert_eq!([&left["kind"], &left["customerId"]], [&json!("LEFT"), &acme]);
    assert_eq!(watcher.line().await, "ENTERED FILTER Blue");
    let edit = json!({"customerId": blue, "version": 2, "name": "Blue Sky"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    assert_eq!(watcher.line().await, "CHANGED EDITED Blue Sky");
}

/// Each event is told even if reading it takes longer than what was read may be told.
#[tokio::test]
async fn what_takes_long_to_read_is_told_all_the_same() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut socket = Socket::of(world.listen().await, &admin).await;
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

/// What a server does by itself has connections of its own.
#[tokio::test]
async fn requests_that_take_all_connections_hold_up_no_event() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::of(world.listen().await, &ann).await;
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

#[tokio::test]
async fn the_life_of_a_customer_as_the_pool_tells_it() {
    let world = World::new().await;
    let (boss, ann) = (world.person("Boss", "manager", None).await, world.sales("Ann").await);
    let bob = world.person("Bob", "sales", Some(&boss)).await;
    let address = world.listen().await;
    let mut watcher = Watcher::of(address, &ann).await;

    let acme = world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    assert_eq!(bob.claim(&acme).await, "");
    let left = watcher.next().await;
    assert_eq!(left["kind"], "LEFT");
    assert_eq!([&left["cause"], &left["customer"], &left["protectedUntil"]], [&json!(null); 3], "the id alone");
    assert_eq!(left["customerId"], acme);
    rests(&world, &bob, "Blue").await;
    assert_eq!(watcher.line().await, "ENTERED MANUAL Blue");
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(bob.release(&acme).await, "");
    let entered = watcher.next().await;
    assert_eq!([&entered["kind"], &entered["cause"]], ["ENTERED", "MANUAL"]);
    let until: DateTime<Utc> = entered["protectedUntil"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, world.clock.now() + TimeDelta::days(3));
    // Protection ends at its instant, and not before: not when that of another ends.
    world.advance(TimeDelta::days(3) - TimeDelta::microseconds(1));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Blue");
    watcher.has_heard_all(&world).await;
    world.advance(TimeDelta::microseconds(1));
    let claimable = watcher.next().await;
    assert_eq!([&claimable["kind"], &claimable["cause"]], ["BECAME_CLAIMABLE", "PROTECTION_ENDED"]);
    assert_eq!(claimable["occurredAt"], entered["protectedUntil"]);
    assert_eq!(claimable["customer"]["id"], acme);
    assert_eq!(bob.claim(&acme).await, "");
    assert!(watcher.line().await.starts_with("LEFT"));
    boss.outcome("releaseCustomer", json!({"customerId": acme})).await;
    assert_eq!(watcher.line().await, "ENTERED MANAGER Acme");
    blacklist(&boss, &acme).await;
    assert_eq!(watcher.line().await, "LEFT - -");
    boss.outcome("unblacklistCustomer", json!({"customerId": acme})).await;
    assert_eq!(watcher.line().await, "ENTERED UNBLACKLISTED Acme");
    let admin = world.admin().await;
    let edit = json!({"customerId": acme, "version": 1, "name": "Acme Tools"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    assert_eq!(watcher.line().await, "CHANGED EDITED Acme Tools");
    let hr = world.person("Hana", "hr", None).await;
    admin.outcomes("assignCustomers", json!({"customerIds": [acme], "ownerId": bob.gid()})).await;
    assert_eq!(watcher.line().await, "LEFT - -");
    hr.outcome("departUser", json!({"userId": bob.gid()})).await;
    assert_eq!(watcher.line().await, "ENTERED DEPARTURE Acme Tools");
    watcher.has_heard_all(&world).await;
}

#[tokio::test]
async fn a_change_of_the_period_is_told_and_what_is_over_by_it_becomes_claimable_once() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    rests(&world, &ann, "Acme").await;
    logged(&world).await;
    let mut watcher = Watcher::of(address, &ann).await;
    world.advance(TimeDelta::days(2));
    admin.outcome("updateSettings", json!({"protectionPeriod": "P5D"})).await;
    let changed = watcher.next().await;
    assert_eq!([&changed["kind"], &changed["cause"]], ["CHANGED", "PROTECTION_PERIOD"]);
    assert_eq!(changed["protectedUntil"], "2026-03-07T02:00:00.000000Z");
    // Shortened below what is over already: claimable at once.
    world.advance(TimeDelta::seconds(1));
    admin.outcome("updateSettings", json!({"protectionPeriod": "P1D"})).await;
    assert_eq!(watcher.line().await, "CHANGED PROTECTION_PERIOD Acme");
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    // Longer again: what has become claimable stays so, and is not told again.
    admin.outcome("updateSettings", json!({"protectionPeriod": "P9D"})).await;
    world.advance(TimeDelta::days(10));
    announced(&world).await;
    watcher.has_heard_all(&world).await;
    assert_eq!(world.sql::<i64>("select count(*) from event where kind = 'BECAME_CLAIMABLE'").await, 1);
}

#[tokio::test]
async fn protection_that_is_switched_off_ends_for_all_who_rest() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    rests(&world, &ann, "Acme").await;
    logged(&world).await;
    let mut watcher = Watcher::of(address, &ann).await;
    world.advance(TimeDelta::hours(1));
    admin.outcome("updateSettings", json!({"protectionPeriod": "PT0S"})).await;
    assert_eq!(watcher.line().await, "CHANGED PROTECTION_PERIOD Acme");
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
}

#[tokio::test]
async fn what_left_the_pool_or_is_blacklisted_does_not_become_claimable() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let mut customers = Vec::new();
    for name in ["Assigned", "Blacklisted", "Lifted", "Free"] {
        customers.push(json!(ann.create(name).await));
    }
    world.advance(TimeDelta::hours(1));
    for customer in &customers {
        ann.release(customer).await;
    }
    admin.outcomes("assignCustomers", json!({"customerIds": [customers[0]], "ownerId": ann.gid()})).await;
    blacklist(&admin, &customers[1]).await;
    blacklist(&admin, &customers[2]).await;
    admin.outcome("unblacklistCustomer", json!({"customerId": customers[2]})).await;
    logged(&world).await;
    let mut watcher = Watcher::of(address, &ann).await;
    world.advance(TimeDelta::days(3));
    let mut told = [watcher.line().await, watcher.line().await];
    told.sort();
    assert_eq!(told, ["BECAME_CLAIMABLE PROTECTION_ENDED Free", "BECAME_CLAIMABLE PROTECTION_ENDED Lifted"]);
    announced(&world).await;
    watcher.has_heard_all(&world).await;
}

#[tokio::test]
async fn a_protection_that_ended_on_the_blacklist_is_not_told_when_that_is_lifted() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    blacklist(&admin, &acme).await;
    assert_eq!(ann.release(&acme).await, "");
    let mut watcher = Watcher::of(world.listen().await, &ann).await;
    world.advance(TimeDelta::days(4));
    assert_eq!(admin.outcome("unblacklistCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(watcher.line().await, "ENTERED UNBLACKLISTED Acme");
    announced(&world).await;
    watcher.has_heard_all(&world).await;
}

#[tokio::test]
async fn a_hundred_kinds_of_watchers_are_read_for_in_one_statement() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let mut sockets = [Socket::of(address, &ann).await, Socket::of(address, &ann).await];
    for (place, socket) in sockets.iter_mut().enumerate() {
        for kind in 0..50 {
            let filter = json!({"not": {"name": {"eq": format!("kind {place} {kind}")}}});
            socket.begin(WATCH, json!({"filter": filter})).await;
        }
        socket.settle().await;
    }
    logged(&world).await;
    let statements = Statements::listen();
    let acme = world.pooled("Acme").await;
    world.app.feed().ring();
    for socket in &mut sockets {
        for _ in 0..50 {
            assert_eq!(socket.next().await["poolChanged"]["customer"]["id"], acme);
        }
    }
    let heard = statements.heard();
    let of_the_log = |statement: &&String| {
        ["select given.place", "select t1.position"].iter().any(|read| statement.starts_with(read))
    };
    assert_eq!(heard.iter().filter(of_the_log).count(), 1, "{heard:?}");
}

#[tokio::test]
async fn other_servers_hear_how_far_the_log_goes_and_nothing_when_it_has_not_grown() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut other = PgListener::connect_with(&world.db).await.unwrap();
    other.listen("tidepool_event").await.unwrap();
    let mut heard = 0;
    for name in ["Acme", "Blue"] {
        // It leaves nothing to tell.
        ann.create(&format!("Of Ann beside {name}")).await;
        world.app.follow().await.unwrap();
        world.pooled(name).await;
        world.app.feed().ring();
        logged(&world).await;
        let head = world.sql::<i64>("select max(position) from event").await;
        while heard < head {
            let told = timeout(Duration::from_secs(30), other.recv()).await.expect("it is told").unwrap();
            let position: i64 = told.payload().parse().expect("a position, and nothing else");
            assert!(position > heard, "{position} after {heard}");
            heard = position;
        }
    }
}

#[tokio::test]
async fn an_end_of_protection_is_told_once_by_two_servers_and_after_downtime() {
    let here = World::new().await;
    let ann = here.sales("Ann").await;
    rests(&here, &ann, "Acme").await;
    let there = here.second_server().await;
    let start = cursor(&ann).await;
    here.advance(TimeDelta::days(3));
    for world in [&here, &there] {
        let mut watcher = Watcher::behind(world.listen().await, &ann, start.clone(), json!(null)).await;
        let mut line = watcher.line().await;
        if line.starts_with("ENTERED") {
            line = watcher.line().await;
        }
        assert_eq!(line, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    }
    // All are down when the next one ends.
    let blue = rests(&here, &ann, "Blue").await;
    logged(&here).await;
    here.app.close().await;
    there.app.close().await;
    here.advance(TimeDelta::days(30));
    let again = here.second_server().await;
    let mut watcher = Watcher::behind(again.listen().await, &ann.at(&again), start, json!(null)).await;
    loop {
        let event = watcher.next().await;
        if event["kind"] == "BECAME_CLAIMABLE" && event["customerId"] == blue {
            break;
        }
    }
    let told: i64 = again.sql("select count(*) from event where kind = 'BECAME_CLAIMABLE'").await;
    assert_eq!(told, 2);
}

#[tokio::test]
async fn coming_into_a_filter_and_going_out_of_it_is_entering_and_leaving() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let acme = world.pooled("Acme").await;
    logged(&world).await;
    let filter = json!({"industry": {"eq": "SOFTWARE"}, "not": {"level": {"eq": "C"}}});
    let mut watcher = Watcher::within(address, &ann, filter).await;
    let mut version = 0;
    let mut edit = async |change: Json| {
        version += 1;
        let mut input = json!({"customerId": acme, "version": version});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(admin.outcome("updateCustomer", input).await, "");
    };
    edit(json!({"industry": "RETAIL"})).await;
    edit(json!({"industry": "SOFTWARE"})).await;
    assert_eq!(watcher.line().await, "ENTERED FILTER Acme");
    edit(json!({"name": "Acme Tools"})).await;
    assert_eq!(watcher.line().await, "CHANGED EDITED Acme Tools");
    edit(json!({"level": "C"})).await;
    assert_eq!(watcher.line().await, "LEFT - -");
    assert_eq!(ann.claim(&acme).await, "");
    // Of what is outside nothing is told: next comes what happens now.
    let blue = world.pooled("Blue").await;
    let edit = json!({"customerId": blue, "version": 1, "industry": "SOFTWARE"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    assert_eq!(watcher.line().await, "ENTERED FILTER Blue");
    // What is not of the row alone can't be followed.
    for filter in [json!({"contactPhone": "1"}), json!({"or": [{"extras": []}]}), json!({"contactEmail": "a@b"})] {
        let mut socket = Socket::of(address, &ann).await;
        socket.begin(WATCH, json!({"filter": filter})).await;
        let refused = socket.hear().await;
        assert_eq!(refused["type"], "error", "{refused}");
        assert_eq!(refused["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_cursor_that_is_too_old_or_not_ours_is_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    for number in 0..5 {
        world.pooled(&format!("Company {number}")).await;
    }
    logged(&world).await;
    let code = async |after: &str| {
        let mut socket = Socket::of(address, &ann).await;
        socket.begin(WATCH, json!({"after": after})).await;
        let told = socket.hear().await;
        told["payload"][0]["extensions"]["code"].as_str().unwrap_or("told").to_owned()
    };
    assert_eq!(code("event_0").await, "told");
    for wrong in ["", "x", "event_x", "customer_1", "event_-1"] {
        assert_eq!(code(wrong).await, "BAD_USER_INPUT", "{wrong}");
    }
    assert_eq!(code("event_99").await, "CURSOR_EXPIRED", "of another log");
    world.advance(TimeDelta::days(31));
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from event").await, 1, "the last one stays, for its position");
    assert_eq!(code("event_3").await, "CURSOR_EXPIRED");
    assert_eq!(code("event_4").await, "told");
}

#[tokio::test]
async fn who_is_too_far_behind_is_told_to_read_again() {
    let limits = tidepool::kernel::config::Limits { event_backlog: 20, ..Default::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let start = cursor(&ann).await;
    for number in 0..21 {
        world.pooled(&format!("Company {number}")).await;
    }
    logged(&world).await;
    let mut watcher = Watcher::behind(address, &ann, start, json!(null)).await;
    let refresh = watcher.next().await;
    assert_eq!([&refresh["kind"], &refresh["count"]], [&json!("REFRESH"), &json!(21)]);
    assert_eq!([&refresh["customerId"], &refresh["customer"], &refresh["cause"]], [&json!(null); 3]);
    assert_eq!(refresh["cursor"], "event_21");
    world.pooled("Fresh").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Fresh");
}

#[tokio::test]
async fn who_has_seen_all_is_not_behind_though_none_of_it_was_for_them() {
    let limits = tidepool::kernel::config::Limits { event_backlog: 20, ..Default::default() };
    let world = World::with_limits(limits).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let mut watcher = Watcher::within(address, &ann, json!({"name": {"eq": "Wanted"}})).await;
    for number in 0..30 {
        world.pooled(&format!("Company {number}")).await;
        logged(&world).await;
    }
    // Everybody joins anew, with the rights of now.
    let role = json!({"name": "other", "titleEn": "Other", "titleZh": "其他", "grantableByHr": false});
    assert_eq!(admin.outcome("saveRole", role).await, "");
    world.pooled("Wanted").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Wanted");
}

#[tokio::test]
async fn what_was_read_for_others_is_told_only_while_it_is_so() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let address = world.listen().await;
    let start = cursor(&ann).await;
    // Somebody keeps the group alive all the time.
    let mut watcher = Watcher::of(address, &ann).await;
    let acme = world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    assert_eq!(bob.claim(&acme).await, "");
    assert_eq!(watcher.line().await, "LEFT - -");
    let claimed = std::time::Instant::now();
    loop {
        let mut late = Watcher::behind(address, &ann, start.clone(), json!(null)).await;
        let entered = late.next().await;
        assert_eq!([&entered["kind"], &entered["customerId"]], [&json!("ENTERED"), &acme]);
        if entered["customer"].is_null() {
            break;
        }
        assert!(claimed.elapsed() < Duration::from_secs(3), "{entered}");
    }
}

#[tokio::test]
async fn groups_are_told_apart_by_the_values_that_they_ask_with() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let query = "subscription($after: String) { poolChanged { customer { name operations(first: 5, after: $after) { edges { node { type } } } } } }";
    let acme = world.pooled("Acme").await;
    let operations = "query($id: ID!) { customer(id: $id) { operations(first: 1) { pageInfo { endCursor } } } }";
    let seen =
        ann.data(operations, json!({"id": acme})).await["customer"]["operations"]["pageInfo"]["endCursor"].clone();
    logged(&world).await;
    let (mut all, mut rest, mut wrong) =
        (Socket::of(address, &ann).await, Socket::of(address, &ann).await, Socket::of(address, &ann).await);
    for (socket, after) in [(&mut all, json!(null)), (&mut rest, seen)] {
        socket.begin(query, json!({"after": after})).await;
        socket.settle().await;
    }
    wrong.begin(query, json!({"after": "nonsense"})).await;
    assert_eq!(wrong.hear().await["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let admin = world.admin().await;
    assert_eq!(
        admin.outcome("updateCustomer", json!({"customerId": acme, "version": 1, "name": "Acme Tools"})).await,
        ""
    );
    let count = |told: Json| told["poolChanged"]["customer"]["operations"]["edges"].as_array().unwrap().len();
    assert_eq!(count(all.next().await), 1);
    assert_eq!(count(rest.next().await), 0);
}

#[tokio::test]
async fn what_each_may_claim_is_read_for_all_at_once_and_for_each_alone_when_that_takes_too_long() {
    let limits = tidepool::kernel::config::Limits { request_time: Duration::from_secs(1), ..Default::default() };
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
        let mut socket = Socket::of(address, &rep).await;
        socket.begin(&watch, json!({})).await;
        watchers.push((rep, socket));
    }
    logged(&world).await;
    for (_, socket) in &mut watchers {
        socket.settle().await;
    }
    let statements = Statements::listen();
    let acme = world.pooled("Acme").await;
    world.app.feed().ring();
    assert_each_is_told_their_own(&mut watchers, &acme, claimability).await;
    let together = statements.heard().iter().filter(|statement| statement.starts_with("select given.place")).count();
    assert_eq!(together, 1);
    // Nothing else that servers do needs this table.
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

/// What each is told of a customer is what they read of it.
async fn assert_each_is_told_their_own(watchers: &mut [(Person, Socket)], customer: &Json, selection: &str) {
    let query = format!("query($id: ID!) {{ customer(id: $id) {{ id {selection} }} }}");
    for (place, (person, socket)) in watchers.iter_mut().enumerate() {
        let told = socket.next().await["poolChanged"]["customer"].clone();
        assert_eq!(told, person.data(&query, json!({"id": customer})).await["customer"]);
        assert_eq!(told["claimability"]["claimable"], place % 2 == 1, "{told}");
    }
}

#[tokio::test]
async fn a_transaction_that_stays_open_holds_nobody_up_and_loses_nothing() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let held = world.pooled("Held").await;
    logged(&world).await;
    let mut watcher = Watcher::of(address, &ann).await;
    // Its event is first in the outbox, and becomes visible last.
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
async fn no_event_comes_before_its_cause_however_writers_overlap() {
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
    logged(&world).await;
    let address = world.listen().await;
    let mut watcher = Watcher::of(address, &admin).await;
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
    logged(&world).await;
    let changes: i64 =
        world.sql("select count(*) from customer_operation_log where type in ('CLAIM', 'RELEASE')").await;
    assert!(changes > 20, "{changes}");
    let mut pooled: BTreeMap<String, bool> =
        customers.iter().map(|id| (id.as_str().unwrap().to_owned(), true)).collect();
    let (mut last, mut at) = (0, BTreeMap::<String, String>::new());
    for _ in 0..changes {
        let event = watcher.next().await;
        let position: i64 = event["cursor"].as_str().unwrap().strip_prefix("event_").unwrap().parse().unwrap();
        assert!(position > last, "in order, and each once");
        last = position;
        let (id, entered) = (event["customerId"].as_str().unwrap().to_owned(), event["kind"] == "ENTERED");
        assert_ne!(pooled.insert(id.clone(), entered), Some(entered), "claims and releases take turns: {event}");
        let occurred = event["occurredAt"].as_str().unwrap().to_owned();
        assert!(at.insert(id, occurred.clone()).is_none_or(|before| before < occurred));
    }
    watcher.has_heard_all(&world).await;
}

/// The pool as a client keeps it: what it read, and what it was told since.
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
async fn snapshot_and_stream_rebuild_the_pool_as_it_is() {
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
        // In the middle of it all, somebody reads and begins to watch.
        let (mut pool, start) = rebuilt(&ann, &filter).await;
        let mut socket = Socket::of(address, &ann).await;
        socket.begin(query, json!({"after": start, "filter": filter})).await;
        load.await.unwrap();
        world.advance(TimeDelta::days(10));
        announced(&world).await;
        let last = world.pooled("Last").await;
        // The last of all is made to pass every filter: behind it, all has been told.
        if seed % 4 == 3 {
            admin.outcomes("assignCustomers", json!({"customerIds": [last], "ownerId": ann.gid()})).await;
            assert_eq!(ann.release(&last).await, "");
        } else {
            let edit = json!({"customerId": last, "version": 1, "industry": "SOFTWARE"});
            assert_eq!(admin.outcome("updateCustomer", edit).await, "");
        }
        logged(&world).await;
        let head = world.sql::<String>("select 'event_' || max(position) from event").await;
        loop {
            let event = socket.next().await["poolChanged"].clone();
            let id = event["customerId"].as_str().unwrap().to_owned();
            match event["kind"].as_str().unwrap() {
                "LEFT" => drop(pool.remove(&id)),
                // Gone since: its LEFT comes.
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
