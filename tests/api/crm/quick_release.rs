//! Quick releases: a user who claims customers, sees their contacts and gives them back, is counted and noticed.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

/// A customer in the pool with a contact.
async fn free(world: &World, admin: &Person, name: &str) -> Json {
    let customer = world.pooled(name).await;
    admin.contact(&customer, "Li Lei", "13812345678", "li@example.com").await;
    customer
}

#[tokio::test]
async fn contacts_of_customers_that_are_soon_released_count_as_seen_and_the_superior_is_told() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let set = json!({"quickRelease": "PT2H", "quickReleaseAlert": 2, "protectionPeriod": "PT0S"});
    assert_eq!(admin.outcome("updateSettings", set).await, "");
    let told = async || {
        let query = "{ notifications(filter: {kind: {eq: QUICK_RELEASES}}) { edges { node { aboutUser { name } } } } }";
        boss.ask(query).await["notifications"]["edges"].as_array().unwrap().len()
    };
    let seen = async || world.sql::<i64>("select count(*) from contact_reveal where by_release").await;
    let mut customers = Vec::new();
    for name in ["A", "B", "C", "D"] {
        customers.push(free(&world, &admin, name).await);
    }
    for customer in &customers {
        assert_eq!(ann.claim(customer).await, "");
    }
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.release(&customers[0]).await, "");
    assert_eq!((seen().await, told().await), (1, 0));
    assert_eq!(ann.outcomes("releaseCustomers", json!({"customerIds": &customers[1..3]})).await, ["", ""]);
    assert_eq!((seen().await, told().await), (3, 1));
    assert_eq!(ann.claim(&customers[1]).await, "");
    assert_eq!(ann.release(&customers[1]).await, "");
    assert_eq!((seen().await, told().await), (4, 1), "once a day is enough");
    world.advance(TimeDelta::hours(2));
    assert_eq!(ann.release(&customers[3]).await, "");
    assert_eq!(seen().await, 4, "she worked on it for a while");
    let log = admin
        .ask("{ auditEntries(filter: {kind: {eq: QUICK_RELEASES}}) { edges { node { aboutUser { name } details } } } }")
        .await;
    assert_eq!(
        log["auditEntries"]["edges"],
        json!([{"node": {"aboutUser": {"name": "Ann"}, "details": ["customers: 3"]}}])
    );
}

#[tokio::test]
async fn a_customer_that_was_not_claimed_is_released_without_being_counted() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let own = json!(ann.create("Own").await);
    ann.contact(&own, "Li Lei", "13812345678", "li@example.com").await;
    let given = world.pooled("Given").await;
    boss.outcomes("assignCustomers", json!({"customerIds": [given], "ownerId": ann.gid()})).await;
    for customer in [&own, &given] {
        assert_eq!(ann.release(customer).await, "");
    }
    assert_eq!(world.sql::<i64>("select count(*) from contact_reveal").await, 0);
}
