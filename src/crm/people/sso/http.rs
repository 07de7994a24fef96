//! Requests to identity providers. Their addresses are set by the operator, so they may be private ones, unlike those of
//! webhooks.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use crate::kernel::http::{self, HttpError};

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The largest response, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no response.
    #[error("the identity provider can't be asked: {0}")]
    Http(#[from] HttpError),
    /// The response is not the JSON that was expected.
    #[error("the response of the identity provider is not understood")]
    NotUnderstood(#[from] serde_json::Error),
    /// The provider refuses.
    #[error("the identity provider answered {0}")]
    Refused(StatusCode),
    /// No response in time.
    #[error("no response of the identity provider in time")]
    TooSlow,
    /// It was asked a moment ago, without success.
    #[error("the identity provider did not answer a moment ago")]
    AskedBefore,
}

/// An address of a provider.
pub fn url(text: &str) -> Result<Url, FetchError> {
    Url::parse(text).map_err(|_| HttpError::BadUrl.into())
}

/// Reads JSON.
pub async fn get<T: DeserializeOwned>(url: &Url) -> Result<T, FetchError> {
    json(Method::GET, url, &[], String::new()).await
}

/// Posts a form, and reads JSON.
pub async fn post_form<T: DeserializeOwned>(url: &Url, form: &[(&str, &str)]) -> Result<T, FetchError> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    json(Method::POST, url, &[("content-type", "application/x-www-form-urlencoded")], body).await
}

async fn json<T: DeserializeOwned>(
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    body: String,
) -> Result<T, FetchError> {
    let request = http::request(method, url, &[headers, &[("accept", "application/json")]].concat(), body)?;
    let exchange = async { http::send(url, &http::addresses(url).await?, request, Some(MOST_BYTES)).await };
    let (status, body) = tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| FetchError::TooSlow)??;
    if status.is_success() { Ok(serde_json::from_slice(&body)?) } else { Err(FetchError::Refused(status)) }
}
