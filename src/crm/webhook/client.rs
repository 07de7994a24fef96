//! Sends one request to the receiver. The host name is resolved once, every address is checked, and the connection is
//! made to one of the checked addresses, so a second resolution cannot lead to another address. Redirections are not
//! followed. Of the response only the status is read.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::address::is_public;
use crate::kernel::tls::TLS;

/// The time limit of a request, from the resolution of the name to the status of the response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a delivery failed.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The URL cannot be used for a request.
    #[error("the URL cannot be used")]
    BadUrl,
    /// The URL is not `https`. It may be `http` only if private addresses are allowed.
    #[error("only https is allowed")]
    NotSecure,
    /// The host has an address that does not belong to the public Internet.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
    /// The name cannot be resolved, or the connection failed.
    #[error("no connection: {0}")]
    NoConnection(std::io::Error),
    /// The HTTP exchange failed.
    #[error("no response")]
    NoResponse(#[from] hyper::Error),
    /// There was no response within the time limit.
    #[error("no response within {} seconds", TIMEOUT.as_secs())]
    TooSlow,
    /// The status of the response is not a success.
    #[error("the response was {0}")]
    Refused(StatusCode),
}

/// Posts a JSON body with headers, and waits for the status of the response. Any other status than 2xx is an error.
pub async fn post(url: &str, headers: &[(&str, &str)], body: String, allow_private: bool) -> Result<(), DeliveryError> {
    let exchange = async {
        let url = Url::parse(url).map_err(|_| DeliveryError::BadUrl)?;
        let request = request(&url, headers, body)?;
        if url.scheme() != "https" && !allow_private {
            return Err(DeliveryError::NotSecure);
        }
        let stream = connect(&url, allow_private).await?;
        if url.scheme() != "https" {
            return send(stream, request).await;
        }
        let name = ServerName::try_from(url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned())
            .map_err(|_| DeliveryError::BadUrl)?;
        let stream = TLS.connect(name, stream).await.map_err(DeliveryError::NoConnection)?;
        send(stream, request).await
    };
    let status = tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| DeliveryError::TooSlow)??;
    if status.is_success() { Ok(()) } else { Err(DeliveryError::Refused(status)) }
}

fn request(url: &Url, headers: &[(&str, &str)], body: String) -> Result<Request<Full<Bytes>>, DeliveryError> {
    let target: Uri =
        url[url::Position::BeforePath..url::Position::AfterQuery].parse().map_err(|_| DeliveryError::BadUrl)?;
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::post(target).header("host", host).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).map_err(|_| DeliveryError::BadUrl)
}

/// Connects to the first address that accepts a connection. It refuses a host if any of its addresses is not allowed.
async fn connect(url: &Url, allow_private: bool) -> Result<TcpStream, DeliveryError> {
    let port = url.port_or_known_default().ok_or(DeliveryError::BadUrl)?;
    let addresses: Vec<SocketAddr> = match url.host().ok_or(DeliveryError::BadUrl)? {
        Host::Domain(name) => {
            tokio::net::lookup_host((name, port)).await.map_err(DeliveryError::NoConnection)?.collect()
        }
        Host::Ipv4(ip) => vec![(ip, port).into()],
        Host::Ipv6(ip) => vec![(ip, port).into()],
    };
    if let Some(address) = addresses.iter().find(|address| !allow_private && !is_public(address.ip())) {
        return Err(DeliveryError::NotPublic(address.ip()));
    }
    TcpStream::connect(&addresses[..]).await.map_err(DeliveryError::NoConnection)
}

/// Sends a request and returns the status of the response. The body of the response is not read.
async fn send(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, DeliveryError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = async {
        // An error of the connection is also returned by `send_request`.
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        response = sender.send_request(request) => Ok(response?.status()),
        never = driver => never,
    }
}
