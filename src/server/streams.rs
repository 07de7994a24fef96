//! Event streams that many operations share: the mode of a single connection of GraphQL over SSE
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>), for browsers that speak HTTP/1, which open only six
//! connections.
//!
//! A client reserves a stream (`PUT`), opens it (`GET`), and then starts (`POST`) and ends (`DELETE`) operations, whose events
//! carry their ids. All requests of a stream must reach the same server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::caller::{caller, is_page_allowed};
use super::graphql::{Server, too_late};
use super::media_type::MediaType;
use super::operations::{Operations, Output, Started};
use super::reply::{counted, malformed};
use super::request::{self, GraphqlRequest, Malformed, Received};
use super::response::GraphqlResponse;
use super::sse::{self, Stopped};
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people::session::{StreamLease, wait_for_end};
use crate::crm::people::token;
use crate::kernel::actor::Viewer;
use crate::kernel::error::{Error, Text};
use crate::kernel::id::UserId;
use crate::kernel::session::TokenHash;

/// The header that names a stream.
pub const STREAM_TOKEN: HeaderName = HeaderName::from_static("x-graphql-event-stream-token");
/// How many streams a user may have at once.
const MOST_OF_USER: usize = 20;
/// How many operations of a stream may wait to be started.
const WAITING: usize = 100;

/// The streams of one server.
pub struct Streams {
    server: Arc<Server>,
    /// By the hashes of their tokens.
    reserved: Mutex<HashMap<TokenHash, Reserved>>,
}

struct Reserved {
    user: UserId,
    since: Instant,
    commands: mpsc::Sender<Command>,
    /// Taken by the request that opens the stream.
    waiting: Option<mpsc::Receiver<Command>>,
}

enum Command {
    Start { id: String, caller: Caller, asked: Box<GraphqlRequest> },
    End { id: String },
}

/// Forgets a stream when it ends.
struct Open {
    streams: Arc<Streams>,
    hash: TokenHash,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.reserved.lock().expect("no panic while held").remove(&self.hash);
    }
}

impl Streams {
    /// There are none yet.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, reserved: Mutex::default() }
    }

    /// Reserves a stream and returns its token; `None` if the user has too many.
    fn reserve(&self, user: UserId) -> Result<Option<String>, Error> {
        let token = token::new()?;
        let mut streams = self.reserved.lock().expect("no panic while held");
        let init = self.server.app.limits().init;
        streams.retain(|_, stream| stream.waiting.is_none() || stream.since.elapsed() < init);
        if streams.values().filter(|stream| stream.user == user).count() >= MOST_OF_USER {
            return Ok(None);
        }
        let (commands, waiting) = mpsc::channel(WAITING);
        let stream = Reserved { user, since: Instant::now(), commands, waiting: Some(waiting) };
        streams.insert(token::hash(&token), stream);
        Ok(Some(token))
    }

    /// Does something with a stream of a user; `None` if there is no such stream.
    fn with<T>(&self, hash: &TokenHash, user: UserId, work: impl FnOnce(&mut Reserved) -> T) -> Option<T> {
        let mut streams = self.reserved.lock().expect("no panic while held");
        streams.get_mut(hash).filter(|stream| stream.user == user).map(work)
    }
}

/// Answers what clients ask about streams.
pub async fn endpoint(
    State(streams): State<Arc<Streams>>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    request: Request,
) -> Response {
    let peer = connection.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    let refuse = |status, text: &str| malformed(MediaType::Json, Malformed(status, text.to_owned()));
    let failed = |error: Error, language| {
        counted(MediaType::GraphqlResponse, GraphqlResponse::of_refusal(vec![TopError::of(&error, language)]))
    };
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    // A browser names no origin for a GET of the server's own pages. Pages of other sites can't send the header.
    let is_own_get = parts.method == Method::GET && !headers.contains_key(ORIGIN) && headers.contains_key(STREAM_TOKEN);
    let may_use_cookies = is_own_get || is_page_allowed(headers, streams.server.app.limits());
    let caller = match caller(&streams.server, headers, peer, may_use_cookies).await {
        // The responses are events, which can't change cookies.
        Ok(caller) => Caller { cookies: None, ..caller },
        Err((error, language)) => return failed(error, language),
    };
    let Some(Viewer { user, .. }) = caller.viewer else { return failed(Error::Unauthenticated, caller.language) };
    if parts.method == Method::PUT {
        return match streams.reserve(user) {
            Ok(Some(token)) => (StatusCode::CREATED, token).into_response(),
            Ok(None) => refuse(StatusCode::TOO_MANY_REQUESTS, "You have too many event streams."),
            Err(error) => failed(error, caller.language),
        };
    }
    let query = |name: &str| {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        url::form_urlencoded::parse(query).find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
    };
    let Some(given) = token_in(headers).or_else(|| query("token")) else {
        return refuse(StatusCode::BAD_REQUEST, "Name the event stream in `X-GraphQL-Event-Stream-Token`.");
    };
    let hash = token::hash(&given);
    let unknown = || refuse(StatusCode::NOT_FOUND, "There is no such event stream.");
    match parts.method {
        Method::GET => {
            let Some(waiting) = streams.with(&hash, user, |stream| stream.waiting.take()) else {
                return unknown();
            };
            let Some(commands) = waiting else {
                return refuse(StatusCode::CONFLICT, "The event stream is open already.");
            };
            let open = Open { streams: streams.clone(), hash };
            let lease = match sse::lease(&streams.server.app, &caller).await {
                Ok(lease) => lease,
                Err(error) => return failed(error, caller.language),
            };
            let (sender, receiver) = mpsc::channel(1);
            tokio::spawn(serve(open, lease, commands, sender));
            sse::response(ReceiverStream::new(receiver))
        }
        Method::POST => {
            let limits = streams.server.app.limits();
            let asked = match timeout(limits.request_time, request::in_body(headers, body, limits)).await {
                Ok(Ok(Received::One(asked))) => asked,
                Ok(Ok(Received::Many(_))) => {
                    return refuse(StatusCode::BAD_REQUEST, "A stream takes one operation at a time.");
                }
                Ok(Err(why)) => return malformed(MediaType::Json, why),
                Err(_) => {
                    let error = too_late(limits.request_time, caller.language);
                    return counted(MediaType::GraphqlResponse, GraphqlResponse::of_refusal(vec![error]));
                }
            };
            let Some(id) = asked.operation_id.clone() else {
                return refuse(StatusCode::BAD_REQUEST, "`extensions.operationId` is missing.");
            };
            let start = Command::Start { id, caller, asked };
            match streams.with(&hash, user, |stream| stream.commands.try_send(start).is_ok()) {
                Some(true) => StatusCode::ACCEPTED.into_response(),
                Some(false) => refuse(StatusCode::TOO_MANY_REQUESTS, "Too many operations wait to be started."),
                None => unknown(),
            }
        }
        Method::DELETE => {
            let Some(id) = query("operationId") else {
                return refuse(StatusCode::BAD_REQUEST, "`operationId` is missing.");
            };
            match streams.with(&hash, user, |stream| stream.commands.try_send(Command::End { id }).is_ok()) {
                Some(true) => StatusCode::OK.into_response(),
                Some(false) => refuse(StatusCode::TOO_MANY_REQUESTS, "Too many operations wait to be started."),
                None => unknown(),
            }
        }
        _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "An event stream takes PUT, GET, POST and DELETE."),
    }
}

fn token_in(headers: &HeaderMap) -> Option<String> {
    headers.get(STREAM_TOKEN)?.to_str().ok().map(str::to_owned)
}

/// Sends the events of all operations until the client is gone or its session ends.
async fn serve(
    open: Open,
    mut lease: Option<StreamLease>,
    mut commands: mpsc::Receiver<Command>,
    sender: mpsc::Sender<Result<Event, Stopped>>,
) {
    let server = open.streams.server.clone();
    let (app, stall) = (server.app.clone(), server.app.limits().stall);
    let mut operations = Operations::new(server);
    let over = wait_for_end(&mut lease, &app);
    tokio::pin!(over);
    loop {
        // The place in the channel comes first, so that the next event is sent at once, with the rights of that moment.
        let place = tokio::select! {
            biased;
            () = app.feed().closed() => return drop(timeout(stall, sender.send(Err(Stopped))).await),
            _ = &mut over => return,
            place = timeout(stall, sender.reserve()) => place,
        };
        let Ok(Ok(place)) = place else { return };
        let events = tokio::select! {
            biased;
            () = app.feed().closed() => return place.send(Err(Stopped)),
            () = sender.closed() => return,
            _ = &mut over => return,
            command = commands.recv() => match command {
                Some(Command::Start { id, caller, .. }) if operations.running.contains_key(&id) => {
                    let text = Text::new("An operation with this id is running already.", "该 ID 的操作正在执行。");
                    refusal(&id, &[TopError::new("BAD_USER_INPUT", &text, caller.language)])
                }
                Some(Command::Start { id, caller, asked }) => match operations.start(id.clone(), &caller, *asked).await {
                    Ok(Started::Running(_)) => continue,
                    Ok(Started::Refused(errors)) => refusal(&id, &errors),
                    Err(error) => refusal(&id, &[TopError::of(&error, caller.language)]),
                },
                Some(Command::End { id }) => {
                    operations.running.remove(&id);
                    continue;
                }
                None => return,
            },
            Some((id, output)) = operations.running.next() => match output {
                Output::Event(event) => vec![next(&id, event.json()).id(event.cursor().to_string())],
                Output::Answer(body, _) => vec![next(&id, str::from_utf8(&body).expect("an answer is JSON"))],
                Output::Errors(errors) => {
                    operations.running.remove(&id);
                    refusal(&id, &errors)
                }
                Output::Nobody => return,
                Output::Done => {
                    operations.running.remove(&id);
                    vec![complete(&id)]
                }
            },
        };
        let mut events = events.into_iter();
        if let Some(first) = events.next() {
            place.send(Ok(first));
        }
        for event in events {
            let Ok(Ok(())) = timeout(stall, sender.send(Ok(event))).await else { return };
        }
    }
}

/// The events of an operation that was refused.
fn refusal(id: &str, errors: &[TopError]) -> Vec<Event> {
    let errors: Json = errors.iter().map(TopError::to_json).collect();
    vec![next(id, &json!({"errors": errors}).to_string()), complete(id)]
}

fn next(id: &str, answer: &str) -> Event {
    let id = Json::from(id).to_string();
    sse::next(&[r#"{"id":"#, &id, r#","payload":"#, answer, "}"].concat())
}

fn complete(id: &str) -> Event {
    Event::default().event("complete").data(json!({"id": id}).to_string())
}
