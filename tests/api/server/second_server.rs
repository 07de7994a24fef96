//! A change on one server takes effect on another within a second.

use std::time::Duration;

use serde_json::json;

use crate::support::{Person, World, until};

const SOON: Duration = Duration::from_millis(1_000);

#[tokio::test]
async fn changes_of_policy_role_manager_and_session_reach_a_second_server_within_a_second() {
    let here = World::new().await;
    let there = here.second_server().await;
    let (admin, boss) = (here.admin().await, here.person("Boss", "manager", None).await);
    let ann = here.person("Ann", "sales", None).await;
    ann.create("Acme").await;
    here.pooled("Blue Wave").await;
    there.app.follow().await.unwrap();
    let (ann_there, boss_there) = (ann.at(&there), boss.at(&there));
    let count = async |person: &Person| {
        person.ask("{ customers { totalCount } }").await["customers"]["totalCount"].as_i64().unwrap()
    };

    assert_eq!((count(&ann_there).await, count(&boss_there).await), (2, 1));
    admin.outcome("changeManager", json!({"userId": ann.gid(), "managerId": boss.gid()})).await;
    assert!(until(async || count(&boss_there).await == 2).await < SOON, "manager");
    admin
        .outcome(
            "revokePermission",
            json!({"role": "sales", "resource": "customer", "action": "read", "scope": "pool"}),
        )
        .await;
    assert!(until(async || count(&ann_there).await == 1).await < SOON, "policy");
    admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": []})).await;
    assert!(until(async || count(&ann_there).await == 0).await < SOON, "role");
    admin.outcome("revokeSession", json!({"sessionId": format!("session_{}", boss.session)})).await;
    let gone = until(async || !boss_there.ask_with("{ viewer { name } }", json!({})).await["errors"].is_null()).await;
    assert!(gone < SOON, "session: {gone:?}");
    // No write succeeds, even before the other server has noticed the departure.
    let cleo = here.sales("Cleo").await;
    let cleo_there = cleo.at(&there);
    until(async || cleo_there.ask_with("{ viewer { name } }", json!({})).await["errors"].is_null()).await;
    admin.outcome("departUser", json!({"userId": cleo.gid()})).await;
    let late = cleo_there
        .ask_with(
            "mutation { createCustomer(input: {name: \"Late\", source: \"WEBSITE\"}) { customer { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(late["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(here.sql::<i64>("select count(*) from customer where name = 'Late'").await, 0);
}
