//! Sends one request to the receiver. The host name is resolved once, every address is checked, and the connection is
//! made to one of the checked addresses, so a second resolution cannot lead to another address. Redirections are not
//! followed. Of the response only the status is read, or, of a robot, also the short body that says whether it succeeded.

use std::net::IpAddr;
use std::time::Duration;

use hyper::{Method, StatusCode};
use url::Url;

use super::address::is_public;
use crate::kernel::http::{self, HttpError};

/// The time limit of a request, from the resolution of the name to the status of the response.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many bytes the answer of a robot has at most.
const MOST_ANSWER: usize = 16 * 1024;

/// A request to a receiver.
#[derive(Debug)]
pub struct Outgoing {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

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
    /// The robot says that it has failed.
    #[error("the robot answered {code}: {message}")]
    RefusedByRobot {
        /// Its code, which its documentation explains.
        code: i64,
        /// What it says.
        message: String,
    },
    /// The receiver does not answer as robots do.
    #[error("the answer is not that of a robot")]
    NotARobot,
}

/// Posts a JSON body with headers. Any other status than 2xx is an error, and so is a host of which any address is not allowed.
/// Returns the body of the response, if it is read.
pub async fn post(request: Outgoing, reads_answer: bool, allow_private: bool) -> Result<Vec<u8>, DeliveryError> {
    let exchange = async {
        let url = Url::parse(&request.url).map_err(|_| HttpError::BadUrl)?;
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(request.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let request = http::request(Method::POST, &url, &headers, request.body)?;
        if url.scheme() != "https" && !allow_private {
            return Err(DeliveryError::NotSecure);
        }
        let addresses = http::addresses(&url).await?;
        if let Some(address) = addresses.iter().find(|address| !allow_private && !is_public(address.ip())) {
            return Err(DeliveryError::NotPublic(address.ip()));
        }
        Ok(http::send(&url, &addresses, request, reads_answer.then_some(MOST_ANSWER)).await?)
    };
    let (status, body) = tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| DeliveryError::TooSlow)??;
    if status.is_success() { Ok(body.to_vec()) } else { Err(DeliveryError::Refused(status)) }
}
