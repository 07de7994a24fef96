//! Follow-ups: the note after a phone call, the times that are computed from it, and which customers are due.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

impl Person {
    /// Records a follow-up; returns the refusal code.
    async fn note(&self, customer: &Json, more: Json) -> String {
        let mut input = json!({"customerId": customer, "channel": "PHONE", "content": "谈了报价"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.outcome("recordFollowUp", input).await
    }

    async fn clocks(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { firstFollowUpTime lastFollowUpTime nextContactTime } }";
        self.data(query, json!({"id": customer})).await["customer"].clone()
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

#[tokio::test]
async fn one_mutation_records_everything_after_a_phone_call() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "5000").await;
    world.advance(TimeDelta::hours(1));
    let input = json!({
        "customerId": acme, "opportunityId": deal, "channel": "VISIT", "content": "第一行\r\n第二行", "nextPlan": "发送报价单",
        "nextContactTime": iso(world.clock.now() + TimeDelta::days(1)),
        "moveOpportunity": {"version": 1, "stage": "NEGOTIATION", "probability": 70}});
    let selection = "followUp { channel content at nextPlan nextContactTime author { name } version createdAt
        customer { lastFollowUpTime nextContactTime }
        opportunity { stage { nameEn } probability version followUps { totalCount } } }";
    let recorded = ann.act("recordFollowUp", input, selection).await;
    insta::assert_snapshot!(pretty(&recorded));
}

#[tokio::test]
async fn first_and_last_follow_up_times_count_the_present_ownership_only() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = world.pooled("Acme").await;
    world.advance(TimeDelta::days(1));
    ann.claim(&acme).await;
    let owned_since = world.clock.now();
    let none = json!({"firstFollowUpTime": null, "lastFollowUpTime": null, "nextContactTime": null});
    assert_eq!(ann.clocks(&acme).await, none);
    world.advance(TimeDelta::days(2));
    // A follow-up before the claim is recorded, but does not count.
    assert_eq!(ann.note(&acme, json!({"at": iso(owned_since - TimeDelta::hours(1))})).await, "");
    assert_eq!(ann.clocks(&acme).await, none);
    let (late, early) = (world.clock.now() - TimeDelta::hours(2), world.clock.now() - TimeDelta::hours(30));
    let next = iso(world.clock.now() + TimeDelta::hours(5));
    assert_eq!(ann.note(&acme, json!({"at": iso(late), "nextContactTime": next})).await, "");
    // It is recorded later but took place earlier, so it is the first one and does not change the next contact time.
    assert_eq!(ann.note(&acme, json!({"at": iso(early)})).await, "");
    assert_eq!(
        ann.clocks(&acme).await,
        json!({"firstFollowUpTime": iso(early), "lastFollowUpTime": iso(late), "nextContactTime": next})
    );
    let version = ann.data("query($id: ID!) { customer(id: $id) { version } }", json!({"id": acme})).await;
    assert_eq!(version["customer"]["version"], 1, "it is no edit");
    // The times start again for the next owner, who reads the earlier follow-ups.
    ann.release(&acme).await;
    assert_eq!(ben.clocks(&acme).await, none);
    world.advance(TimeDelta::days(3));
    ben.claim(&acme).await;
    assert_eq!(ben.clocks(&acme).await, none);
    let count = "query($id: ID!) { customer(id: $id) { followUps { totalCount } } }";
    assert_eq!(ben.data(count, json!({"id": acme})).await["customer"]["followUps"]["totalCount"], 3);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_order_or_an_earlier_follow_up_keeps_the_next_contact_time() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    world.advance(TimeDelta::hours(1));
    let next = iso(world.clock.now() + TimeDelta::hours(9));
    assert_eq!(ann.note(&acme, json!({"nextContactTime": next})).await, "");
    // Ben owns it for an hour, and records a follow-up.
    let transfer = json!({"customerIds": [acme], "ownerId": ben.gid()});
    let moved = boss.act("transferCustomers", transfer, "operationBatch { id }").await;
    world.advance(TimeDelta::hours(1));
    let his = iso(world.clock.now() + TimeDelta::hours(9));
    assert_eq!(ben.note(&acme, json!({"nextContactTime": his})).await, "");
    world.advance(TimeDelta::hours(1));
    let undo = json!({"operationBatchId": moved["operationBatch"]["id"]});
    assert_eq!(boss.outcome("undoOperationBatch", undo).await, "");
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], his, "what was agreed meanwhile goes with it");
    world.advance(TimeDelta::hours(1));
    ann.order(&acme, &pump, json!({})).await;
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], his, "an order leaves the plan");
    let due = ann.ask("{ customers(filter: {followUpDue: TODAY}) { totalCount } }").await;
    assert_eq!(due["customers"]["totalCount"], 1);
    // A follow-up from before the order that is recorded after it is the latest follow-up.
    let (said, later) = (iso(world.clock.now() - TimeDelta::minutes(30)), iso(world.clock.now() + TimeDelta::days(2)));
    assert_eq!(ann.note(&acme, json!({"at": said, "nextContactTime": later})).await, "");
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], later);
    let (earlier, none) =
        (iso(world.clock.now() - TimeDelta::minutes(40)), iso(world.clock.now() + TimeDelta::days(9)));
    assert_eq!(ann.note(&acme, json!({"at": earlier, "nextContactTime": none})).await, "");
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], later, "of two plans, the earliest counts");
    assert_eq!(ann.note(&acme, json!({})).await, "");
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], Json::Null, "the latest talk has no plan");
}

#[tokio::test]
async fn the_survivor_of_a_merge_keeps_its_next_contact_time() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue").await));
    let pump = world.product("PUMP", "100").await;
    world.advance(TimeDelta::hours(1));
    let next = iso(world.clock.now() + TimeDelta::days(1));
    assert_eq!(ann.note(&acme, json!({"nextContactTime": next})).await, "");
    world.advance(TimeDelta::hours(1));
    let his = iso(world.clock.now() + TimeDelta::days(9));
    assert_eq!(ben.note(&blue, json!({"nextContactTime": his})).await, "");
    assert_eq!(boss.outcome("mergeCustomers", json!({"survivorId": acme, "mergedId": blue})).await, "");
    world.advance(TimeDelta::hours(1));
    ann.order(&acme, &pump, json!({})).await;
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], next, "and takes not that of the other");
    let mine = iso(world.clock.now() + TimeDelta::days(2));
    assert_eq!(ann.note(&acme, json!({"nextContactTime": mine})).await, "");
    assert_eq!(ann.clocks(&acme).await["nextContactTime"], mine);
}

#[tokio::test]
async fn customers_are_filtered_by_due_today_and_overdue() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for (name, hours) in [("Soon", 3), ("Tonight", 14), ("Tomorrow", 16)] {
        let id = json!(ann.create(name).await);
        world.advance(TimeDelta::milliseconds(1));
        // It is 09:00, so 15 hours of the day are left.
        assert_eq!(
            ann.note(&id, json!({"nextContactTime": iso(world.clock.now() + TimeDelta::hours(hours))})).await,
            ""
        );
    }
    ann.create("Never").await;
    let due = async |due: &str| {
        let query = "query($due: FollowUpDue) { customers(filter: {followUpDue: $due}, orderBy: NAME_ASC) { edges { node { name } } } }";
        let read = ann.data(query, json!({"due": due})).await;
        let names: Vec<_> = read["customers"]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
            .collect();
        names
    };
    assert_eq!(due("TODAY").await, ["Soon", "Tonight"]);
    assert!(due("OVERDUE").await.is_empty());
    world.advance(TimeDelta::hours(4));
    assert_eq!(due("TODAY").await, ["Soon", "Tonight"]);
    assert_eq!(due("OVERDUE").await, ["Soon"]);
    world.advance(TimeDelta::hours(12));
    assert_eq!(due("TODAY").await, ["Tomorrow"]);
    assert_eq!(due("OVERDUE").await, ["Soon", "Tonight"]);
}

#[tokio::test]
async fn invalid_input_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue").await));
    let (mine, other) = (ann.opportunity(&acme, "1").await, json!(ann.create("Other").await));
    world.advance(TimeDelta::hours(1));
    let now = world.clock.now();
    for (customer, more, code) in [
        (&acme, json!({"content": " "}), "INVALID"),
        (&acme, json!({"content": "x".repeat(4_001)}), "INVALID"),
        (&acme, json!({"at": iso(now + TimeDelta::seconds(61))}), "INVALID"),
        (&acme, json!({"at": iso(now - TimeDelta::days(7) - TimeDelta::seconds(1))}), "INVALID"),
        (&acme, json!({"nextContactTime": iso(now)}), "INVALID"),
        (&acme, json!({"channel": "ORDER"}), "INVALID"),
        (&acme, json!({"moveOpportunity": {"version": 1, "stage": "WON"}}), "INVALID"),
        (&acme, json!({"opportunityId": mine, "moveOpportunity": {"version": 2, "stage": "WON"}}), "CONFLICT"),
        (&acme, json!({"opportunityId": mine, "moveOpportunity": {"version": 1, "stage": "LOST"}}), "INVALID"),
        (&other, json!({"opportunityId": mine}), "NOT_FOUND"),
        (&blue, json!({}), "NOT_FOUND"),
    ] {
        assert_eq!(ann.note(customer, more.clone()).await, code, "{more}");
    }
    ben.release(&blue).await;
    assert_eq!(ann.note(&blue, json!({})).await, "FORBIDDEN", "seen in the pool, and not hers");
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 0);
    assert_eq!(world.sql::<i64>("select count(*) from opportunity_history").await, 1);
    assert_eq!(ann.clocks(&acme).await["lastFollowUpTime"], Json::Null);
}

#[tokio::test]
async fn the_clock_of_a_client_may_be_a_minute_ahead() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    let now = world.clock.now();
    let note = async |ahead: i64| {
        let at = iso(now + TimeDelta::seconds(ahead));
        let input = json!({"customerId": acme, "channel": "PHONE", "content": "x", "at": at});
        let query = "mutation($input: RecordFollowUpInput!) { recordFollowUp(input: $input) { followUp { at } userErrors { path message } } }";
        ann.data(query, json!({"input": input})).await["recordFollowUp"].clone()
    };
    assert_eq!(note(60).await, json!({"followUp": {"at": iso(now)}, "userErrors": []}));
    assert_eq!(ann.clocks(&acme).await["lastFollowUpTime"], iso(now));
    let refusal = json!([{"path": ["at"], "message": "is 61 seconds in the future"}]);
    assert_eq!(note(61).await, json!({"followUp": null, "userErrors": refusal}));
}

#[tokio::test]
async fn a_follow_up_that_is_sent_twice_is_recorded_once() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let note = async || ann.note(&acme, json!({"idempotencyKey": "call-1"})).await;
    let (one, other) = tokio::join!(note(), note());
    assert_eq!((one.as_str(), other.as_str()), ("", ""));
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 1);
}

#[tokio::test]
async fn the_author_may_correct_the_text_within_a_day() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "channel": "WECHAT", "content": "tpyo"});
    let id = ann.act("recordFollowUp", input, "followUp { id }").await["followUp"]["id"].clone();
    let correct = |version: i32, content: &str| json!({"followUpId": id, "version": version, "content": content});
    assert_eq!(ann.outcome("correctFollowUp", correct(1, "typo")).await, "");
    assert_eq!(ann.outcome("correctFollowUp", correct(1, "again")).await, "CONFLICT");
    assert_eq!(boss.outcome("correctFollowUp", correct(2, "mine")).await, "FORBIDDEN");
    assert_eq!(world.sales("Ben").await.outcome("correctFollowUp", correct(2, "mine")).await, "NOT_FOUND");
    world.advance(TimeDelta::hours(24));
    assert_eq!(ann.outcome("correctFollowUp", correct(2, "late")).await, "TOO_LATE");
    assert_eq!(world.sql::<String>("select content from followup").await, "typo");
}

#[tokio::test]
async fn the_timeline_shows_what_the_viewer_may_read() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    let deal = ann.opportunity(&acme, "5000").await;
    world.advance(TimeDelta::hours(1));
    ann.note(&acme, json!({})).await;
    world.advance(TimeDelta::hours(1));
    ann.move_to(&deal, 1, "WON").await;
    world.advance(TimeDelta::hours(1));
    ann.release(&acme).await;
    let timeline = async |person: &Person, filter: Json| {
        let query = "query($id: ID!, $f: TimelineEntryFilter) { customer(id: $id) { timeline(first: 3, filter: $f) { totalCount pageInfo { hasNextPage }
            edges { node { kind at followUp { content } opportunity { expectedAmount { amount } } stage { code } operation { type operator { name } } } } } } }";
        person.data(query, json!({"id": acme, "f": filter})).await["customer"]["timeline"].clone()
    };
    // In the pool, others see what happened to the customer, but no follow-ups, people or opportunity history.
    insta::assert_snapshot!(pretty(&timeline(&world.sales("Ben").await, json!({})).await));
    world.advance(TimeDelta::days(3));
    ann.claim(&acme).await;
    assert_eq!(timeline(&ann, json!({})).await["totalCount"], 6);
    assert_eq!(timeline(&ann, json!({"kind": {"in": ["FOLLOW_UP", "STAGE"]}})).await["totalCount"], 3);
}
