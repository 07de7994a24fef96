//! Operations over server-sent events, in the mode of distinct connections of GraphQL over SSE
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>): a response is the events of one operation. `curl` can
//! read them, and they pass every HTTP proxy. The other mode is in [`super::streams`].
//!
//! The id of an event is its cursor. A browser sends the last one that it received when it reconnects (`Last-Event-ID`), and the
//! subscription goes on behind it.
//!
//! The next event is read after the client has taken the one before, so a slow client is behind in the log, as on a socket.
//! A client that takes nothing for a while is disconnected.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

use super::deadline::in_time;
use super::graphql::Server;
use super::request::GraphqlRequest;
use super::subscriber::Subscriber;
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people::session::{StreamLease, wait_for_end};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language};

/// How often a comment is sent on a stream without events, so that proxies keep it open.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The server stops. The stream breaks off, so that clients reconnect and resume behind their last cursor.
#[derive(Debug, thiserror::Error)]
#[error("the server stops")]
pub struct Stopped;

/// The events of a response.
pub type Events = ReceiverStream<Result<Event, Stopped>>;

/// The response that carries events. Proxies pass each of them on at once.
pub fn response(events: impl Stream<Item = Result<Event, Stopped>> + Send + 'static) -> Response {
    let headers = [(HeaderName::from_static("x-accel-buffering"), "no"), (CACHE_CONTROL, "private, no-cache")];
    (headers, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY))).into_response()
}

/// An event with the response of an operation.
pub fn next(answer: &str) -> Event {
    Event::default().event("next").data(answer)
}

/// The event that ends an operation.
pub fn complete() -> Event {
    Event::default().event("complete").data("")
}

/// The lease on the session of a caller; `None` without a user.
pub async fn lease(app: &Arc<App>, caller: &Caller) -> Result<Option<StreamLease>, Error> {
    Ok(match &caller.viewer {
        Some(viewer) => Some(in_time(app, StreamLease::of(app, viewer)).await?),
        None => None,
    })
}

/// Begins a subscription, which ends with the session.
pub async fn subscribe(server: &Server, caller: Caller, asked: GraphqlRequest) -> Result<Events, Vec<TopError>> {
    let (language, app) = (caller.language, server.app.clone());
    let lease = lease(&app, &caller).await.map_err(|error| vec![TopError::of(&error, language)])?;
    let subscriber = server.subscribe(caller, asked).await?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(send_events(app, lease, subscriber, language, sender));
    Ok(ReceiverStream::new(receiver))
}

/// The events of an operation that has one response.
pub fn once(answer: &[u8]) -> impl Stream<Item = Result<Event, Stopped>> + Send + use<> {
    let answer = str::from_utf8(answer).expect("an answer is JSON");
    stream::iter([Ok(next(answer)), Ok(complete())])
}

/// Sends each event until the client is gone or may not receive more.
async fn send_events(
    app: Arc<App>,
    mut lease: Option<StreamLease>,
    mut subscriber: Subscriber,
    language: Language,
    sender: mpsc::Sender<Result<Event, Stopped>>,
) {
    let stall = app.limits().stall;
    let over = wait_for_end(&mut lease, &app);
    tokio::pin!(over);
    let error = loop {
        // The place in the channel comes first, so that the next event is sent at once, with the rights of that moment.
        let receiver = async {
            let place = timeout(stall, sender.reserve()).await.ok()?.ok()?;
            let news = subscriber.next().await;
            Some(news.map(|news| place.send(Ok(next(news.json()).id(news.cursor().to_string())))))
        };
        let receiver = tokio::select! {
            biased;
            () = app.feed().closed() => return drop(timeout(stall, sender.send(Err(Stopped))).await),
            () = sender.closed() => return,
            why = &mut over => break why,
            receiver = receiver => receiver,
        };
        match receiver {
            Some(Ok(())) => {}
            Some(Err(error)) => break error,
            None => return,
        }
    };
    let errors = json!({"errors": [TopError::of(&error, language).to_json()]});
    for event in [next(&errors.to_string()), complete()] {
        let _ = timeout(stall, sender.send(Ok(event))).await;
    }
}

/// Whether an `Accept` header accepts server-sent events.
pub fn is_accepted(accept: &str) -> bool {
    accept.split(',').any(|range| range.split(';').next().is_some_and(|name| name.trim() == "text/event-stream"))
}
