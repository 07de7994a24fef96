//! HTTP responses: status codes, headers and bodies of what was answered.

use axum::body::Bytes;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::budget::Left;
use super::media_type::MediaType;
use super::request::Malformed;
use super::response::GraphqlResponse;
use crate::kernel::metrics;

/// How much a user may spend in a minute, how much of it is left, and in how many seconds all of it is there again.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
pub const RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
/// The position in the log of the database behind what the user has written. A request that sends it back is answered from there on,
/// whichever server it reaches.
pub const POSITION: HeaderName = HeaderName::from_static("tidepool-position");
/// After how many seconds to try again when the database can't be reached.
const RETRY_UNAVAILABLE: u32 = 2;

/// The answers of an array of requests, as an array.
pub fn together(media_type: MediaType, answers: Vec<GraphqlResponse>) -> Response {
    let budget = answers.iter().rev().find_map(|answer| answer.budget);
    let position = answers.iter().filter_map(|answer| answer.position).max();
    let cookies = answers.iter().flat_map(|answer| answer.cookies.clone()).collect();
    let mut body = Vec::with_capacity(answers.iter().map(|answer| answer.body.len() + 1).sum::<usize>() + 1);
    for (place, answer) in answers.iter().enumerate() {
        if let Some(code) = answer.refused() {
            metrics::refused(code);
        }
        body.push(if place == 0 { b'[' } else { b',' });
        body.extend_from_slice(&answer.body);
    }
    body.push(b']');
    answered(media_type, GraphqlResponse { body, refusals: None, code: None, budget, position, cookies })
}

/// The response to a request, whose refusal is counted in the metrics.
pub fn counted(media_type: MediaType, answer: GraphqlResponse) -> Response {
    if let Some(code) = answer.refused() {
        metrics::refused(code);
    }
    answered(media_type, answer)
}

/// The refusal of an `Accept` header that no response suits.
pub fn not_acceptable() -> Response {
    let types = "application/graphql-response+json, application/json or text/event-stream";
    malformed(MediaType::Json, Malformed(StatusCode::NOT_ACCEPTABLE, format!("Answers are {types}.")))
}

/// The response to a request, with the status and the headers that its refusal asks for.
pub fn answered(media_type: MediaType, answer: GraphqlResponse) -> Response {
    let status = match (answer.refused(), media_type) {
        (Some("METHOD_NOT_ALLOWED"), _) => StatusCode::METHOD_NOT_ALLOWED,
        (None, _) | (Some(_), MediaType::Json) => StatusCode::OK,
        (Some("UNAUTHENTICATED"), _) => StatusCode::UNAUTHORIZED,
        (Some("UNAVAILABLE"), _) => StatusCode::SERVICE_UNAVAILABLE,
        (Some("RATE_LIMITED"), _) => StatusCode::TOO_MANY_REQUESTS,
        (Some("INTERNAL"), _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Some(_), _) => StatusCode::BAD_REQUEST,
    };
    let (budget, retry_after, cookies) = (answer.budget, answer.retry_after(), answer.cookies.clone());
    let position = answer.position.and_then(|position| HeaderValue::from_str(&position.to_string()).ok());
    let mut response = json_response(status, media_type, answer.body);
    if let Some(Left { limit, remaining, full_in }) = budget {
        let headers = response.headers_mut();
        headers.insert(RATE_LIMIT, HeaderValue::from(limit));
        headers.insert(RATE_LIMIT_REMAINING, HeaderValue::from(remaining));
        headers.insert(RATE_LIMIT_RESET, HeaderValue::from(full_in));
    }
    if let Some(position) = position {
        response.headers_mut().insert(POSITION, position);
    }
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    let retry_after = retry_after.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_UNAVAILABLE));
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

/// The refusal of what is no GraphQL request.
pub fn malformed(media_type: MediaType, Malformed(status, message): Malformed) -> Response {
    metrics::refused("BAD_REQUEST");
    let body = json!({"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]});
    json_response(status, media_type, body.to_string().into_bytes())
}

/// A response with a JSON body. It depends on the user, so no cache in between may keep it.
pub fn json_response(status: StatusCode, media_type: MediaType, body: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, media_type.name()), (CACHE_CONTROL, "private, no-store")];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, Bytes::from(body)).into_response()
}
