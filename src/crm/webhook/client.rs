//! Sends one request to the receiver. The host name is resolved once, every address is checked, and the connection is
//! made to one of the checked addresses, so a second resolution cannot lead to another address. Redirections are not
//! followed. Of the response only the status is read.

use std::net::IpAddr;
use std::time::Duration;

use hyper::{Method, StatusCode};
use url::Url;

use super::address::is_public;
use crate::kernel::http::{self, HttpError};

/// The time limit of a request, from the resolution of the name to the status of the response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a delivery failed.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// There is no response.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The URL is not `https`. It may be `http` only if private addresses are allowed.
    #[error("only https is allowed")]
    NotSecure,
    /// The host has an address that does not belong to the public Internet.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
    /// There was no response within the time limit.
    #[error("no response within {} seconds", TIMEOUT.as_secs())]
    TooSlow,
    /// The status of the response is not a success.
    #[error("the response was {0}")]
    Refused(StatusCode),
}

/// Posts a JSON body with headers, and waits for the status of the response. Any other status than 2xx is an error, and so is
/// a host of which any address is not allowed.
pub async fn post(url: &str, headers: &[(&str, &str)], body: String, allow_private: bool) -> Result<(), DeliveryError> {
    let exchange = async {
        let url = Url::parse(url).map_err(|_| HttpError::BadUrl)?;
        let headers = [&[("content-type", "application/json")], headers].concat();
        let request = http::request(Method::POST, &url, &headers, body)?;
        if url.scheme() != "https" && !allow_private {
            return Err(DeliveryError::NotSecure);
        }
        let addresses = http::addresses(&url).await?;
        if let Some(address) = addresses.iter().find(|address| !allow_private && !is_public(address.ip())) {
            return Err(DeliveryError::NotPublic(address.ip()));
        }
        Ok(http::send(&url, &addresses, request, None).await?.0)
    };
    let status = tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| DeliveryError::TooSlow)??;
    if status.is_success() { Ok(()) } else { Err(DeliveryError::Refused(status)) }
}
