//! Departures: the customers of a user who leaves find a new owner.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

/// A user who will leave, with one customer in each group.
async fn leaver(world: &World, manager: Option<&Person>) -> Person {
    let (admin, ann) = (world.admin().await, world.person("Ann", "sales", manager).await);
    let keep = json!({"name": "Key", "condition": "level == \"KEY\"", "action": "KEEP", "priority": 1});
    assert_eq!(admin.outcome("createPoolRule", keep).await, "");
    let product = json!({"sku": "P-1", "name": "Pump", "unit": "piece", "unitPrice": "10.00"});
    let product = admin.act("createProduct", product, "product { id }").await["product"]["id"].clone();
    let mut ids = Vec::new();
    for name in ["Kept", "Ordered", "Pursued", "Plain", "Put away"] {
        ids.push(json!(ann.create(name).await));
        world.advance(TimeDelta::seconds(1));
    }
    let level = json!({"customerId": ids[0], "version": 1, "level": "KEY"});
    assert_eq!(admin.outcome("updateCustomer", level).await, "");
    for customer in &ids[..2] {
        let order = json!({"customerId": customer, "lines": [{"productId": product, "quantity": "1"}]});
        assert_eq!(ann.outcome("createOrder", order).await, "");
    }
    for customer in [&ids[1], &ids[2]] {
        assert_eq!(ann.outcome("createOpportunity", json!({"customerId": customer})).await, "");
    }
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": ids[4]})).await, "");
    world.advance(TimeDelta::hours(1));
    ann
}

const PREVIEW: &str = "query($id: ID!) { previewDeparture(userId: $id) { customers { group count successor { name } } openOpportunities unpaidOrders } }";

#[tokio::test]
async fn by_default_important_customers_of_a_leaver_go_to_the_superior() {
    let world = World::new().await;
    let (hr, boss) = (world.person("Hana", "hr", None).await, world.person("Boss", "manager", None).await);
    let ann = leaver(&world, Some(&boss)).await;
    insta::assert_snapshot!(pretty(&hr.data(PREVIEW, json!({"id": ann.gid()})).await["previewDeparture"]));
    assert_eq!(boss.refused(PREVIEW, json!({"id": ann.gid()})).await, "FORBIDDEN");
    let left = hr.act("departUser", json!({"userId": ann.gid()}), "released transferred").await;
    assert_eq!(left, json!({"released": 2, "transferred": 3, "userErrors": []}));
    assert_eq!(world.owners().await, "Kept: Boss, Ordered: Boss, Plain: pool, Pursued: Boss, Put away: pool");
    let logged =
        "select string_agg(distinct type || ' ' || cause, ', ') from customer_operation_log where cause = 'DEPARTURE'";
    assert_eq!(world.sql::<String>(logged).await, "RECLAIM DEPARTURE, TRANSFER DEPARTURE");
    assert_eq!(boss.notification_lines().await.len(), 3, "the superior is told of each");
    assert_eq!(
        hr.data(PREVIEW, json!({"id": ann.gid()})).await["previewDeparture"],
        json!(null),
        "who has left, has left"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_departure_follows_the_successors_that_are_chosen() {
    let world = World::new().await;
    let hr = world.person("Hana", "hr", None).await;
    let (ben, cho) = (world.sales("Ben").await, world.sales("Cho").await);
    let ann = leaver(&world, None).await;
    let choose = |customers: Json| json!({"userId": ann.gid(), "customers": customers});
    for wrong in [&ann, &hr] {
        let input = choose(json!([{"group": "REST", "ownerId": wrong.gid()}]));
        assert_eq!(hr.outcome("departUser", input).await, "INVALID_OWNER", "{}", wrong.name);
    }
    let twice = choose(json!([{"group": "REST", "ownerId": ben.gid()}, {"group": "REST", "ownerId": cho.gid()}]));
    assert_eq!(hr.outcome("departUser", twice).await, "INVALID");
    assert_eq!(
        world.sql::<i64>("select count(*) from app_user where status = 'DEPARTED'").await,
        0,
        "nothing was done"
    );
    let choices = json!([{"group": "KEPT", "ownerId": ben.gid()}, {"group": "LIVE_OPPORTUNITIES", "ownerId": null},
        {"group": "REST", "ownerId": cho.gid()}]);
    let left = hr.act("departUser", choose(choices), "released transferred").await;
    // The leaver has no superior, so customers without a chosen successor go to the pool.
    assert_eq!(left, json!({"released": 2, "transferred": 3, "userErrors": []}));
    assert_eq!(world.owners().await, "Kept: Ben, Ordered: pool, Plain: Cho, Pursued: pool, Put away: Cho");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_returning_user_is_active_again_and_owns_no_customers() {
    let world = World::new().await;
    let (hr, boss) = (world.person("Hana", "hr", None).await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    ann.create("Acme").await;
    assert_eq!(hr.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    world.advance(TimeDelta::days(1));
    for _ in 0..2 {
        let back =
            hr.act("reactivateUser", json!({"userId": ann.gid()}), "user { status manager { name } roles }").await;
        assert_eq!(back["user"], json!({"status": "ACTIVE", "manager": {"name": "Boss"}, "roles": ["sales"]}));
    }
    // The sessions that have ended stay ended.
    let ann = world.existing_user("ann@example.com").await;
    assert_eq!(ann.ask("{ myCustomers { totalCount } }").await["myCustomers"]["totalCount"], 0);
    let query = "mutation($input: ReactivateUserInput!) { reactivateUser(input: $input) { userErrors { code } } }";
    assert_eq!(boss.refused(query, json!({"input": {"userId": ann.gid()}})).await, "FORBIDDEN");
    world.assert_sound().await;
}
