//! More than the server can do at once: users take turns, nobody has all connections, and what can't wait is refused.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use crate::support::{Person, World};

/// A test's server has ten connections for everything but reads: eight for operations, of which one user has six at most.
const AT_ONCE: usize = 6;
/// How many operations of one user may wait.
const WAITING: usize = 200;

/// A mutation that locks the user's own row and changes nothing.
async fn change(person: &Person) -> (StatusCode, HeaderMap, Json) {
    let query = "mutation { markNotificationsRead(input: {notificationIds: []}) { userErrors { code } } }";
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json")
        .header("authorization", format!("Bearer {}", person.token))
        .body(Body::from(json!({"query": query}).to_string()));
    let response = person.send_raw(request.unwrap()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn mutations_of_a_user_that_do_not_end_leave_connections_to_others_and_too_many_are_refused() {
    const MORE: usize = 20;
    let world = World::new().await;
    let (ann, bob) = (world.sales("Ann").await, world.sales("Bob").await);
    let mut lock = world.db.begin().await.unwrap();
    sqlx::query("select from app_user where id = $1 for update").bind(ann.id.uuid()).execute(&mut *lock).await.unwrap();
    let (sender, mut answers) = mpsc::unbounded_channel();
    for _ in 0..AT_ONCE + WAITING + MORE {
        let (ann, sender) = (ann.clone(), sender.clone());
        tokio::spawn(async move { sender.send(change(&ann).await) });
    }
    drop(sender);
    for _ in 0..MORE {
        let (status, headers, body) = answers.recv().await.unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert_eq!(headers["retry-after"], "2");
        assert_eq!(body["errors"][0]["extensions"], json!({"code": "UNAVAILABLE", "retryAfter": 2}));
        assert!(body.get("data").is_none(), "nothing was begun: {body}");
    }
    let (status, _, body) = change(&bob).await;
    assert_eq!((status, &body["data"]["markNotificationsRead"]["userErrors"]), (StatusCode::OK, &json!([])), "{body}");
    lock.rollback().await.unwrap();
    let mut done = 0;
    while let Some((status, _, _)) = answers.recv().await {
        done += usize::from(status == StatusCode::OK);
    }
    assert!(done >= AT_ONCE, "those that had begun come to their end");
}
