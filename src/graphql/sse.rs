//! Subscriptions over server-sent events, as GraphQL over SSE has them with a connection for each
//! (<https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md>): what `curl` can watch, and what passes
//! every proxy.
//!
//! The next events are read when the ones before have been taken: who reads slowly is behind in the log, as on a socket.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;

use super::error::TopError;
use super::live::Subscriber;
use super::{Asked, Asker, Server};
use crate::app::App;
use crate::error::Language;
use crate::people::session::{Hold, over};

/// How often a silent stream shows that it is there.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Begins a subscription, for as long as the session is good.
pub async fn subscribe(
    server: &Server,
    asker: Asker,
    asked: Asked,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Vec<TopError>> {
    let (language, app) = (asker.language, server.app.clone());
    let hold = match &asker.viewer {
        Some(viewer) => {
            Some(Hold::of(&app, viewer.session).await.map_err(|error| vec![TopError::of(&error, language)])?)
        }
        None => None,
    };
    let subscriber = server.subscribe(asker, asked).await?;
    let telling = Telling { app, hold, subscriber, language };
    let events = stream::unfold(Some(telling), |telling| async move { Some(telling?.next().await) });
    let complete = stream::iter([Event::default().event("complete").data("")]);
    let events = events.flat_map(stream::iter).chain(complete).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

struct Telling {
    app: Arc<App>,
    hold: Option<Hold>,
    subscriber: Subscriber,
    language: Language,
}

impl Telling {
    /// What comes next, and what tells what comes then.
    async fn next(mut self) -> (Vec<Event>, Option<Self>) {
        let next = |answer: &str| Event::default().event("next").data(answer);
        let feed = self.app.feed().clone();
        let error = tokio::select! {
            biased;
            () = feed.closed() => return (Vec::new(), None),
            why = over(&mut self.hold, &self.app) => why,
            news = self.subscriber.next() => match news {
                Ok(news) => {
                    let events = news.messages().map(|message| next(&message.json)).collect();
                    return (events, Some(self));
                }
                Err(error) => error,
            },
        };
        let errors = json!({"errors": [TopError::of(&error, self.language).to_json()]});
        (vec![next(&errors.to_string())], None)
    }
}

/// Whether a client that sends this `Accept` takes events.
pub fn is_accepted(accept: &str) -> bool {
    accept.split(',').any(|range| range.split(';').next().is_some_and(|name| name.trim() == "text/event-stream"))
}
