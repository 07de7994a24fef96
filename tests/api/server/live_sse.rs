//! Subscriptions over server-sent events.

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

/// A stream of server-sent events.
struct Events {
    body: BodyDataStream,
    read: String,
}

impl Events {
    async fn of(person: &Person, query: &str) -> Self {
        let response = person.send_raw(request(person, query)).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The next event: its name and its data.
    async fn next(&mut self) -> (String, String) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let next = (field("event:"), field("data:"));
                self.read = rest.to_owned();
                match next {
                    (Some(name), data) => return (name, data.unwrap_or_default()),
                    // A comment that keeps the connection alive.
                    _ => continue,
                }
            }
            let chunk = self.body.next().await.expect("it goes on").unwrap();
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn data(&mut self) -> Json {
        let (name, data) = self.next().await;
        assert_eq!(name, "next", "{data}");
        serde_json::from_str(&data).unwrap()
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
        Events::of(&ann, "subscription { poolChanged(after: \"event_0\") { kind customer { name } } }").await;
    for name in ["Acme", "Blue"] {
        world.pooled(name).await;
        let received = events.data().await;
        assert_eq!(received, json!({"data": {"poolChanged": {"kind": "ENTERED", "customer": {"name": name}}}}));
    }
    assert_eq!(ann.outcome("revokeSession", json!({"sessionId": format!("session_{}", ann.session)})).await, "");
    assert_eq!(events.data().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(events.next().await.0, "complete");
}

#[tokio::test]
async fn an_invalid_subscription_is_refused_at_once_and_queries_get_no_stream() {
    let world = World::new().await;
    let (ann, idle) = (world.sales("Ann").await, world.person_with("Idle", &[], None).await);
    for (person, query, status, code) in [
        (&ann, "subscription { nonsense }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (&ann, "{ viewer { name } }", 406, "BAD_REQUEST"),
        (&ann, "subscription { poolChanged(after: \"x\") { kind } }", 400, "BAD_USER_INPUT"),
        (&ann, "subscription { poolChanged(after: \"event_9\") { kind } }", 400, "CURSOR_EXPIRED"),
        (&idle, "subscription { poolChanged { kind } }", 400, "FORBIDDEN"),
        (&world.nobody(), "subscription { poolChanged { kind } }", 401, "UNAUTHENTICATED"),
    ] {
        let (received, answer) = person.send(request(person, query)).await;
        assert_eq!(
            (received.as_u16(), answer["errors"][0]["extensions"]["code"].as_str()),
            (status, Some(code)),
            "{query}"
        );
    }
    // A subscription is refused if the request does not accept an event stream.
    assert_eq!(ann.refused("subscription { poolChanged { kind } }", json!({})).await, "BAD_USER_INPUT");
}
