//! GraphQL over HTTP: methods, media types, status codes.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::support::{Person, World};

const QUERY: &str = r#"{"query": "{ viewer { name } }"}"#;

async fn status(ann: &Person, request: Request<Body>) -> u16 {
    ann.send(request).await.0.as_u16()
}

fn post(headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let builder =
        headers.iter().fold(Request::post("/graphql"), |builder, (name, value)| builder.header(*name, *value));
    builder.body(body.to_owned().into()).unwrap()
}

#[tokio::test]
async fn methods_media_types_and_status_codes_follow_the_specification() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let token = format!("Bearer {}", ann.token);
    let auth = ("authorization", token.as_str());
    // Files are read only for those who may import.
    let token = format!("Bearer {}", world.admin().await.token);
    let of_admin = ("authorization", token.as_str());
    let json_type = ("content-type", "application/json");
    let modern = ("accept", "application/graphql-response+json");
    for (expected, name, request) in [
        (200, "a query", post(&[auth, json_type], QUERY)),
        (200, "with a charset", post(&[auth, ("content-type", "application/json; charset=UTF-8")], QUERY)),
        (415, "another charset", post(&[auth, ("content-type", "application/json; charset=latin1")], QUERY)),
        (415, "no content type", post(&[auth], QUERY)),
        (415, "text", post(&[auth, ("content-type", "text/plain")], QUERY)),
        (415, "a form", post(&[auth, ("content-type", "application/x-www-form-urlencoded")], "query={viewer{name}}")),
        (400, "several parts, of which none is there", post(&[of_admin, ("content-type", "multipart/form-data; boundary=x")], "--x--")),
        (401, "a file of nobody", post(&[("content-type", "multipart/form-data; boundary=x"), modern], "--x--")),
        (406, "only HTML accepted", post(&[auth, json_type, ("accept", "text/html")], QUERY)),
        (200, "anything accepted", post(&[auth, json_type, ("accept", "text/html, */*;q=0.1")], QUERY)),
        (400, "no JSON", post(&[auth, json_type], "{")),
        (400, "not UTF-8", Request::post("/graphql").header("content-type", "application/json").body(b"{\"query\": \"\xff\"}".to_vec().into()).unwrap()),
        (400, "a list", post(&[auth, json_type], "[]")),
        (400, "no query", post(&[auth, json_type], "{}")),
        (400, "query is a number", post(&[auth, json_type], r#"{"query": 5}"#)),
        (400, "variables are a list", post(&[auth, json_type], r#"{"query": "{ __typename }", "variables": []}"#)),
        (400, "operationName is a number", post(&[auth, json_type], r#"{"query": "{ __typename }", "operationName": 5}"#)),
        (400, "extensions are text", post(&[auth, json_type], r#"{"query": "{ __typename }", "extensions": "x"}"#)),
        (200, "nulls", post(&[auth, json_type], r#"{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null}"#)),
        (200, "an invalid document, as JSON", post(&[auth, json_type], r#"{"query": "{"}"#)),
        (400, "an invalid document", post(&[auth, json_type, modern], r#"{"query": "{"}"#)),
        (400, "a wrong variable", post(&[auth, json_type, modern], r#"{"query": "query($i: Int!) { __typename @skip(if: true) users(first: $i) { totalCount } }", "variables": {"i": "x"}}"#)),
        (401, "nobody", post(&[json_type, modern], r#"{"query": "{ customers { totalCount } }"}"#)),
        (200, "nobody, as JSON", post(&[json_type], r#"{"query": "{ customers { totalCount } }"}"#)),
        (200, "GET", Request::get("/graphql?query=%7B%20__typename%20%7D").body(Body::empty()).unwrap()),
        (200, "GET with variables", Request::get("/graphql?query=query(%24i%3AInt)%7B__typename%20%40skip(if%3Afalse)%20a%3A__typename%7D&variables=%7B%22i%22%3A1%7D").body(Body::empty()).unwrap()),
        (400, "GET without a query", Request::get("/graphql").body(Body::empty()).unwrap()),
        (400, "GET with broken variables", Request::get("/graphql?query=%7B__typename%7D&variables=%7B").body(Body::empty()).unwrap()),
        (405, "GET of a mutation", Request::get("/graphql?query=mutation%7Blogout%7Bdone%7D%7D").header("authorization", &token).body(Body::empty()).unwrap()),
        (405, "DELETE", Request::delete("/graphql").body(Body::empty()).unwrap()),
        (200, "alive", Request::get("/healthz").body(Body::empty()).unwrap()),
        (200, "ready", Request::get("/readyz").body(Body::empty()).unwrap()),
        (404, "metrics have an address of their own", Request::get("/metrics").body(Body::empty()).unwrap()),
        (200, "graphiql", Request::get("/graphiql").body(Body::empty()).unwrap()),
        (404, "elsewhere", Request::get("/elsewhere").body(Body::empty()).unwrap()),
        (400, "an empty query", Request::get("/graphql?query=").body(Body::empty()).unwrap()),
    ] {
        assert_eq!(status(&ann, request).await, expected, "{name}");
    }
    let still_in = ann.ask("{ viewer { name } }").await;
    assert_eq!(still_in, json!({"viewer": {"name": "Ann"}}), "the mutation by GET was not executed");
}

#[tokio::test]
async fn an_expired_token_has_the_same_status_whatever_is_asked() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let token = format!("Bearer {}", ann.token);
    world.advance(chrono::TimeDelta::days(366));
    for query in [
        "{ customers { totalCount } }",
        "{ viewer { name } }",
        "{ settings { protectionPeriod } }",
        "{ customers { totalCount } viewer { name } }",
        "{ __schema { queryType { name } } }",
        "mutation { logout { done } }",
    ] {
        let body = json!({"query": query}).to_string();
        for (accept, expected) in [("application/graphql-response+json", 401), ("application/json", 200)] {
            let headers = [("authorization", token.as_str()), ("content-type", "application/json"), ("accept", accept)];
            let (status, answer) = ann.send(post(&headers, &body)).await;
            assert_eq!(status.as_u16(), expected, "{query}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{query}");
            assert!(answer.get("data").is_none(), "{answer}");
        }
    }
}

#[tokio::test]
async fn responses_carry_the_media_type_and_the_request_id() {
    let world = World::new().await;
    let ann = world.nobody();
    for (accept, media_type) in [
        ("application/graphql-response+json", "application/graphql-response+json; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
        (
            "application/json;q=0.5, application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8",
        ),
        ("*/*", "application/json; charset=utf-8"),
    ] {
        let request = post(
            &[("content-type", "application/json"), ("accept", accept), ("x-request-id", "my-id_1")],
            r#"{"query": "{ __typename }"}"#,
        );
        let response = ann.send_raw(request).await;
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(response.headers()["x-request-id"], "my-id_1");
    }
    let request = post(&[("content-type", "application/json"), ("x-request-id", "a b\tc")], QUERY);
    assert_ne!(ann.send_raw(request).await.headers()["x-request-id"], "a b\tc");
}

#[tokio::test]
async fn planned_and_resolved_fields_share_one_response() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    ann.create("Acme").await;
    let read = ann.ask("{ me: viewer { name } b: customers { edges { node { version name } } } settings { protectionPeriod } none: customer(id: \"customer_00000000-0000-0000-0000-000000000000\") { id } }").await;
    assert_eq!(
        read,
        json!({"me": {"name": "Ann"}, "b": {"edges": [{"node": {"version": 1, "name": "Acme"}}]}, "settings": {"protectionPeriod": "P3D"}, "none": null})
    );
}

#[tokio::test]
async fn an_internal_error_shows_its_id_and_no_details() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    ann.create("Acme").await;
    sqlx::query("alter table contact rename to lost").execute(&world.db).await.unwrap();
    let answer = ann.ask_with("{ customers { edges { node { contacts { totalCount } } } } }", json!({})).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert!(error["extensions"]["id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok(), "{answer}");
    assert_eq!(error["message"], "An internal error occurred. It was logged.");
    assert!(!answer.to_string().contains("contact"), "{answer}");
}

#[tokio::test]
async fn a_field_that_fails_is_null_and_the_others_are_answered() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let (of_ann, somebody) = (json!({"name": "Ann"}), "user_00000000-0000-0000-0000-000000000000");
    for (document, data, code, path) in [
        (
            format!("{{ viewer {{ name }} previewDeparture(userId: \"{somebody}\") {{ unpaidOrders }} }}"),
            json!({"viewer": of_ann, "previewDeparture": null}),
            "FORBIDDEN",
            "previewDeparture",
        ),
        (
            "{ viewer { name } customer(id: \"zz\") { id } }".to_owned(),
            json!({"viewer": of_ann, "customer": null}),
            "BAD_USER_INPUT",
            "customer",
        ),
        (
            "query($wrong: ID!) { none: node(id: $wrong) { id } customers { totalCount } }".to_owned(),
            json!({"none": null, "customers": {"totalCount": 1}}),
            "BAD_USER_INPUT",
            "none",
        ),
        (
            "query($right: ID!) { a: customer(id: $right) { contacts(first: 101) { totalCount } } b: customer(id: $right) { name } }"
                .to_owned(),
            json!({"a": null, "b": {"name": "Acme"}}),
            "BAD_USER_INPUT",
            "a",
        ),
    ] {
        // The second time, what could be kept of the first one is.
        for _ in 0..2 {
            let answer = ann.ask_with(&document, json!({"wrong": "zz", "right": acme})).await;
            assert_eq!(answer["data"], data, "{document}: {answer}");
            let errors = answer["errors"].as_array().unwrap();
            assert_eq!((errors.len(), &errors[0]["path"]), (1, &json!([path])), "{answer}");
            assert_eq!(errors[0]["extensions"]["code"], code, "{answer}");
        }
    }
    let both = "query($wrong: ID!) { a: customer(id: $wrong) { id } b: node(id: \"zz\") { id } }";
    let answer = ann.ask_with(both, json!({"wrong": "zz"})).await;
    let paths: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["path"][0].clone()).collect();
    assert_eq!((&answer["data"], paths.len()), (&json!({"a": null, "b": null}), 2), "{answer}");
    let list = "query($wrong: String) { viewer { name } customers(after: $wrong) { totalCount } }";
    let answer = ann.ask_with(list, json!({"wrong": "zz"})).await;
    assert_eq!((&answer["data"], &answer["errors"][0]["path"]), (&json!(null), &json!(["customers"])), "{answer}");
}

#[tokio::test]
async fn an_error_in_the_payload_of_a_mutation_says_where() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = world.pooled("Acme").await;
    let wrong = "customer { contacts(first: 101) { totalCount } }";
    let one = format!("mutation($id: ID!) {{ claimCustomer(input: {{customerId: $id}}) {{ {wrong} }} }}");
    let many =
        format!("mutation($id: ID!) {{ claimCustomers(input: {{customerIds: [$id]}}) {{ results {{ {wrong} }} }} }}");
    for (document, data, path) in [
        (one, json!({"claimCustomer": {"customer": null}}), json!(["claimCustomer", "customer"])),
        (
            many,
            json!({"claimCustomers": {"results": [{"customer": null}]}}),
            json!(["claimCustomers", "results", 0, "customer"]),
        ),
    ] {
        let answer = ann.ask_with(&document, json!({"id": acme})).await;
        assert_eq!((&answer["data"], &answer["errors"][0]["path"]), (&data, &path), "{answer}");
    }
}
