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

/// The time limit of every wait: long enough that only a missing message exceeds it.
const TIMEOUT: Duration = Duration::from_secs(30);

impl World {
    /// Serves the router on a free port; returns the address.
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
    /// Opens a socket and sends nothing.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_with(address, &[]).await
    }

    /// Opens a socket with headers, and sends nothing.
    pub async fn open_with(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        Self::try_open(address, headers).await.unwrap_or_else(|why| panic!("not opened: {why:?}"))
    }

    /// The error is that of a connection that breaks off.
    async fn try_open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, (u16, String)> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let broken = |why: &dyn std::fmt::Display| (1006, why.to_string());
        let stream = TcpStream::connect(address).await.map_err(|why| broken(&why))?;
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await.map_err(|why| broken(&why))?;
        Ok(Self { stream, operations: 0 })
    }

    /// Opens a socket and authenticates.
    pub async fn connect(address: SocketAddr, person: &Person) -> Self {
        Self::with_token(address, &person.token).await
    }

    async fn with_token(address: SocketAddr, token: &str) -> Self {
        Self::try_connect(address, token).await.unwrap_or_else(|why| panic!("closed: {why:?}"))
    }

    /// Opens a socket and authenticates with a token; the error is the close code and reason.
    pub async fn try_connect(address: SocketAddr, token: &str) -> Result<Self, (u16, String)> {
        let mut socket = Self::try_open(address, &[]).await?;
        let payload = json!({"authorization": format!("Bearer {token}")});
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.receive_or_close().await?, json!({"type": "connection_ack"}));
        Ok(socket)
    }

    pub async fn send(&mut self, message: Json) {
        self.send_text(message.to_string()).await;
    }

    /// If the socket is closed, the next message shows it.
    pub async fn send_text(&mut self, text: String) {
        let _ = self.stream.send(Message::Text(text.into())).await;
    }

    pub async fn send_binary(&mut self) {
        self.stream.send(Message::Binary(vec![0].into())).await.unwrap();
    }

    /// The next message of the protocol; the error is the close code and reason.
    pub async fn receive_or_close(&mut self) -> Result<Json, (u16, String)> {
        let receiving = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(Some(frame)))) => return Err((frame.code.into(), frame.reason.to_string())),
                    Some(Ok(_)) => {}
                    _ => return Err((1006, String::new())),
                }
            }
        };
        tokio::time::timeout(TIMEOUT, receiving).await.expect("something is said in time")
    }

    pub async fn receive(&mut self) -> Json {
        self.receive_or_close().await.unwrap_or_else(|why| panic!("closed: {why:?}"))
    }

    /// The close code and reason; messages before are skipped.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(why) = self.receive_or_close().await {
                return why;
            }
        }
    }

    /// Begins an operation; returns its id.
    pub async fn begin(&mut self, query: &str, variables: Json) -> String {
        self.operations += 1;
        let id = format!("operation {}", self.operations);
        self.send(json!({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})).await;
        id
    }

    /// The data of the next event.
    pub async fn next(&mut self) -> Json {
        let message = self.receive().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].clone()
    }

    /// Begins refused operations as fast as the server accepts them, until a future is done.
    pub async fn flood(&mut self, over: impl Future<Output = ()>) {
        let (mut sink, mut stream) = (&mut self.stream).split();
        let flooding = async {
            for number in 0.. {
                let message =
                    json!({"id": number.to_string(), "type": "subscribe", "payload": {"query": "{ nonsense }"}});
                sink.send(Message::Text(message.to_string().into())).await.unwrap();
            }
        };
        let receiving = async { while stream.next().await.is_some() {} };
        tokio::select! {
            () = over => {}
            () = flooding => {}
            () = receiving => panic!("closed"),
        }
    }

    /// Closes the socket; returns the close code of the server.
    pub async fn close(mut self) -> Option<u16> {
        let frame = CloseFrame { code: 1000.into(), reason: "".into() };
        self.stream.close(Some(frame)).await.unwrap();
        match self.stream.next().await {
            Some(Ok(Message::Close(frame))) => frame.map(|frame| frame.code.into()),
            _ => None,
        }
    }

    /// Waits until the server has processed all messages sent before. Events may still come afterwards.
    pub async fn settle(&mut self) {
        self.send(json!({"type": "ping"})).await;
        assert_eq!(self.receive().await, json!({"type": "pong"}));
    }
}
