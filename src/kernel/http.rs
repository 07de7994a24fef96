//! Requests to other servers, one on each connection. Redirections are not followed. Who sends a request decides which
//! addresses it may reach, and how long it may take.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::{Host, Position, Url};

use crate::kernel::tls::TLS;

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL cannot be used for a request.
    #[error("the URL cannot be used")]
    BadUrl,
    /// The name cannot be resolved, or the connection failed.
    #[error("no connection: {0}")]
    NoConnection(std::io::Error),
    /// The HTTP exchange failed.
    #[error("no response")]
    NoResponse(#[from] hyper::Error),
    /// The body of the response is larger than allowed, or broke off.
    #[error("the response cannot be read")]
    BadBody,
}

/// A request to a URL.
pub fn request(
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    body: String,
) -> Result<Request<Full<Bytes>>, HttpError> {
    let target: Uri = url[Position::BeforePath..Position::AfterQuery].parse().map_err(|_| HttpError::BadUrl)?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let mut request = Request::builder().method(method).uri(target).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).map_err(|_| HttpError::BadUrl)
}

/// The addresses of the host of a URL.
pub async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, HttpError> {
    let port = url.port_or_known_default().ok_or(HttpError::BadUrl)?;
    Ok(match url.host().ok_or(HttpError::BadUrl)? {
        Host::Domain(name) => tokio::net::lookup_host((name, port)).await.map_err(HttpError::NoConnection)?.collect(),
        Host::Ipv4(ip) => vec![(ip, port).into()],
        Host::Ipv6(ip) => vec![(ip, port).into()],
    })
}

/// Sends a request to the first of the addresses that accepts a connection, with TLS if the URL says `https`. Returns the status
/// and the body of the response, which has at most `most` bytes; `None`: the body is not read.
pub async fn send(
    url: &Url,
    addresses: &[SocketAddr],
    request: Request<Full<Bytes>>,
    most: Option<usize>,
) -> Result<(StatusCode, Bytes), HttpError> {
    let stream = TcpStream::connect(addresses).await.map_err(HttpError::NoConnection)?;
    if url.scheme() != "https" {
        return exchange(stream, request, most).await;
    }
    let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(name).map_err(|_| HttpError::BadUrl)?;
    exchange(TLS.connect(name, stream).await.map_err(HttpError::NoConnection)?, request, most).await
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
    most: Option<usize>,
) -> Result<(StatusCode, Bytes), HttpError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = async {
        // An error of the connection is also returned by `send_request`.
        let _ = connection.await;
        std::future::pending().await
    };
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = match most {
            Some(most) => {
                Limited::new(response.into_body(), most).collect().await.map_err(|_| HttpError::BadBody)?.to_bytes()
            }
            None => Bytes::new(),
        };
        Ok((status, body))
    };
    tokio::select! {
        answer = answer => answer,
        never = driver => never,
    }
}
