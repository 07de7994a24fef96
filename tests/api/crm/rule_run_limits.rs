//! Limits of a pool rule run: a run that would release too many customers waits for approval.

use chrono::TimeDelta;
use serde_json::json;
use tidepool::crm::rule::run::sweep;

use crate::crm::rule_run::{done, first_night};
use crate::support::World;

#[tokio::test]
async fn a_run_that_would_release_too_many_waits_for_approval_until_the_next_run() {
    let world = World::new().await;
    let (admin, ann, boss) =
        (world.admin().await, world.sales("Ann").await, world.person("Boss", "manager", None).await);
    admin.create_rule("followup_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 30).await;
    world.run_rules_at(first_night()).await;
    let waiting = ("AWAITING_APPROVAL".to_owned(), 30, 0);
    assert_eq!(admin.runs().await, std::slice::from_ref(&waiting));
    let lapsed = admin.last_run().await;
    let query = "mutation($id: ID!) { approvePoolRuleRun(input: {poolRuleRunId: $id}) { userErrors { code } } }";
    assert_eq!(boss.refused(query, json!({"id": lapsed["id"]})).await, "FORBIDDEN");
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(admin.runs().await, [waiting, ("LAPSED".to_owned(), 30, 0)]);
    assert_eq!(admin.approve(&lapsed).await, "TOO_LATE");
    // An owner who follows up meanwhile keeps the customer.
    let saved = world.sql::<uuid::Uuid>("select id from customer where name = 'Company 7'").await;
    assert_eq!(ann.follow_up(&json!(format!("customer_{saved}"))).await, "");
    let run = admin.last_run().await;
    for _ in 0..2 {
        assert_eq!(admin.approve(&run).await, "");
        sweep(&world.app).await.unwrap();
        assert_eq!(admin.runs().await[0], done(30, 29));
    }
    assert_eq!(admin.last_run().await["approvedBy"]["name"], "Ada");
    assert_eq!(world.owned_by(&ann).await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owner_who_would_lose_more_than_half_loses_nothing_before_an_approval() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Of Ann ", 11).await;
    world.owned(&ben, "Of Ben ", 5).await;
    world.advance(TimeDelta::hours(17));
    world.owned(&ben, "New of Ben ", 80).await;
    world.run_rules_at(first_night()).await;
    assert_eq!(admin.runs().await, [("AWAITING_APPROVAL".to_owned(), 16, 5)]);
    assert_eq!((world.owned_by(&ann).await, world.owned_by(&ben).await), (11, 80));
    assert_eq!(admin.approve(&admin.last_run().await).await, "");
    sweep(&world.app).await.unwrap();
    assert_eq!(admin.runs().await, [done(16, 16)]);
    assert_eq!(world.owned_by(&ann).await, 0);
}

#[tokio::test]
async fn what_one_owner_would_lose_waits_once_and_falls_at_the_deadline() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let rule = admin.create_rule("followup_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Of Ann ", 15).await;
    world.owned(&ben, "Of Ben ", 4).await;
    world.advance(TimeDelta::hours(17));
    world.owned(&ben, "New of Ben ", 80).await;
    world.run_rules_at(first_night()).await;
    assert_eq!(admin.runs().await, [("AWAITING_APPROVAL".to_owned(), 19, 4)]);
    let query = "{ poolRuleRuns(first: 1) { edges { node { id held approveBy } } } }";
    let run = admin.ask(query).await["poolRuleRuns"]["edges"][0]["node"].clone();
    let due = "2026-03-03T19:00:00.000000Z";
    assert_eq!(run, json!({"id": run["id"], "held": 15, "approveBy": due}));

    // Those who may approve and the superior of the owner are told how many wait, and until when.
    let query = "{ notifications(first: 1) { edges { node { kind customers dueAt customerName aboutUser { name } poolRule { id } poolRuleRun { id } } } } }";
    let told = async |who: &crate::support::Person| who.ask(query).await["notifications"]["edges"][0]["node"].clone();
    let wanted = json!({"kind": "APPROVAL_DUE", "customers": 15, "dueAt": due, "customerName": null, "aboutUser": null,
        "poolRule": {"id": rule}, "poolRuleRun": {"id": run["id"]}});
    assert_eq!(told(&admin).await, wanted);
    let told = told(&boss).await;
    assert_eq!((&told["kind"], &told["customers"], &told["dueAt"]), (&json!("APPROVAL_DUE"), &json!(15), &json!(due)));
    assert_eq!(told["aboutUser"]["name"], "Ann");

    // Who follows up meanwhile keeps the customer. The rest falls without another question.
    let saved = world.sql::<uuid::Uuid>("select id from customer where name = 'Of Ann 7'").await;
    assert_eq!(ann.follow_up(&json!(format!("customer_{saved}"))).await, "");
    world.run_rules_at(first_night() + TimeDelta::hours(23)).await;
    assert_eq!(world.owned_by(&ann).await, 15);
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(admin.runs().await[1], done(19, 18));
    assert_eq!(world.owned_by(&ann).await, 1);
    assert_eq!(admin.approve(&run).await, "TOO_LATE");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_rule_may_leave_what_waits_with_the_owner() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let keeps = json!({"keepsUnapproved": true});
    admin.create_rule_with("owned_days > 0.5", "0 3 * * *", 1, keeps.clone()).await;
    world.owned(&ann, "Company ", 15).await;
    for day in 0..2 {
        world.run_rules_at(first_night() + TimeDelta::days(day)).await;
        assert_eq!(admin.runs().await[0], ("AWAITING_APPROVAL".to_owned(), 15, 0));
    }
    assert_eq!(admin.runs().await[1], ("LAPSED".to_owned(), 15, 0));
    assert_eq!(world.owned_by(&ann).await, 15);
    let keep = json!({"name": "Keep", "condition": "owned_days > 1", "action": "KEEP", "priority": 1, "keepsUnapproved": true});
    assert_eq!(admin.outcome("createPoolRule", keep).await, "INVALID");
}

#[tokio::test]
async fn an_approved_run_takes_no_more_than_it_has_counted() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let keep = admin.create_keep_rule("level == \"KEY\"", 5).await;
    admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 30).await;
    world.owned(&ann, "Key ", 10).await;
    sqlx::query("update customer set level = 'KEY' where name like 'Key%'").execute(&world.db).await.unwrap();
    world.run_rules_at(first_night()).await;
    assert_eq!(admin.runs().await, [("AWAITING_APPROVAL".to_owned(), 30, 0)]);
    // More would match by now: the key accounts, and those that are owned for half a day by now.
    let off = json!({"poolRuleId": keep, "version": 1, "isEnabled": false});
    assert_eq!(admin.outcome("updatePoolRule", off).await, "");
    world.owned(&ann, "New ", 20).await;
    world.advance(TimeDelta::hours(20));
    assert_eq!(admin.approve(&admin.last_run().await).await, "");
    sweep(&world.app).await.unwrap();
    assert_eq!(admin.runs().await, [done(30, 30)]);
    let left: String = world
        .sql("select string_agg(distinct split_part(name, ' ', 1), ' ') from customer where owner_user_id is not null")
        .await;
    assert_eq!(left, "Key New");
}

#[tokio::test]
async fn the_limit_of_a_run_counts_for_what_stops_it() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule_with("owned_days > 0.5", "0 3 * * *", 1, json!({"maxPerRun": 6})).await;
    world.owned(&ann, "Company ", 15).await;
    world.run_rules_at(first_night()).await;
    assert_eq!(admin.runs().await, [done(15, 6)], "six are not many");
}

#[tokio::test]
async fn archived_customers_do_not_count_in_the_share_that_an_owner_loses() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let rule = admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    let away = json!(ann.create("Away").await);
    world.owned(&ann, "Of Ann ", 11).await;
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": away})).await, "");
    world.advance(TimeDelta::hours(17));
    world.owned(&ann, "New of Ann ", 10).await;
    world.run_rules_at(first_night()).await;
    // It is 11 of 21 customers; with the archived one it would be half of 22.
    let query = "query($id: ID!) { previewPoolRule(poolRuleId: $id) { owned matched } }";
    assert_eq!(admin.data(query, json!({"id": rule})).await["previewPoolRule"], json!({"owned": 21, "matched": 11}));
    assert_eq!(admin.runs().await, [("AWAITING_APPROVAL".to_owned(), 11, 0)]);
}

#[tokio::test]
async fn a_changed_rule_cancels_its_waiting_run_and_a_broken_rule_fails() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let rule = admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 30).await;
    world.run_rules_at(first_night()).await;
    let run = admin.last_run().await;
    let update = json!({"poolRuleId": rule, "version": 1, "name": "Another", "condition": "owner == \"ann@example.com\"", "confirm": true});
    assert_eq!(admin.outcome("updatePoolRule", update).await, "");
    assert_eq!(admin.approve(&run).await, "TOO_LATE");
    sqlx::query("update app_user set email = 'anna@example.com' where email = 'ann@example.com'")
        .execute(&world.db)
        .await
        .unwrap();
    world.app.follow().await.unwrap();
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(admin.runs().await[0].0, "FAILED");
    assert!(admin.last_run().await["error"].as_str().unwrap().contains("There is no user"));
    assert_eq!(world.owned_by(&ann).await, 30);
}

#[tokio::test]
async fn a_run_with_a_maximum_releases_the_longest_neglected_customers() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let input = json!({"name": "Some", "condition": "followup_days > 3", "action": "RELEASE_TO_POOL", "priority": 1,
        "schedule": "0 3 * * *", "maxPerRun": 3});
    assert_eq!(admin.outcome("createPoolRule", input.clone()).await, "");
    for name in ["A", "B", "C", "D", "E"] {
        ann.create(name).await;
        world.advance(TimeDelta::hours(1));
    }
    let a: uuid::Uuid = world.sql("select id from customer where name = 'A'").await;
    assert_eq!(ann.follow_up(&json!(format!("customer_{a}"))).await, "");
    let pooled = async || -> String {
        world.sql("select string_agg(name, '' order by name) from customer where owner_user_id is null").await
    };
    world.run_rules_at(first_night() + TimeDelta::days(4)).await;
    assert_eq!((pooled().await, admin.runs().await[0].clone()), ("BCD".to_owned(), done(5, 3)));
    world.run_rules_at(first_night() + TimeDelta::days(5)).await;
    assert_eq!((pooled().await, admin.runs().await[0].clone()), ("ABCDE".to_owned(), done(2, 2)));
    // An invalid maximum is refused, and null removes the maximum.
    for wrong in [json!(0), json!(-1)] {
        let mut input = input.clone();
        input["maxPerRun"] = wrong;
        assert_eq!(admin.outcome("createPoolRule", input).await, "INVALID");
    }
    let keep = json!({"name": "Keep", "condition": "owned_days > 1", "action": "KEEP", "priority": 1, "maxPerRun": 1});
    assert_eq!(admin.outcome("createPoolRule", keep).await, "INVALID");
    let rule =
        admin.ask("{ poolRules(filter: {isEnabled: {eq: true}}) { edges { node { id version maxPerRun } } } }").await;
    let rule = rule["poolRules"]["edges"][0]["node"].clone();
    assert_eq!(rule["maxPerRun"], 3);
    let update = json!({"poolRuleId": rule["id"], "version": rule["version"], "maxPerRun": null});
    assert_eq!(
        admin.act("updatePoolRule", update, "poolRule { maxPerRun }").await["poolRule"]["maxPerRun"],
        json!(null)
    );
}
