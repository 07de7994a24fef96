//! An SMTP server that keeps what it is sent.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server without TLS on a free port.
pub struct Mailbox {
    pub address: SocketAddr,
    messages: mpsc::UnboundedReceiver<String>,
}

impl Mailbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, messages) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, sender.clone()));
            }
        });
        Self { address, messages }
    }

    /// The next message, its lines joined where its encoding broke them.
    pub async fn next(&mut self) -> String {
        let message = self.messages.recv().await.unwrap();
        message.replace("=\r\n", "").replace("=3D", "=")
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

async fn receive(stream: TcpStream, messages: mpsc::UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.unwrap();
    let (mut line, mut message) = (String::new(), None::<String>);
    while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
        let answer: &[u8] = match (&mut message, line.as_str()) {
            (Some(_), ".\r\n") => {
                messages.send(message.take().unwrap()).unwrap();
                b"250 kept\r\n"
            }
            (Some(message), line) => {
                message.push_str(line);
                b""
            }
            (None, "DATA\r\n") => {
                message = Some(String::new());
                b"354 go on\r\n"
            }
            (None, "QUIT\r\n") => b"221 bye\r\n",
            (None, _) => b"250 yes\r\n",
        };
        stream.write_all(answer).await.unwrap();
        line.clear();
    }
}
