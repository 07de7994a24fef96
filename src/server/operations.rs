//! The operations that run over one connection: a WebSocket, or an event stream that many operations share.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_stream::StreamMap;

use super::graphql::Server;
use super::request::GraphqlRequest;
use super::subscriber::{EventMessage, Subscriber};
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people;
use crate::kernel::error::{Error, Language, Text};
use crate::kernel::feed::Cursor;
use crate::kernel::task::spawn_detached;

/// How many operations a connection starts in a second. Further ones wait, so a client that floods the server slows down only
/// itself.
const OPERATIONS_PER_SECOND: u32 = 100;
const SECOND: Duration = Duration::from_secs(1);

/// How many queries and mutations of a connection run at once or have a response that is not written yet. This bounds the
/// memory of a client that reads no responses.
const RUNNING_AT_ONCE: usize = 4;

/// What an operation sends to the client.
pub enum Output {
    /// An event.
    Event(EventMessage),
    /// The response of a query or mutation, and the permit that counts it.
    Answer(Vec<u8>, OwnedSemaphorePermit),
    /// The operation ends with errors.
    Errors(Vec<TopError>),
    /// The viewer's session has ended.
    Nobody,
    /// The operation is complete.
    Done,
}

type Outputs = Pin<Box<dyn Stream<Item = Output> + Send>>;

/// The result of starting an operation.
pub enum Started {
    /// It runs. Of a subscription: the place in the log at which it begins.
    Running(Option<Cursor>),
    /// It was refused.
    Refused(Vec<TopError>),
}

/// The operations of one connection.
pub struct Operations {
    pub server: Arc<Server>,
    /// What they send, by their ids.
    pub running: StreamMap<String, Outputs>,
    permits: Arc<Semaphore>,
    /// How many operations were started in the second that began at `second`.
    started_in_second: u32,
    second: Instant,
}

impl Operations {
    /// None yet.
    pub fn new(server: Arc<Server>) -> Self {
        let permits = Arc::new(Semaphore::new(RUNNING_AT_ONCE));
        Self { server, running: StreamMap::new(), permits, started_in_second: 0, second: Instant::now() }
    }

    /// Starts an operation with the rights that the user has now.
    pub async fn start(&mut self, id: String, caller: &Caller, asked: GraphqlRequest) -> Result<Started, Error> {
        self.pace().await;
        let most = self.server.app.limits().operations_per_socket;
        if self.running.len() >= most {
            return Ok(Started::Refused(vec![too_many(most, caller.language)]));
        }
        let (mut caller, language) = (caller.clone(), caller.language);
        if let Some(viewer) = &caller.viewer {
            caller.viewer = Some(people::api_key::renew(&self.server.app, viewer).await?);
        }
        let server = self.server.clone();
        if server.is_subscription(&caller, &asked).await == Some(true) {
            return Ok(match server.subscribe(caller, asked).await {
                Err(errors) => Started::Refused(errors),
                Ok(subscriber) => {
                    let cursor = subscriber.cursor();
                    self.running.insert(id, Box::pin(events(subscriber, language)));
                    Started::Running(Some(cursor))
                }
            });
        }
        let permits = self.permits.clone();
        let answering = async move {
            let permit = permits.acquire_owned().await.expect("it is never closed");
            let answer = spawn_detached(async move { server.execute(caller, asked).await }).await;
            match answer.refusals {
                Some(errors) => vec![Output::Errors(errors)],
                None => vec![Output::Answer(answer.body, permit), Output::Done],
            }
        };
        self.running.insert(id, Box::pin(stream::once(answering).flat_map(stream::iter)));
        Ok(Started::Running(None))
    }

    /// Waits if too many operations were started in this second.
    async fn pace(&mut self) {
        if self.started_in_second >= OPERATIONS_PER_SECOND {
            sleep_until(self.second + SECOND).await;
        }
        if self.second.elapsed() >= SECOND {
            (self.started_in_second, self.second) = (0, Instant::now());
        }
        self.started_in_second += 1;
    }
}

fn events(subscriber: Subscriber, language: Language) -> impl Stream<Item = Output> {
    stream::unfold(Some(subscriber), move |subscriber| async move {
        let mut subscriber = subscriber?;
        // A panic ends this operation, and not the connection with all others.
        let news = AssertUnwindSafe(subscriber.next()).catch_unwind().await;
        let news = news.unwrap_or_else(|_| Err(Error::Internal("a subscription panicked".into())));
        Some(match news {
            Ok(event) => (Output::Event(event), Some(subscriber)),
            Err(Error::Unauthenticated) => (Output::Nobody, None),
            Err(error) => (Output::Errors(vec![TopError::of(&error, language)]), None),
        })
    })
}

fn too_many(most: usize, language: Language) -> TopError {
    let text = Text::new(
        format!("A connection runs at most {most} operations at once."),
        format!("每个连接最多同时运行 {most} 个操作。"),
    );
    TopError::new("RATE_LIMITED", &text, language)
}
