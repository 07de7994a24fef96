//! Robots of groups in WeCom, DingTalk and Feishu get events as messages. The receivers imitate what their documentation says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;

use crate::support::receiver::{Behaviour, Delivery, Receiver, limits_with_private_webhooks, webhook};
use crate::support::{Person, World, until};

const FINE: Behaviour = Behaviour::Says(r#"{"errcode":0,"errmsg":"ok"}"#);
const FINE_FOR_FEISHU: Behaviour = Behaviour::Says(r#"{"code":0,"data":{},"msg":"success"}"#);

/// A receiver that accepts messages, and a webhook for it.
async fn robot(admin: &Person, format: &str, fine: Behaviour, more: Json) -> Receiver {
    let receiver = Receiver::start().await;
    receiver.set_behaviour(fine);
    let mut input = json!({"name": "Group", "url": receiver.url(), "format": format, "events": ["CUSTOMER_MOVED", "FOLLOW_UP", "NOTIFICATION"]});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let created = admin.act("createWebhook", input, "secret webhook { id }").await;
    assert_eq!((&created["userErrors"], &created["secret"]), (&json!([]), &Json::Null));
    receiver
}

fn hmac(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

/// The text of a message for WeCom or DingTalk.
fn text(delivery: &Delivery) -> String {
    let body = delivery.json();
    assert_eq!((&body["msgtype"], delivery.id.as_str(), delivery.signature.as_str()), (&json!("text"), "", ""));
    body["text"]["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_robot_gets_its_form_in_the_language_of_the_webhook_with_its_signature() {
    let world = World::with_limits(limits_with_private_webhooks()).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let wecom = robot(&admin, "WECOM", FINE, json!({})).await;
    let dingtalk = robot(&admin, "DINGTALK", FINE, json!({"secret": "SECabc", "language": "ENGLISH"})).await;
    let feishu = robot(&admin, "FEISHU", FINE_FOR_FEISHU, json!({"secret": "abc"})).await;
    ann.create("Acme").await;

    let message = wecom.wait_for_deliveries(1).await.remove(0);
    assert_eq!(
        (text(&message).as_str(), message.query.as_str()),
        ("Tidepool：1 条动态\nAnn录入了客户 Acme", "of=tidepool")
    );
    let message = dingtalk.wait_for_deliveries(1).await.remove(0);
    assert_eq!(text(&message), "Tidepool: one event\nAnn entered the customer Acme");
    let query: Vec<_> = url::form_urlencoded::parse(message.query.as_bytes()).collect();
    let timestamp = world.clock.now().timestamp_millis().to_string();
    let sign = hmac("SECabc", &format!("{timestamp}\nSECabc"));
    let value = |name: &str| query.iter().find(|(found, _)| found == name).unwrap().1.to_string();
    assert_eq!((value("of"), value("timestamp"), value("sign")), ("tidepool".to_owned(), timestamp, sign));
    let message = feishu.wait_for_deliveries(1).await.remove(0);
    let timestamp = world.clock.now().timestamp().to_string();
    let sign = hmac(&format!("{timestamp}\nabc"), "");
    assert_eq!(
        message.json(),
        json!({"msg_type": "text", "content": {"text": "Tidepool：1 条动态\nAnn录入了客户 Acme"}, "timestamp": timestamp, "sign": sign})
    );
    for id in admin.ask("{ webhooks { id } }").await["webhooks"].as_array().unwrap() {
        let tested = admin.act("testWebhook", json!({"webhookId": id["id"]}), "succeeded error").await;
        assert_eq!((&tested["succeeded"], &tested["error"]), (&json!(true), &Json::Null), "{tested}");
    }
    assert_eq!(text(&wecom.deliveries()[1]), "Tidepool：这是 Webhook“Group”的测试消息。");
}

#[tokio::test]
async fn an_answer_that_says_failure_is_one_and_the_message_is_sent_again() {
    let world = World::with_limits(limits_with_private_webhooks()).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let robot =
        robot(&admin, "WECOM", Behaviour::Says(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#), json!({})).await;
    ann.create("Acme").await;
    robot.wait_for_deliveries(1).await;
    until(async || webhook(&admin).await["lastError"] == "the robot answered 93000: invalid webhook url").await;
    for (count, (behaviour, error)) in [
        (
            Behaviour::Says(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
            "the robot answered 45009: api freq out of limit",
        ),
        (Behaviour::Says("<html>welcome</html>"), "the answer is not that of a robot"),
        (Behaviour::Answers(502), "the response was 502 Bad Gateway"),
    ]
    .into_iter()
    .enumerate()
    {
        robot.set_behaviour(behaviour);
        world.advance(TimeDelta::seconds(20 << count));
        robot.wait_for_deliveries(count + 2).await;
        until(async || webhook(&admin).await["lastError"] == error).await;
    }
    assert_eq!(webhook(&admin).await["waiting"], 1);
    robot.set_behaviour(FINE);
    world.advance(TimeDelta::seconds(160));
    let messages = robot.wait_for_deliveries(5).await;
    assert!(messages.iter().all(|message| message.body == messages[0].body));
    until(async || webhook(&admin).await["waiting"] == 0).await;
    assert_eq!(webhook(&admin).await["failingSince"], Json::Null);
}

#[tokio::test]
async fn many_events_are_one_message_of_bounded_size_and_messages_are_seconds_apart() {
    let world = World::with_limits(limits_with_private_webhooks()).await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let robot = robot(&admin, "WECOM", FINE, json!({"events": ["FOLLOW_UP"]})).await;
    let acme = json!(ann.create("Acme").await);
    assert_eq!(ann.follow_up(&acme).await, "");
    robot.wait_for_deliveries(1).await;
    until(async || webhook(&admin).await["waiting"] == 0).await;
    // Within the pause everything waits, and then comes as one message.
    world.sql::<i64>(
        "with customers as (
             insert into followup (id, customer_id, author_user_id, channel, content, at, created_at, updated_at)
             select gen_random_uuid(), c.id, c.owner_user_id, 'PHONE', 'secret talk', c.updated_at, c.updated_at, c.updated_at
             from customer c cross join generate_series(1, 500) returning id)
         select count(*) from customers",
    )
    .await;
    until(async || webhook(&admin).await["waiting"] == 500).await;
    let due: chrono::DateTime<chrono::Utc> = world.sql("select due_at from webhook").await;
    assert_eq!((due, robot.deliveries().len()), (world.clock.now() + TimeDelta::seconds(4), 1));
    world.advance(TimeDelta::seconds(4));
    let message = text(&robot.wait_for_deliveries(2).await[1]);
    let lines: Vec<_> = message.lines().collect();
    assert_eq!((lines[0], lines[1]), ("Tidepool：500 条动态", "Ann跟进了 Acme"));
    let left = format!("……还有 {} 条", 500 - (lines.len() - 2));
    assert!(message.len() <= 2_048 && *lines.last().unwrap() == left, "{} bytes: {message}", message.len());
    assert!(!message.contains("secret talk"));
    until(async || webhook(&admin).await["waiting"] == 0).await;
}

#[tokio::test]
async fn a_message_has_no_phone_number_and_no_address() {
    let world = World::with_limits(limits_with_private_webhooks()).await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let robot = robot(&admin, "DINGTALK", FINE, json!({})).await;
    let named = world.pooled("王总 138-1234-5678 wang@example.com").await;
    world.advance(TimeDelta::seconds(1));
    let contact = admin.contact(&named, "Wang", "13812345678", "wang@example.com").await;
    assert!(contact["id"].is_string());
    let input = json!({"customerIds": [named], "ownerId": ann.gid()});
    assert_eq!(boss.outcomes("assignCustomers", input).await, [""]);
    until(async || {
        world.advance(TimeDelta::seconds(4));
        robot.deliveries().iter().any(|message| message.body.contains("分配给了你"))
    })
    .await;
    let told: String = robot.deliveries().iter().map(text).collect();
    assert!(told.contains("王总") && told.contains("Ann"), "{told}");
    for part in ["1234", "5678", "@", "example.com"] {
        assert!(!told.contains(part), "{part}: {told}");
    }
}
