//! The router: what comes over HTTP, and how it is answered (GraphQL over HTTP, in its two media types).

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, MatchedPath, Path, RawQuery, Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tracing::Instrument;

use super::budget::Left;
use super::graphql::{GraphqlRequest, Server};
use super::response::GraphqlResponse;
use super::socket;
use super::sse;
use super::upload;
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::{import, people};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Everything that a server answers.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/graphql", any(graphql))
        .route("/graphiql", get(graphiql))
        .route("/imports/{id}/failed.csv", get(failed_rows))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_page))
        .layer(middleware::from_fn(observed))
        .with_state(Arc::new(Server::new(app)))
}

async fn graphiql() -> Html<String> {
    Html(
        async_graphql::http::GraphiQLSource::build()
            .endpoint("/graphql")
            .subscription_endpoint("/graphql")
            .title("Tidepool")
            .finish(),
    )
}

async fn readyz(State(server): State<Arc<Server>>) -> (StatusCode, String) {
    match server.app.check_ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}

async fn metrics_page(State(server): State<Arc<Server>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], super::metrics::page(&server.app))
}

/// Gives every request an id, a line in the log and its place in the metrics; a panic is answered, not dropped.
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
    if matches!(route.as_str(), "/healthz" | "/readyz" | "/metrics") {
        tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    } else {
        tracing::info!(%method, route, status = response.status().as_u16(), took_us = took.as_micros() as u64, "answered");
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The two media types of an answer. They differ in their status: the older one is 200 for all that was well-formed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum MediaType {
    GraphqlResponse,
    Json,
}

impl MediaType {
    /// The best type that the client accepts; `None` when it accepts neither.
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        let mut said = false;
        for range in
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
        {
            said = true;
            let mut parts = range.split(';').map(str::trim);
            let of = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let mut weight = 1.0;
            for part in parts {
                if let Some(q) = part.strip_prefix("q=") {
                    weight = q.parse().unwrap_or(0.0);
                } else if part
                    .to_ascii_lowercase()
                    .strip_prefix("charset=")
                    .is_some_and(|charset| charset.trim_matches('"') != "utf-8")
                {
                    weight = 0.0;
                }
            }
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, of));
            }
        }
        if said { best.map(|(_, of)| of) } else { Some(Self::Json) }
    }

    fn name(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// The body of a POST. Unknown members are ignored, as the specification wishes.
#[derive(Deserialize)]
struct Posted {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Json>>,
    #[serde(rename = "extensions")]
    _extensions: Option<Map<String, Json>>,
}

/// Why a request is no GraphQL request at all.
struct Malformed(StatusCode, String);

async fn graphql(
    State(server): State<Arc<Server>>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let peer = connection.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    if let Ok(upgrade) = upgrade {
        return Box::pin(live(server, upgrade, &parts.headers, peer)).await;
    }
    let takes_events = parts.headers.get_all(ACCEPT).iter().any(|value| value.to_str().is_ok_and(sse::is_accepted));
    let accepted = MediaType::accepted(&parts.headers);
    let takes_nothing_else = accepted.is_none();
    if takes_nothing_else && !takes_events {
        return not_acceptable();
    }
    let media_type = accepted.unwrap_or(MediaType::GraphqlResponse);
    let asked = match parts.method {
        Method::POST if is_multipart(&parts.headers) => {
            return match with_files(&server, &parts.headers, peer, body).await {
                Ok(answer) => counted(media_type, answer),
                Err(why) => malformed(media_type, why),
            };
        }
        Method::POST => posted(&parts.headers, body, server.app.limits().body_bytes).await,
        Method::GET => got(query.as_deref().unwrap_or_default()),
        _ => {
            let text = "Send queries by GET or POST, mutations by POST.".to_owned();
            let mut response = malformed(media_type, Malformed(StatusCode::METHOD_NOT_ALLOWED, text));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
            return response;
        }
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(why) => return malformed(media_type, why),
    };
    let answer = match caller(&server.app, &parts.headers, peer).await {
        Ok(caller) if takes_events && server.is_subscription(&asked).await == Some(true) => {
            match Box::pin(sse::subscribe(&server, caller, asked)).await {
                Ok(events) => return events.into_response(),
                Err(errors) => GraphqlResponse::of_refusal(errors),
            }
        }
        Ok(_) if takes_nothing_else && server.is_subscription(&asked).await.is_some() => return not_acceptable(),
        Ok(caller) => server.execute(caller, asked).await,
        Err((error, language)) => GraphqlResponse::of_refusal(vec![TopError::of(&error, language)]),
    };
    counted(media_type, answer)
}

fn counted(media_type: MediaType, answer: GraphqlResponse) -> Response {
    if let Some(code) = answer.refused() {
        metrics::refused(code);
    }
    answered(media_type, answer)
}

fn not_acceptable() -> Response {
    let types = "application/graphql-response+json, application/json; those to subscriptions, text/event-stream";
    malformed(MediaType::Json, Malformed(StatusCode::NOT_ACCEPTABLE, format!("Answers are {types}.")))
}

/// Opens a socket for whoever speaks the protocol.
async fn live(server: Arc<Server>, upgrade: WebSocketUpgrade, headers: &HeaderMap, peer: Option<IpAddr>) -> Response {
    let upgrade = upgrade.protocols([socket::PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let text = format!("Sockets here speak {}: name it in Sec-WebSocket-Protocol.", socket::PROTOCOL);
        return malformed(MediaType::Json, Malformed(StatusCode::BAD_REQUEST, text));
    }
    let caller = match caller(&server.app, headers, peer).await {
        Ok(caller) => caller,
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

/// A request that brings a file. Browsers send such ones to other sites unasked, but never with the header of a token: who
/// has none is refused before anything is read.
async fn with_files(
    server: &Server,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    body: Body,
) -> Result<GraphqlResponse, Malformed> {
    let caller = match caller(&server.app, headers, peer).await {
        Ok(caller) if caller.viewer.is_some() => caller,
        Ok(caller) => {
            return Ok(GraphqlResponse::of_refusal(vec![TopError::of(&Error::Unauthenticated, caller.language)]));
        }
        Err((error, language)) => return Ok(GraphqlResponse::of_refusal(vec![TopError::of(&error, language)])),
    };
    let limits = server.app.limits();
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let receiving = upload::receive(content_type, body, limits.body_bytes, limits.upload_bytes);
    let refused = match tokio::time::timeout(limits.upload_time, receiving).await {
        Ok(Ok((json, uploads))) => {
            let asked = GraphqlRequest { uploads, ..asked_in(&json)? };
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
        upload::Refused::Internal(error) => {
            Ok(GraphqlResponse::of_refusal(vec![TopError::of(&Error::Internal(error.into()), caller.language)]))
        }
    }
}

/// The rows of an import that were not done, as a file to correct.
async fn failed_rows(
    State(server): State<Arc<Server>>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let peer = connection.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    let file = async {
        let caller = caller(&server.app, &headers, peer).await?;
        let told = |error| (error, caller.language);
        let viewer = caller.viewer.as_ref().ok_or_else(|| told(Error::Unauthenticated))?;
        let id = id.parse().map_err(|_| told(UserError::not_found().into()))?;
        import::failed::file(server.app.clone(), viewer, id, caller.language).await.map_err(told)
    };
    match file.await {
        Ok(file) => {
            let headers = [
                (CONTENT_TYPE, "text/csv; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"failed.csv\""),
                (CACHE_CONTROL, "private, no-store"),
            ];
            (headers, Body::from_stream(file)).into_response()
        }
        Err((error, language)) => {
            let status = match error {
                Error::Unauthenticated => StatusCode::UNAUTHORIZED,
                Error::Forbidden(_) => StatusCode::FORBIDDEN,
                Error::Refused(_) => StatusCode::NOT_FOUND,
                Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            json_response(
                status,
                MediaType::Json,
                GraphqlResponse::of_refusal(vec![TopError::of(&error, language)]).body,
            )
        }
    }
}

async fn posted(headers: &HeaderMap, body: Body, most: usize) -> Result<GraphqlRequest, Malformed> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    // Only JSON is read as JSON: a form of another site can't send it unasked.
    let is_json = parts.next().as_deref() == Some("application/json");
    let is_utf8 =
        parts.all(|part| part.strip_prefix("charset=").is_none_or(|charset| charset.trim_matches('"') == "utf-8"));
    if !is_json || !is_utf8 {
        return Err(Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json in UTF-8.".to_owned()));
    }
    let bytes = match Limited::new(body, most).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Malformed(StatusCode::PAYLOAD_TOO_LARGE, format!("A request has at most {most} bytes.")));
        }
        Err(_) => return Err(Malformed(StatusCode::BAD_REQUEST, "The request broke off.".to_owned())),
    };
    asked_in(&bytes)
}

fn asked_in(json: &[u8]) -> Result<GraphqlRequest, Malformed> {
    let bad = |what: &str| Malformed(StatusCode::BAD_REQUEST, what.to_owned());
    let posted: Posted = serde_json::from_slice(json).map_err(|error| {
        Malformed(StatusCode::BAD_REQUEST, format!("This is not a GraphQL request in JSON: {error}."))
    })?;
    Ok(GraphqlRequest {
        query: posted.query.ok_or_else(|| bad("`query` is missing."))?,
        operation_name: posted.operation_name,
        variables: posted.variables.unwrap_or_default(),
        may_change: true,
        uploads: Vec::new(),
    })
}

fn got(query: &str) -> Result<GraphqlRequest, Malformed> {
    let bad = |what: &str| Malformed(StatusCode::BAD_REQUEST, what.to_owned());
    let mut asked = GraphqlRequest::default();
    let mut has_query = false;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "query" => {
                asked.query = value.into_owned();
                has_query = true;
            }
            "operationName" if !value.is_empty() => asked.operation_name = Some(value.into_owned()),
            "variables" if !value.is_empty() => {
                let given: Option<Map<String, Json>> =
                    serde_json::from_str(&value).map_err(|_| bad("`variables` is not a JSON object."))?;
                asked.variables = given.unwrap_or_default();
            }
            "extensions" if !value.is_empty() => {
                serde_json::from_str::<Option<Map<String, Json>>>(&value)
                    .map_err(|_| bad("`extensions` is not a JSON object."))?;
            }
            _ => {}
        }
    }
    if has_query { Ok(asked) } else { Err(bad("`query` is missing.")) }
}

/// Who asks. A token that is not one of a living session asks as nobody: sign-in and refresh need none.
async fn caller(app: &Arc<App>, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<Caller, (Error, Language)> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let language = text(ACCEPT_LANGUAGE).map(Language::accepted).unwrap_or_default();
    let viewer = match text(AUTHORIZATION).and_then(people::bearer) {
        None => None,
        Some(token) => match people::authenticate(app, token).await {
            Ok(viewer) => Some(viewer),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Err((error, language)),
        },
    };
    let forwarded = text(FORWARDED_FOR).filter(|_| app.limits().trust_proxy);
    // The last address is the one that our own proxy saw.
    let forwarded = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|address| address.trim().parse().ok());
    Ok(Caller { viewer, language, address: forwarded.or(peer) })
}

fn answered(media_type: MediaType, answer: GraphqlResponse) -> Response {
    let status = match (answer.refused(), media_type) {
        (Some("METHOD_NOT_ALLOWED"), _) => StatusCode::METHOD_NOT_ALLOWED,
        (None, _) | (Some(_), MediaType::Json) => StatusCode::OK,
        (Some("UNAUTHENTICATED"), _) => StatusCode::UNAUTHORIZED,
        (Some("UNAVAILABLE"), _) => StatusCode::SERVICE_UNAVAILABLE,
        (Some("RATE_LIMITED"), _) => StatusCode::TOO_MANY_REQUESTS,
        (Some("INTERNAL"), _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Some(_), _) => StatusCode::BAD_REQUEST,
    };
    let (budget, retry_after) = (answer.budget, answer.retry_after());
    let mut response = json_response(status, media_type, answer.body);
    if let Some(Left { limit, remaining, full_in }) = budget {
        let headers = response.headers_mut();
        headers.insert("ratelimit-limit", HeaderValue::from(limit));
        headers.insert("ratelimit-remaining", HeaderValue::from(remaining));
        headers.insert("ratelimit-reset", HeaderValue::from(full_in));
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn malformed(media_type: MediaType, Malformed(status, message): Malformed) -> Response {
    metrics::refused("BAD_REQUEST");
    let body = json!({"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]});
    json_response(status, media_type, body.to_string().into_bytes())
}

fn json_response(status: StatusCode, media_type: MediaType, body: Vec<u8>) -> Response {
    // Answers depend on who asks: nobody in between keeps them.
    let headers = [(CONTENT_TYPE, media_type.name()), (CACHE_CONTROL, "private, no-store")];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, Bytes::from(body)).into_response()
}
