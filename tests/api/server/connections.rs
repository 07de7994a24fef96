//! Connections and the headers of HTTP: time-outs, limits, origins, compression, HTTP/2, and what browsers are told.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tidepool::kernel::config::Limits;
use tidepool::kernel::trusted::TrustedDocuments;
use tidepool::server::listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::socket::Socket;
use crate::support::{Person, World, until};

async fn listen(world: &World) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, router, limits) = (socket.local_addr().unwrap(), world.router.clone(), world.app.limits().clone());
    tokio::spawn(async move { listener::serve(socket, router, &limits, std::future::pending()).await });
    address
}

async fn open(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that the server sends until it closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is refused may be reset.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_does_not_send_a_request_loses_its_connection() {
    let world = World::with_limits(Limits { idle: Duration::from_secs(1), ..Limits::default() }).await;
    let address = listen(&world).await;
    let silent = open(address, "").await;
    let half = open(address, "GET /healthz HTTP/1.1\r\nhost:").await;
    let half_preface = open(address, "PRI * HTT").await;
    let served = open(address, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    for (stream, expected) in [(silent, ""), (half, ""), (half_preface, ""), (served, "alive")] {
        let sent = until_closed(stream).await;
        assert!(sent.contains(expected) && sent.contains("200 OK") == (expected == "alive"), "{expected:?}: {sent}");
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_no_more() {
    let world = World::with_limits(Limits { connections_per_address: 2, ..Limits::default() }).await;
    let address = listen(&world).await;
    let request = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = open(address, request).await;
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(stream);
    }
    assert_eq!(until_closed(open(address, HEALTH).await).await, "", "a third one is closed at once");
    held.pop();
    // The place is free when the server has noticed.
    loop {
        if until_closed(open(address, HEALTH).await).await.contains("200 OK") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_an_answer_loses_its_connection() {
    let limits = Limits { stall: Duration::from_millis(500), connections_per_address: 1, ..Limits::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let address = listen(&world).await;
    // More than the buffers of the system hold.
    let query = json!({"query": "{ __schema { types { name description fields { name description } } } }"}).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\n\
         content-length: {}\r\n\r\n{query}",
        ann.token,
        query.len()
    );
    let slow = open(address, &request.repeat(100)).await;
    assert_eq!(until_closed(open(address, HEALTH).await).await, "", "it has the only place");
    // Nobody reads from it, so it is not the end of the answers that frees the place.
    until(async || until_closed(open(address, HEALTH).await).await.contains("200 OK")).await;
    let taken = until_closed(slow).await;
    assert!(taken.matches("200 OK").count() < 100, "the server had not answered all");
}

#[tokio::test]
async fn a_client_that_sends_one_byte_of_a_body_is_refused_at_the_end_of_its_time_and_loses_its_connection() {
    let time = Duration::from_secs(1);
    let limits = Limits { request_time: time, upload_time: time, ..Limits::default() };
    let world = World::with_limits(limits).await;
    let (ann, mei) = (world.sales("Ann").await, world.person("Mei", "marketing", None).await);
    let address = listen(&world).await;
    for (person, content_type, status) in
        [(&ann, "application/json", "503"), (&mei, "multipart/form-data; boundary=x", "408")]
    {
        let begun = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\nauthorization: Bearer {}\r\n\
             accept: application/graphql-response+json\r\ncontent-length: 1000\r\n\r\n{{",
            person.token
        );
        let told = until_closed(open(address, &begun).await).await;
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{content_type}: {told}");
    }
}

#[tokio::test]
async fn http_2_is_spoken_in_clear_text() {
    let world = World::new().await;
    let stream = TcpStream::connect(listen(&world).await).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("http://tidepool/healthz").body(Empty::<&[u8]>::new()).unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!((response.version(), response.status()), (axum::http::Version::HTTP_2, StatusCode::OK));
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "alive\n");
}

#[tokio::test]
async fn a_page_of_this_server_is_known_over_http_2() {
    let world = World::new().await;
    let stream = TcpStream::connect(listen(&world).await).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let login = r#"mutation { login(input: {email: \"a@example.com\", password: \"x\", asCookies: true}) { userErrors { code } } }"#;
    let body = format!(r#"{{"query": "{login}"}}"#);
    for (origin, code) in [("http://tidepool", "INVALID_CREDENTIALS"), ("http://evil.example", "INVALID")] {
        let request = Request::post("http://tidepool/graphql")
            .header("content-type", "application/json")
            .header("origin", origin)
            .body(Full::new(hyper::body::Bytes::from(body.clone())))
            .unwrap();
        let answer = client.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["data"]["login"]["userErrors"][0]["code"], code, "{answer}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket() {
    let allowed = "https://crm.example.com".parse().unwrap();
    let world = World::with_limits(Limits { allowed_origins: vec![allowed], ..Limits::default() }).await;
    let address = listen(&world).await;
    for (origin, status) in [
        ("", "101"),
        ("origin: http://tidepool.example\r\n", "101"),
        ("origin: https://crm.example.com\r\n", "101"),
        ("origin: https://evil.example\r\n", "403"),
        ("origin: null\r\n", "403"),
    ] {
        let upgrade = format!(
            "GET /graphql HTTP/1.1\r\nhost: tidepool.example\r\n{origin}connection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        );
        let mut stream = open(address, &upgrade).await;
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&first), format!("HTTP/1.1 {status}"), "{origin}");
    }
}

async fn headers_of(world: &World, request: axum::http::request::Builder) -> (StatusCode, HeaderMap) {
    let response = world.nobody().send_raw(request.body(Body::empty()).unwrap()).await;
    (response.status(), response.headers().clone())
}

#[tokio::test]
async fn allowed_origins_may_read_responses_and_others_may_not() {
    let allowed = "https://crm.example.com".parse().unwrap();
    let with_origin = World::with_limits(Limits { allowed_origins: vec![allowed], ..Limits::default() }).await;
    let without = World::new().await;
    for (world, origin, expected) in [
        (&with_origin, "https://crm.example.com", Some("https://crm.example.com")),
        (&with_origin, "https://evil.example", None),
        (&without, "https://crm.example.com", None),
    ] {
        let preflight = Request::options("/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, content-type");
        let (_, headers) = headers_of(world, preflight).await;
        let found = headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(found, expected, "{origin}");
        if expected.is_some() {
            // A page may send what the server reads, and read what it answers.
            let sent = headers["access-control-allow-headers"].to_str().unwrap();
            assert!(
                ["authorization", "x-request-id", "tidepool-position"].iter().all(|name| sent.contains(name)),
                "{sent}"
            );
        }
        let (_, headers) = headers_of(world, Request::get("/healthz").header("origin", origin)).await;
        let found = headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(found, expected, "{origin}");
        if expected.is_some() {
            let read = headers["access-control-expose-headers"].to_str().unwrap();
            assert!(["retry-after", "tidepool-position"].iter().all(|name| read.contains(name)), "{read}");
        }
    }
}

#[tokio::test]
async fn every_response_has_the_headers_that_protect_browsers() {
    let world = World::new().await;
    for path in ["/", "/healthz", "/graphiql", "/graphql", "/nothing"] {
        let (_, headers) = headers_of(&world, Request::get(path)).await;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["strict-transport-security"], "max-age=31536000", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    let page = world.nobody().send_raw(Request::get("/graphiql").body(Body::empty()).unwrap()).await;
    let page = page.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8_lossy(&page);
    let mut files = 0;
    for file in page.split(['"']).filter(|part| part.starts_with("/graphiql/")) {
        assert_eq!(headers_of(&world, Request::get(file)).await.0, StatusCode::OK, "{file}");
        files += 1;
    }
    assert!(files == 6 && !page.contains("://"), "{page}");
    let hidden = World::with_limits(Limits { no_graphiql: true, ..Limits::default() }).await;
    assert_eq!(headers_of(&hidden, Request::get("/graphiql")).await.0, StatusCode::NOT_FOUND);
}

fn post(person: &Person) -> axum::http::request::Builder {
    Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", person.token))
}

#[tokio::test]
async fn responses_are_compressed_for_those_who_accept_it() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let body = json!({"query": "{ __schema { types { name description } } }"});
    let mut sizes = Vec::new();
    for encoding in ["identity", "gzip", "br", "zstd"] {
        let request = post(&ann).header("accept-encoding", encoding).body(Body::from(body.to_string())).unwrap();
        let response = ann.send_raw(request).await;
        let found = response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(found.as_deref().unwrap_or("identity"), encoding);
        sizes.push(response.into_body().collect().await.unwrap().to_bytes().len());
    }
    assert!(sizes[1..].iter().all(|size| size * 3 < sizes[0]), "{sizes:?}");
    let zipped = post(&ann).header("content-encoding", "gzip").body(Body::from(body.to_string())).unwrap();
    assert_eq!(ann.send(zipped).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn requests_may_come_as_an_array_of_limited_length() {
    let world = World::with_limits(Limits { requests_together: 3, ..Limits::default() }).await;
    let ann = world.sales("Ann").await;
    let one = json!({"query": "{ viewer { name } }"});
    let send = async |body: Json| ann.send(post(&ann).body(Body::from(body.to_string())).unwrap()).await;
    let (status, answers) = send(json!([one, {"query": "{ nothing }"}, one])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answers[0]["data"]["viewer"]["name"], "Ann");
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!((&answers[2]["data"]["viewer"]["name"], answers.as_array().unwrap().len()), (&json!("Ann"), 3));
    // The last one would be a request if an array were read as the members of an object.
    let members = json!(["{ viewer { name } }", null, null, null]);
    for body in [json!([]), json!([one, one, one, one]), json!([one, null]), json!(["{ viewer { name } }"]), members] {
        assert_eq!(send(body.clone()).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_document_is_sent_once_and_then_named_by_its_hash() {
    let world = World::new().await;
    let (ann, nobody) = (world.sales("Ann").await, world.nobody());
    let document = "{ viewer { name } }";
    let hash: String = Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect();
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let send = async |person: &Person, body: Json| {
        let answer = person.send(post(person).body(Body::from(body.to_string())).unwrap()).await.1;
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        (code, answer["data"]["viewer"]["name"].clone())
    };
    let (by_hash, with_document) =
        (json!({"extensions": extensions}), json!({"query": document, "extensions": extensions}));
    assert_eq!(send(&ann, by_hash.clone()).await.0, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(send(&nobody, with_document.clone()).await.0, "UNAUTHENTICATED");
    assert_eq!(send(&ann, by_hash.clone()).await.0, "PERSISTED_QUERY_NOT_FOUND", "strangers leave nothing behind");
    assert_eq!(send(&ann, with_document).await.1, "Ann");
    assert_eq!(send(&ann, by_hash).await.1, "Ann");
    let wrong = json!({"query": "{ viewer { roles } }", "extensions": extensions});
    assert_eq!(send(&ann, wrong).await.0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn trusted_documents_are_named_by_their_id() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documents.json");
    std::fs::write(&file, json!({"abc": "query Me { viewer { name } }"}).to_string()).unwrap();
    let trusted = TrustedDocuments::read(file.to_str().unwrap()).unwrap();
    let world = World::with_limits(Limits { trusted_documents: Some(trusted.clone()), ..Limits::default() }).await;
    let ann = world.sales("Ann").await;
    let send = async |person: &Person, body: Json| {
        let answer = person.send(post(person).body(Body::from(body.to_string())).unwrap()).await.1;
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        (code, answer["data"]["viewer"]["name"].clone())
    };
    let by_hash = |hash: &str| json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    for named in [
        json!({"documentId": "abc"}),
        json!({"documentId": "sha256:abc"}),
        json!({"doc_id": "abc"}),
        json!({"id": "abc"}),
        by_hash("abc"),
    ] {
        assert_eq!(send(&ann, named.clone()).await.1, "Ann", "{named}");
    }
    let get = Request::get("/graphql?documentId=abc").header("authorization", format!("Bearer {}", ann.token));
    assert_eq!(ann.send(get.body(Body::empty()).unwrap()).await.1["data"]["viewer"]["name"], "Ann");
    assert_eq!(send(&ann, json!({"documentId": "xyz"})).await.0, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(send(&ann, json!({"documentId": "xyz", "query": "{ viewer { name } }"})).await.1, "Ann");
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    socket.send(json!({"id": "1", "type": "subscribe", "payload": {"documentId": "abc"}})).await;
    assert_eq!(socket.next().await["viewer"]["name"], "Ann");

    let only = Limits { trusted_documents: Some(trusted), trusted_documents_only: true, ..Limits::default() };
    let strict = World::with_limits(only).await;
    let bob = strict.sales("Bob").await;
    assert_eq!(send(&bob, json!({"documentId": "abc"})).await.1, "Bob");
    let document = "{ viewer { name } }";
    let hash: String = Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut persisted = by_hash(&hash);
    persisted["query"] = document.into();
    for refused in [json!({"query": document}), persisted, json!({"query": "{ __schema { queryType { name } } }"})] {
        assert_eq!(send(&bob, refused.clone()).await.0, "DOCUMENT_NOT_TRUSTED", "{refused}");
    }

    let without = World::new().await;
    let cai = without.sales("Cai").await;
    assert_eq!(send(&cai, json!({"documentId": "abc"})).await.0, "PERSISTED_QUERY_NOT_SUPPORTED");
}
