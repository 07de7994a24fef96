//! A superior gives pooled customers to reps.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn assigning_ignores_protection_and_limits_but_honours_the_blacklist() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    admin.outcome("updateSettings", json!({"maxOwnedCustomers": 0})).await;
    let (resting, black) = (world.pooled("Resting").await, world.pooled("Black").await);
    sqlx::query("update customer set protected_until = pool_entry_time + interval '1 day' where name = 'Resting'")
        .execute(&world.db)
        .await
        .unwrap();
    admin.outcome("blacklistCustomer", json!({"customerId": black, "reason": "x"})).await;
    let input = json!({"customerIds": [resting, black], "ownerId": ann.gid()});
    world.advance(TimeDelta::seconds(1));
    assert_eq!(boss.outcomes("assignCustomers", input.clone()).await, ["", "BLACKLISTED"]);
    // A repetition succeeds and is logged once.
    assert_eq!(boss.outcomes("assignCustomers", input).await, ["", "BLACKLISTED"]);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where type = 'ASSIGN'").await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn only_a_team_member_who_may_claim_can_be_assigned_customers() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (stranger, clerk) = (world.sales("Stranger").await, world.person("Clerk", "service", Some(&boss)).await);
    let near = world.person("Near", "sales", Some(&boss)).await;
    let left = world.person("Left", "sales", Some(&boss)).await;
    assert_eq!(admin.outcome("departUser", json!({"userId": left.gid()})).await, "");
    let acme = world.pooled("Acme").await;
    for owner in [&stranger, &clerk, &left] {
        assert_eq!(boss.outcome_of_assigning(&acme, owner).await, "INVALID_OWNER", "{}", owner.name);
    }
    assert_eq!(admin.outcome_of_assigning(&acme, &stranger).await, "", "an administrator reaches everyone");
    // Superiors must claim for themselves, because an assignment ignores protection and limits.
    assert_eq!(boss.outcome_of_assigning(&acme, &boss).await, "INVALID_OWNER");
    assert_eq!(
        boss.outcomes("assignCustomers", json!({"customerIds": [acme], "ownerId": near.gid()})).await,
        ["NOT_FOUND"]
    );
}

impl crate::support::Person {
    async fn outcome_of_assigning(&self, customer: &serde_json::Value, owner: &Self) -> String {
        self.outcome("assignCustomers", json!({"customerIds": [customer], "ownerId": owner.gid()})).await
    }
}
