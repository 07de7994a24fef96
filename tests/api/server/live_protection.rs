//! The live pool announces the end of a protection period: once, at its instant, by whichever server runs.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;
use crate::support::pool_feed::{announce_ends_of_protection, blacklist, cursor, publish_events, released};
use crate::support::watcher::Watcher;

#[tokio::test]
async fn a_changed_protection_period_is_an_event_and_each_end_is_announced_once() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    released(&world, &ann, "Acme").await;
    publish_events(&world).await;
    let mut watcher = Watcher::subscribe(address, &ann).await;
    world.advance(TimeDelta::days(2));
    admin.outcome("updateSettings", json!({"protectionPeriod": "P5D"})).await;
    let changed = watcher.next().await;
    assert_eq!([&changed["kind"], &changed["cause"]], ["CHANGED", "PROTECTION_PERIOD"]);
    assert_eq!(changed["protectedUntil"], "2026-03-07T02:00:00.000000Z");
    // The new period has already passed for this customer, so it is claimable at once.
    world.advance(TimeDelta::seconds(1));
    admin.outcome("updateSettings", json!({"protectionPeriod": "P1D"})).await;
    assert_eq!(watcher.line().await, "CHANGED PROTECTION_PERIOD Acme");
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    // The period is longer again: a claimable customer stays claimable and is not announced again.
    admin.outcome("updateSettings", json!({"protectionPeriod": "P9D"})).await;
    world.advance(TimeDelta::days(10));
    announce_ends_of_protection(&world).await;
    watcher.assert_no_event_before_now(&world).await;
    assert_eq!(world.sql::<i64>("select count(*) from event where kind = 'BECAME_CLAIMABLE'").await, 1);
}

#[tokio::test]
async fn disabling_protection_ends_it_for_every_protected_customer() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let address = world.listen().await;
    released(&world, &ann, "Acme").await;
    publish_events(&world).await;
    let mut watcher = Watcher::subscribe(address, &ann).await;
    world.advance(TimeDelta::hours(1));
    admin.outcome("updateSettings", json!({"protectionPeriod": "PT0S"})).await;
    assert_eq!(watcher.line().await, "CHANGED PROTECTION_PERIOD Acme");
    assert_eq!(watcher.line().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
}

#[tokio::test]
async fn a_customer_that_left_the_pool_or_is_blacklisted_is_not_announced_as_claimable() {
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
    publish_events(&world).await;
    let mut watcher = Watcher::subscribe(address, &ann).await;
    world.advance(TimeDelta::days(3));
    let mut lines = [watcher.line().await, watcher.line().await];
    lines.sort();
    assert_eq!(lines, ["BECAME_CLAIMABLE PROTECTION_ENDED Free", "BECAME_CLAIMABLE PROTECTION_ENDED Lifted"]);
    announce_ends_of_protection(&world).await;
    watcher.assert_no_event_before_now(&world).await;
}

#[tokio::test]
async fn an_end_of_protection_on_the_blacklist_is_not_announced_after_removal_from_it() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    blacklist(&admin, &acme).await;
    assert_eq!(ann.release(&acme).await, "");
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    world.advance(TimeDelta::days(4));
    assert_eq!(admin.outcome("unblacklistCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(watcher.line().await, "ENTERED UNBLACKLISTED Acme");
    announce_ends_of_protection(&world).await;
    watcher.assert_no_event_before_now(&world).await;
}

#[tokio::test]
async fn two_servers_announce_an_end_of_protection_once_also_after_downtime() {
    let here = World::new().await;
    let ann = here.sales("Ann").await;
    released(&here, &ann, "Acme").await;
    let there = here.second_server().await;
    let start = cursor(&ann).await;
    here.advance(TimeDelta::days(3));
    for world in [&here, &there] {
        let mut watcher = Watcher::after(world.listen().await, &ann, start.clone(), json!(null)).await;
        let mut line = watcher.line().await;
        if line.starts_with("ENTERED") {
            line = watcher.line().await;
        }
        assert_eq!(line, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    }
    // No server is running when the next protection ends.
    let blue = released(&here, &ann, "Blue").await;
    publish_events(&here).await;
    here.app.close().await;
    there.app.close().await;
    here.advance(TimeDelta::days(30));
    let again = here.second_server().await;
    let mut watcher = Watcher::after(again.listen().await, &ann.at(&again), start, json!(null)).await;
    loop {
        let event = watcher.next().await;
        if event["kind"] == "BECAME_CLAIMABLE" && event["customerId"] == blue {
            break;
        }
    }
    let lines: i64 = again.sql("select count(*) from event where kind = 'BECAME_CLAIMABLE'").await;
    assert_eq!(lines, 2);
}
