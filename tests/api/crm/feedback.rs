//! Feedback: service staff find an order, record what the customer says, and record the solution.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::crm::order_step::order_at;
use crate::support::{World, pretty};

#[tokio::test]
async fn service_staff_find_an_order_and_record_feedback() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (sue, tom) = (world.person("Sue", "service", None).await, world.person("Tom", "service", None).await);
    let (acme, pump) = (json!(ann.create("潮汐科技").await), world.product("PUMP", "100").await);
    ann.contact(&acme, "Li Lei", "138-1234-5678", "li@example.com").await;
    let order = ann.order(&acme, &pump, json!({"orderNo": "SO-77"})).await;
    ann.deliver(&order).await;
    let by_number = sue
        .ask("{ orders(filter: {orderNo: {eq: \"SO-77\"}}) { edges { node { id status customer { name } } } } }")
        .await;
    let found = json!([{"node": {"id": order, "status": "DELIVERED", "customer": {"name": "潮汐科技"}}}]);
    assert_eq!(by_number["orders"]["edges"], found);
    for query in [
        "{ customers(search: \"潮汐\") { edges { node { name orders { edges { node { orderNo } } } } } } }",
        "{ customers(filter: {contactPhone: \"13812345678\"}) { edges { node { name orders { edges { node { orderNo } } } } } } }",
    ] {
        let found = json!([{"node": {"name": "潮汐科技", "orders": {"edges": [{"node": {"orderNo": "SO-77"}}]}}}]);
        assert_eq!(sue.ask(query).await["customers"]["edges"], found, "{query}");
    }
    let said = json!({"orderId": order, "rating": 2, "category": "DELIVERY", "content": "It came late.", "idempotencyKey": "call 1"});
    let selection = "feedback { id rating category content resolution resolvedAt version createdAt serviceUser { name } order { orderNo } customer { name } }";
    let taken = sue.act("recordFeedback", said.clone(), selection).await["feedback"].clone();
    assert_eq!(
        sue.act("recordFeedback", said, "feedback { id }").await["feedback"]["id"],
        taken["id"],
        "twice is once"
    );
    assert_eq!(world.sql::<i64>("select count(*) from order_feedback").await, 1);
    let id = taken["id"].clone();
    world.advance(TimeDelta::hours(1));
    let update = json!({"feedbackId": id, "version": 1, "rating": 1, "content": null});
    assert_eq!(tom.outcome("updateFeedback", update.clone()).await, "", "colleagues go on with it");
    assert_eq!(tom.outcome("updateFeedback", update).await, "CONFLICT");
    world.advance(TimeDelta::hours(1));
    let resolve = |version: i32, how: &str| json!({"feedbackId": id, "version": version, "resolution": how});
    assert_eq!(sue.outcome("resolveFeedback", resolve(1, "sorry")).await, "CONFLICT");
    assert_eq!(sue.outcome("resolveFeedback", resolve(2, " ")).await, "INVALID");
    assert_eq!(sue.outcome("resolveFeedback", resolve(2, "Called back.")).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(sue.outcome("resolveFeedback", resolve(3, "Called back, 5 % off.")).await, "");
    // The seller and the superiors read it.
    let mut read = Vec::new();
    for reader in [&ann, &boss, &sue] {
        let query = format!(
            "query($id: ID!) {{ order(id: $id) {{ feedback {{ edges {{ node {{ {} }} }} }} }} }}",
            &selection[11..selection.len() - 2]
        );
        read.push(reader.data(&query, json!({"id": order})).await["order"]["feedback"]["edges"][0]["node"].clone());
    }
    assert_eq!(read[0], read[1]);
    assert_eq!(read[0], read[2]);
    let mut shown = read.remove(0);
    shown.as_object_mut().unwrap().remove("id");
    insta::assert_snapshot!(pretty(&shown));
}

#[tokio::test]
async fn feedback_needs_a_delivered_order() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let sue = world.person("Sue", "service", None).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let said = |order: &Json| json!({"orderId": order, "rating": 5, "category": "QUALITY"});
    for (status, paid) in
        [("PENDING", "0"), ("PAID", "100"), ("SHIPPED", "100"), ("CANCELLED", "0"), ("REFUNDED", "40")]
    {
        let order = order_at(&world, &acme, &ann, status, paid).await;
        // Service staff may record feedback of delivered orders only, and learn that this is the reason.
        for person in [&admin, &sue] {
            let refused = person.act("recordFeedback", said(&order), "feedback { id }").await["userErrors"][0].clone();
            assert_eq!(refused["code"], "STEP_NOT_ALLOWED", "{status}");
            assert!(refused["message"].as_str().unwrap().contains("delivered"), "{refused}");
        }
    }
    // An order that was delivered and then refunded counts as delivered.
    let order = ann.order(&acme, &pump, json!({})).await;
    ann.deliver(&order).await;
    assert_eq!(ann.advance(&order, 4, "REFUND").await, "");
    assert_eq!(sue.outcome("recordFeedback", said(&order)).await, "");
}

#[tokio::test]
async fn feedback_is_refused_without_the_permission_or_with_invalid_values() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let sue = world.person("Sue", "service", None).await;
    let acme = json!(ann.create("Acme").await);
    world.product("PUMP", "100").await;
    let order = order_at(&world, &acme, &ann, "DELIVERED", "100").await;
    let said = |field: &str, value: Json| {
        let mut input = json!({"orderId": order, "rating": 5, "category": "OTHER"});
        input[field] = value;
        input
    };
    for (field, value, code) in [
        ("rating", json!(0), "INVALID"),
        ("rating", json!(6), "INVALID"),
        ("content", json!("x".repeat(4_001)), "INVALID"),
        ("content", json!("a\u{0}b"), "INVALID"),
        ("orderId", json!("order_00000000-0000-0000-0000-000000000000"), "NOT_FOUND"),
    ] {
        assert_eq!(sue.outcome("recordFeedback", said(field, value)).await, code, "{field}");
    }
    assert_eq!(world.sql::<i64>("select count(*) from order_feedback").await, 0);
    let taken = sue.act("recordFeedback", said("rating", json!(3)), "feedback { id }").await["feedback"]["id"].clone();
    // The seller reads it and cannot change it; another rep does not see it.
    let seen = "query($id: ID!) { node(id: $id) { ... on Feedback { rating } } }";
    assert_eq!(ann.data(seen, json!({"id": taken})).await["node"]["rating"], 3);
    assert!(ben.data(seen, json!({"id": taken})).await["node"].is_null());
    let query = "mutation($input: UpdateFeedbackInput!) { updateFeedback(input: $input) { userErrors { code } } }";
    let better = json!({"input": {"feedbackId": taken, "version": 1, "rating": 5}});
    for person in [&ann, &ben] {
        assert_eq!(person.refused(query, better.clone()).await, "FORBIDDEN");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feedback_during_a_merge_is_refused_and_then_recorded_for_the_survivor() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let sue = world.person("Sue", "service", None).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    world.product("PUMP", "100").await;
    let order = order_at(&world, &acme, &ann, "DELIVERED", "100").await;
    // The merge has moved the order, and waits before its last step.
    let mut held_up = world.db.begin().await.unwrap();
    sqlx::query("lock table notification in exclusive mode").execute(&mut *held_up).await.unwrap();
    let merge = json!({"survivorId": blue, "mergedId": acme});
    let merge = tokio::spawn(async move { admin.outcome("mergeCustomers", merge).await });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.sql::<i64>(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    let said = json!({"orderId": order, "rating": 5, "category": "OTHER"});
    let (service, saying) = (sue.clone(), said.clone());
    let recording = tokio::spawn(async move { service.outcome("recordFeedback", saying).await });
    while world.sql::<i64>(waits).await == 1 && !recording.is_finished() {
        tokio::task::yield_now().await;
    }
    held_up.rollback().await.unwrap();
    assert_eq!(merge.await.unwrap(), "");
    assert_eq!(recording.await.unwrap(), "CONFLICT");
    assert_eq!(sue.outcome("recordFeedback", said).await, "");
    let of: String = world.sql("select c.name from order_feedback f join customer c on c.id = f.customer_id").await;
    assert_eq!(of, "Blue");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_with_one_idempotency_key_record_one_feedback() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let sue = world.person("Sue", "service", None).await;
    let acme = json!(ann.create("Acme").await);
    world.product("PUMP", "100").await;
    let order = order_at(&world, &acme, &ann, "DELIVERED", "100").await;
    let said = json!({"orderId": order, "rating": 5, "category": "OTHER", "idempotencyKey": "once"});
    let acts: Vec<_> = (0..6)
        .map(|_| {
            let (sue, said) = (sue.clone(), said.clone());
            tokio::spawn(
                async move { sue.act("recordFeedback", said, "feedback { id }").await["feedback"]["id"].clone() },
            )
        })
        .collect();
    let mut taken = Vec::new();
    for act in acts {
        taken.push(act.await.unwrap());
    }
    assert!(taken[0].is_string() && taken.iter().all(|id| *id == taken[0]), "{taken:?}");
    assert_eq!(world.sql::<i64>("select count(*) from order_feedback").await, 1);
}
