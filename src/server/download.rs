//! Files to download.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use tokio::time::timeout;
use url::form_urlencoded;

use super::caller::caller;
use super::deadline::in_time;
use super::graphql::Server;
use super::media_type::MediaType;
use super::reply::json_response;
use super::response::GraphqlResponse;
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::analysis::export;
use crate::crm::{audit, import};
use crate::kernel::actor::Viewer;
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::scalar::{date_of, time_of};

const CSV: &str = "text/csv; charset=utf-8";
/// The type of Parquet files, which are compressed already.
pub const PARQUET: &str = "application/vnd.apache.parquet";

type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

/// The rows of an import that failed, as a file to correct.
pub async fn failed_rows(
    State(server): State<Arc<Server>>,
    peer: Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let file = async |caller: &Caller, viewer: &Viewer| {
        let id = id.parse().map_err(|_| UserError::not_found())?;
        let rows = import::failed::file(server.app.clone(), viewer, &caller.origin, id, caller.language).await?;
        Ok::<_, Error>(attachment("failed.csv", CSV, rows))
    };
    answer(&server, peer, &headers, file).await
}

/// The audit log; `from` and `before` in the query limit the time.
pub async fn audit_entries(State(server): State<Arc<Server>>, peer: Peer, uri: Uri, headers: HeaderMap) -> Response {
    let time = |name| {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| time_of(&value)).transpose()
    };
    let file = async |caller: &Caller, viewer: &Viewer| {
        let times = [time("from")?, time("before")?];
        let entries = audit::download::file(server.app.clone(), viewer, &caller.origin, times).await?;
        Ok::<_, Error>(attachment("audit-entries.csv", CSV, entries))
    };
    answer(&server, peer, &headers, file).await
}

/// A view of the schema `bi`: `/bi/fact_posting.csv`, `.jsonl` or `.parquet`, limited by `from`, `to` (days) and `after` (a position).
/// If the client has the file already (`If-None-Match`), it is not sent again.
pub async fn view(
    State(server): State<Arc<Server>>,
    peer: Peer,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let given = |name: &str| {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let day = |name: &str| {
        let wrong = || {
            Error::bad_input(
                format!("`{name}` must be a date like 2026-03-01"),
                format!("`{name}` 应为日期，如 2026-03-01"),
            )
        };
        given(name).map(|text| date_of(&text).ok_or_else(wrong)).transpose()
    };
    let position = || {
        let wrong = || Error::bad_input("`after` must be a position, such as 4711", "`after` 应为事实的序号，如 4711");
        given("after").map(|text| text.parse::<i64>().map_err(|_| wrong())).transpose()
    };
    let rows = async |caller: &Caller, viewer: &Viewer| {
        let (view, extension) = file.rsplit_once('.').ok_or_else(UserError::not_found)?;
        let format = export::Format::named(extension).ok_or_else(UserError::not_found)?;
        let request = export::Request {
            view: view.to_owned(),
            format,
            days: [day("from")?, day("to")?],
            after: position()?,
            known: known_tags(&headers),
        };
        let turn = timeout(server.app.limits().request_time, server.exports.wait(&viewer.user)).await;
        let turn = turn.ok().flatten().ok_or(Error::Busy)?;
        let answer = export::file(&server.app, viewer, &caller.origin, request, turn).await?;
        let mut response = match answer.parts {
            Some(parts) => attachment(&file, media_type(format), parts),
            None => StatusCode::NOT_MODIFIED.into_response(),
        };
        // Who has a file may keep it, but has to ask whether it is still the same, and whether they may still have it.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Some(tag) = answer.tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        Ok::<_, Error>(response)
    };
    answer(&server, peer, &headers, rows).await
}

fn media_type(format: export::Format) -> &'static str {
    match format {
        export::Format::Csv => CSV,
        export::Format::JsonLines => "application/x-ndjson",
        export::Format::Parquet => PARQUET,
    }
}

/// The tags in `If-None-Match`. A tag of ours has no comma; a strong one of a proxy is compared as a weak one.
fn known_tags(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let tags = all.flat_map(|tags| tags.split(',')).map(str::trim);
    tags.map(|tag| if tag.starts_with("W/") { tag.to_owned() } else { format!("W/{tag}") }).collect()
}

/// A file whose parts follow.
fn attachment<S>(name: &str, media_type: &'static str, parts: S) -> Response
where
    S: Stream<Item = Result<Vec<u8>, Error>> + Send + 'static,
{
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "private, no-store"),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

async fn answer(
    server: &Server,
    peer: Peer,
    headers: &HeaderMap,
    file: impl AsyncFnOnce(&Caller, &Viewer) -> Result<Response, Error>,
) -> Response {
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    // A browser sends the cookies only for a page of this site, and no page of another site can read the file.
    let caller = match caller(server, headers, peer, true).await {
        Ok(caller) => caller,
        Err((error, language)) => return refused(&error, language),
    };
    let Some(viewer) = &caller.viewer else { return refused(&Error::Unauthenticated, caller.language) };
    let answered = in_time(&server.app, file(&caller, viewer)).await;
    answered.unwrap_or_else(|error| refused(&error, caller.language))
}

fn refused(error: &Error, language: Language) -> Response {
    let status = match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Refused(_) => StatusCode::NOT_FOUND,
        Error::BadInput(_) => StatusCode::BAD_REQUEST,
        Error::Unavailable(_) | Error::InDoubt(_) | Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let body = GraphqlResponse::of_refusal(vec![TopError::of(error, language)]).body;
    json_response(status, MediaType::Json, body)
}
