//! The protocol `graphql-transport-ws`: correct messages, and violations.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tidepool::kernel::config::Limits;
use tower::ServiceExt;

use crate::support::World;
use crate::support::socket::Socket;

const WATCH: &str = "subscription { poolChanged { kind } }";

#[tokio::test]
async fn each_violation_of_the_protocol_has_its_close_code() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": WATCH}});

    let mut socket = Socket::open(address).await;
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.closed().await.0, 4401, "an operation before connection_init");

    for token in ["Bearer nonsense", "nonsense", ""] {
        let mut socket = Socket::open(address).await;
        socket.send(json!({"type": "connection_init", "payload": {"authorization": token}})).await;
        assert_eq!(socket.closed().await.0, 4403, "{token:?}");
    }
    let mut socket = Socket::open(address).await;
    socket.send(json!({"type": "connection_init", "payload": {"authorization": 7}})).await;
    assert_eq!(socket.closed().await.0, 4403);

    let mut socket = Socket::connect(address, &ann).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await.0, 4429);

    let mut socket = Socket::connect(address, &ann).await;
    socket.send(subscribe.clone()).await;
    socket.send(subscribe.clone()).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for 1 already exists".to_owned()));

    for bad in [
        "",
        "x",
        "{}",
        "[]",
        r#"{"type":"start"}"#,
        r#"{"type":"subscribe"}"#,
        r#"{"type":"subscribe","id":7,"payload":{"query":"{a}"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
    ] {
        let mut socket = Socket::connect(address, &ann).await;
        socket.send_text(bad.to_owned()).await;
        assert_eq!(socket.closed().await.0, 4400, "{bad}");
    }
    let mut socket = Socket::connect(address, &ann).await;
    socket.send_binary().await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn a_socket_without_a_user_is_closed_after_the_time_to_sign_in() {
    let world = World::with_limits(Limits { init: Duration::from_secs(1), ..Default::default() }).await;
    let mut socket = Socket::open(world.listen().await).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    assert_eq!(socket.closed().await.0, 4401);
}

#[tokio::test]
async fn the_language_of_a_socket_is_that_of_connection_init() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut socket = Socket::open(world.listen().await).await;
    let payload = json!({"authorization": format!("Bearer {}", ann.token), "acceptLanguage": "zh-CN"});
    socket.send(json!({"type": "connection_init", "payload": payload})).await;
    socket.receive().await;
    socket
        .begin(
            "mutation { createCustomer(input: {name: \"\", source: \"WEBSITE\"}) { userErrors { message } } }",
            json!({}),
        )
        .await;
    let refusal = socket.next().await["createCustomer"]["userErrors"][0]["message"].clone();
    assert_eq!(refusal, "长度必须为 1 到 200 个字符，目前为 0 个");
}

#[tokio::test]
async fn a_socket_without_connection_init_is_closed() {
    let world = World::with_limits(Limits { init: Duration::from_secs(1), ..Default::default() }).await;
    let mut socket = Socket::open(world.listen().await).await;
    // A ping does not replace `connection_init`.
    socket.settle().await;
    assert_eq!(socket.closed().await.0, 4408);
}

#[tokio::test]
async fn the_id_of_a_finished_operation_can_be_used_again() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": WATCH}});
    for _ in 0..3 {
        socket.send(subscribe.clone()).await;
        socket.send(json!({"id": "1", "type": "complete"})).await;
    }
    // `complete` for a finished or unknown operation is ignored.
    socket.send(json!({"id": "1", "type": "complete"})).await;
    socket.send(json!({"id": "never", "type": "complete"})).await;
    socket.settle().await;
    let query = json!({"id": "1", "type": "subscribe", "payload": {"query": "{ viewer { name } }"}});
    for _ in 0..2 {
        socket.send(query.clone()).await;
        let answer = json!({"id": "1", "type": "next", "payload": {"data": {"viewer": {"name": "Ann"}}}});
        assert_eq!(socket.receive().await, answer);
        assert_eq!(socket.receive().await, json!({"id": "1", "type": "complete"}));
    }
}

#[tokio::test]
async fn queries_and_mutations_run_over_a_socket_too() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = world.pooled("Acme").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    let claim =
        "mutation($id: ID!) { claimCustomer(input: {customerId: $id}) { customer { name } userErrors { code } } }";
    socket.begin(claim, json!({"id": acme})).await;
    assert_eq!(socket.next().await, json!({"claimCustomer": {"customer": {"name": "Acme"}, "userErrors": []}}));
    assert_eq!(socket.receive().await["type"], "complete");
    // The operation is refused before it is executed: an error is sent, and the id is free.
    for (query, code) in [
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { poolChanged { kind } other: poolChanged { kind } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($no: Boolean = false) { poolChanged @include(if: $no) { kind } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { poolChanged(after: 7) { kind } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ customers(filter: {isPooled: {eq: true}, isPooled: {nope: 1}}) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        socket.begin(query, json!({})).await;
        let error = socket.receive().await;
        assert_eq!(error["type"], "error", "{query}: {error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}");
    }
}

#[tokio::test]
async fn a_socket_runs_a_limited_number_of_operations_at_once() {
    let limits = Limits { operations_per_socket: 3, ..Default::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    for _ in 0..3 {
        socket.begin(WATCH, json!({})).await;
    }
    socket.begin(WATCH, json!({})).await;
    let refused = socket.receive().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{refused}");
    socket.send(json!({"id": "operation 1", "type": "complete"})).await;
    socket.begin(WATCH, json!({})).await;
    socket.settle().await;
    world.pooled("Acme").await;
    let mut ids: Vec<_> = Vec::new();
    for _ in 0..3 {
        ids.push(socket.receive().await["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    assert_eq!(ids, ["operation 2", "operation 3", "operation 5"]);
}

#[tokio::test]
async fn a_client_that_floods_its_socket_is_slowed_down_and_loses_no_operation() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    // The second in which operations are counted begins when the socket is opened.
    let started = std::time::Instant::now();
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    for number in 0..150 {
        socket.send(json!({"id": number.to_string(), "type": "subscribe", "payload": {"query": WATCH}})).await;
        socket.send(json!({"id": number.to_string(), "type": "complete"})).await;
    }
    socket.settle().await;
    assert!(started.elapsed() > Duration::from_millis(900), "what is too much waited for the next second");
    socket.begin(WATCH, json!({})).await;
    socket.settle().await;
    world.pooled("Acme").await;
    assert_eq!(socket.next().await["poolChanged"]["kind"], "ENTERED");
}

/// A running operation continues while its socket is busy, because it may hold locks that others wait for.
#[tokio::test]
async fn a_flood_of_operations_does_not_block_running_ones_on_the_same_socket() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    let mut holds_ann = world.db.begin().await.unwrap();
    sqlx::query("select from app_user where id = $1 for update")
        .bind(ann.id.uuid())
        .execute(&mut *holds_ann)
        .await
        .unwrap();
    let edit = "mutation($id: ID!) { updateCustomer(input: {customerId: $id, version: 1, name: \"Acme Tools\"}) { userErrors { code } } }";
    socket.begin(edit, json!({"id": acme})).await;
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.sql::<i64>(waiting).await == 0 {}
    let edited = async {
        holds_ann.rollback().await.unwrap();
        while world.sql::<i64>("select count(*) from customer where name = 'Acme Tools'").await == 0 {}
    };
    tokio::time::timeout(Duration::from_secs(30), socket.flood(edited)).await.expect("it is committed meanwhile");
}

#[tokio::test]
async fn a_close_frame_is_answered() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let socket = Socket::connect(world.listen().await, &ann).await;
    assert_eq!(socket.close().await, Some(1000));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_with_a_cursor_to_resume_from() {
    tidepool::kernel::metrics::start();
    let limits = Limits { stall: Duration::from_secs(1), ..Default::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let address = world.listen().await;
    let mut socket = Socket::connect(address, &ann).await;
    socket.begin("subscription { poolChanged { cursor } }", json!({})).await;
    socket.settle().await;
    world.pooled("Acme").await;
    assert_eq!(socket.next().await["poolChanged"]["cursor"], "event_00000000_1");
    // This subscription has received nothing yet, so it resumes from where it began.
    socket
        .begin(
            "subscription { poolChanged(after: \"event_00000000_0\", filter: {region: {eq: \"EAST\"}}) { cursor } }",
            json!({}),
        )
        .await;
    socket.settle().await;
    // Responses that nobody reads fill the buffers of the system until the time limit is over.
    let part = "__schema { types { name description fields { name description args { name description } } } }";
    let query: String = (0..10).map(|number| format!("part{number}: {part} ")).collect();
    for _ in 0..30 {
        socket.begin(&format!("{{ {query} }}"), json!({})).await;
    }
    let metrics = async || {
        let page = Request::get("/metrics").body(Body::empty()).unwrap();
        let response = tidepool::server::http::metrics_router(world.app.clone()).oneshot(page).await.unwrap();
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    };
    while !metrics().await.contains("tidepool_sockets_closed_total{code=\"4499\"}") {
        tokio::task::yield_now().await;
    }
    assert_eq!(socket.closed().await, (4499, "event_00000000_0".to_owned()));
}

#[tokio::test]
async fn a_stopping_server_closes_the_socket_with_1012() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    socket.begin(WATCH, json!({})).await;
    socket.settle().await;
    world.app.close().await;
    assert_eq!(socket.closed().await.0, 1012);
}

#[tokio::test]
async fn another_subprotocol_is_refused() {
    let world = World::new().await;
    let address = world.listen().await;
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let refused = tokio_tungstenite::client_async(format!("ws://{address}/graphql"), stream).await.unwrap_err();
    assert!(refused.to_string().contains("400"), "{refused}");
}
