//! A change on one server takes effect on another: at once for those who make it, and for everybody within a second.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::support::{Person, Statements, World, until};

const SOON: Duration = Duration::from_millis(1_000);

#[tokio::test]
async fn changes_of_policy_role_manager_and_session_reach_a_second_server_within_a_second() {
    let here = World::new().await;
    let there = here.second_server().await;
    let (admin, boss) = (here.admin().await, here.person("Boss", "manager", None).await);
    let ann = here.person("Ann", "sales", None).await;
    ann.create("Acme").await;
    here.pooled("Blue Wave").await;
    there.app.follow().await.unwrap();
    let (ann_there, boss_there) = (ann.at(&there), boss.at(&there));
    let count = async |person: &Person| {
        person.ask("{ customers { totalCount } }").await["customers"]["totalCount"].as_i64().unwrap()
    };

    assert_eq!((count(&ann_there).await, count(&boss_there).await), (2, 1));
    admin.outcome("changeManager", json!({"userId": ann.gid(), "managerId": boss.gid()})).await;
    assert!(until(async || count(&boss_there).await == 2).await < SOON, "manager");
    admin
        .outcome(
            "revokePermission",
            json!({"role": "sales", "resource": "customer", "action": "read", "scope": "pool"}),
        )
        .await;
    assert!(until(async || count(&ann_there).await == 1).await < SOON, "policy");
    admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": []})).await;
    assert!(until(async || count(&ann_there).await == 0).await < SOON, "role");
    admin.outcome("revokeSession", json!({"sessionId": format!("session_{}", boss.session)})).await;
    let gone = until(async || !boss_there.ask_with("{ viewer { name } }", json!({})).await["errors"].is_null()).await;
    assert!(gone < SOON, "session: {gone:?}");
    // No write succeeds, even before the other server has noticed the departure.
    let cleo = here.sales("Cleo").await;
    let cleo_there = cleo.at(&there);
    until(async || cleo_there.ask_with("{ viewer { name } }", json!({})).await["errors"].is_null()).await;
    admin.outcome("departUser", json!({"userId": cleo.gid()})).await;
    let late = cleo_there
        .ask_with(
            "mutation { createCustomer(input: {name: \"Late\", source: \"WEBSITE\"}) { customer { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(late["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(here.sql::<i64>("select count(*) from customer where name = 'Late'").await, 0);
}

/// Two servers, of which none announces changes of the directory: each has only its own looks, four in a second.
async fn two_that_say_nothing() -> [World; 2] {
    let here = World::new().await;
    sqlx::raw_sql(
        "create or replace function announce_directory() returns trigger language plpgsql as $$
         begin return null; end $$",
    )
    .execute(&here.db)
    .await
    .unwrap();
    let there = here.second_server().await;
    [here, there]
}

/// The type of the answer to a client that would read events, too.
async fn begins(person: &Person, subscription: &str) -> String {
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json, text/event-stream")
        .header("authorization", format!("Bearer {}", person.token))
        .body(Body::from(json!({"query": subscription}).to_string()));
    let response = person.send_raw(request.unwrap()).await;
    response.headers()["content-type"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn accounts_keys_rights_and_settings_are_known_to_a_second_server_at_once() {
    let [here, there] = two_that_say_nothing().await;
    let admin = here.admin().await;
    for number in 0..5 {
        let new = here.person(&format!("Ann{number}"), "sales", None).await;
        assert_eq!(new.at(&there).ask("{ viewer { name } }").await["viewer"]["name"], format!("Ann{number}"));

        let service = json!({"name": "Robot", "email": format!("robot{number}@example.com"), "roles": ["sales"], "isService": true});
        let robot = admin.act("createUser", service, "user { id }").await["user"]["id"].clone();
        let key = admin.act("createApiKey", json!({"userId": robot, "name": "key"}), "key").await["key"].clone();
        let machine = Person { token: key.as_str().unwrap().to_owned(), ..there.nobody() };
        assert_eq!(machine.ask("{ viewer { name } }").await["viewer"]["name"], "Robot");

        // Without a role nothing may be created, with it everything that the role gives.
        let (input, there_too) =
            (json!({"name": format!("Firm {number}"), "source": "WEBSITE", "notDuplicate": true}), new.at(&there));
        admin.outcome("setRoles", json!({"userId": new.gid(), "roles": []})).await;
        let create = "mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { name } } }";
        assert_eq!(there_too.refused(create, json!({"input": input})).await, "FORBIDDEN");
        admin.outcome("setRoles", json!({"userId": new.gid(), "roles": ["sales"]})).await;
        let created = there_too.data(create, json!({"input": input})).await;
        assert_eq!(created["createCustomer"]["customer"]["name"], input["name"]);
        admin.outcome("setRoles", json!({"userId": new.gid(), "roles": ["hr"]})).await;
        there.app.follow().await.unwrap();
        admin.outcome("setRoles", json!({"userId": new.gid(), "roles": ["sales"]})).await;
        assert_eq!(begins(&there_too, "subscription { poolChanged { kind } }").await, "text/event-stream");

        assert_eq!(admin.outcome("updateSettings", json!({"maxRevealsPerDay": number})).await, "");
        let read = admin.at(&there).ask("{ settings { maxRevealsPerDay } }").await;
        assert_eq!(read["settings"]["maxRevealsPerDay"], number);
    }
}

#[tokio::test]
async fn tokens_that_nobody_has_do_not_decide_how_often_a_server_looks_at_the_directory() {
    let world = World::new().await;
    world.app.follow().await.unwrap();
    let statements = Statements::listen();
    let guesses = (0..500).map(|number| {
        let stranger = Person { token: format!("tpk_{number:043}"), ..world.nobody() };
        async move { stranger.refused("{ viewer { name } }", json!({})).await }
    });
    assert!(futures_util::future::join_all(guesses).await.iter().all(|code| code == "UNAUTHENTICATED"));
    assert!((1..50).contains(&statements.looks()), "{} looks for 500 guesses", statements.looks());
}
