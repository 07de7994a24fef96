//! API keys: machines use the API as service users, without a password.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::socket::Socket;
use crate::support::{Person, World, until};

const NAME: &str = "{ viewer { name roles } }";

/// An administrator, and the id of a service user with these roles.
async fn with_service(roles: &[&str]) -> (World, Person, Json) {
    let world = World::new().await;
    let admin = world.admin().await;
    let input = json!({"email": "bi@machines.example", "name": "Reports", "roles": roles, "isService": true});
    let created = admin.act("createUser", input, "user { id }").await;
    assert_eq!(created["userErrors"], json!([]), "{created}");
    (world, admin, created["user"]["id"].clone())
}

impl World {
    fn machine(&self, key: &Json) -> Person {
        Person { token: key.as_str().unwrap().to_owned(), ..self.nobody() }
    }
}

impl Person {
    async fn create_key(&self, user: &Json, more: Json) -> (Json, Json) {
        let mut input = json!({"userId": user, "name": "Nightly reports"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = self.act("createApiKey", input, "key apiKey { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        (payload["key"].clone(), payload["apiKey"]["id"].clone())
    }

    /// Whether a key is accepted from an address, with a header for it.
    async fn is_accepted(&self, authorization: &str, address: &str) -> bool {
        let peer: SocketAddr = format!("{address}:5000").parse().unwrap();
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("authorization", authorization)
            .extension(ConnectInfo(peer))
            .body(Body::from(json!({"query": NAME}).to_string()))
            .unwrap();
        self.send(request).await.1["errors"].is_null()
    }
}

#[tokio::test]
async fn a_machine_reads_and_writes_with_a_key_that_is_shown_once() {
    let (world, admin, service) = with_service(&["marketing"]).await;
    let (key, id) = admin.create_key(&service, json!({})).await;
    let machine = world.machine(&key);
    assert_eq!(machine.ask(NAME).await["viewer"], json!({"name": "Reports", "roles": ["marketing"]}));
    machine.create("Acme").await;
    assert_eq!(
        world.sql::<String>("select u.name from customer c join app_user u on u.id = c.created_by").await,
        "Reports"
    );
    let read = admin
        .ask("{ apiKeys { edges { node { id name prefix userId roles networks expiresAt revokedAt user { name } createdBy { name } } } } }")
        .await;
    let text = key.as_str().unwrap();
    assert_eq!(
        read["apiKeys"]["edges"],
        json!([{"node": {"id": id, "name": "Nightly reports", "prefix": &text[..12], "userId": service, "roles": null,
            "networks": [], "expiresAt": null, "revokedAt": null, "user": {"name": "Reports"}, "createdBy": {"name": "Ada"}}}])
    );
    for table in ["api_key", "audit_entry"] {
        let kept: String = world.sql(&format!("select string_agg(t::text, '') from {table} t")).await;
        assert!(!kept.contains(text), "{table}");
    }
    let basic = format!("Basic {}", BASE64.encode(format!("anything:{text}")));
    assert!(machine.is_accepted(&basic, "192.0.2.1").await);
    assert!(!machine.is_accepted(&format!("Basic {}", BASE64.encode("tidepool:password")), "192.0.2.1").await);
    assert_eq!(
        machine.data("mutation { logout { userErrors { code } } }", json!({})).await["logout"]["userErrors"][0]["code"],
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn a_revoked_key_is_refused_on_every_server_and_ends_its_streams() {
    let (world, admin, service) = with_service(&["sales"]).await;
    let other = world.second_server().await;
    let (key, id) = admin.create_key(&service, json!({})).await;
    let machine = world.machine(&key);
    other.app.follow().await.unwrap();
    assert_eq!(machine.at(&other).ask(NAME).await["viewer"]["name"], "Reports");
    let mut socket = Socket::connect(world.listen().await, &machine).await;
    for _ in 0..2 {
        assert_eq!(admin.outcome("revokeApiKey", json!({"apiKeyId": id})).await, "");
    }
    assert_eq!(machine.refused(NAME, json!({})).await, "UNAUTHENTICATED", "at once");
    assert_eq!(socket.closed().await.0, 4403);
    other.app.follow().await.unwrap();
    assert_eq!(machine.at(&other).refused(NAME, json!({})).await, "UNAUTHENTICATED");
    let log = admin.ask("{ auditEntries(filter: {kind: {eq: API_KEY_REVOKED}}) { totalCount } }").await;
    assert_eq!(log["auditEntries"]["totalCount"], 1);
}

#[tokio::test]
async fn a_key_has_the_roles_the_networks_and_the_end_that_it_was_given() {
    let (world, admin, service) = with_service(&["marketing", "service"]).await;
    let (key, _) = admin
        .create_key(&service, json!({"roles": ["service"], "networks": ["10.0.0.0/8", "2001:db8::1"], "expiresAt": "2026-03-03T01:00:00Z"}))
        .await;
    let bearer = format!("Bearer {}", key.as_str().unwrap());
    for (address, accepted) in
        [("10.1.2.3", true), ("11.0.0.1", false), ("[2001:db8::1]", true), ("[2001:db8::2]", false)]
    {
        assert_eq!(world.nobody().is_accepted(&bearer, address).await, accepted, "{address}");
    }
    assert_eq!(world.machine(&key).refused(NAME, json!({})).await, "UNAUTHENTICATED", "from an unknown address");
    let (all, _) = admin.create_key(&service, json!({})).await;
    let (narrow, _) =
        admin.create_key(&service, json!({"roles": ["service"], "expiresAt": "2026-03-03T01:00:00Z"})).await;
    let create = "mutation { createCustomer(input: {name: \"Acme\", source: \"WEBSITE\"}) { userErrors { code } } }";
    assert_eq!(world.machine(&narrow).refused(create, json!({})).await, "FORBIDDEN");
    assert_eq!(world.machine(&all).data(create, json!({})).await["createCustomer"]["userErrors"], json!([]));
    let lists = async |key: &Json| {
        world.machine(key).ask("{ customers { totalCount } }").await["customers"]["totalCount"].clone()
    };
    assert_eq!((lists(&all).await, lists(&narrow).await), (json!(1), json!(0)), "reads have the roles of the key, too");
    world.advance(TimeDelta::days(1));
    assert_eq!(world.machine(&narrow).refused(NAME, json!({})).await, "UNAUTHENTICATED", "it has expired");
    assert_eq!(world.machine(&all).ask(NAME).await["viewer"]["name"], "Reports");
    assert_eq!(admin.outcome("departUser", json!({"userId": service})).await, "");
    assert_eq!(world.machine(&all).refused(NAME, json!({})).await, "UNAUTHENTICATED", "its user has departed");
}

#[tokio::test]
async fn keys_are_for_service_users_and_those_have_no_password() {
    let (world, admin, service) = with_service(&["marketing"]).await;
    let (ann, hr) = (world.sales("Ann").await, world.person("Hana", "hr", None).await);
    for (input, path) in [
        (json!({"userId": ann.gid(), "name": "x"}), "userId"),
        (json!({"userId": service, "name": ""}), "name"),
        (json!({"userId": service, "name": "x", "roles": ["sales"]}), "roles"),
        (json!({"userId": service, "name": "x", "networks": ["somewhere"]}), "networks"),
        (json!({"userId": service, "name": "x", "expiresAt": "2026-03-01T00:00:00Z"}), "expiresAt"),
    ] {
        let refused = admin.act("createApiKey", input, "key").await;
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"][0]),
            (&json!("INVALID"), &json!(path))
        );
        assert_eq!(refused["key"], Json::Null);
    }
    assert_eq!(admin.outcome("createPasswordLink", json!({"userId": service})).await, "INVALID");
    let connect = json!({"userId": service, "provider": "WECOM", "subject": "machine"});
    assert_eq!(admin.outcome("connectIdentity", connect).await, "INVALID");
    let refused = sqlx::query("update app_user set password_hash = 'x' where is_service").execute(&world.db).await;
    assert!(refused.unwrap_err().to_string().contains("app_user_service"));
    let create = "mutation($user: ID!) { createApiKey(input: {userId: $user, name: \"x\"}) { key } }";
    assert_eq!(hr.refused(create, json!({"user": service})).await, "FORBIDDEN");
    assert_eq!(hr.ask("{ apiKeys { totalCount } }").await["apiKeys"]["totalCount"], 0);
    // Who may manage keys, but not roles, gets no key of an administrator.
    sqlx::query("insert into permission (role, resource, action, scope) values ('analyst', 'api_key', 'write', 'all')")
        .execute(&world.db)
        .await
        .unwrap();
    let olga = world.person("Olga", "analyst", None).await;
    assert_eq!(admin.outcome("setRoles", json!({"userId": service, "roles": ["admin"]})).await, "");
    assert_eq!(olga.outcome("createApiKey", json!({"userId": service, "name": "x"})).await, "FORBIDDEN");
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_at_most_once_an_hour() {
    let (world, admin, service) = with_service(&["marketing"]).await;
    let (key, _) = admin.create_key(&service, json!({})).await;
    let machine = world.machine(&key);
    let last = async || {
        admin.ask("{ apiKeys { edges { node { lastUsedAt } } } }").await["apiKeys"]["edges"][0]["node"]["lastUsedAt"]
            .clone()
    };
    assert_eq!(last().await, Json::Null);
    machine.ask(NAME).await;
    until(async || last().await == "2026-03-02T01:00:00.000000Z").await;
    world.advance(TimeDelta::minutes(59));
    machine.ask(NAME).await;
    world.advance(TimeDelta::minutes(1));
    assert_eq!(last().await, "2026-03-02T01:00:00.000000Z");
    machine.ask(NAME).await;
    until(async || last().await == "2026-03-02T02:00:00.000000Z").await;
}
