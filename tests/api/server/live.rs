//! The live pool: who gets which events, filters, and cursors.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::pool_feed::{blacklist, cursor, publish_events, released};
use crate::support::socket::Socket;
use crate::support::watcher::{WATCH, Watcher};

#[tokio::test]
async fn service_staff_get_events_of_pooled_customers_that_have_ordered() {
    let world = World::new().await;
    let (ann, sue) = (world.sales("Ann").await, world.person("Sue", "service", None).await);
    let address = world.listen().await;
    let mut watcher = Watcher::subscribe(address, &sue).await;
    released(&world, &ann, "Blue Wave").await;
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
    // The order moves to the survivor.
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

#[tokio::test]
async fn the_pool_reports_each_step_in_the_life_of_a_customer() {
    let world = World::new().await;
    let (boss, ann) = (world.person("Boss", "manager", None).await, world.sales("Ann").await);
    let bob = world.person("Bob", "sales", Some(&boss)).await;
    let address = world.listen().await;
    let mut watcher = Watcher::subscribe(address, &ann).await;

    let acme = world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    assert_eq!(bob.claim(&acme).await, "");
    let left = watcher.next().await;
    assert_eq!(left["kind"], "LEFT");
    assert_eq!([&left["cause"], &left["customer"], &left["protectedUntil"]], [&json!(null); 3], "the id alone");
    assert_eq!(left["customerId"], acme);
    released(&world, &bob, "Blue").await;
    assert_eq!(watcher.line().await, "ENTERED MANUAL Blue");
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(bob.release(&acme).await, "");
    let entered = watcher.next().await;
    assert_eq!([&entered["kind"], &entered["cause"]], ["ENTERED", "MANUAL"]);
    let until: DateTime<Utc> = entered["protectedUntil"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, world.clock.now() + TimeDelta::days(3));
    // Protection ends at its own instant, and not when that of another customer ends.
    world.advance(TimeDelta::days(3) - TimeDelta::microseconds(1));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Blue");
    watcher.assert_no_event_before_now(&world).await;
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
    watcher.assert_no_event_before_now(&world).await;
}

#[tokio::test]
async fn starting_and_ceasing_to_match_the_filter_are_entered_and_left_events() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let acme = world.pooled("Acme").await;
    publish_events(&world).await;
    let filter = json!({"industry": {"eq": "SOFTWARE"}, "not": {"level": {"eq": "C"}}});
    let mut watcher = Watcher::with_filter(address, &ann, filter).await;
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
    // A change outside the filter is no event: the next message is about what happens now.
    let blue = world.pooled("Blue").await;
    let edit = json!({"customerId": blue, "version": 1, "industry": "SOFTWARE"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    assert_eq!(watcher.line().await, "ENTERED FILTER Blue");
    // A subscription cannot filter by values outside the row.
    for filter in [json!({"contactPhone": "1"}), json!({"or": [{"extras": []}]}), json!({"contactEmail": "a@b"})] {
        let mut socket = Socket::connect(address, &ann).await;
        socket.begin(WATCH, json!({"filter": filter})).await;
        let refused = socket.receive().await;
        assert_eq!(refused["type"], "error", "{refused}");
        assert_eq!(refused["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn an_expired_or_unknown_cursor_is_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    for number in 0..5 {
        world.pooled(&format!("Company {number}")).await;
    }
    publish_events(&world).await;
    let code = async |after: &str| {
        let mut socket = Socket::connect(address, &ann).await;
        socket.begin(WATCH, json!({"after": after})).await;
        let message = socket.receive().await;
        message["payload"][0]["extensions"]["code"].as_str().unwrap_or("told").to_owned()
    };
    assert_eq!(code("event_00000000_0").await, "told");
    for wrong in ["", "x", "event_x", "customer_1", "event_-1", "event_00000000_-1"] {
        assert_eq!(code(wrong).await, "BAD_USER_INPUT", "{wrong}");
    }
    for of_another_log in ["event_00000000_99", "event_ffffffff_1", "event_1"] {
        assert_eq!(code(of_another_log).await, "CURSOR_EXPIRED", "{of_another_log}");
    }
    world.advance(TimeDelta::days(31));
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from event").await, 1, "the last one stays, for its position");
    assert_eq!(code("event_00000000_3").await, "CURSOR_EXPIRED");
    assert_eq!(code("event_00000000_4").await, "told");
}

#[tokio::test]
async fn a_subscriber_too_far_behind_gets_a_single_refresh() {
    let limits = tidepool::kernel::config::Limits { event_backlog: 20, ..Default::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let start = cursor(&ann).await;
    for number in 0..21 {
        world.pooled(&format!("Company {number}")).await;
    }
    publish_events(&world).await;
    let mut watcher = Watcher::after(address, &ann, start, json!(null)).await;
    let refresh = watcher.next().await;
    assert_eq!([&refresh["kind"], &refresh["count"]], [&json!("REFRESH"), &json!(21)]);
    assert_eq!([&refresh["customerId"], &refresh["customer"], &refresh["cause"]], [&json!(null); 3]);
    assert_eq!(refresh["cursor"], "event_00000000_21");
    world.pooled("Fresh").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Fresh");
}

#[tokio::test]
async fn a_subscriber_whose_filter_matched_no_event_is_not_behind() {
    let limits = tidepool::kernel::config::Limits { event_backlog: 20, ..Default::default() };
    let world = World::with_limits(limits).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    let mut watcher = Watcher::with_filter(address, &ann, json!({"name": {"eq": "Wanted"}})).await;
    for number in 0..30 {
        world.pooled(&format!("Company {number}")).await;
        publish_events(&world).await;
    }
    // Every subscriber subscribes again with the present rights.
    let role = json!({"name": "other", "titleEn": "Other", "titleZh": "其他", "grantableByHr": false});
    assert_eq!(admin.outcome("saveRole", role).await, "");
    world.pooled("Wanted").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Wanted");
}
