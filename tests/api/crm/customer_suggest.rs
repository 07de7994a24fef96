//! Suggested owners of a pooled customer with their reasons, and assignment by suggestions.

use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::sign_in::sets_password;
use crate::support::{Person, Statements, World};

const SUGGEST: &str = "query($ids: [ID!]!, $first: Int! = 3) { suggestOwners(customerIds: $ids, first: $first) {
    customer { name } suggestions { owner { name } score reasons {
        wonOpportunities orders salesNearAmount salesInIndustry ownedCustomers liveOpportunities } } } }";

impl Person {
    /// The suggestions as text.
    async fn suggested(&self, customers: &[&Json]) -> String {
        let suggested = self.data(SUGGEST, json!({"ids": customers})).await;
        let mut table = String::new();
        for answer in suggested["suggestOwners"].as_array().unwrap() {
            writeln!(table, "{}", answer["customer"]["name"].as_str().unwrap()).unwrap();
            for suggestion in answer["suggestions"].as_array().unwrap() {
                let (name, score) =
                    (suggestion["owner"]["name"].as_str().unwrap(), suggestion["score"].as_f64().unwrap());
                let count = |reason: &str| suggestion["reasons"][reason].as_i64().unwrap();
                writeln!(
                    table,
                    "  {name:<4} {score:>6.2}: {} won, {} ordered, {} near amount, {} in industry; {} owned, {} live",
                    count("wonOpportunities"),
                    count("orders"),
                    count("salesNearAmount"),
                    count("salesInIndustry"),
                    count("ownedCustomers"),
                    count("liveOpportunities")
                )
                .unwrap();
            }
        }
        table
    }

    /// Creates a customer of an industry with an opportunity.
    async fn offer(&self, name: &str, industry: &str, product: &Json, amount: &str) -> (Json, Json) {
        let input = json!({"name": name, "source": "WEBSITE", "industry": industry, "notDuplicate": true});
        let customer = self.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
        let input = json!({"customerId": customer, "expectedProductId": product, "expectedAmount": amount});
        let deal = self.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
        (customer, deal)
    }

    async fn assign_suggested(&self, customers: &[&Json]) -> Vec<String> {
        self.outcomes("assignSuggestedOwners", json!({"customerIds": customers})).await
    }
}

async fn team(world: &World) -> [Person; 4] {
    let boss = world.person("Boss", "manager", None).await;
    let [ann, ben, cleo] = ["Ann", "Ben", "Cleo"].map(|name| world.person(name, "sales", Some(&boss)));
    let (ann, ben, cleo) = (ann.await, ben.await, cleo.await);
    have_passwords(world).await;
    [boss, ann, ben, cleo]
}

/// Gives everybody a password, so that they can sign in when the sessions of the tests are over.
async fn have_passwords(world: &World) {
    sqlx::query("update app_user set password_hash = 'unknown' where password_hash is null")
        .execute(&world.db)
        .await
        .unwrap();
}

/// The number of customers of each owner.
async fn owned(world: &World) -> String {
    world
        .sql(
            "select string_agg(name || ' ' || owned, ', ' order by name)
             from (select u.name, count(*) as owned from app_user u join customer c on c.owner_user_id = u.id group by u.name) o",
        )
        .await
}

#[tokio::test]
async fn who_can_not_sign_in_is_not_suggested() {
    let world = World::new().await;
    let [boss, _ann, _ben, _cleo] = team(&world).await;
    let admin = world.admin().await;
    for name in ["Dora", "Emma"] {
        let email = format!("{}@example.com", name.to_lowercase());
        let input = json!({"email": email, "name": name, "roles": ["sales"], "managerId": boss.gid()});
        let made = admin.act("createUser", input, "user { id }").await;
        if name == "Emma" {
            sets_password(&world, &admin, &made["user"]["id"], "a long enough passphrase").await;
        }
    }
    let acme = world.pooled("Acme").await;
    let query = "query($ids: [ID!]!) { suggestOwners(customerIds: $ids, first: 9) { suggestions { owner { name } } } }";
    let seen = boss.data(query, json!({"ids": [acme]})).await["suggestOwners"][0]["suggestions"].clone();
    let names: Vec<_> = seen.as_array().unwrap().iter().map(|one| one["owner"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Ann", "Ben", "Cleo", "Emma"], "Dora has no password yet");
}

#[tokio::test]
async fn experience_with_similar_sales_ranks_first_unless_the_load_is_too_high() {
    let world = World::new().await;
    let [boss, ann, ben, _cleo] = team(&world).await;
    let [pump, valve] = ["PUMP", "VALVE"].map(|sku| world.product(sku, "1000"));
    let (pump, valve) = (pump.await, valve.await);
    // Ann has sold pumps to the industry; Ben has sold something else for the same amount, and has an open opportunity.
    let (works, deal) = ann.offer("Ann's works", "MANUFACTURING", &pump, "1500").await;
    ann.order(&works, &pump, json!({"opportunityId": deal, "closeOpportunity": true})).await;
    let (shop, deal) = ben.offer("Ben's shop", "RETAIL", &valve, "2000").await;
    assert_eq!(ben.move_to(&deal, 1, "WON").await, "");
    let refunded = ben.order(&shop, &pump, json!({})).await;
    assert_eq!(ben.advance(&refunded, 1, "CANCEL").await, "");
    ben.offer("Ben's other shop", "RETAIL", &valve, "50000").await;
    // Acme was offered pumps, Blue a product that nobody sold, Grey an amount without a product, New nothing.
    let (acme, _) = ann.offer("Acme", "MANUFACTURING", &pump, "1000").await;
    let (blue, _) = ann.offer("Blue", "ENERGY", &world.product("TURBINE", "9000000").await, "9000000").await;
    let (grey, _) = ann.offer("Grey", "ENERGY", &Json::Null, "4000").await;
    world.advance(TimeDelta::days(1));
    for customer in [&acme, &blue, &grey] {
        assert_eq!(ann.release(customer).await, "");
    }
    let new = world.pooled("New").await;
    let asked = [&acme, &blue, &grey, &new];
    insta::assert_snapshot!("at_once", boss.suggested(&asked).await);
    // Ann gets a high load.
    for number in 0..40 {
        let more = world.pooled(&format!("More {number}")).await;
        assert_eq!(ann.claim(&more).await, "");
    }
    insta::assert_snapshot!("with_much_to_do", boss.suggested(&[&acme]).await);
    // After a year, sales do not count any more.
    world.advance(TimeDelta::days(365));
    let boss = world.existing_user("boss@example.com").await;
    insta::assert_snapshot!("after_a_year", boss.suggested(&[&acme]).await);
}

#[tokio::test]
async fn suggestions_for_a_batch_share_the_customers_out_by_load() {
    let world = World::new().await;
    let [boss, ann, ben, _cleo] = team(&world).await;
    ann.create("One of Ann's").await;
    for name in ["One of Ben's", "Another one"] {
        ben.create(name).await;
    }
    let mut customers = Vec::new();
    for number in 0..6 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    let black = world.pooled("Black").await;
    let admin = world.admin().await;
    admin.outcome("blacklistCustomer", json!({"customerId": black, "reason": "x"})).await;
    // A refused assignment adds no load.
    let asked: Vec<_> = [&black].into_iter().chain(&customers).collect();
    world.advance(TimeDelta::seconds(1));
    assert_eq!(boss.assign_suggested(&asked).await, ["BLACKLISTED", "", "", "", "", "", ""]);
    assert_eq!(owned(&world).await, "Ann 3, Ben 3, Cleo 3");
    // The rep with the lowest load came first; each is notified, and each assignment is logged.
    assert_eq!(
        admin.data("query($id: ID!) { customer(id: $id) { owner { name } operations { edges { node { type operator { name } } } } } }", json!({"id": customers[0]})).await["customer"],
        json!({"owner": {"name": "Cleo"}, "operations": {"edges": [
            {"node": {"type": "ASSIGN", "operator": {"name": "Boss"}}}, {"node": {"type": "CREATE", "operator": {"name": "Mark"}}}]}})
    );
    assert_eq!(ann.ask("{ notifications { totalCount } }").await["notifications"]["totalCount"], 2);
    assert_eq!(boss.assign_suggested(&[&customers[0]]).await, ["ALREADY_OWNED"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn only_users_whom_the_viewer_may_assign_customers_to_are_suggested() {
    let world = World::new().await;
    let (boss, admin) = (world.person("Boss", "manager", None).await, world.admin().await);
    let near = world.person("Near", "sales", Some(&boss)).await;
    let left = world.person("Left", "sales", Some(&boss)).await;
    let stranger = world.sales("Far").await;
    world.person("Clerk", "service", Some(&boss)).await;
    assert_eq!(admin.outcome("departUser", json!({"userId": left.gid()})).await, "");
    let (acme, black) = (world.pooled("Acme").await, world.pooled("Black").await);
    admin.outcome("blacklistCustomer", json!({"customerId": black, "reason": "x"})).await;
    let (unseen, own) = (json!(stranger.create("Unseen").await), json!(near.create("Near's own").await));
    let asked = [&unseen, &acme, &black, &own];
    insta::assert_snapshot!("for_a_manager", boss.suggested(&asked).await);
    insta::assert_snapshot!("for_an_administrator", admin.suggested(&asked).await);
    for nobody in [&near, &world.person("Mark2", "marketing", None).await] {
        assert_eq!(nobody.refused(SUGGEST, json!({"ids": [acme]})).await, "FORBIDDEN");
    }
    assert_eq!(boss.refused(SUGGEST, json!({"ids": vec![&acme; 101]})).await, "BAD_USER_INPUT");
    assert_eq!(boss.refused(SUGGEST, json!({"ids": [acme], "first": 21})).await, "BAD_USER_INPUT");
    // If nobody can be given customers by the viewer, the request is refused.
    let lonely = world.person("Lonely", "manager", None).await;
    assert_eq!(lonely.outcome("assignSuggestedOwners", json!({"customerIds": [acme]})).await, "INVALID_OWNER");
    // A user who leaves at the same moment gets nothing, though this server does not know it yet.
    sqlx::query("alter table app_user disable trigger directory_changed").execute(&world.db).await.unwrap();
    sqlx::query("update app_user set status = 'DEPARTED' where name = 'Near'").execute(&world.db).await.unwrap();
    assert_eq!(boss.assign_suggested(&asked).await, ["NOT_FOUND", "CONFLICT", "BLACKLISTED", "ALREADY_OWNED"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_absent_user_is_not_suggested_but_can_be_assigned_by_hand() {
    let world = World::new().await;
    let [boss, ann, ben, cleo] = team(&world).await;
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue").await);
    // Tuesday begins in Shanghai at 16:00 UTC on Monday.
    assert_eq!(boss.record_absence(&ann, "2026-03-03", "2026-03-03").await, "");
    let mut suggested = Vec::new();
    let microsecond = TimeDelta::microseconds(1);
    for wait in [TimeDelta::hours(15) - microsecond, microsecond, TimeDelta::days(1) - microsecond, microsecond] {
        world.advance(wait);
        let table = boss.suggested(&[&acme]).await;
        suggested.push(
            table.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect::<Vec<_>>().join(" "),
        );
    }
    assert_eq!(suggested, ["Ann Ben Cleo", "Ben Cleo", "Ben Cleo", "Ann Ben Cleo"]);
    for away in [&ann, &ben] {
        assert_eq!(boss.record_absence(away, "2026-03-04", "2026-03-06").await, "");
    }
    assert_eq!(boss.assign_suggested(&[&acme]).await, [""]);
    assert_eq!(owned(&world).await, "Cleo 1");
    assert_eq!(boss.record_absence(&cleo, "2026-03-04", "2026-03-04").await, "");
    assert_eq!(boss.suggested(&[&blue]).await, "Blue\n");
    let mut refusals = Vec::new();
    for language in ["en", "zh"] {
        let query = "mutation($ids: [ID!]!) { assignSuggestedOwners(input: {customerIds: $ids}) { userErrors { code message } } }";
        let answer = boss.ask_in(language, query, json!({"ids": [blue]})).await;
        refusals.push(answer["data"]["assignSuggestedOwners"]["userErrors"].to_string());
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    [{"code":"INVALID_OWNER","message":"Nobody in your team can get the customers now: the members are absent, can't sign in, or may not claim customers."}]
    [{"code":"INVALID_OWNER","message":"你的团队中目前没有可以接收客户的人：请假、不能登录，或没有领取客户的权限。"}]
    "#);
    assert_eq!(boss.outcomes("assignCustomers", json!({"customerIds": [blue], "ownerId": ann.gid()})).await, [""]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_batch_of_any_size_takes_the_same_number_of_statements() {
    let world = World::new().await;
    let [boss, ..] = team(&world).await;
    let mut counts = Vec::new();
    for size in [2, 60] {
        let mut customers = Vec::new();
        for number in 0..size {
            customers.push(world.pooled(&format!("Company {size} {number}")).await);
        }
        let statements = Statements::listen();
        let asked: Vec<_> = customers.iter().collect();
        assert_eq!(boss.suggested(&asked).await.lines().count(), 4 * size);
        assert_eq!(boss.assign_suggested(&asked).await, vec![""; size]);
        // The lookup of the session is not counted, because it may be cached.
        let sent = statements.sent().into_iter().filter(|text| !text.starts_with("select id as"));
        counts.push(sent.collect::<Vec<_>>());
    }
    assert_eq!(counts[0].len(), counts[1].len(), "{counts:#?}");
}
