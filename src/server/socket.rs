//! `graphql-transport-ws`: subscriptions, queries and mutations over a WebSocket, as the client library graphql-ws
//! implements it (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! One task serves a socket. It takes the next message of a subscription only after it has written the one before, so a
//! client that reads slowly is behind in the log, and nothing queues up here. A client that takes no message for a while is
//! closed with the cursor to resume behind.
//!
//! While the task writes or waits, it polls nothing else but whether the socket must end. So a future that it polls must not
//! hold a connection or a lock that others wait for: such work runs in a task of its own ([`spawn_detached`]).

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message as Frame, WebSocket};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value as Json, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::deadline::in_time;
use super::graphql::Server;
use super::operations::{Operations, Output, Started};
use super::protocol::{ClientMessage, Close};
use crate::api::base::context::Caller;
use crate::api::base::error::TopError;
use crate::crm::people;
use crate::crm::people::session::{StreamLease, wait_for_end};
use crate::kernel::error::{Error, Language};
use crate::kernel::feed::Cursor;
use crate::kernel::metrics;

/// The name of the protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// The size of the read buffer of a socket, in bytes. It is small, because there are many sockets.
pub const READ_BYTES: usize = 512;
/// How many bytes of messages that follow one another are gathered before they are written.
pub const WRITE_BYTES: usize = 2_048;

/// How long running queries and mutations may take, and their responses be written, after the server was told to stop.
const STOP_TIME: Duration = Duration::from_secs(6);

/// How often a client is pinged. One that sends nothing for three times as long is taken to be gone.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a client may take to receive the closing frame.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// Serves a socket until it ends, for the caller of the upgrade request.
// This is not an `async fn`, because each idle socket would then keep the arguments in addition to what is made of them.
pub fn serve(socket: WebSocket, server: Arc<Server>, caller: Caller) -> impl Future<Output = ()> {
    let stall = server.app.limits().stall;
    let mut writer = SocketWriter { socket, stall, cursors: HashMap::new(), is_unwritten: false };
    let mut session = Session { caller, operations: Operations::new(server) };
    async move {
        let _open = (metrics::socket_opened(), session.operations.server.app.feed().hold());
        let Err(close) = session.run(&mut writer).await;
        match close {
            // The library has already prepared the closing frame.
            Close::Mutual => drop(timeout(CLOSE_TIME, writer.socket.flush()).await),
            Close::Restart => drop(timeout(STOP_TIME, Box::pin(session.finish(&mut writer))).await),
            _ => {}
        }
        if let Some(frame) = close.frame(writer.cursors.values().min_by_key(|cursor| cursor.position).copied()) {
            metrics::socket_closed(frame.code);
            let farewell = async {
                let _ = writer.socket.send(Frame::Close(Some(frame))).await;
                // Read until the client closes: if a socket is dropped with unread data, the system may discard what was written.
                while let Some(Ok(_)) = writer.socket.recv().await {}
            };
            let _ = timeout(CLOSE_TIME, Box::pin(farewell)).await;
        }
    }
}

/// A message to a client.
struct Message {
    text: String,
    /// The subscription and the cursor of the event that the message carries.
    event: Option<(String, Cursor)>,
    /// Whether no other message follows immediately.
    is_last: bool,
    /// The permit that counts it among the responses in memory.
    _place: Option<OwnedSemaphorePermit>,
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, event: None, is_last: true, _place: None }
    }
}

/// The writing side of a socket, with the cursors of its subscriptions.
struct SocketWriter {
    socket: WebSocket,
    stall: Duration,
    /// For each subscription, the cursor of the last event that was written, or behind which the subscription began.
    cursors: HashMap<String, Cursor>,
    /// Whether the socket's buffer has unwritten data.
    is_unwritten: bool,
}

impl SocketWriter {
    /// Writes a message, together with those that follow immediately, and waits until the socket accepts another one, at most
    /// for the stall limit. So the next event of a subscription is written at once, with the rights of that moment.
    async fn send(&mut self, Message { text, event, is_last, _place }: Message) -> Result<(), Close> {
        self.is_unwritten = true;
        written(timeout(self.stall, self.socket.feed(Frame::Text(text.into()))).await)?;
        // The message counts as sent from here on.
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

    /// The message in a frame; `None` for frames that only show that the client is alive.
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

/// The result of a write with a time limit.
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

/// A client and its operations.
struct Session {
    caller: Caller,
    operations: Operations,
}

impl Session {
    /// Waits for `connection_init`. Returns the lease on the session; `None` without a user.
    async fn initialize(&mut self, writer: &mut SocketWriter) -> Result<Option<StreamLease>, Close> {
        let deadline = Instant::now() + self.operations.server.app.limits().init;
        let feed = self.operations.server.app.feed().clone();
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

    /// Authenticates the client by the token of `connection_init`, or else by that of the upgrade request.
    async fn lease(&mut self, payload: Option<&Map<String, Json>>) -> Result<Option<StreamLease>, Close> {
        let app = &self.operations.server.app;
        let given = payload.and_then(|payload| payload.get("authorization").or_else(|| payload.get("Authorization")));
        // A browser can't set the headers of a socket.
        if let Some(language) = payload.and_then(|payload| payload.get("acceptLanguage")).and_then(Json::as_str) {
            self.caller.language = Language::accepted(language);
        }
        if let Some(given) = given {
            let token = given.as_str().and_then(people::token_in).ok_or(Close::Forbidden)?;
            let single_sign_on = &self.operations.server.single_sign_on;
            let known = in_time(app, single_sign_on.authenticate(app, &token, &self.caller.origin)).await;
            let viewer = known.map_err(refused)?;
            self.caller.viewer = Some(viewer);
        }
        Ok(match &self.caller.viewer {
            Some(viewer) => Some(in_time(app, StreamLease::of(app, viewer)).await.map_err(refused)?),
            None => None,
        })
    }

    async fn run(&mut self, writer: &mut SocketWriter) -> Result<Infallible, Close> {
        // Rare futures are boxed, here and below, because each idle socket would otherwise reserve memory for them.
        let mut lease = Box::pin(self.initialize(writer)).await?;
        let app = self.operations.server.app.clone();
        // Without a user there is time to sign in, and no more: such sockets cost a stranger nothing.
        let expiry = lease.is_none().then(|| Instant::now() + app.limits().init);
        // This future lives across all turns of the loop, because creating it for each event would cost more than the event.
        let ending = async {
            tokio::select! {
                biased;
                () = app.feed().closed() => Close::Restart,
                why = wait_for_end(&mut lease, &app) => refused(why),
                () = sleep_until(expiry.unwrap_or_else(Instant::now)), if expiry.is_some() => Close::Unauthorized,
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
                Some((id, told)) = self.operations.running.next() => {
                    if matches!(told, Output::Errors(_) | Output::Done) {
                        writer.cursors.remove(&id);
                    }
                    let message = self.message(id, told)?;
                    unless_ending(&mut ending, Box::pin(writer.send(message))).await?;
                }
                // This branch is last, so that events that are ready together are written together.
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

    /// Waits for running queries and mutations and writes their responses, because the client could not know otherwise
    /// whether they were executed.
    async fn finish(&mut self, writer: &mut SocketWriter) -> Result<(), Close> {
        for subscription in writer.cursors.keys() {
            self.operations.running.remove(subscription);
        }
        while let Some((id, told)) = self.operations.running.next().await {
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
                self.operations.running.remove(&id);
                writer.cursors.remove(&id);
                Ok(())
            }
            ClientMessage::Subscribe { id, .. } if self.operations.running.contains_key(&id) => {
                Err(Close::DuplicateId(id))
            }
            ClientMessage::Subscribe { id, payload } => {
                let asked = payload.into_request();
                let asked = asked.map_err(|why| Close::BadMessage(format!("Invalid message: {why}")))?;
                match self.operations.start(id.clone(), &self.caller, asked).await.map_err(refused)? {
                    Started::Running(Some(cursor)) => drop(writer.cursors.insert(id, cursor)),
                    Started::Running(None) => {}
                    Started::Refused(errors) => writer.send(refusal(&id, &errors)).await?,
                }
                Ok(())
            }
        }
    }

    /// The message for an output of an operation.
    fn message(&mut self, id: String, told: Output) -> Result<Message, Close> {
        let next = |answer: &str| {
            let id = Json::from(id.as_str()).to_string();
            [r#"{"type":"next","id":"#, &id, r#","payload":"#, answer, "}"].concat()
        };
        match told {
            Output::Event(news) => {
                let text = next(news.json());
                Ok(Message { text, event: Some((id, news.cursor())), is_last: news.is_last(), _place: None })
            }
            Output::Answer(body, place) => {
                let text = next(str::from_utf8(&body).expect("an answer is JSON"));
                Ok(Message { _place: Some(place), ..text.into() })
            }
            Output::Errors(errors) => {
                self.operations.running.remove(&id);
                Ok(refusal(&id, &errors))
            }
            Output::Done => {
                self.operations.running.remove(&id);
                Ok(json!({"id": id, "type": "complete"}).to_string().into())
            }
            Output::Nobody => Err(Close::Forbidden),
        }
    }
}

/// Runs `work`, unless the socket must be closed first.
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

fn refused(error: Error) -> Close {
    match error {
        Error::Unauthenticated => Close::Forbidden,
        error => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a socket can't be served");
            Close::TryAgain
        }
    }
}
