//! The pages of a sign-in by an identity provider: one that sends the browser there, and one that it comes back to.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{ACCEPT_LANGUAGE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::caller::origin;
use super::cookie;
use super::graphql::Server;
use crate::api::base::context::CookieChange;
use crate::crm::people::session::{ACCESS_TOKEN_LIFETIME, SignedIn};
use crate::kernel::error::{Error, Language, Text};

/// Where a browser goes when it is signed in.
const HOME: &str = "/";

/// Sends a browser to a provider.
pub async fn begin(State(server): State<Arc<Server>>, Path(provider): Path<String>, headers: HeaderMap) -> Response {
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
    match server.single_sign_on.finish(&server.app, &provider, secrets, &code, &origin).await {
        Err(error) => failed(&error, &headers),
        Ok(SignedIn { access_token, refresh_token, .. }) => {
            let access_lifetime = ACCESS_TOKEN_LIFETIME;
            let change = CookieChange::Set { access: access_token, access_lifetime, refresh: refresh_token };
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

/// Says why a browser is not signed in.
fn failed(error: &Error, headers: &HeaderMap) -> Response {
    let language = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = language.map(Language::accepted).unwrap_or_default();
    let (status, text) = match error {
        Error::Refused(refusals) => match refusals.first() {
            Some(refusal) => (StatusCode::FORBIDDEN, refusal.message.clone()),
            None => (StatusCode::FORBIDDEN, Text::fault()),
        },
        Error::BadInput(text) => (StatusCode::BAD_REQUEST, text.clone()),
        Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, Text::new("Try again later.", "请稍后再试。")),
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a sign-in by an identity provider failed");
            (StatusCode::INTERNAL_SERVER_ERROR, Text::fault())
        }
    };
    (status, format!("{}\n", text.in_language(language))).into_response()
}
