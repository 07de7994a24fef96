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

#[tokio::test]
async fn the_past_of_a_pooled_customer_stays_visible_to_those_whose_past_it_is() {
    let world = World::new().await;
    let top = world.person("Top", "manager", None).await;
    let boss = world.person("Boss", "manager", Some(&top)).await;
    let (ann, other) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Other", "manager", None).await);
    let ben = world.person("Ben", "sales", Some(&other)).await;
    let acme = json!(ann.create("Acme").await);
    ann.contact(&acme, "Mr Li", "13800000000", "li@acme.cn").await;
    let note = json!({"customerId": acme, "channel": "PHONE", "content": "They want ten pumps."});
    assert_eq!(ann.outcome("recordFollowUp", note).await, "");
    world.advance(TimeDelta::hours(1));
    let taken = json!({"customerIds": [acme], "remark": "too quiet"});
    assert_eq!(boss.outcomes("releaseCustomers", taken).await, [""]);

    let query = "query($id: ID!) { customer(id: $id) { followUps { edges { node { content author { name } customer { name } } } }
        contacts { edges { node { name } } }
        operations(first: 1) { edges { node { type remark operator { name } previousOwner { name } } } }
        timeline { edges { node { kind followUp { content } operation { remark } } } } } followUps { totalCount } }";
    let seen = async |who: &Person| who.data(query, json!({"id": acme})).await;
    let hers = seen(&ann).await;
    let talk =
        json!([{"node": {"content": "They want ten pumps.", "author": {"name": "Ann"}, "customer": {"name": "Acme"}}}]);
    let lost = json!([{"node": {"type": "RECLAIM", "remark": "too quiet", "operator": {"name": "Boss"}, "previousOwner": {"name": "Ann"}}}]);
    for (who, seen) in [("Ann", &hers), ("Boss", &seen(&boss).await), ("Top", &seen(&top).await)] {
        assert_eq!(seen["customer"]["followUps"]["edges"], talk, "{who}");
        assert_eq!(seen["customer"]["operations"]["edges"], lost, "{who}");
        assert_eq!(seen["customer"]["contacts"]["edges"], json!([]), "{who}: contacts are the owner's");
        assert_eq!(seen["followUps"]["totalCount"], 1, "{who}");
        let kinds = seen["customer"]["timeline"]["edges"].as_array().unwrap().len();
        assert_eq!(kinds, 3, "{who}: the entry, the talk and the loss");
    }
    for (who, seen) in [("Ben", &seen(&ben).await), ("Other", &seen(&other).await)] {
        assert_eq!(seen["customer"]["followUps"]["edges"], json!([]), "{who}");
        let shown = &seen["customer"]["operations"]["edges"][0]["node"];
        assert_eq!(
            *shown,
            json!({"type": "RECLAIM", "remark": null, "operator": null, "previousOwner": null}),
            "{who}"
        );
        assert_eq!(seen["followUps"]["totalCount"], 0, "{who}");
    }
    // Also when somebody else owns it: the fact stays, the customer is not shown any more.
    world.advance(TimeDelta::days(4));
    assert_eq!(ben.claim(&acme).await, "");
    let query = "{ followUps { edges { node { content customer { name } } } } }";
    let kept = json!([{"node": {"content": "They want ten pumps.", "customer": null}}]);
    for who in [&ann, &boss] {
        assert_eq!(who.ask(query).await["followUps"]["edges"], kept);
    }
}

#[tokio::test]
async fn managers_keep_the_pool_in_order_where_the_policy_says_so() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (acme, twin) = (json!(ann.create("Acme").await), json!(ann.create("Acme Twin").await));
    for customer in [&acme, &twin] {
        assert_eq!(ann.release(customer).await, "");
    }
    let rename = json!({"customerId": acme, "version": 1, "name": "Acme Ltd"});
    let merge = json!({"survivorId": acme, "mergedId": twin});
    let acts =
        [("updateCustomer", rename), ("mergeCustomers", merge), ("archiveCustomer", json!({"customerId": acme}))];
    for (mutation, input) in &acts {
        assert_eq!(boss.outcome(mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
    }
    for action in ["update", "merge", "archive"] {
        let line = json!({"role": "manager", "resource": "customer", "action": action, "scope": "pool_all"});
        assert_eq!(admin.outcome("grantPermission", line).await, "");
    }
    world.app.follow().await.unwrap();
    for (mutation, input) in acts {
        assert_eq!(boss.outcome(mutation, input).await, "", "{mutation}");
    }
    world.assert_sound().await;
}
