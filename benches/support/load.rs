//! Requests over many connections, and how many get a response in a second.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use tokio::net::TcpStream;
use uuid::Uuid;

/// The request for a place in the sequence.
pub type Ask = Arc<dyn Fn(usize) -> Request<Full<Bytes>> + Send + Sync>;

/// A request with a document and the token of a user.
pub fn graphql(token: &str, document: &str, variables: &Json) -> Request<Full<Bytes>> {
    let body = json!({"query": document, "variables": variables}).to_string();
    let request = Request::post("/graphql")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    request.body(Full::from(body)).expect("a request")
}

async fn connect(address: SocketAddr) -> http1::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.expect("a server");
    stream.set_nodelay(true).expect("a socket");
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    sender
}

/// The response to one request.
pub async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> Response<Incoming> {
    connect(address).await.send_request(request).await.expect("an answer")
}

/// The JSON in the response to one request.
pub async fn answer(address: SocketAddr, request: Request<Full<Bytes>>) -> Json {
    let response = send(address, request).await;
    serde_json::from_slice(&response.into_body().collect().await.expect("a body").to_bytes()).expect("JSON")
}

/// Requests per second over some connections; each sends the next request after the last response.
pub async fn rate(address: SocketAddr, ask: &Ask, connections: usize, seconds: Duration) -> f64 {
    let started = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|client| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut sender = connect(address).await;
                let mut answered = 0usize;
                while started.elapsed() < seconds {
                    sender.ready().await.expect("an open connection");
                    let response = sender.send_request(ask(client * 1_000 + answered)).await.expect("an answer");
                    assert!(response.status().is_success());
                    response.into_body().collect().await.expect("a body");
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    let mut answered = 0;
    for client in clients {
        answered += client.await.expect("a client");
    }
    answered as f64 / started.elapsed().as_secs_f64()
}

/// A user of the demo data, and all users below.
pub async fn person(db: &PgPool, email: &str) -> (Uuid, Vec<Uuid>) {
    let me: Uuid = sqlx::query_scalar("select id from app_user where email = $1")
        .bind(email)
        .fetch_one(db)
        .await
        .expect("demo data");
    let team = sqlx::query_scalar(
        "with recursive below (id) as (select id from app_user where manager_id = $1 union all
             select u.id from app_user u join below b on u.manager_id = b.id) select id from below",
    );
    (me, team.bind(me).fetch_all(db).await.expect("demo data"))
}
