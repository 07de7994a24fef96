//! The pages of a sign-in by an identity provider: one that sends the browser there, and one that it comes back to.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{ACCEPT_LANGUAGE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::budget::Holder;
use super::caller::origin;
use super::cookie;
use super::deadline::in_time;
use super::graphql::Server;
use crate::api::base::context::CookieChange;
use crate::crm::people::session::SignedIn;
use crate::kernel::error::{Error, Language, Text};

/// Where a browser goes when it is signed in.
const HOME: &str = "/";
/// What it costs of the minute of an address to come back from a provider.
const SIGN_IN_COST: usize = 500;

/// Sends a browser to a provider.
pub async fn begin(State(server): State<Arc<Server>>, Path(provider): Path<String>, headers: HeaderMap) -> Response {
    if !server.single_sign_on.has(&provider) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let limits = server.app.limits();
    match server.single_sign_on.begin(&provider).await {
        Ok((url, secrets)) => redirect(&url, cookie::secrets(&secrets, limits)),
        Err(error) => failed(&error, &headers),
    }
}

/// Signs in a browser that comes back. It must be the one that was sent: nobody is signed in by the link of somebody else.
pub async fn finish(
    State(server): State<Arc<Server>>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    Path(provider): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !server.single_sign_on.has(&provider) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let limits = server.app.limits();
    let peer = connection.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    let origin = origin(&headers, peer, limits);
    let given = |name: &str| {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let secrets = given("state").and_then(|state| cookie::secrets_of(&headers, &state, limits));
    let (Some(secrets), Some(code)) = (secrets, given("code")) else {
        let error = Error::bad_input(
            "this sign-in was not begun in this browser, or the provider refused it",
            "该登录并非由此浏览器发起，或已被身份提供方拒绝",
        );
        return failed(&error, &headers);
    };
    // It makes the provider work, with our secret.
    let (holder, limit) = (Holder::of_address(origin.address), limits.anonymous_cost_per_minute);
    if let Err(exhausted) = server.budgets.take(holder, SIGN_IN_COST, limit, server.app.clock().now()) {
        let text = Text::new("There were too many attempts. Try again later.", "尝试次数过多，请稍后再试。");
        let mut response = (StatusCode::TOO_MANY_REQUESTS, said(&text, &headers)).into_response();
        response.headers_mut().insert(RETRY_AFTER, exhausted.retry_after.into());
        return response;
    }
    let finishing = server.single_sign_on.finish(&server.app, &provider, secrets, &code, &origin);
    match in_time(&server.app, finishing).await {
        Err(error) => failed(&error, &headers),
        Ok(SignedIn { access_token, refresh_token, .. }) => {
            let change = CookieChange::Set { access: access_token, refresh: refresh_token };
            let mut cookies = cookie::headers(&change, limits);
            cookies.extend(cookie::no_secrets(limits));
            redirect(HOME, cookies)
        }
    }
}

fn redirect(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A text as a line in the language of the browser.
fn said(text: &Text, headers: &HeaderMap) -> String {
    let language = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    format!("{}\n", text.in_language(language.map(Language::accepted).unwrap_or_default()))
}

/// Says why a browser is not signed in.
fn failed(error: &Error, headers: &HeaderMap) -> Response {
    let (status, text) = match error {
        Error::Refused(refusals) => {
            let text = refusals.first().map_or_else(Text::fault, |refusal| refusal.message.clone());
            (StatusCode::FORBIDDEN, text)
        }
        Error::BadInput(text) => (StatusCode::BAD_REQUEST, text.clone()),
        Error::Unavailable(_) | Error::InDoubt(_) | Error::Busy => {
            (StatusCode::SERVICE_UNAVAILABLE, Text::new("Try again later.", "请稍后再试。"))
        }
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a sign-in by an identity provider failed");
            (StatusCode::INTERNAL_SERVER_ERROR, Text::fault())
        }
    };
    (status, said(&text, headers)).into_response()
}
