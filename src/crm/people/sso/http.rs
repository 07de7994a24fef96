//! Requests to identity providers. Their addresses are set by the operator, so they may be private ones, unlike that of the
//! webhook.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::Url;

use crate::kernel::tls::TLS;

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The largest response, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL is wrong.
    #[error("the URL of the identity provider is wrong")]
    BadUrl,
    /// No connection.
    #[error("no connection to the identity provider")]
    NoConnection(#[from] std::io::Error),
    /// The HTTP exchange failed.
    #[error("no response of the identity provider")]
    NoResponse(#[from] hyper::Error),
    /// The response is too large or broke off.
    #[error("the response of the identity provider can't be read")]
    BadBody,
    /// The response is not the JSON that was expected.
    #[error("the response of the identity provider is not understood")]
    NotUnderstood(#[from] serde_json::Error),
    /// The provider refuses.
    #[error("the identity provider answered {0}")]
    Refused(hyper::StatusCode),
    /// No response in time.
    #[error("no response of the identity provider in time")]
    TooSlow,
}

/// Reads JSON.
pub async fn get<T: DeserializeOwned>(url: &Url) -> Result<T, FetchError> {
    exchange(url, Request::get(target(url)).body(Full::default()).map_err(|_| FetchError::BadUrl)?).await
}

/// Posts a form, and reads JSON.
pub async fn post_form<T: DeserializeOwned>(url: &Url, form: &[(&str, &str)]) -> Result<T, FetchError> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(target(url)).header("content-type", "application/x-www-form-urlencoded");
    exchange(url, request.body(Full::from(body)).map_err(|_| FetchError::BadUrl)?).await
}

fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

async fn exchange<T: DeserializeOwned>(url: &Url, mut request: Request<Full<Bytes>>) -> Result<T, FetchError> {
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    for (name, value) in [("host", host), ("accept", "application/json")] {
        request.headers_mut().insert(name, value.parse().map_err(|_| FetchError::BadUrl)?);
    }
    let exchanging = async {
        let (name, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        let name = name.trim_matches(['[', ']']);
        let stream = TcpStream::connect((name, port)).await?;
        if url.scheme() != "https" {
            return send(stream, request).await;
        }
        let name = ServerName::try_from(name.to_owned()).map_err(|_| FetchError::BadUrl)?;
        send(TLS.connect(name, stream).await?, request).await
    };
    let body = tokio::time::timeout(TIMEOUT, exchanging).await.map_err(|_| FetchError::TooSlow)??;
    Ok(serde_json::from_slice(&body)?)
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, FetchError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await.map_err(|_| FetchError::BadBody)?;
    connection.abort();
    if status.is_success() { Ok(body.to_bytes()) } else { Err(FetchError::Refused(status)) }
}
