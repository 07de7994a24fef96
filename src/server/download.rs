//! Files to download.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
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
        import::failed::file(server.app.clone(), viewer, &caller.origin, id, caller.language).await
    };
    answer(&server, peer, &headers, "failed.csv", file).await
}

/// The audit log; `from` and `before` in the query limit the time.
pub async fn audit_entries(State(server): State<Arc<Server>>, peer: Peer, uri: Uri, headers: HeaderMap) -> Response {
    let time = |name| {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| time_of(&value)).transpose()
    };
    let file = async |caller: &Caller, viewer: &Viewer| {
        let times = [time("from")?, time("before")?];
        audit::download::file(server.app.clone(), viewer, &caller.origin, times).await
    };
    answer(&server, peer, &headers, "audit-entries.csv", file).await
}

/// A view of the schema `bi`: `/bi/fact_posting.csv` or `.jsonl`, limited by `from`, `to` (days) and `after` (a position).
pub async fn view(
    State(server): State<Arc<Server>>,
    peer: Peer,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let given = |name| {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let wrong = |name: &str| Error::bad_input(format!("`{name}` is wrong"), format!("`{name}` 有误"));
    let day = |name| given(name).map(|text| date_of(&text).ok_or_else(|| wrong(name))).transpose();
    let rows = async |caller: &Caller, viewer: &Viewer| {
        let (view, format) = match file.rsplit_once('.') {
            Some((view, "csv")) => (view.to_owned(), export::Format::Csv),
            Some((view, "jsonl")) => (view.to_owned(), export::Format::JsonLines),
            _ => return Err(UserError::not_found().into()),
        };
        let after = given("after").map(|text| text.parse().map_err(|_| wrong("after"))).transpose()?;
        let request = export::Request { view, format, days: [day("from")?, day("to")?], after };
        let turn = timeout(server.app.limits().request_time, server.exports.wait(&viewer.user)).await;
        let turn = turn.ok().flatten().ok_or(Error::Busy)?;
        export::file(&server.app, viewer, &caller.origin, request, turn).await
    };
    answer(&server, peer, &headers, &file, rows).await
}

async fn answer<S>(
    server: &Server,
    peer: Peer,
    headers: &HeaderMap,
    name: &str,
    file: impl AsyncFnOnce(&Caller, &Viewer) -> Result<S, Error>,
) -> Response
where
    S: Stream<Item = Result<Vec<u8>, Error>> + Send + 'static,
{
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    // A browser sends the cookies only for a page of this site, and no page of another site can read the file.
    let caller = match caller(server, headers, peer, true).await {
        Ok(caller) => caller,
        Err((error, language)) => return refused(&error, language),
    };
    let Some(viewer) = &caller.viewer else { return refused(&Error::Unauthenticated, caller.language) };
    match in_time(&server.app, file(&caller, viewer)).await {
        Ok(file) => {
            let headers = [
                (
                    CONTENT_TYPE,
                    if name.ends_with(".jsonl") { "application/x-ndjson" } else { "text/csv; charset=utf-8" },
                ),
                (CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\"")),
                (CACHE_CONTROL, "private, no-store"),
            ];
            (headers, Body::from_stream(file)).into_response()
        }
        Err(error) => refused(&error, caller.language),
    }
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
