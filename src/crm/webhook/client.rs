//! One request to the receiver. Its name is resolved once, every address is checked, and one of these is connected to: no
//! second resolution can lead elsewhere. Redirections are not followed, and of the answer only the status is looked at.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::address::is_public;

/// How long everything may take, from the name to the status.
pub const RETRY_FOR: Duration = Duration::from_secs(10);

/// Why something was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The URL has nowhere to go.
    #[error("the URL can't be used")]
    BadUrl,
    /// Only where private addresses are allowed, the way may be open to others.
    #[error("only https is allowed")]
    NotSecure,
    /// An address that is not one of the public Internet.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
    /// The name or the connection.
    #[error("no connection: {0}")]
    NoConnection(std::io::Error),
    /// What was said over it.
    #[error("no answer")]
    NoAnswer(#[from] hyper::Error),
    /// It took too long.
    #[error("no answer within {} seconds", RETRY_FOR.as_secs())]
    TooSlow,
    /// The receiver did not take it.
    #[error("answered with {0}")]
    Refused(StatusCode),
}

/// The certificates that this machine trusts.
static TLS: LazyLock<TlsConnector> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
});

/// Sends a body with headers, and waits for the receiver to take it.
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
    let status = tokio::time::timeout(RETRY_FOR, exchange).await.map_err(|_| DeliveryError::TooSlow)??;
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

/// Connects to the first address that answers, if all of them may be reached.
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

/// Sends a request; the status of the answer, the rest of which nobody waits for.
async fn send(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, DeliveryError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driven = async {
        // What goes wrong there, the request is told.
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = sender.send_request(request) => Ok(answer?.status()),
        never = driven => never,
    }
}
