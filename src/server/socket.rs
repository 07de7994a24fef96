//! `graphql-transport-ws`: subscriptions, queries and mutations over a WebSocket, as the clients' library graphql-ws speaks
//! it (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! One task serves a socket. It takes the next message of a subscription only when the one before is written: a client
//! that reads slowly is behind in the log, and has no queue here. One that takes nothing for a while is closed, with the
//! cursor that it goes on from.
//!
//! While the task writes, or waits for its turn, it looks at nothing else but whether it has to end. So nothing that others wait for,
//! a connection, a lock, may be held by what it looks at: that is done [apart].

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message as Frame, WebSocket};
use futures_util::{SinkExt, Stream, StreamExt, stream};
use serde_json::{Map, Value as Json, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_stream::StreamMap;

use super::graphql::{GraphqlRequest, Server};
use super::protocol::{ClientMessage, Close, Payload};
use super::subscriber::{EventMessage, Subscriber};
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people;
use crate::crm::people::session::{StreamLease, wait_for_end};
use crate::kernel::actor::Viewer;
use crate::kernel::error::{Error, Language};
use crate::kernel::metrics;
use crate::kernel::task::spawn_detached;

/// The name of the protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// How much a socket reads at once. Each keeps room for that, and there are many.
pub const READ_BYTES: usize = 512;
/// How much is gathered before it is written, where messages follow one another.
pub const WRITE_BYTES: usize = 2_048;

/// How many operations a socket begins in a second. More of them wait, and what else is said on that socket with them: so
/// whoever floods a server slows themselves down.
const OPERATIONS_PER_SECOND: u32 = 100;
const SECOND: Duration = Duration::from_secs(1);

/// How many queries and mutations of a socket are run at once, or have an answer that is not written: so few are in memory, whatever
/// they are of, if their client takes none.
const RUNNING_AT_ONCE: usize = 4;
/// How long those may take, and be written, once the server stops.
const STOP_TIME: Duration = Duration::from_secs(6);

/// How often a silent client is asked whether it is there; one that is silent for three times as long is not.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a client may take to hear why it is closed.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// What an operation has to tell.
enum Output {
    /// An event.
    Event(EventMessage),
    /// The one answer of a query or mutation, and its place among those in memory.
    Answer(Vec<u8>, OwnedSemaphorePermit),
    /// That it ends with errors.
    Errors(Vec<TopError>),
    /// That the viewer is nobody any more.
    Nobody,
    /// That it is done.
    Done,
}

type Delivery = Pin<Box<dyn Stream<Item = Output> + Send>>;

/// What became of an operation that was begun.
enum Started {
    /// It will have one answer.
    Answer(Delivery),
    /// It follows the log.
    Subscription(Subscriber),
    /// It was refused.
    Refused(Vec<TopError>),
}

/// Serves a socket until it ends, for whoever the request says they are.
// No `async fn`: each idle socket would keep room for what it was given beside what was made of it.
pub fn serve(socket: WebSocket, server: Arc<Server>, caller: Caller) -> impl Future<Output = ()> {
    let stall = server.app.limits().stall;
    let mut writer = SocketWriter { socket, stall, cursors: HashMap::new(), is_unwritten: false };
    let running_permits = Arc::new(Semaphore::new(RUNNING_AT_ONCE));
    let mut session = Session {
        server,
        caller,
        running: StreamMap::new(),
        running_permits,
        started_in_second: 0,
        second: Instant::now(),
    };
    async move {
        let _open = (metrics::socket_opened(), session.server.app.feed().hold());
        let Err(close) = session.run(&mut writer).await;
        match close {
            // The library has the answer ready.
            Close::Mutual => drop(timeout(CLOSE_TIME, writer.socket.flush()).await),
            Close::Restart => drop(timeout(STOP_TIME, Box::pin(session.finish(&mut writer))).await),
            _ => {}
        }
        if let Some(frame) = close.frame(writer.cursors.values().min().copied()) {
            metrics::socket_closed(frame.code);
            let farewell = async {
                let _ = writer.socket.send(Frame::Close(Some(frame))).await;
                // Until the client has heard it: what is not read when a socket is dropped takes what was written with it.
                while let Some(Ok(_)) = writer.socket.recv().await {}
            };
            let _ = timeout(CLOSE_TIME, Box::pin(farewell)).await;
        }
    }
}

/// A message to a client.
struct Message {
    text: String,
    /// The event that it tells, by its subscription and its position.
    event: Option<(String, i64)>,
    /// Whether nothing follows at once.
    is_last: bool,
    /// Its place among the answers in memory.
    _place: Option<OwnedSemaphorePermit>,
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, event: None, is_last: true, _place: None }
    }
}

/// The socket, and how far its client has been told.
struct SocketWriter {
    socket: WebSocket,
    stall: Duration,
    /// For each subscription, the position of the last event that was written, or that it began at.
    cursors: HashMap<String, i64>,
    /// Whether something waits in the socket's buffer.
    is_unwritten: bool,
}

impl SocketWriter {
    /// Writes a message, together with those that follow at once, and waits until the socket takes another, as long as the client may
    /// take. So what a subscription tells next is written at once, by the rights of that moment.
    async fn send(&mut self, Message { text, event, is_last, _place }: Message) -> Result<(), Close> {
        self.is_unwritten = true;
        written(timeout(self.stall, self.socket.feed(Frame::Text(text.into()))).await)?;
        // It is on its way now, whatever comes.
        self.cursors.extend(event);
        if is_last {
            return self.flush().await;
        }
        written(timeout(self.stall, poll_fn(|context| self.socket.poll_ready_unpin(context))).await)
    }

    async fn flush(&mut self) -> Result<(), Close> {
        self.is_unwritten = false;
        written(timeout(self.stall, self.socket.flush()).await)
    }

    async fn ping(&mut self) -> Result<(), Close> {
        written(timeout(self.stall, SinkExt::send(&mut self.socket, Frame::Ping(Vec::new().into()))).await)
    }

    /// The next thing that the client says; nothing for frames that only show that it is there.
    fn parse(frame: Option<Result<Frame, axum::Error>>) -> Result<Option<ClientMessage>, Close> {
        match frame {
            None | Some(Err(_)) => Err(Close::Gone),
            Some(Ok(Frame::Text(text))) => match serde_json::from_str(&text) {
                Ok(said) => Ok(Some(said)),
                Err(error) => Err(Close::BadMessage(format!("Invalid message: {error}"))),
            },
            Some(Ok(Frame::Binary(_))) => Err(Close::BadMessage("Invalid message: it is binary".to_owned())),
            Some(Ok(Frame::Close(_))) => Err(Close::Mutual),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => Ok(None),
        }
    }
}

/// What came of writing.
fn written(result: Result<Result<(), axum::Error>, Elapsed>) -> Result<(), Close> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Close::Gone),
        Err(_) => Err(Close::TooSlow),
    }
}

fn pong(payload: Option<Map<String, Json>>) -> Message {
    let pong = match payload {
        Some(payload) => json!({"type": "pong", "payload": payload}),
        None => json!({"type": "pong"}),
    };
    pong.to_string().into()
}

/// A client, and what it asked for.
struct Session {
    server: Arc<Server>,
    caller: Caller,
    running: StreamMap<String, Delivery>,
    running_permits: Arc<Semaphore>,
    /// How many operations were begun in the second that began then.
    started_in_second: u32,
    second: Instant,
}

impl Session {
    /// Hears who the client is. Their session; `None` for nobody.
    async fn initialize(&mut self, writer: &mut SocketWriter) -> Result<Option<StreamLease>, Close> {
        let deadline = Instant::now() + self.server.app.limits().init;
        let feed = self.server.app.feed().clone();
        loop {
            let frame = tokio::select! {
                frame = writer.socket.recv() => frame,
                () = sleep_until(deadline) => return Err(Close::InitTimeout),
                () = feed.closed() => return Err(Close::Restart),
            };
            match SocketWriter::parse(frame)? {
                None | Some(ClientMessage::Pong { .. } | ClientMessage::Complete { .. }) => {}
                Some(ClientMessage::Ping { payload }) => writer.send(pong(payload)).await?,
                Some(ClientMessage::Subscribe { .. }) => return Err(Close::Unauthorized),
                Some(ClientMessage::ConnectionInit { payload }) => {
                    let lease = self.lease(payload.as_ref()).await?;
                    writer.send(json!({"type": "connection_ack"}).to_string().into()).await?;
                    return Ok(lease);
                }
            }
        }
    }

    /// Finds out who it is: by the token of the introduction, or else by that of the request.
    async fn lease(&mut self, payload: Option<&Map<String, Json>>) -> Result<Option<StreamLease>, Close> {
        let app = &self.server.app;
        let given = payload.and_then(|payload| payload.get("authorization").or_else(|| payload.get("Authorization")));
        if let Some(given) = given {
            let token = given.as_str().and_then(people::bearer).ok_or(Close::Forbidden)?;
            self.caller.viewer = Some(people::authenticate(app, token).await.map_err(refused)?);
        }
        Ok(match &self.caller.viewer {
            Some(viewer) => Some(StreamLease::of(app, viewer.session).await.map_err(refused)?),
            None => None,
        })
    }

    async fn run(&mut self, writer: &mut SocketWriter) -> Result<Infallible, Close> {
        // What happens seldom is boxed, here and below: else each idle socket would keep room for it.
        let mut lease = Box::pin(self.initialize(writer)).await?;
        let app = self.server.app.clone();
        // Waited for across all turns of the loop: to begin anew with each event would cost more than the event.
        let ending = async {
            tokio::select! {
                biased;
                () = app.feed().closed() => Close::Restart,
                why = wait_for_end(&mut lease, &app) => refused(why),
            }
        };
        tokio::pin!(ending);
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        loop {
            tokio::select! {
                biased;
                close = &mut ending => return Err(close),
                frame = writer.socket.recv() => {
                    silent = 0;
                    if let Some(said) = SocketWriter::parse(frame)? {
                        unless_ending(&mut ending, Box::pin(self.handle(writer, said))).await?;
                    }
                }
                Some((id, told)) = self.running.next() => {
                    if matches!(told, Output::Errors(_) | Output::Done) {
                        writer.cursors.remove(&id);
                    }
                    let message = self.message(id, told)?;
                    unless_ending(&mut ending, Box::pin(writer.send(message))).await?;
                }
                // Last of those that are ready: events that come together are written together.
                () = std::future::ready(()), if writer.is_unwritten => unless_ending(&mut ending, writer.flush()).await?,
                _ = ping.tick() => {
                    silent += 1;
                    if silent > 3 {
                        return Err(Close::Gone);
                    }
                    unless_ending(&mut ending, writer.ping()).await?;
                }
            }
        }
    }

    /// Lets queries and mutations end that are under way, and tells what came of them: who asked could not know.
    async fn finish(&mut self, writer: &mut SocketWriter) -> Result<(), Close> {
        for subscription in writer.cursors.keys() {
            self.running.remove(subscription);
        }
        while let Some((id, told)) = self.running.next().await {
            let message = self.message(id, told)?;
            writer.send(message).await?;
        }
        Ok(())
    }

    async fn handle(&mut self, writer: &mut SocketWriter, said: ClientMessage) -> Result<(), Close> {
        match said {
            ClientMessage::ConnectionInit { .. } => Err(Close::TooManyInits),
            ClientMessage::Ping { payload } => writer.send(pong(payload)).await,
            ClientMessage::Pong { .. } => Ok(()),
            ClientMessage::Complete { id } => {
                self.running.remove(&id);
                writer.cursors.remove(&id);
                Ok(())
            }
            ClientMessage::Subscribe { id, .. } if self.running.contains_key(&id) => Err(Close::DuplicateId(id)),
            ClientMessage::Subscribe { id, payload } => {
                self.pace().await;
                let most = self.server.app.limits().operations_per_socket;
                if self.running.len() >= most {
                    return writer.send(refusal(&id, &[too_many_operations(most, self.caller.language)])).await;
                }
                match self.start(payload).await? {
                    Started::Answer(outputs) => drop(self.running.insert(id, outputs)),
                    Started::Subscription(subscriber) => {
                        writer.cursors.insert(id.clone(), subscriber.position());
                        self.running.insert(id, Box::pin(outputs(subscriber, self.caller.language)));
                    }
                    Started::Refused(errors) => writer.send(refusal(&id, &errors)).await?,
                }
                Ok(())
            }
        }
    }

    /// Waits, when too many operations were begun in this second.
    async fn pace(&mut self) {
        if self.started_in_second >= OPERATIONS_PER_SECOND {
            sleep_until(self.second + SECOND).await;
        }
        if self.second.elapsed() >= SECOND {
            (self.started_in_second, self.second) = (0, Instant::now());
        }
        self.started_in_second += 1;
    }

    /// Begins an operation, by somebody whose rights are those of this moment.
    async fn start(&mut self, payload: Payload) -> Result<Started, Close> {
        let asked = GraphqlRequest {
            query: payload.query,
            hash: None,
            operation_name: payload.operation_name,
            variables: payload.variables.unwrap_or_default(),
            may_change: true,
            uploads: Vec::new(),
        };
        let mut caller = self.caller.clone();
        if let Some(Viewer { session, user, .. }) = caller.viewer {
            caller.viewer = Some(people::session::viewer(&self.server.app, session, user).await.map_err(refused)?);
        }
        let server = self.server.clone();
        if server.is_subscription(&caller, &asked).await != Some(true) {
            let running_permits = self.running_permits.clone();
            let answering = async move {
                let place = running_permits.acquire_owned().await.expect("it is never closed");
                let answer = spawn_detached(async move { server.execute(caller, asked).await }).await;
                match answer.refusals {
                    Some(errors) => vec![Output::Errors(errors)],
                    None => vec![Output::Answer(answer.body, place), Output::Done],
                }
            };
            return Ok(Started::Answer(Box::pin(stream::once(answering).flat_map(stream::iter))));
        }
        Ok(match server.subscribe(caller, asked).await {
            Err(errors) => Started::Refused(errors),
            Ok(subscriber) => Started::Subscription(subscriber),
        })
    }

    /// What is written of something that an operation tells.
    fn message(&mut self, id: String, told: Output) -> Result<Message, Close> {
        let next = |answer: &str| {
            let id = Json::from(id.as_str()).to_string();
            [r#"{"type":"next","id":"#, &id, r#","payload":"#, answer, "}"].concat()
        };
        match told {
            Output::Event(news) => {
                let text = next(news.json());
                Ok(Message { text, event: Some((id, news.position())), is_last: news.is_last(), _place: None })
            }
            Output::Answer(body, place) => {
                let text = next(str::from_utf8(&body).expect("an answer is JSON"));
                Ok(Message { _place: Some(place), ..text.into() })
            }
            Output::Errors(errors) => {
                self.running.remove(&id);
                Ok(refusal(&id, &errors))
            }
            Output::Done => {
                self.running.remove(&id);
                Ok(json!({"id": id, "type": "complete"}).to_string().into())
            }
            Output::Nobody => Err(Close::Forbidden),
        }
    }
}

/// Does something, unless the socket has to be closed meanwhile.
async fn unless_ending(
    ending: impl Future<Output = Close>,
    work: impl Future<Output = Result<(), Close>>,
) -> Result<(), Close> {
    tokio::select! {
        biased;
        close = ending => Err(close),
        done = work => done,
    }
}

fn refusal(id: &str, errors: &[TopError]) -> Message {
    let payload: Vec<_> = errors.iter().map(TopError::to_json).collect();
    json!({"id": id, "type": "error", "payload": payload}).to_string().into()
}

fn outputs(subscriber: Subscriber, language: Language) -> impl Stream<Item = Output> {
    stream::unfold(Some(subscriber), move |subscriber| async move {
        let mut subscriber = subscriber?;
        Some(match subscriber.next().await {
            Ok(news) => (Output::Event(news), Some(subscriber)),
            Err(Error::Unauthenticated) => (Output::Nobody, None),
            Err(error) => (Output::Errors(vec![TopError::of(&error, language)]), None),
        })
    })
}

fn too_many_operations(most: usize, language: Language) -> TopError {
    let text = crate::kernel::error::Text::new(
        format!("A socket runs at most {most} operations at once."),
        format!("每个连接最多同时运行 {most} 个操作。"),
    );
    TopError::new("RATE_LIMITED", &text, language)
}

fn refused(error: Error) -> Close {
    match error {
        Error::Unauthenticated => Close::Forbidden,
        error => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a socket can't be served");
            Close::TryAgain
        }
    }
}
