//! What clients ask: from an HTTP body or a query string to GraphQL requests.

use async_graphql::{BatchRequest, ParseRequestError};
use async_graphql_axum::{GraphQLBatchRequest, GraphQLRequest};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
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

/// What is said of a request without a document.
pub const NO_QUERY: &str = "`query` is missing or empty.";

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
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let id = url::form_urlencoded::parse(query).find(|(name, _)| name == "documentId");
    let names = Names { document_id: id.map(|(_, id)| id.into_owned()).into(), ..Names::default() };
    let request = GraphQLRequest::<Malformed>::from_request(request, &()).await?.into_inner();
    one(request, names, false)
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
    let received = all_of(bytes).await?;
    match &received {
        Received::Many(requests) if !(1..=limits.requests_together).contains(&requests.len()) => {
            let (most, count) = (limits.requests_together, requests.len());
            Err(Malformed::bad(format!("An array has 1 to {most} requests, not {count}.")))
        }
        _ => Ok(received),
    }
}

/// The request in the JSON part of a request with a file.
pub async fn of_json(json: Vec<u8>) -> Result<GraphqlRequest, Malformed> {
    match all_of(json.into()).await? {
        Received::One(request) => Ok(*request),
        Received::Many(_) => Err(Malformed::bad("A request with a file is one request, not an array.")),
    }
}

/// What names a document, and what the library does not read: `documentId` is that of GraphQL over HTTP and of GraphQL Code
/// Generator, `doc_id` and `id` are those of Relay.
#[derive(Debug, Default, Deserialize)]
pub struct Names {
    #[serde(default, rename = "documentId")]
    document_id: Json,
    #[serde(default)]
    doc_id: Json,
    #[serde(default)]
    id: Json,
}

async fn all_of(json: Bytes) -> Result<Received, Malformed> {
    let malformed = |error| Malformed::bad(format!("The request is no GraphQL request: {error}."));
    let is_array = json.trim_ascii_start().starts_with(b"[");
    // The library would read an array of texts as the fields of one request.
    if is_array {
        let items: Vec<&RawValue> = serde_json::from_slice(&json).map_err(malformed)?;
        if !items.iter().all(|item| item.get().starts_with('{')) {
            return Err(Malformed::bad("Each request of an array is an object."));
        }
    }
    let names: Vec<Names> = match is_array {
        true => serde_json::from_slice(&json).map_err(malformed)?,
        false => vec![serde_json::from_slice(&json).map_err(malformed)?],
    };
    let request = Request::post("/").header(CONTENT_TYPE, "application/json").body(Body::from(json));
    let request = request.expect("the parts are constants");
    let received = GraphQLBatchRequest::<Malformed>::from_request(request, &()).await?.into_inner();
    let mut names = names.into_iter();
    let mut one = |request| one(request, names.next().unwrap_or_default(), true);
    Ok(match received {
        BatchRequest::Single(request) => Received::One(Box::new(one(request)?)),
        BatchRequest::Batch(requests) => Received::Many(requests.into_iter().map(one).collect::<Result<_, _>>()?),
    })
}

fn one(request: async_graphql::Request, names: Names, may_change: bool) -> Result<GraphqlRequest, Malformed> {
    let variables = match request.variables.into_value().into_json() {
        Ok(Json::Object(variables)) => variables,
        _ => Map::new(),
    };
    let extensions = request.extensions.0.into_iter().filter_map(|(name, value)| Some((name, value.into_json().ok()?)));
    let extensions = extensions.collect();
    let named = name_of(&extensions, &names).map_err(Malformed::bad)?;
    if request.query.is_empty() && named.is_none() {
        return Err(Malformed::bad(NO_QUERY));
    }
    let operation_id = extensions.get("operationId").and_then(Json::as_str).map(str::to_owned);
    Ok(GraphqlRequest {
        query: request.query,
        named,
        operation_name: request.operation_name.filter(|name| !name.is_empty()),
        variables,
        may_change,
        uploads: Vec::new(),
        resume_after: None,
        operation_id,
    })
}

/// How a request names its document, if it does.
pub fn name_of(extensions: &Map<String, Json>, names: &Names) -> Result<Option<DocumentName>, &'static str> {
    if let Some(persisted) = extensions.get("persistedQuery") {
        let hash = persisted["sha256Hash"].as_str().filter(|_| persisted["version"] == 1);
        let hash = hash.ok_or("`extensions.persistedQuery` has version 1 and a `sha256Hash`.")?;
        return Ok(Some(DocumentName::Hash(hash.to_owned())));
    }
    let Names { document_id, doc_id, id } = &names;
    let id = [document_id, doc_id, id].into_iter().find_map(Json::as_str);
    Ok(id.map(|id| DocumentName::Id(id.to_owned())))
}
