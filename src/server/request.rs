//! Requests over HTTP: from a body or a query string to GraphQL requests.

use async_graphql::{BatchRequest, ParseRequestError};
use async_graphql_axum::{GraphQLBatchRequest, GraphQLRequest};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::graphql::GraphqlRequest;
use crate::kernel::config::Limits;

/// Why a request is no GraphQL request at all.
#[derive(Debug)]
pub struct Malformed(pub StatusCode, pub String);

impl Malformed {
    fn bad(what: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, what.into())
    }
}

impl From<ParseRequestError> for Malformed {
    fn from(error: ParseRequestError) -> Self {
        Self::bad(format!("The request is no GraphQL request: {error}."))
    }
}

// The library's extractors want it; whoever calls them here writes the response.
impl IntoResponse for Malformed {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// What came: one request, or an array of them.
#[derive(Debug)]
pub enum Received {
    /// One.
    One(Box<GraphqlRequest>),
    /// Several, to be answered in their order.
    Many(Vec<GraphqlRequest>),
}

/// The request of a query string.
pub async fn in_query(request: Request) -> Result<GraphqlRequest, Malformed> {
    let request = GraphQLRequest::<Malformed>::from_request(request, &()).await?.into_inner();
    one(request, false)
}

/// The requests of a body, which is JSON in UTF-8 and not compressed.
pub async fn in_body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Received, Malformed> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text(CONTENT_TYPE).split(';').map(|part| part.trim().to_ascii_lowercase());
    // Only JSON is read as JSON: a form of another site can't send it unasked.
    let is_json = parts.next().as_deref() == Some("application/json");
    let is_utf8 =
        parts.all(|part| part.strip_prefix("charset=").is_none_or(|charset| charset.trim_matches('"') == "utf-8"));
    let is_plain = matches!(text(CONTENT_ENCODING), "" | "identity");
    if !is_json || !is_utf8 || !is_plain {
        let what = "Send application/json in UTF-8, without a Content-Encoding.";
        return Err(Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, what.to_owned()));
    }
    let most = limits.body_bytes;
    let bytes = match Limited::new(body, most).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Malformed(StatusCode::PAYLOAD_TOO_LARGE, format!("A request has at most {most} bytes.")));
        }
        Err(_) => return Err(Malformed::bad("The request broke off.")),
    };
    match batch(bytes).await? {
        BatchRequest::Single(request) => Ok(Received::One(Box::new(one(request, true)?))),
        BatchRequest::Batch(requests) if (1..=limits.requests_together).contains(&requests.len()) => {
            Ok(Received::Many(requests.into_iter().map(|request| one(request, true)).collect::<Result<_, _>>()?))
        }
        BatchRequest::Batch(requests) => {
            let (most, count) = (limits.requests_together, requests.len());
            Err(Malformed::bad(format!("An array has 1 to {most} requests, not {count}.")))
        }
    }
}

/// The request in the JSON part of a request with a file.
pub async fn of_json(json: Vec<u8>) -> Result<GraphqlRequest, Malformed> {
    match batch(json.into()).await? {
        BatchRequest::Single(request) => one(request, true),
        BatchRequest::Batch(_) => Err(Malformed::bad("A request with a file is one request, not an array.")),
    }
}

async fn batch(json: Bytes) -> Result<BatchRequest, Malformed> {
    // The library would read an array of texts as the fields of one request.
    if json.trim_ascii_start().starts_with(b"[") {
        let items: Vec<&RawValue> = serde_json::from_slice(&json)
            .map_err(|error| Malformed::bad(format!("The request is no GraphQL request: {error}.")))?;
        if !items.iter().all(|item| item.get().starts_with('{')) {
            return Err(Malformed::bad("Each request of an array is an object."));
        }
    }
    let request = Request::post("/").header(CONTENT_TYPE, "application/json").body(Body::from(json));
    let request = request.expect("the parts are constants");
    Ok(GraphQLBatchRequest::<Malformed>::from_request(request, &()).await?.into_inner())
}

fn one(request: async_graphql::Request, may_change: bool) -> Result<GraphqlRequest, Malformed> {
    let variables = match request.variables.into_value().into_json() {
        Ok(Json::Object(variables)) => variables,
        _ => Map::new(),
    };
    let persisted = request.extensions.0.get("persistedQuery").cloned();
    let persisted = persisted.map(|value| value.into_json()).transpose();
    let persisted = persisted.map_err(|_| Malformed::bad("`extensions.persistedQuery` is not JSON."))?;
    let hash = match &persisted {
        None => None,
        Some(persisted) => {
            let hash = persisted["sha256Hash"].as_str().filter(|_| persisted["version"] == 1);
            Some(hash.ok_or_else(|| Malformed::bad("`extensions.persistedQuery` has version 1 and a `sha256Hash`."))?)
        }
    };
    if request.query.is_empty() && hash.is_none() {
        return Err(Malformed::bad("`query` is missing or empty."));
    }
    Ok(GraphqlRequest {
        query: request.query,
        hash: hash.map(str::to_owned),
        operation_name: request.operation_name.filter(|name| !name.is_empty()),
        variables,
        may_change,
        uploads: Vec::new(),
    })
}
