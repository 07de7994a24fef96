//! Subscriptions over server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::Request;
use futures_util::{StreamExt, stream};
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;

use crate::support::{Person, World};

/// One event.
struct Event {
    name: String,
    id: Option<String>,
    data: String,
}

/// A stream of server-sent events.
struct Events {
    body: BodyDataStream,
    read: String,
}

impl Events {
    async fn of(person: &Person, query: &str) -> Self {
        Self::opened(person, request(person, query)).await
    }

    async fn opened(person: &Person, request: Request<Body>) -> Self {
        let response = person.send_raw(request).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let (name, id, data) = (field("event:"), field("id:"), field("data:"));
                self.read = rest.to_owned();
                match name {
                    Some(name) => return Event { name, id, data: data.unwrap_or_default() },
                    // A comment that keeps the connection alive.
                    None => continue,
                }
            }
            let chunk = self.body.next().await.expect("it goes on").unwrap();
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn data(&mut self) -> Json {
        let event = self.next().await;
        assert_eq!(event.name, "next", "{}", event.data);
        serde_json::from_str(&event.data).unwrap()
    }
}

fn request(person: &Person, query: &str) -> Request<Body> {
    let mut request =
        Request::post("/graphql").header("content-type", "application/json").header("accept", "text/event-stream");
    if !person.token.is_empty() {
        request = request.header("authorization", format!("Bearer {}", person.token));
    }
    request.body(json!({"query": query}).to_string().into()).unwrap()
}

#[tokio::test]
async fn the_pool_is_followed_as_a_stream_of_events_until_the_session_ends() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut events =
        Events::of(&ann, "subscription { poolChanged(after: \"event_00000000_0\") { kind customer { name } } }").await;
    for name in ["Acme", "Blue"] {
        world.pooled(name).await;
        let received = events.data().await;
        assert_eq!(received, json!({"data": {"poolChanged": {"kind": "ENTERED", "customer": {"name": name}}}}));
    }
    assert_eq!(ann.outcome("revokeSession", json!({"sessionId": format!("session_{}", ann.session)})).await, "");
    assert_eq!(events.data().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(events.next().await.name, "complete");
}

#[tokio::test]
async fn an_invalid_subscription_is_refused_at_once() {
    let world = World::new().await;
    let (ann, idle) = (world.sales("Ann").await, world.person_with("Idle", &[], None).await);
    for (person, query, code) in [
        (&ann, "subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        (&ann, "subscription { poolChanged(after: \"x\") { kind } }", "BAD_USER_INPUT"),
        (&ann, "subscription { poolChanged(after: \"event_00000000_9\") { kind } }", "CURSOR_EXPIRED"),
        (&idle, "subscription { poolChanged { kind } }", "FORBIDDEN"),
        (&world.nobody(), "subscription { poolChanged { kind } }", "UNAUTHENTICATED"),
    ] {
        let mut events = Events::of(person, query).await;
        assert_eq!(events.data().await["errors"][0]["extensions"]["code"], code, "{query}");
        assert_eq!(events.next().await.name, "complete");
        // Who also reads JSON gets the status.
        let mut request = request(person, query);
        request.headers_mut().insert("accept", "text/event-stream, application/graphql-response+json".parse().unwrap());
        let (status, answer) = person.send(request).await;
        assert_eq!(status.as_u16(), if code == "UNAUTHENTICATED" { 401 } else { 400 });
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{query}");
    }
    // A subscription is refused if the request does not accept an event stream.
    assert_eq!(ann.refused("subscription { poolChanged { kind } }", json!({})).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn queries_and_mutations_are_answered_as_events_too() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for (query, answer) in [
        ("{ viewer { name } }", json!({"data": {"viewer": {"name": "Ann"}}})),
        (
            "mutation { createCustomer(input: {name: \"\", source: \"WEBSITE\"}) { userErrors { code } } }",
            json!({"data": {"createCustomer": {"userErrors": [{"code": "INVALID"}]}}}),
        ),
    ] {
        let mut events = Events::of(&ann, query).await;
        assert_eq!(events.data().await, answer);
        assert_eq!(events.next().await.name, "complete");
    }
    assert_eq!(
        Events::of(&ann, "{ nothing }").await.data().await["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
}

#[tokio::test]
async fn a_browser_that_reconnects_goes_on_behind_the_last_event() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    // The argument is older than what the browser has received.
    let query = "subscription { poolChanged(after: \"event_00000000_0\") { cursor customer { name } } }";
    let mut events = Events::of(&ann, query).await;
    for name in ["Acme", "Blue", "Cyan"] {
        world.pooled(name).await;
    }
    let first = events.next().await;
    let data: Json = serde_json::from_str(&first.data).unwrap();
    assert_eq!(data["data"]["poolChanged"]["cursor"], json!(first.id));
    let mut again = request(&ann, query);
    again.headers_mut().insert("last-event-id", first.id.unwrap().parse().unwrap());
    let mut events = Events::opened(&ann, again).await;
    for name in ["Blue", "Cyan"] {
        assert_eq!(events.data().await["data"]["poolChanged"]["customer"]["name"], name);
    }
}

/// A request about an event stream that many operations share.
fn of_stream(person: &Person, method: &str, path: &str, token: &str, body: Json) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("/graphql/stream{path}"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", person.token))
        .header("x-graphql-event-stream-token", token)
        .body(body.to_string().into())
        .unwrap()
}

async fn reserve(person: &Person) -> String {
    let response = person.send_raw(of_stream(person, "PUT", "", "", json!({}))).await;
    assert_eq!(response.status(), 201);
    let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn status(person: &Person, request: Request<Body>) -> u16 {
    person.send_raw(request).await.status().as_u16()
}

#[tokio::test]
async fn many_operations_share_one_event_stream() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let token = reserve(&ann).await;
    let start = |id: &str, query: &str| {
        of_stream(&ann, "POST", "", &token, json!({"query": query, "extensions": {"operationId": id}}))
    };
    // An operation may be started before the stream is opened.
    assert_eq!(status(&ann, start("1", "{ viewer { name } }")).await, 202);
    let mut events = Events::opened(&ann, of_stream(&ann, "GET", "", &token, json!({}))).await;
    assert_eq!(events.data().await, json!({"id": "1", "payload": {"data": {"viewer": {"name": "Ann"}}}}));
    let complete = events.next().await;
    assert_eq!((complete.name.as_str(), complete.data.as_str()), ("complete", r#"{"id":"1"}"#));

    let watch = "subscription { poolChanged(after: \"event_00000000_0\") { customer { name } } }";
    for id in ["2", "3"] {
        assert_eq!(status(&ann, start(id, watch)).await, 202);
    }
    world.pooled("Acme").await;
    let mut received = [events.data().await, events.data().await];
    received.sort_by_key(|event| event["id"].to_string());
    for (event, id) in received.iter().zip(["2", "3"]) {
        assert_eq!(event["id"], id);
        assert_eq!(event["payload"]["data"]["poolChanged"]["customer"]["name"], "Acme");
    }
    // An operation of an id that runs is refused, and so is one that is not valid.
    assert_eq!(status(&ann, start("2", watch)).await, 202);
    assert_eq!(events.data().await["payload"]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(events.next().await.name, "complete");
    assert_eq!(status(&ann, start("4", "{ nothing }")).await, 202);
    let refused = events.data().await;
    assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(events.next().await.data, r#"{"id":"4"}"#);

    assert_eq!(status(&ann, of_stream(&ann, "DELETE", "?operationId=2", &token, json!({}))).await, 200);
    world.pooled("Blue").await;
    assert_eq!(events.data().await["id"], "3", "the other one has ended");

    // Others can't use the stream, and it is open once.
    assert_eq!(
        status(
            &bob,
            of_stream(
                &bob,
                "POST",
                "",
                &token,
                json!({"query": "{ viewer { name } }", "extensions": {"operationId": "9"}})
            )
        )
        .await,
        404
    );
    assert_eq!(status(&bob, of_stream(&bob, "GET", "", &token, json!({}))).await, 404);
    assert_eq!(status(&ann, of_stream(&ann, "GET", "", &token, json!({}))).await, 409);
    assert_eq!(status(&ann, of_stream(&ann, "POST", "", &token, json!({"query": "{ viewer { name } }"}))).await, 400);
    assert_eq!(ann.outcome("revokeSession", json!({"sessionId": format!("session_{}", ann.session)})).await, "");
    assert!(events.body.next().await.is_none(), "the stream ends with the session");
}

#[tokio::test]
async fn a_user_has_only_so_many_event_streams() {
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    for _ in 0..20 {
        reserve(&ann).await;
    }
    assert_eq!(status(&ann, of_stream(&ann, "PUT", "", "", json!({}))).await, 429);
    reserve(&bob).await;
    assert_eq!(status(&world.nobody(), of_stream(&world.nobody(), "PUT", "", "", json!({}))).await, 401);
}

#[tokio::test]
async fn an_operation_whose_request_does_not_come_is_not_waited_for() {
    let limits = Limits { request_time: Duration::from_secs(1), ..Limits::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let token = reserve(&ann).await;
    let mut request = of_stream(&ann, "POST", "", &token, json!({}));
    *request.body_mut() = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    assert_eq!(status(&ann, request).await, 503);
}
