//! An order and its opportunity do not contradict each other: an order that counts belongs to no lost opportunity.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use super::order::line;
use crate::support::{Person, World};

async fn stage_of(person: &Person, deal: &Json) -> Json {
    person.see(deal, "stageCode").await["stageCode"].clone()
}

#[tokio::test]
async fn an_order_on_a_lost_opportunity_wins_it_or_is_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    for stage in ["LOST", "VOID"] {
        let deal = ann.opportunity(&acme, "10").await;
        world.advance(TimeDelta::hours(1));
        assert_eq!(ann.move_to(&deal, 1, stage).await, "");
        let order = |closes: bool| json!({"customerId": acme, "opportunityId": deal, "closeOpportunity": closes, "lines": [line(&pump, "1")]});
        let orders: i64 = world.sql("select count(*) from sales_order").await;
        let refused = ann.act("createOrder", order(false), "__typename").await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("NOT_LIVE"), &json!(["opportunityId"])), "{stage}");
        assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, orders);
        world.advance(TimeDelta::hours(1));
        assert_eq!(ann.outcome("createOrder", order(true)).await, "", "{stage}");
        assert_eq!(stage_of(&ann, &deal).await, "WON");
        // Another order of a won opportunity needs no more.
        assert_eq!(ann.outcome("createOrder", order(false)).await, "", "{stage}");
    }
}

#[tokio::test]
async fn an_opportunity_with_an_order_that_counts_is_not_lost() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let deal = ann.opportunity(&acme, "10").await;
    let order = ann.order(&acme, &pump, json!({"opportunityId": deal})).await;
    world.advance(TimeDelta::hours(1));
    for stage in ["LOST", "VOID"] {
        let mut to = json!({"opportunityId": deal, "version": 1, "stage": stage});
        if stage == "LOST" {
            to["lostReason"] = json!("PRICE");
        }
        let refused = ann.act("moveOpportunity", to, "__typename").await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID"), &json!(["stage"])), "{stage}");
    }
    let talk = json!({
        "customerId": acme, "channel": "PHONE", "content": "They bought elsewhere.", "opportunityId": deal,
        "moveOpportunity": {"version": 1, "stage": "LOST", "lostReason": "PRICE"},
    });
    assert_eq!(ann.outcome("recordFollowUp", talk).await, "INVALID");
    assert_eq!(stage_of(&ann, &deal).await, "PROSPECTING");
    assert_eq!(ann.advance(&order, 1, "CANCEL").await, "");
    assert_eq!(ann.move_to(&deal, 1, "LOST").await, "", "no order counts any more");
    // The database refuses what contradicts, and lets go on what contradicted before.
    let other = ann.order(&acme, &pump, json!({})).await;
    let lost =
        "update sales_order set opportunity_id = (select id from sales_opportunity) where opportunity_id is null";
    let open = "update sales_order set closed_at = null, status = 'PENDING' where opportunity_id is not null";
    for statement in [lost, open] {
        let refused = sqlx::query(statement).execute(&world.db).await.expect_err(statement).into_database_error();
        assert_eq!(refused.unwrap().constraint(), Some("order_fits_opportunity"), "{statement}");
    }
    let trigger = |does: &str| format!("alter table sales_order {does} trigger order_keeps_opportunity");
    for statement in [trigger("disable"), lost.to_owned(), trigger("enable")] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&world.db).await.unwrap();
    }
    ann.deliver(&other).await;
}

#[tokio::test]
async fn of_a_loss_and_an_order_at_once_one_is_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    for _ in 0..5 {
        let deal = ann.opportunity(&acme, "10").await;
        let order = json!({"customerId": acme, "opportunityId": deal, "lines": [line(&pump, "1")]});
        let (lost, ordered) = tokio::join!(ann.move_to(&deal, 1, "LOST"), ann.outcome("createOrder", order));
        assert!(
            ["INVALID NONE", "NONE NOT_LIVE"].contains(&format!("{} {}", or_none(&lost), or_none(&ordered)).as_str()),
            "{lost} {ordered}"
        );
    }
}

fn or_none(code: &str) -> &str {
    if code.is_empty() { "NONE" } else { code }
}
