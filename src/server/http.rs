//! The router: GraphQL over HTTP in its two media types, files, health.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get};
use futures_util::FutureExt;
use tokio::time::timeout;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::CorsLayer;
use tracing::Instrument;

use super::caller::{caller, is_allowed_origin, is_page_allowed};
use super::graphql::{Server, too_late};
use super::media_type::MediaType;
use super::reply::{
    POSITION, RATE_LIMIT, RATE_LIMIT_REMAINING, RATE_LIMIT_RESET, answered, counted, json_response, malformed,
    not_acceptable, together,
};
use super::request::{self, GraphqlRequest, Malformed, Received};
use super::response::GraphqlResponse;
use super::streams::{self, STREAM_TOKEN, Streams};
use super::{download, graphiql, password_page, single_sign_on, socket, sse, upload};
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::{audit, import};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language};
use crate::kernel::{installation, metrics};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How long browsers may cache the response of a preflight request.
const PREFLIGHT_KEPT: Duration = Duration::from_secs(3_600);
/// How long `/readyz` may take.
const READY_TIME: Duration = Duration::from_millis(900);

/// Everything that a server answers to clients, but for the pages of the console.
pub fn router(app: Arc<App>) -> Router {
    router_with(app, Router::new())
}

/// Everything that a server answers to clients, and these pages.
pub fn router_with(app: Arc<App>, pages: Router) -> Router {
    let limits = app.limits();
    let cors = CorsLayer::new()
        .allow_origin(limits.allowed_origins.clone())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_credentials(true)
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            ACCEPT_LANGUAGE,
            REQUEST_ID,
            LAST_EVENT_ID,
            STREAM_TOKEN,
            POSITION,
        ])
        .expose_headers([REQUEST_ID, RETRY_AFTER, RATE_LIMIT, RATE_LIMIT_REMAINING, RATE_LIMIT_RESET, POSITION])
        .max_age(PREFLIGHT_KEPT);
    let server = Arc::new(Server::new(app.clone()));
    let streams = Arc::new(Streams::new(server.clone()));
    let router = Router::new()
        .route("/graphql", any(graphql))
        .route("/graphql/stream", any(streams::endpoint).with_state(streams))
        .route("/imports/{id}/failed.csv", get(download::failed_rows))
        .route(audit::download::PATH, get(download::audit_entries))
        .route("/sign-in/{provider}", get(single_sign_on::begin))
        .route("/sign-in/{provider}/callback", get(single_sign_on::finish))
        .route("/set-password", get(password_page::page))
        .route("/set-password/{file}", get(password_page::file))
        .route("/bi/{file}", get(download::view))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(readyz));
    let router = if limits.no_graphiql {
        router
    } else {
        router.route("/graphiql", get(graphiql::page)).route("/graphiql/{file}", get(graphiql::file))
    };
    let router = if limits.allowed_origins.is_empty() { router } else { router.layer(cors) };
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let compression =
        compression.compress_when(DefaultPredicate::new().and(NotForContentType::const_new(download::PARQUET)));
    router.with_state(server).merge(pages).layer((middleware::from_fn(observed), compression))
}

/// The figures for Prometheus, on an address of their own.
pub fn metrics_router(app: Arc<App>) -> Router {
    let page =
        async |State(app): State<Arc<App>>| ([(CONTENT_TYPE, "text/plain; version=0.0.4")], super::metrics::page(&app));
    Router::new().route("/metrics", get(page)).with_state(app)
}

/// Sets headers that keep browsers from guessing types, framing pages and telling other sites where they came from.
fn secure(headers: &mut HeaderMap) {
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"));
}

async fn readyz(State(server): State<Arc<Server>>) -> (StatusCode, String) {
    let not_ready = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"));
    match timeout(READY_TIME, server.app.check_ready()).await {
        Ok(Ok(())) if server.app.is_held() => (StatusCode::OK, format!("ready\n{}\n", installation::ADVICE)),
        Ok(Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(why)) => not_ready(&why),
        Err(_) => not_ready("the database does not answer"),
    }
}

/// Gives every request an id, a log line and its metrics, and every response its security headers. A panic becomes a response.
async fn observed(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let id = match given.filter(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    }) {
        Some(id) => id.to_owned(),
        None => format!("{:016x}", fastrand::u64(..)),
    };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let _in_span = span.enter();
    let mut response = answered.unwrap_or_else(|_| {
        let error = TopError::of(&Error::Internal("a request panicked".into()), Language::English);
        json_response(StatusCode::INTERNAL_SERVER_ERROR, MediaType::Json, GraphqlResponse::of_refusal(vec![error]).body)
    });
    let took = started.elapsed();
    metrics::request_done(&route, response.status().as_u16(), took);
    // An operation has a line of its own.
    let is_operation = route == "/graphql" && response.status().is_success();
    if is_operation || matches!(route.as_str(), "/healthz" | "/readyz" | "/metrics") {
        tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    } else {
        tracing::info!(%method, route, status = response.status().as_u16(), took_us = took.as_micros() as u64, "answered");
    }
    secure(response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn graphql(
    State(server): State<Arc<Server>>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let peer = connection.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    if let Ok(upgrade) = upgrade {
        return Box::pin(live(server, upgrade, request.headers(), peer)).await;
    }
    let started = Instant::now();
    let accepted = MediaType::accepted(request.headers());
    let media_type = accepted.unwrap_or(MediaType::GraphqlResponse);
    if *request.method() == Method::POST && is_multipart(request.headers()) {
        if accepted.is_none() {
            return not_acceptable();
        }
        let (parts, body) = request.into_parts();
        return match with_files(&server, &parts.headers, peer, body).await {
            Ok(answer) => counted(media_type, answer),
            Err(why) => malformed(media_type, why),
        };
    }
    let takes_events = request.headers().get_all(ACCEPT).iter().any(|value| value.to_str().is_ok_and(sse::is_accepted));
    if accepted.is_none() && !takes_events {
        return not_acceptable();
    }
    let last_event = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    // Reading the body and authentication end with the request's time as well, whatever the client and the database do. The
    // execution sees to what is left of it itself, because it knows what was committed.
    let time = server.app.limits().request_time;
    let (caller, asked) = match timeout(time, received(&server, media_type, peer, request)).await {
        Ok(Ok(received)) => received,
        Ok(Err(refused)) => return refused,
        Err(_) => return counted(media_type, GraphqlResponse::of_refusal(vec![too_late(time, Language::default())])),
    };
    let asked = match asked {
        Received::One(asked) => *asked,
        Received::Many(all) => return together(media_type, server.execute_all(started, caller, all).await),
    };
    if takes_events {
        let asked = GraphqlRequest { resume_after: last_event, ..asked };
        return answer_in_events(&server, accepted, started, caller, asked).await;
    }
    counted(media_type, server.execute_since(started, caller, asked).await)
}

/// Reads a request, or an array of them, that brings no file, and finds who sends it.
async fn received(
    server: &Server,
    media_type: MediaType,
    peer: Option<IpAddr>,
    request: Request,
) -> Result<(Caller, Received), Response> {
    let (Parts { method, uri, headers, .. }, body) = request.into_parts();
    let received = match method {
        Method::POST => request::in_body(&headers, body, server.app.limits()).await,
        Method::GET | Method::HEAD => request::in_query(uri).await.map(|request| Received::One(Box::new(request))),
        _ => {
            let text = "Send queries by GET or POST, mutations by POST.".to_owned();
            let mut response = malformed(media_type, Malformed(StatusCode::METHOD_NOT_ALLOWED, text));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            return Err(response);
        }
    };
    let received = received.map_err(|why| malformed(media_type, why))?;
    let may_use_cookies = method == Method::POST && is_page_allowed(&headers, server.app.limits());
    match caller(server, &headers, peer, may_use_cookies).await {
        Ok(caller) => Ok((caller, received)),
        Err((error, language)) => {
            Err(counted(media_type, GraphqlResponse::of_refusal(vec![TopError::of(&error, language)])))
        }
    }
}

/// Answers a client that reads events. If it reads responses, too, only a subscription is answered by events.
async fn answer_in_events(
    server: &Server,
    accepted: Option<MediaType>,
    started: Instant,
    caller: Caller,
    asked: GraphqlRequest,
) -> Response {
    if server.is_subscription(&caller, &asked).await == Some(true) {
        return match (Box::pin(sse::subscribe(server, caller, asked)).await, accepted) {
            (Ok(events), _) => sse::response(events),
            (Err(errors), Some(media_type)) => counted(media_type, GraphqlResponse::of_refusal(errors)),
            // What reads only events reads refusals as one, too.
            (Err(errors), None) => sse::response(sse::once(&GraphqlResponse::of_refusal(errors).body)),
        };
    }
    let answer = server.execute_since(started, caller, asked).await;
    match accepted {
        Some(media_type) => counted(media_type, answer),
        None => sse::response(sse::once(&answer.body)),
    }
}

/// Opens a WebSocket for a client that names the protocol.
async fn live(server: Arc<Server>, upgrade: WebSocketUpgrade, headers: &HeaderMap, peer: Option<IpAddr>) -> Response {
    // A web page of any site can open a WebSocket; the browser names the page's origin.
    if !is_allowed_origin(headers, server.app.limits()) {
        let text = "Pages of this origin may not open a WebSocket here.".to_owned();
        return malformed(MediaType::Json, Malformed(StatusCode::FORBIDDEN, text));
    }
    let upgrade = upgrade.protocols([socket::PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let text = format!("WebSockets here use the protocol {}: name it in Sec-WebSocket-Protocol.", socket::PROTOCOL);
        return malformed(MediaType::Json, Malformed(StatusCode::BAD_REQUEST, text));
    }
    let may_use_cookies = is_page_allowed(headers, server.app.limits());
    let caller = match caller(&server, headers, peer, may_use_cookies).await {
        // A socket has no responses that could change cookies.
        Ok(caller) => Caller { cookies: None, ..caller },
        Err((error, language)) => {
            return answered(
                MediaType::GraphqlResponse,
                GraphqlResponse::of_refusal(vec![TopError::of(&error, language)]),
            );
        }
    };
    let most = server.app.limits().body_bytes;
    upgrade
        .read_buffer_size(socket::READ_BYTES)
        .write_buffer_size(socket::WRITE_BYTES)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(|socket| socket::serve(socket, server, caller))
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// A request with a file. A browser sends such a request to another site without asking, but never with a token in the header,
/// and cookies count only from a page that is allowed here. So others are refused before their body is read.
async fn with_files(
    server: &Server,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    body: Body,
) -> Result<GraphqlResponse, Malformed> {
    let may_use_cookies = is_page_allowed(headers, server.app.limits());
    let caller = match caller(server, headers, peer, may_use_cookies).await {
        Ok(caller) => caller,
        Err((error, language)) => return Ok(GraphqlResponse::of_refusal(vec![TopError::of(&error, language)])),
    };
    // Only imports take files, so nobody else's are read, and few at once: each takes the disk and the processor.
    let told = |error: Error| GraphqlResponse::of_refusal(vec![TopError::of(&error, caller.language)]);
    let Some(viewer) = &caller.viewer else { return Ok(told(Error::Unauthenticated)) };
    if let Err(error) = import::dry_run::check_right(viewer) {
        return Ok(told(error));
    }
    let limits = server.app.limits();
    let turn = timeout(limits.upload_time, server.uploads.wait(&viewer.user)).await;
    let Some(_turn) = turn.ok().flatten() else {
        let text = "Too many uploads are under way. Try again when some of them have ended.".to_owned();
        return Err(Malformed(StatusCode::TOO_MANY_REQUESTS, text));
    };
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let receiving = upload::receive(content_type, body, limits.body_bytes, limits.upload_bytes);
    let refused = match timeout(limits.upload_time, receiving).await {
        Ok(Ok((json, uploads))) => {
            let asked = GraphqlRequest { uploads, ..request::of_json(&json)? };
            return Ok(server.execute(caller, asked).await);
        }
        Ok(Err(refused)) => refused,
        Err(_) => {
            let text = format!("The file took longer than {} seconds to come.", limits.upload_time.as_secs());
            return Err(Malformed(StatusCode::REQUEST_TIMEOUT, text));
        }
    };
    match refused {
        upload::Refused::Malformed(why) => Err(Malformed(StatusCode::BAD_REQUEST, why)),
        upload::Refused::TooLarge => {
            let text = format!("A file has at most {} bytes.", limits.upload_bytes);
            Err(Malformed(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        upload::Refused::Unstored(error) => Ok(told(Error::of_file(error))),
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_response() {
        let panics = get(async || -> &'static str { panic!("a fault of a handler") });
        let router: Router = Router::new().route("/", panics).layer(middleware::from_fn(observed));
        let response = router.oneshot(Request::new(Body::empty())).await.expect("it is infallible");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
