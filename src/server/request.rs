//! What clients ask: from an HTTP body or a query string to GraphQL requests.

use async_graphql::ParseRequestError;
use async_graphql_axum::GraphQLRequest;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::api::base::upload::Uploaded;
use crate::kernel::config::Limits;

/// What a client sent.
#[derive(Debug, Default)]
pub struct GraphqlRequest {
    /// The document; empty where it was only named.
    pub query: String,
    /// The name of the document.
    pub named: Option<DocumentName>,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Their values.
    pub variables: Map<String, Json>,
    /// Whether the transport allows changes: a GET does not.
    pub may_change: bool,
    /// The files that came with it.
    pub uploads: Vec<Uploaded>,
    /// The cursor that a subscription goes on behind, in place of its argument `after`: browsers send the last one that they
    /// received when they reconnect.
    pub resume_after: Option<String>,
    /// The operation's id among those of its event stream.
    pub operation_id: Option<String>,
}

/// How a client names a document without sending it.
#[derive(Debug)]
pub enum DocumentName {
    /// By its SHA-256: an automatic persisted query.
    Hash(String),
    /// By the id of a trusted document.
    Id(String),
}

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
        Self::bad(format!("The request is not a GraphQL request: {error}."))
    }
}

// The library's extractors want it; the code that calls them here writes the response.
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
pub async fn in_query(uri: Uri) -> Result<GraphqlRequest, Malformed> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let id = url::form_urlencoded::parse(query).find(|(name, _)| name == "documentId");
    let id = id.map_or(Json::Null, |(_, id)| Json::String(id.into_owned()));
    let request = Request::get(uri).body(Body::empty()).expect("a request without headers");
    let request = GraphQLRequest::<Malformed>::from_request(request, &()).await?.into_inner();
    let extensions = request.extensions.0.into_iter().filter_map(|(name, value)| Some((name, value.into_json().ok()?)));
    let payload = Payload {
        query: Some(request.query),
        operation_name: request.operation_name,
        variables: match request.variables.into_value().into_json() {
            Ok(Json::Object(variables)) => Some(variables),
            _ => None,
        },
        extensions: Some(extensions.collect()),
        document_id: id,
        ..Payload::default()
    };
    Ok(GraphqlRequest { may_change: false, ..payload.into_request().map_err(Malformed::bad)? })
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
        Err(_) => return Err(Malformed::bad("The request is not complete.")),
    };
    let received = all_of(&bytes)?;
    match &received {
        Received::Many(requests) if !(1..=limits.requests_together).contains(&requests.len()) => {
            let (most, count) = (limits.requests_together, requests.len());
            Err(Malformed::bad(format!("An array has 1 to {most} requests, not {count}.")))
        }
        _ => Ok(received),
    }
}

/// The request in the JSON part of a request with a file.
pub fn of_json(json: &[u8]) -> Result<GraphqlRequest, Malformed> {
    match all_of(json)? {
        Received::One(request) => Ok(*request),
        Received::Many(_) => Err(Malformed::bad("A request with a file is one request, not an array.")),
    }
}

fn all_of(json: &[u8]) -> Result<Received, Malformed> {
    let malformed = |error| Malformed::bad(format!("The request is not a GraphQL request: {error}."));
    let one = |json: &[u8]| {
        let payload: Payload = serde_json::from_slice(json).map_err(malformed)?;
        payload.into_request().map_err(Malformed::bad)
    };
    if !json.trim_ascii_start().starts_with(b"[") {
        return Ok(Received::One(Box::new(one(json)?)));
    }
    let items: Vec<&RawValue> = serde_json::from_slice(json).map_err(malformed)?;
    // An array would be read as the members of a request, in their order.
    if !items.iter().all(|item| item.get().starts_with('{')) {
        return Err(Malformed::bad("Each request of an array is an object."));
    }
    Ok(Received::Many(items.into_iter().map(|item| one(item.get().as_bytes())).collect::<Result<_, _>>()?))
}

/// What clients send in a body or in a message of a WebSocket. Unknown members are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Payload {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Json>>,
    extensions: Option<Map<String, Json>>,
    /// The id of a trusted document, as GraphQL over HTTP and GraphQL Code Generator call it; `doc_id` and `id` are those of
    /// Relay.
    #[serde(rename = "documentId")]
    document_id: Json,
    doc_id: Json,
    id: Json,
}

impl Payload {
    /// The request that it is, or what is wrong with it.
    pub fn into_request(self) -> Result<GraphqlRequest, &'static str> {
        let extensions = self.extensions.unwrap_or_default();
        let id = [&self.document_id, &self.doc_id, &self.id].into_iter().find_map(Json::as_str);
        let named = match extensions.get("persistedQuery") {
            Some(persisted) => {
                let hash = persisted["sha256Hash"].as_str().filter(|_| persisted["version"] == 1);
                let hash = hash.ok_or("`extensions.persistedQuery` has version 1 and a `sha256Hash`.")?;
                Some(DocumentName::Hash(hash.to_owned()))
            }
            None => id.map(|id| DocumentName::Id(id.to_owned())),
        };
        let query = self.query.unwrap_or_default();
        if query.is_empty() && named.is_none() {
            return Err("`query` is missing or empty.");
        }
        Ok(GraphqlRequest {
            query,
            named,
            operation_name: self.operation_name.filter(|name| !name.is_empty()),
            variables: self.variables.unwrap_or_default(),
            may_change: true,
            uploads: Vec::new(),
            resume_after: None,
            operation_id: extensions.get("operationId").and_then(Json::as_str).map(str::to_owned),
        })
    }
}
