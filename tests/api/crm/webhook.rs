//! Webhooks: each gets the events that it wants, in order, at least once, and again if it is asked.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use super::rule_run::first_night;
use crate::support::receiver::{Behaviour, Receiver, create_webhook, limits_with_private_webhooks, webhook};
use crate::support::{Person, World, until};

/// A superior, a rep and an administrator who has created a webhook for notifications.
async fn company(world: &World, url: &str) -> [Person; 3] {
    let (boss, admin) = (world.person("Boss", "manager", None).await, world.admin().await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    create_webhook(&admin, url, json!(["NOTIFICATION"])).await;
    [boss, ann, admin]
}

/// Assigns a customer to a rep, who gets a notification.
async fn assign(world: &World, boss: &Person, ann: &Person, name: &str) -> Json {
    let customer = world.pooled(name).await;
    world.advance(TimeDelta::seconds(1));
    let input = json!({"customerIds": [customer], "ownerId": ann.gid()});
    assert_eq!(boss.outcomes("assignCustomers", input).await, [""]);
    customer
}

/// The customers that events are about.
fn customers(events: &[Json]) -> Vec<String> {
    events.iter().map(|event| event["data"]["customer"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_notification_about_a_user_names_them() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    ann.create("Acme").await;
    assert_eq!(admin.record_absence(&ann, "2026-03-03", "2026-05-03").await, "");
    let event = receiver.wait_for_events(1).await.remove(0);
    let delivered =
        boss.ask("{ notifications { edges { node { id at } } } }").await["notifications"]["edges"][0]["node"].clone();
    let cursor = webhook(&admin).await["cursor"].clone();
    assert_eq!(
        event,
        json!({"type": "notification.long_absence", "timestamp": delivered["at"], "cursor": cursor, "data": {
            "id": delivered["id"], "kind": "LONG_ABSENCE",
            "user": {"id": boss.gid(), "name": "Boss", "email": "boss@example.com"}, "customer": null,
            "aboutUser": {"id": ann.gid(), "name": "Ann"}, "actor": {"id": admin.gid(), "name": admin.name}, "poolRule": null,
            "poolRuleRun": null, "customers": null, "dueAt": null, "importKind": null, "records": null, "task": null, "webhook": null}})
    );
}

#[tokio::test]
async fn a_run_that_waits_for_approval_is_told_with_its_number_and_deadline() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let runs = Receiver::start().await;
    create_webhook(&admin, &runs.url(), json!(["POOL_RULE_RUN", "APPROVAL"])).await;
    admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 15).await;
    world.run_rules_at(first_night()).await;
    let run = admin.last_run().await;
    let mut told = Vec::new();
    for event in receiver.wait_for_events(2).await {
        assert_eq!(event["type"], "notification.approval_due");
        let data = &event["data"];
        assert_eq!((&data["poolRuleRun"]["id"], &data["customers"]), (&run["id"], &json!(15)));
        assert_eq!(data["dueAt"], "2026-03-03T19:00:00.000000Z");
        told.push((data["user"]["id"].clone(), data["aboutUser"]["name"].clone()));
    }
    assert!(told.contains(&(json!(admin.gid()), json!(null))) && told.contains(&(json!(boss.gid()), json!("Ann"))));
    assert_eq!(admin.approve(&run).await, "");
    world.run_rules_at(first_night() + TimeDelta::minutes(1)).await;
    let told: Vec<_> = runs.wait_for_events(3).await;
    let data = |index: usize| (&told[index]["type"], &told[index]["data"]["waiting"], &told[index]["data"]["released"]);
    assert_eq!(data(0), (&json!("approval.awaiting_approval"), &json!(15), &json!(0)));
    assert_eq!(data(1).0, "approval.approved");
    assert_eq!((data(2).0, data(2).2), (&json!("pool_rule_run.done"), &json!(15)));
    assert_eq!((&told[0]["data"]["id"], &told[1]["data"]["actor"]["name"]), (&run["id"], &json!(admin.name)));
}

#[tokio::test]
async fn deliveries_are_signed_and_what_customers_opportunities_and_orders_did_is_told_in_order() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = world.pooled("Acme").await;
    let all = json!([
        "CUSTOMER_MOVED",
        "OPPORTUNITY_MOVED",
        "ORDER_STEP",
        "FOLLOW_UP",
        "IMPORT",
        "POOL_RULE_RUN",
        "APPROVAL",
        "NOTIFICATION"
    ]);
    let (_, secret) = create_webhook(&admin, &receiver.url(), all).await;
    // What happened before is not told.
    assert_eq!(ann.claim(&acme).await, "");
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ann.follow_up(&acme).await, "");
    world.advance(TimeDelta::seconds(1));
    let deal = json!({"customerId": acme, "name": "Pumps", "expectedAmount": "100.00", "currency": "CNY"});
    let deal =
        ann.act("createOpportunity", deal, "opportunity { id version stage { code } }").await["opportunity"].clone();
    world.advance(TimeDelta::seconds(1));
    let product = world.product("PUMP", "10.00").await;
    let lines = json!([{"productId": product, "quantity": "2"}]);
    assert_eq!(ann.outcome("createOrder", json!({"customerId": acme, "lines": lines})).await, "");
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ann.release(&acme).await, "");
    let events = receiver.wait_for_events(6).await;
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let wanted = [
        "customer.claim",
        "follow_up.recorded",
        "opportunity.created",
        "order.create",
        "follow_up.recorded",
        "customer.release",
    ];
    assert_eq!(kinds, wanted);
    let (named, of_ann) = (json!({"id": acme, "name": "Acme"}), json!({"id": ann.gid(), "name": "Ann"}));
    let claim = &events[0]["data"];
    assert_eq!((&claim["customer"], &claim["newOwner"], &claim["previousOwner"]), (&named, &of_ann, &Json::Null));
    assert_eq!(
        (&events[2]["data"]["opportunity"]["id"], &events[2]["data"]["stage"]),
        (&deal["id"], &deal["stage"]["code"])
    );
    assert_eq!(events[2]["data"]["amount"], json!({"amount": "100.00", "currency": "CNY"}));
    assert_eq!(events[3]["data"]["total"], json!({"amount": "20.00", "currency": "CNY"}));
    assert!(events[1]["data"]["content"].is_null(), "what was said is not told");
    let cursors: Vec<_> = events.iter().map(|event| event["cursor"].as_str().unwrap()).collect();
    let place = |cursor: &str| cursor.rsplit('_').next().unwrap().parse::<i64>().unwrap();
    assert!(cursors.windows(2).all(|two| place(two[0]) < place(two[1])), "{cursors:?}");
    for delivery in receiver.deliveries() {
        assert!(delivery.is_signed_with(&secret));
        assert_eq!(delivery.json()["data"]["cursor"], delivery.events().last().unwrap()["cursor"]);
    }
    until(async || webhook(&admin).await["waiting"] == 0).await;
    let now = webhook(&admin).await;
    assert_eq!(
        (&now["cursor"], &now["waitingSince"], &now["lastError"]),
        (&json!(cursors[5]), &Json::Null, &Json::Null)
    );
    assert_eq!(ann.ask("{ webhooks { url } }").await["webhooks"], json!([]), "the URL may be a secret");
}

#[tokio::test]
async fn a_failed_delivery_is_retried_as_it_was_and_after_three_days_the_webhook_is_paused() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let failures = [
        "the response was 500 Internal Server Error",
        "the response was 303 See Other",
        "the response was 429 Too Many Requests",
    ];
    let moods = [Behaviour::Answers(500), Behaviour::Redirects, Behaviour::Answers(429)];
    for (attempt, (behaviour, failure)) in moods.into_iter().zip(failures).enumerate() {
        receiver.set_behaviour(behaviour);
        // What comes meanwhile waits for it.
        assign(&world, &boss, &ann, &format!("Company {attempt}")).await;
        receiver.wait_for_deliveries(attempt + 1).await;
        until(async || webhook(&admin).await["lastError"] == failure).await;
        // No retry comes before its time, and each delay is longer.
        let pause = TimeDelta::seconds(20 << attempt);
        let due: chrono::DateTime<chrono::Utc> = world.sql("select due_at from webhook").await;
        assert_eq!(due, world.clock.now() + pause);
        world.advance(pause - TimeDelta::seconds(1));
    }
    receiver.set_behaviour(Behaviour::Answers(200));
    world.advance(TimeDelta::seconds(1));
    until(async || webhook(&admin).await["waiting"] == 0).await;
    let received = receiver.deliveries();
    for again in &received[..4] {
        assert_eq!((&again.id, &again.body), (&received[0].id, &received[0].body), "it is the same one");
    }
    let rest: Vec<_> = received[4..].iter().flat_map(|delivery| delivery.events()).collect();
    assert_eq!(
        (received[4].id == received[0].id, customers(&rest)),
        (false, vec!["Company 1".to_owned(), "Company 2".to_owned()])
    );
    assert_eq!(webhook(&admin).await["failingSince"], Json::Null);

    receiver.set_behaviour(Behaviour::Answers(500));
    let before = receiver.deliveries().len();
    assign(&world, &boss, &ann, "Blue").await;
    receiver.wait_for_deliveries(before + 1).await;
    until(async || webhook(&admin).await["failingSince"] != Json::Null).await;
    world.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    receiver.wait_for_deliveries(before + 2).await;
    until(async || world.sql::<i32>("select attempts from webhook").await == 2).await;
    assert_eq!(webhook(&admin).await["pausedAt"], Json::Null);
    world.advance(TimeDelta::hours(1));
    receiver.wait_for_deliveries(before + 3).await;
    until(async || webhook(&admin).await["pausedAt"] != Json::Null).await;
    let told = admin.ask("{ notifications(first: 1) { edges { node { kind webhookName } } } }").await;
    assert_eq!(told["notifications"]["edges"][0]["node"], json!({"kind": "WEBHOOK_PAUSED", "webhookName": "ERP"}));
    let of_boss = boss.ask("{ notifications { totalCount } }").await;
    assert_eq!(of_boss["notifications"]["totalCount"], 0, "only those who may change it");
    world.advance(TimeDelta::days(1));
    assign(&world, &boss, &ann, "Green").await;
    until(async || webhook(&admin).await["waiting"] == 3).await;
    assert_eq!(receiver.deliveries().len(), before + 3, "nothing is tried");
    // It goes on with what waits.
    receiver.set_behaviour(Behaviour::Answers(200));
    let id = webhook(&admin).await["id"].clone();
    assert_eq!(admin.outcome("updateWebhook", json!({"webhookId": id, "isPaused": false})).await, "");
    until(async || webhook(&admin).await["waiting"] == 0).await;
    let events: Vec<_> = receiver.deliveries()[before + 3..].iter().flat_map(|delivery| delivery.events()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["data"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ASSIGNED", "WEBHOOK_PAUSED", "ASSIGNED"]);
    let now = webhook(&admin).await;
    assert_eq!((&now["pausedAt"], &now["failingSince"]), (&Json::Null, &Json::Null));
}

#[tokio::test]
async fn a_webhook_gets_again_what_it_has_got_for_thirty_days() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let id = webhook(&admin).await["id"].clone();
    let mut times = Vec::new();
    for name in ["Acme", "Blue", "Cold"] {
        times.push(world.clock.now());
        assign(&world, &boss, &ann, name).await;
        receiver.wait_for_events(times.len()).await;
    }
    until(async || webhook(&admin).await["waiting"] == 0).await;
    let events = receiver.wait_for_events(3).await;
    let after = json!({"webhookId": id, "after": events[0]["cursor"]});
    assert_eq!(admin.outcome("replayWebhook", after).await, "");
    let again = receiver.wait_for_events(5).await;
    assert_eq!(again[3..], events[1..], "they are the same events");
    let deliveries = receiver.deliveries();
    assert!(deliveries[..3].iter().all(|first| first.id != deliveries[3].id), "in another delivery");
    until(async || webhook(&admin).await["waiting"] == 0).await;
    assert_eq!(
        admin.outcome("replayWebhook", json!({"webhookId": id, "since": times[2] + TimeDelta::seconds(1)})).await,
        ""
    );
    assert_eq!(customers(&receiver.wait_for_events(6).await[5..]), ["Cold"]);
    until(async || webhook(&admin).await["waiting"] == 0).await;
    let cursor = webhook(&admin).await["cursor"].clone();
    let elsewhere = format!("event_ffffffff_{}", cursor.as_str().unwrap().rsplit('_').next().unwrap());
    for start in [
        json!({}),
        json!({"after": cursor, "since": times[0]}),
        json!({"after": "nonsense"}),
        json!({"after": elsewhere}),
        json!({"after": format!("{}0000", cursor.as_str().unwrap())}),
        json!({"since": world.clock.now() + TimeDelta::seconds(1)}),
        json!({"since": world.clock.now() - TimeDelta::days(31)}),
    ] {
        let mut input = start.clone();
        input["webhookId"] = id.clone();
        assert_eq!(admin.outcome("replayWebhook", input).await, "INVALID", "{start}");
    }
    let nobody = json!({"webhookId": "webhook_00000000-0000-0000-0000-000000000000", "after": cursor});
    assert_eq!(admin.outcome("replayWebhook", nobody).await, "NOT_FOUND");
    assert_eq!(webhook(&admin).await["cursor"], cursor, "what was refused changes nothing");
    // After thirty days they are gone.
    world.advance(TimeDelta::days(30) + TimeDelta::hours(1));
    assign(&world, &boss, &ann, "Late").await;
    receiver.wait_for_events(7).await;
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    let expired = json!({"webhookId": id, "after": events[0]["cursor"]});
    assert_eq!(admin.outcome("replayWebhook", expired).await, "INVALID");
}

#[tokio::test]
async fn a_hanging_receiver_delays_nobody_and_deliveries_survive_the_end_of_a_server() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let other = Receiver::start().await;
    create_webhook(&admin, &other.url(), json!(["NOTIFICATION"])).await;
    receiver.set_behaviour(Behaviour::Hangs);
    for number in 0..3 {
        assign(&world, &boss, &ann, &format!("Company {number}")).await;
    }
    other.wait_for_events(3).await;
    // One is under way, requests are served meanwhile, and no transaction is open.
    receiver.wait_for_deliveries(1).await;
    assert_eq!(ann.ask("{ notifications { totalCount } }").await["notifications"]["totalCount"], 3);
    let idle = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";
    until(async || world.sql::<i64>(idle).await == 0).await;
    assert_eq!(webhook(&admin).await["waiting"], 3);
    // The server stops before a delivery is accepted; another one continues.
    let second = World::on(world.database.clone(), world.clock.clone(), limits_with_private_webhooks()).await;
    world.app.close().await;
    receiver.set_behaviour(Behaviour::Answers(200));
    world.advance(TimeDelta::seconds(20));
    until(async || webhook(&admin.at(&second)).await["waiting"] == 0).await;
    let received = receiver.deliveries();
    assert_eq!(received[0].id, received[1].id, "it is the same one");
    let told: Vec<_> = received[1..].iter().flat_map(|delivery| delivery.events()).collect();
    assert_eq!(customers(&told), ["Company 0", "Company 1", "Company 2"]);
}
