//! A customer changes its owner: who sees which parts of it before, in between and after.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

const ALL: &str = "query($id: ID!) { customer(id: $id) {
    contacts { edges { node { name phones isMasked } } }
    opportunities { edges { node { stageCode isLive probability owner { name } stageVisits { movedBy { name } } } } }
    followUps { edges { node { content author { name } } } }
    orders { edges { node { totalAmount { amount } soldBy { name } owner { name } lines { quantity } steps { action operator { name } } } } }
    feedback { edges { node { rating content serviceUser { name } } } }
    extras { key value }
    operations { edges { node { type operator { name } } } }
    timeline { totalCount }
} }";

/// What somebody sees of the customer and its related records, and which of its orders are in their lists.
async fn seen(person: &Person, customer: &Json) -> Json {
    let lists = person
        .ask("{ opportunities { totalCount } orders { totalCount } followUps { totalCount } feedback { totalCount } }")
        .await;
    json!({"customer": person.data(ALL, json!({"id": customer})).await["customer"], "lists": lists})
}

#[tokio::test]
async fn the_next_owner_sees_everything_of_the_customer_and_the_former_owner_only_their_own_work() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (ben, sue) = (world.sales("Ben").await, world.person("Sue", "service", None).await);
    let pump = world.product("PUMP", "100").await;
    let acme = json!(ann.create("Acme").await);
    let update = json!({"customerId": acme, "version": 1, "extras": [{"key": "wecom_id", "value": "wm_1"}, {"key": "employees", "value": "7"}]});
    assert_eq!(ann.outcome("updateCustomer", update).await, "");
    ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let deal = ann.opportunity(&acme, "300").await;
    world.advance(TimeDelta::hours(1));
    let note = json!({"customerId": acme, "channel": "PHONE", "content": "wants two"});
    assert_eq!(ann.outcome("recordFollowUp", note).await, "");
    world.advance(TimeDelta::hours(1));
    let order = ann.order(&acme, &pump, json!({"opportunityId": deal})).await;
    world.advance(TimeDelta::hours(1));
    ann.deliver(&order).await;
    world.advance(TimeDelta::hours(1));
    let feedback = json!({"orderId": order, "rating": 4, "category": "QUALITY", "content": "good"});
    assert_eq!(sue.outcome("recordFeedback", feedback).await, "");
    let owned = seen(&ann, &acme).await;
    insta::assert_snapshot!("owned", pretty(&owned));
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.release(&acme).await, "");
    // In the pool, others see the wanted products and the changes of owner; the former owner also sees her own work.
    insta::assert_snapshot!("pooled_for_a_stranger", pretty(&seen(&ben, &acme).await));
    insta::assert_snapshot!("pooled_for_the_former_owner", pretty(&seen(&ann, &acme).await));
    world.advance(TimeDelta::days(3));
    assert_eq!(ben.claim(&acme).await, "");
    // The next owner sees everything that the former owner saw, and who did it.
    let mut next = seen(&ben, &acme).await;
    let (operations, timeline) = (next["customer"]["operations"].take(), next["customer"]["timeline"].take());
    assert_eq!(operations["edges"].as_array().unwrap().len(), 3);
    assert_eq!(timeline["totalCount"], owned["customer"]["timeline"]["totalCount"].as_i64().unwrap() + 2);
    let mut before = owned.clone();
    before["customer"]["operations"].take();
    before["customer"]["timeline"].take();
    before["customer"]["opportunities"]["edges"][0]["node"]["isLive"] = json!(false);
    assert_eq!(next, before);
    insta::assert_snapshot!("owned_by_the_next_for_the_former_owner", pretty(&seen(&ann, &acme).await));
}
