//! Subscriptions over server-sent events, in the mode of distinct connections of GraphQL over SSE
//! (<https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md>). `curl` can read them, and they pass
//! every HTTP proxy.
//!
//! The next event is read after the client has taken the one before, so a slow client is behind in the log, as on a socket.
//! A client that takes nothing for a while is disconnected.

use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

use super::graphql::{GraphqlRequest, Server};
use super::subscriber::Subscriber;
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people::session::{StreamLease, wait_for_end};
use crate::kernel::app::App;
use crate::kernel::error::Language;

/// How often a comment is sent on a stream without events, so that proxies keep it open.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The server stops. The stream breaks off, so that clients reconnect and resume behind their last cursor.
#[derive(Debug, thiserror::Error)]
#[error("the server stops")]
pub struct Stopped;

/// Begins a subscription, which ends with the session.
pub async fn subscribe(
    server: &Server,
    caller: Caller,
    asked: GraphqlRequest,
) -> Result<Sse<impl Stream<Item = Result<Event, Stopped>> + use<>>, Vec<TopError>> {
    let (language, app) = (caller.language, server.app.clone());
    let lease = match &caller.viewer {
        Some(viewer) => {
            Some(StreamLease::of(&app, viewer).await.map_err(|error| vec![TopError::of(&error, language)])?)
        }
        None => None,
    };
    let subscriber = server.subscribe(caller, asked).await?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(send_events(app, lease, subscriber, language, sender));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)))
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
    let next = |answer: &str| Event::default().event("next").data(answer);
    let over = wait_for_end(&mut lease, &app);
    tokio::pin!(over);
    let error = loop {
        // The place in the channel comes first, so that the next event is sent at once, with the rights of that moment.
        let receiver = async {
            let place = timeout(stall, sender.reserve()).await.ok()?.ok()?;
            let news = subscriber.next().await;
            Some(news.map(|news| place.send(Ok(next(news.json())))))
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
    for event in [next(&errors.to_string()), Event::default().event("complete").data("")] {
        let _ = timeout(stall, sender.send(Ok(event))).await;
    }
}

/// Whether an `Accept` header accepts server-sent events.
pub fn is_accepted(accept: &str) -> bool {
    accept.split(',').any(|range| range.split(';').next().is_some_and(|name| name.trim() == "text/event-stream"))
}
