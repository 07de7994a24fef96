//! How webhooks are created, changed, tested and deleted.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::receiver::{Behaviour, Receiver, create_webhook, limits_with_private_webhooks, webhook};
use crate::support::{World, until};

#[tokio::test]
async fn a_wrong_webhook_is_refused_and_there_are_at_most_twenty() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let admin = world.admin().await;
    let right = json!({"name": "ERP", "url": receiver.url(), "events": ["IMPORT"]});
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(101))),
        ("url", json!("")),
        ("url", json!("nonsense")),
        ("events", json!([])),
        ("secret", json!("whsec_short")),
        ("secret", json!("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")),
    ] {
        let mut input = right.clone();
        input[field] = value.clone();
        let refused = admin.act("createWebhook", input, "secret webhook { id }").await;
        assert_eq!((&refused["webhook"], &refused["secret"]), (&Json::Null, &Json::Null), "{value}");
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]),
            (&json!("INVALID"), &json!([field])),
            "{value}"
        );
    }
    let of_wecom =
        json!({"name": "Group", "url": receiver.url(), "events": ["IMPORT"], "format": "WECOM", "secret": "SEC1"});
    assert_eq!(admin.outcome("createWebhook", of_wecom).await, "INVALID");
    // A secret that is given is not shown again.
    let mut given = right.clone();
    given["secret"] = json!("whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
    let created = admin.act("createWebhook", given, "secret webhook { hasSecret cursor waiting }").await;
    assert_eq!((&created["secret"], &created["webhook"]["hasSecret"]), (&Json::Null, &json!(true)));
    for _ in 1..20 {
        create_webhook(&admin, &receiver.url(), json!(["IMPORT", "IMPORT"])).await;
    }
    let refused = admin.act("createWebhook", right, "webhook { id }").await;
    assert_eq!(
        (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["limit"]),
        (&json!("INVALID"), &json!(20))
    );
    let all = admin.ask("{ webhooks { events } }").await["webhooks"].clone();
    assert_eq!(all.as_array().unwrap().len(), 20);
    assert_eq!(all[1], json!({"events": ["IMPORT"]}));
}

#[tokio::test]
async fn a_webhook_gets_the_new_kinds_from_the_change_on_and_nothing_after_it_is_deleted() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let other = Receiver::start().await;
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue").await);
    create_webhook(&admin, &receiver.url(), json!(["FOLLOW_UP"])).await;
    create_webhook(&admin, &other.url(), json!(["CUSTOMER_MOVED"])).await;
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ann.claim(&acme).await, "");
    other.wait_for_events(1).await;
    let id = webhook(&admin).await["id"].clone();
    let edit = json!({"webhookId": id, "name": "ERP 2", "events": ["CUSTOMER_MOVED", "FOLLOW_UP"]});
    let changed = admin.act("updateWebhook", edit, "webhook { name events waiting }").await;
    assert_eq!(changed["webhook"], json!({"name": "ERP 2", "events": ["CUSTOMER_MOVED", "FOLLOW_UP"], "waiting": 0}));
    assert_eq!(ann.claim(&blue).await, "");
    let told = receiver.wait_for_events(1).await;
    assert_eq!(told[0]["data"]["customer"]["name"], "Blue", "what happened before is not told");
    // A user may pause it.
    assert_eq!(admin.outcome("updateWebhook", json!({"webhookId": id, "isPaused": true})).await, "");
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ann.release(&blue).await, "");
    other.wait_for_events(3).await;
    let paused = webhook(&admin).await;
    assert_eq!((&paused["waiting"], &paused["failingSince"]), (&json!(1), &Json::Null));
    for wrong in [json!({"events": []}), json!({"name": ""}), json!({"url": "ftp://example.com"})] {
        let mut input = wrong.clone();
        input["webhookId"] = id.clone();
        assert_eq!(admin.outcome("updateWebhook", input).await, "INVALID", "{wrong}");
    }
    assert_eq!(admin.outcome("deleteWebhook", json!({"webhookId": id})).await, "");
    for mutation in ["deleteWebhook", "updateWebhook", "testWebhook", "rotateWebhookSecret"] {
        assert_eq!(admin.outcome(mutation, json!({"webhookId": id})).await, "NOT_FOUND", "{mutation}");
    }
    assert_eq!(receiver.deliveries().len(), 1);
    // The log says what was done, and neither secret nor address.
    let query = "{ auditEntries(filter: { kind: { in: [WEBHOOK_CHANGED] } }) { edges { node { details } } } }";
    let log = admin.ask(query).await["auditEntries"].to_string();
    for part in [
        "created: ERP",
        "events: FOLLOW_UP → CUSTOMER_MOVED, FOLLOW_UP",
        "isPaused: false → true",
        "deleted: ERP 2",
        "host: 127.0.0.1",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("whsec_") && !log.contains("/hook"), "{log}");
}

#[tokio::test]
async fn for_a_day_after_a_rotation_both_secrets_sign() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (id, first) = create_webhook(&admin, &receiver.url(), json!(["CUSTOMER_MOVED"])).await;
    let rotated =
        admin.act("rotateWebhookSecret", json!({"webhookId": id}), "secret webhook { previousSecretUntil }").await;
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated["webhook"]["previousSecretUntil"], json!("2026-03-03T01:00:00.000000Z"));
    assert_ne!(first, second);
    ann.create("Acme").await;
    let signed = receiver.wait_for_deliveries(1).await.remove(0);
    assert!(signed.is_signed_with(&first) && signed.is_signed_with(&second), "{}", signed.signature);
    world.advance(TimeDelta::hours(24));
    ann.create("Blue").await;
    let signed = receiver.wait_for_deliveries(2).await.remove(1);
    assert!(!signed.is_signed_with(&first) && signed.is_signed_with(&second), "{}", signed.signature);
}

#[tokio::test]
async fn a_test_says_whether_the_receiver_accepts_and_leaves_what_waits() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (id, secret) = create_webhook(&admin, &receiver.url(), json!(["CUSTOMER_MOVED"])).await;
    assert_eq!(admin.outcome("updateWebhook", json!({"webhookId": id, "isPaused": true})).await, "");
    ann.create("Acme").await;
    until(async || webhook(&admin).await["waiting"] == 1).await;
    let test = async || admin.act("testWebhook", json!({"webhookId": id}), "succeeded error").await;
    let done = test().await;
    assert_eq!((&done["succeeded"], &done["error"], &done["userErrors"]), (&json!(true), &Json::Null, &json!([])));
    let received = receiver.wait_for_deliveries(1).await.remove(0);
    assert!(received.is_signed_with(&secret));
    assert_eq!((&received.json()["type"], &received.json()["data"]["webhook"]), (&json!("test"), &json!("ERP")));
    let again = test().await;
    assert_eq!((&again["succeeded"], &again["userErrors"][0]["code"]), (&json!(false), &json!("CONFLICT")));
    assert_eq!(again["userErrors"][0]["until"], json!("2026-03-02T01:00:05.000000Z"));
    world.advance(TimeDelta::seconds(5));
    receiver.set_behaviour(Behaviour::Answers(404));
    let failed = test().await;
    assert_eq!((&failed["succeeded"], &failed["error"]), (&json!(false), &json!("the response was 404 Not Found")));
    let now = webhook(&admin).await;
    assert_eq!((&now["waiting"], &now["lastError"]), (&json!(1), &Json::Null), "a test is no delivery");
    // A held copy sends nothing.
    world.sql::<bool>("update installation set is_held = true returning is_held").await;
    until(async || world.app.is_held()).await;
    world.advance(TimeDelta::seconds(5));
    assert_eq!(test().await["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(receiver.deliveries().len(), 2);
}
