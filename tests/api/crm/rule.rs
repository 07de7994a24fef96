//! Pool rules: administrators manage them, managers preview them.

use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

const RULE: &str = "poolRule { id name condition action daysAhead priority schedule isEnabled version }";

fn rule(condition: &str) -> Json {
    json!({"name": "Rule", "condition": condition, "action": "RELEASE_TO_POOL", "priority": 5, "schedule": "0 4 * * *"})
}

impl Person {
    /// The preview of a rule: how many customers of how many it would release, and their names.
    async fn preview_of(&self, rule: &Json) -> Json {
        let query = "query($id: ID!) { previewPoolRule(poolRuleId: $id) { matched owned customers { name } } }";
        self.data(query, json!({"id": rule})).await["previewPoolRule"].clone()
    }
}

#[tokio::test]
async fn an_installation_starts_with_the_default_rules() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let rules = ann.ask("{ poolRules { edges { node { name condition action priority schedule } } } }").await;
    insta::assert_snapshot!(pretty(&rules["poolRules"]));
    let hr = world.person("Hana", "hr", None).await;
    assert_eq!(hr.ask("{ poolRules { totalCount } }").await["poolRules"]["totalCount"], 0);
}

#[tokio::test]
async fn administrators_manage_the_rules() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut input = rule("followup_days > 7");
    input["idempotencyKey"] = json!("once");
    let created = admin.act("createPoolRule", input.clone(), RULE).await["poolRule"].clone();
    assert_eq!(created["isEnabled"], true);
    assert_eq!(admin.act("createPoolRule", input.clone(), RULE).await["poolRule"]["id"], created["id"], "once");
    let update =
        |version: i32| json!({"poolRuleId": created["id"], "version": version, "priority": 7, "isEnabled": false});
    let updated = admin.act("updatePoolRule", update(1), RULE).await;
    assert_eq!((&updated["poolRule"]["priority"], &updated["poolRule"]["isEnabled"]), (&json!(7), &json!(false)));
    assert_eq!(admin.outcome("updatePoolRule", update(1)).await, "CONFLICT");
    let query = "mutation($input: UpdatePoolRuleInput!) { updatePoolRule(input: $input) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"input": update(2)})).await, "FORBIDDEN");
    let one = ann.data("query($id: ID!) { poolRule(id: $id) { version } }", json!({"id": created["id"]})).await;
    assert_eq!(one["poolRule"]["version"], 2);
}

#[tokio::test]
async fn all_errors_of_a_rule_are_reported_at_once() {
    let world = World::new().await;
    let admin = world.admin().await;
    let paths = async |input: Json| {
        let payload = admin.act("createPoolRule", input, "__typename").await;
        let errors = payload["userErrors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["path"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let wrong = json!({"name": " ", "condition": "days > 3", "action": "RELEASE_TO_POOL", "priority": 2000, "schedule": "at night", "daysAhead": 1});
    assert_eq!(paths(wrong).await, ["name", "condition", "schedule", "daysAhead", "priority"]);
    let with = |changes: Json| {
        let mut input = rule("owned_days > 1");
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        input
    };
    for (changes, path) in [
        (json!({"schedule": null}), "schedule"),
        (json!({"schedule": "every: P0D"}), "schedule"),
        (json!({"schedule": "0 3 31 2 *"}), "schedule"),
        (json!({"action": "KEEP"}), "schedule"),
        (json!({"action": "WARN_OWNER"}), "daysAhead"),
        (json!({"action": "WARN_OWNER", "daysAhead": 91}), "daysAhead"),
    ] {
        assert_eq!(paths(with(changes.clone())).await, [path], "{changes}");
    }
    assert_eq!(paths(with(json!({"action": "KEEP", "schedule": null}))).await, [] as [&str; 0]);
    assert_eq!(paths(with(json!({"action": "WARN_OWNER", "daysAhead": 1}))).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_rule_that_matches_many_customers_must_be_confirmed() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    for number in 0..21 {
        ann.create(&format!("Company {number}")).await;
    }
    let all = rule("owned_days >= 0");
    let refused = admin.act("createPoolRule", all.clone(), RULE).await;
    assert_eq!(refused["userErrors"][0]["code"], "CONFIRMATION_REQUIRED");
    let message = "The rule would release 21 of 21 owned customers. Confirm this (`confirm: true`) to save it.";
    assert_eq!(refused["userErrors"][0]["message"], message);
    let mut off = all.clone();
    off["isEnabled"] = json!(false);
    let saved = admin.act("createPoolRule", off, RULE).await["poolRule"].clone();
    let on = |confirm: bool| json!({"poolRuleId": saved["id"], "version": 1, "isEnabled": true, "confirm": confirm});
    assert_eq!(admin.outcome("updatePoolRule", on(false)).await, "CONFIRMATION_REQUIRED");
    assert_eq!(admin.outcome("updatePoolRule", on(true)).await, "");
    // A `KEEP` rule releases nothing.
    let keep = json!({"name": "All", "condition": "owned_days >= 0", "action": "KEEP", "priority": 9});
    assert_eq!(admin.outcome("createPoolRule", keep).await, "");
    assert_eq!(admin.outcome("createPoolRule", all).await, "", "what is kept is not taken");
}

#[tokio::test]
async fn a_preview_counts_visible_customers_and_those_kept_by_other_rules() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    // A rule that is created later has the greater id.
    world.advance(chrono::TimeDelta::seconds(1));
    let ben = world.sales("Ben").await;
    for (owner, names) in [(&ann, ["A1", "A2"]), (&ben, ["B1", "B2"])] {
        for name in names {
            owner.create(name).await;
            world.advance(chrono::TimeDelta::hours(1));
        }
    }
    world.pooled("Pooled").await;
    sqlx::query("update customer set level = 'KEY' where name = 'B1'").execute(&world.db).await.unwrap();
    let created = admin.act("createPoolRule", rule("owned_days > 0"), RULE).await["poolRule"]["id"].clone();
    let names = |preview: &Json| {
        let customers = preview["customers"].as_array().unwrap();
        customers.iter().map(|customer| customer["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&admin.preview_of(&created).await), ["A1", "A2", "B1", "B2"], "the most neglected first");
    let seen = boss.preview_of(&created).await;
    assert_eq!(
        (&seen["matched"], &seen["owned"], names(&seen)),
        (&json!(2), &json!(2), vec!["A1".to_owned(), "A2".to_owned()])
    );
    // A `KEEP` rule with a lower priority keeps nothing from it; with the same priority it does.
    for (priority, kept) in [(4, false), (5, true)] {
        let keep = json!({"name": "Key", "condition": "level == \"KEY\"", "action": "KEEP", "priority": priority});
        assert_eq!(admin.outcome("createPoolRule", keep).await, "");
        assert_eq!(names(&admin.preview_of(&created).await).contains(&"B1".to_owned()), !kept, "{priority}");
    }
    let page = "query($a: ID) { previewPoolRule(condition: \"owned_days > 0\", priority: 9, first: 2, after: $a) { \
        matched byOwner { owner { name } matched } customers { id name } } }";
    let first = admin.data(page, json!({})).await["previewPoolRule"].clone();
    assert_eq!(names(&first), ["A1", "A2"]);
    let by_owner = json!([{"owner": {"name": "Ann"}, "matched": 2}, {"owner": {"name": "Ben"}, "matched": 2}]);
    assert_eq!((&first["matched"], &first["byOwner"]), (&json!(4), &by_owner));
    let rest = admin.data(page, json!({"a": first["customers"][1]["id"]})).await["previewPoolRule"].clone();
    assert_eq!((&rest["matched"], names(&rest)), (&json!(4), vec!["B1".to_owned(), "B2".to_owned()]));
    assert_eq!(ann.refused(page, json!({})).await, "FORBIDDEN");
    assert_eq!(admin.refused("{ previewPoolRule { matched } }", json!({})).await, "BAD_USER_INPUT");
    assert_eq!(world.sql::<i64>("select count(*) from customer where owner_user_id is not null").await, 4, "untouched");
}

#[tokio::test]
async fn a_preview_counts_the_customers_of_the_next_runs() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    for name in ["A", "B", "C"] {
        ann.create(name).await;
        world.advance(chrono::TimeDelta::days(1));
    }
    let mut input = rule("followup_days > 3");
    (input["schedule"], input["isEnabled"]) = (json!("0 3 * * *"), json!(false));
    let rule = admin.act("createPoolRule", input, RULE).await["poolRule"]["id"].clone();
    let query = "query($id: ID, $c: String) { previewPoolRule(poolRuleId: $id, condition: $c) { matched nextRuns { plannedAt matched } } }";
    let seen = admin.data(query, json!({"id": rule})).await["previewPoolRule"].clone();
    // A is released in the next night, B and C in later ones; each is counted once.
    let run =
        |day: u32, matched: i64| json!({"plannedAt": format!("2026-03-{day:02}T19:00:00.000000Z"), "matched": matched});
    let next_runs = [run(5, 1), run(6, 1), run(7, 1), run(8, 0), run(9, 0)];
    assert_eq!(seen, json!({"matched": 0, "nextRuns": next_runs}));
    let seen = admin.data(query, json!({"c": "followup_days > 3"})).await["previewPoolRule"].clone();
    assert_eq!(seen["nextRuns"], json!([]), "what is not saved has no schedule");
}

#[tokio::test]
async fn a_preview_does_not_tell_how_neglected_a_hidden_customer_is() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, zoe) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Zoe").await);
    let mut ids = Vec::new();
    for owner in [&ann, &zoe, &ann] {
        ids.push(owner.create(&format!("Company {}", ids.len())).await);
        world.advance(chrono::TimeDelta::days(1));
    }
    let behind = async |id: &str| {
        let query =
            "query($after: ID!) { previewPoolRule(condition: \"owned_days > 0\", after: $after) { customers { id } } }";
        boss.data(query, json!({"after": id})).await["previewPoolRule"]["customers"].clone()
    };
    assert_eq!(behind(&ids[0]).await, json!([{"id": ids[2]}]));
    assert_eq!(behind(&ids[1]).await, json!([]), "the position of a customer of somebody else");
}
