//! A client of `graphql-transport-ws`, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{Person, World};

/// How long anything may take that is waited for: so long that only what never comes fails.
const PATIENCE: Duration = Duration::from_secs(30);

impl World {
    /// Serves the router on a socket of the system; where.
    pub async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let make = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, make).await });
        address
    }
}

/// A socket to a server.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    operations: usize,
}

impl Socket {
    /// Opens one, without a word.
    pub async fn open(address: SocketAddr) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        Self { stream, operations: 0 }
    }

    /// Opens one and says who it is.
    pub async fn of(address: SocketAddr, person: &Person) -> Self {
        Self::with_token(address, &person.token).await
    }

    async fn with_token(address: SocketAddr, token: &str) -> Self {
        Self::try_of(address, token).await.unwrap_or_else(|why| panic!("closed: {why:?}"))
    }

    /// The same with a token; an error says how the socket was closed.
    pub async fn try_of(address: SocketAddr, token: &str) -> Result<Self, (u16, String)> {
        let mut socket = Self::open(address).await;
        let payload = json!({"authorization": format!("Bearer {token}")});
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.hear_or_close().await?, json!({"type": "connection_ack"}));
        Ok(socket)
    }

    pub async fn say(&mut self, message: Json) {
        self.say_text(message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: String) {
        self.stream.send(Message::Text(text.into())).await.unwrap();
    }

    pub async fn say_binary(&mut self) {
        self.stream.send(Message::Binary(vec![0].into())).await.unwrap();
    }

    /// The next message of the protocol; an error says how the socket was closed.
    pub async fn hear_or_close(&mut self) -> Result<Json, (u16, String)> {
        let hearing = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(Some(frame)))) => return Err((frame.code.into(), frame.reason.to_string())),
                    Some(Ok(_)) => {}
                    _ => return Err((1006, String::new())),
                }
            }
        };
        tokio::time::timeout(PATIENCE, hearing).await.expect("something is said in time")
    }

    pub async fn hear(&mut self) -> Json {
        self.hear_or_close().await.unwrap_or_else(|why| panic!("closed: {why:?}"))
    }

    /// How the socket is closed, whatever is said before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(why) = self.hear_or_close().await {
                return why;
            }
        }
    }

    /// Begins an operation; its id.
    pub async fn begin(&mut self, query: &str, variables: Json) -> String {
        self.operations += 1;
        let id = format!("operation {}", self.operations);
        self.say(json!({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})).await;
        id
    }

    /// The data of the next event.
    pub async fn next(&mut self) -> Json {
        let message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].clone()
    }

    /// Begins operations that are refused, as fast as they are taken, until something is over.
    pub async fn flood(&mut self, over: impl Future<Output = ()>) {
        let (mut sink, mut stream) = (&mut self.stream).split();
        let flooding = async {
            for number in 0.. {
                let message =
                    json!({"id": number.to_string(), "type": "subscribe", "payload": {"query": "{ nonsense }"}});
                sink.send(Message::Text(message.to_string().into())).await.unwrap();
            }
        };
        let hearing = async { while stream.next().await.is_some() {} };
        tokio::select! {
            () = over => {}
            () = flooding => {}
            () = hearing => panic!("closed"),
        }
    }

    /// Says that it goes; how it is answered.
    pub async fn close(mut self) -> Option<u16> {
        let frame = CloseFrame { code: 1000.into(), reason: "".into() };
        self.stream.close(Some(frame)).await.unwrap();
        match self.stream.next().await {
            Some(Ok(Message::Close(frame))) => frame.map(|frame| frame.code.into()),
            _ => None,
        }
    }

    /// Waits until all that was said before has been dealt with. It does not prove that nothing comes: events are told after that.
    pub async fn settle(&mut self) {
        self.say(json!({"type": "ping"})).await;
        assert_eq!(self.hear().await, json!({"type": "pong"}));
    }
}
