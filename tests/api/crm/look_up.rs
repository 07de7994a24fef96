//! Look-ups of masked contact details: a guess that is tested counts like a look at a contact.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, Statements, World};

const BY_PHONE: &str = "query($phone: String) { customers(filter: {contactPhone: $phone}) { totalCount } }";

impl Person {
    /// How many customers have a phone number, or the code of the refusal.
    async fn look_up(&self, phone: &str) -> Json {
        let answer = self.ask_with(BY_PHONE, json!({"phone": phone})).await;
        match answer["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => json!(code),
            None => answer["data"]["customers"]["totalCount"].clone(),
        }
    }

    async fn check(&self, arguments: &str) -> String {
        let answer = self.ask_with(&format!("{{ checkDuplicate({arguments}) {{ status }} }}"), json!({})).await;
        let refused = answer["errors"][0]["extensions"]["code"].as_str();
        refused.unwrap_or_else(|| answer["data"]["checkDuplicate"]["status"].as_str().unwrap()).to_owned()
    }
}

/// A manager, a rep below with a customer, and its contact's id. At most so many details may be seen in a day.
async fn team(most: i32) -> (World, Person, Person, Json) {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@acme.com").await;
    let admin = world.admin().await;
    assert_eq!(admin.outcome("updateSettings", json!({"maxRevealsPerDay": most})).await, "");
    (world, boss, ann, contact["id"].clone())
}

#[tokio::test]
async fn each_value_that_is_looked_up_counts_once_a_day() {
    let (world, boss, ann, contact) = team(3).await;
    assert_eq!(boss.look_up("13800000001").await, 0);
    assert_eq!(boss.look_up("13812345678").await, 1);
    assert_eq!(boss.look_up("13800000002").await, 0);
    let fourth = boss.ask_with(BY_PHONE, json!({"phone": "13800000003"})).await["errors"][0].clone();
    assert_eq!(
        fourth["extensions"],
        json!({"code": "REVEAL_LIMIT_REACHED", "limit": 3, "until": "2026-03-02T16:00:00.000000Z"})
    );
    let message = fourth["message"].as_str().unwrap();
    assert!(message.contains('3') && message.contains("2026-03-03 00:00 (Asia/Shanghai)"), "{message}");
    assert_eq!(boss.look_up("+86 138-1234-5678").await, 1, "the same number, in another notation");
    assert_eq!(boss.outcome("revealContact", json!({"contactId": contact})).await, "REVEAL_LIMIT_REACHED");
    for _ in 0..5 {
        assert_eq!(ann.look_up("13800000003").await, 0, "a user who finds only what they see anyway learns nothing");
    }
    world.advance(TimeDelta::hours(15));
    assert_eq!(boss.look_up("13800000003").await, 0, "a new day");
    let admin = world.existing_user("ada@example.com").await;
    let log = admin
        .ask("{ auditEntries(filter: {kind: {eq: DETAILS_LOOKED_UP}}) { edges { node { actor { name } details } } } }")
        .await;
    let log = log["auditEntries"]["edges"].as_array().unwrap();
    assert_eq!(log.len(), 4);
    assert!(log.iter().all(|edge| edge["node"] == json!({"actor": {"name": "Boss"}, "details": ["PHONE: 1"]})));
    let kept: String = world.sql("select string_agg(e::text, '') from audit_entry e").await;
    assert!(!kept.contains("13800000") && !kept.contains("1381234"), "{kept}");
    world.advance(TimeDelta::days(3));
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from detail_look_up").await, 0);
}

#[tokio::test]
async fn details_of_own_customers_do_not_count() {
    let (world, boss, ann, _) = team(0).await;
    assert_eq!(ann.look_up("13812345678").await, 1);
    let own = json!(boss.create("Blue").await);
    boss.contact(&own, "Han", "13900000000", "han@blue.com").await;
    assert_eq!(boss.look_up("13900000000").await, 1);
    assert_eq!(boss.look_up("13812345678").await, "REVEAL_LIMIT_REACHED");
    assert_eq!(boss.check(r#"phone: "13900000000""#).await, "TAKEN");
    assert_eq!(boss.check(r#"phone: "13812345678""#).await, "REVEAL_LIMIT_REACHED");
    assert_eq!(world.sql::<i64>("select count(*) from detail_look_up").await, 0);
}

#[tokio::test]
async fn a_request_with_many_look_ups_is_counted_in_one_statement() {
    let (world, boss, _, _) = team(3).await;
    let lists = |phones: &[&str]| {
        let list = |(place, phone): (usize, &&str)| {
            format!(
                "p{place}: customers(filter: {{or: [{{contactPhone: \"{phone}\"}}, {{contactEmail: \"x@acme.com\"}}]}}) {{ totalCount }}"
            )
        };
        format!("{{ {} }}", phones.iter().enumerate().map(list).collect::<Vec<_>>().join(" "))
    };
    let too_many = lists(&["13800000001", "13800000002", "13800000003"]);
    assert_eq!(boss.refused(&too_many, json!({})).await, "REVEAL_LIMIT_REACHED");
    assert_eq!(world.sql::<i64>("select count(*) from detail_look_up").await, 0, "nothing was read");
    let statements = Statements::listen();
    boss.ask(&lists(&["13800000001", "13800000002"])).await;
    assert_eq!(statements.sent().len(), 2, "{:?}", statements.sent());
    assert_eq!(world.sql::<i64>("select count(*) from detail_look_up").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_cannot_pass_the_limit_together() {
    let (world, boss, _, _) = team(3).await;
    let asked: Vec<_> = (0..10)
        .map(|number| {
            let boss = boss.clone();
            tokio::spawn(async move { boss.look_up(&format!("1380000000{number}")).await })
        })
        .collect();
    let mut answered = 0;
    for one in asked {
        answered += usize::from(one.await.unwrap() == 0);
    }
    assert_eq!(answered, 3);
    assert_eq!(world.sql::<i64>("select count(*) from detail_look_up").await, 3);
}

#[tokio::test]
async fn a_duplicate_check_by_contact_details_counts() {
    let (world, _, ann, _) = team(2).await;
    let ben = world.sales("Ben").await;
    assert_eq!(ben.check(r#"phone: "13812345678""#).await, "TAKEN");
    assert_eq!(ben.check(r#"email: "wang@acme.com""#).await, "TAKEN");
    assert_eq!(ben.check(r#"email: "other@acme.com""#).await, "TAKEN", "the same domain");
    assert_eq!(ben.check(r#"phone: "13800000001""#).await, "REVEAL_LIMIT_REACHED");
    assert_eq!(ben.check(r#"name: "Acme", email: "somebody@qq.com""#).await, "TAKEN", "no contact is looked up");
    assert_eq!(ann.check(r#"phone: "13812345678""#).await, "TAKEN");
    let free = world.pooled("Free").await;
    assert_eq!(ann.claim(&free).await, "");
    assert_eq!(ann.check(r#"phone: "13800000001""#).await, "FREE");
    assert_eq!(ann.check(r#"phone: "13800000002""#).await, "REVEAL_LIMIT_REACHED", "the claim showed details, too");
}

#[tokio::test]
async fn a_release_of_the_team_by_contact_details_counts() {
    let (_, boss, _, _) = team(1).await;
    let release = async |phone: &str, expected: i32| {
        boss.outcome("releaseTeamCustomers", json!({"filter": {"contactPhone": phone}, "expected": expected})).await
    };
    assert_eq!(release("13800000001", 1).await, "CONFLICT");
    // What was refused has counted nothing.
    assert_eq!(release("13812345678", 1).await, "");
    assert_eq!(release("13800000001", 1).await, "REVEAL_LIMIT_REACHED");
}
