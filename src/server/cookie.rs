//! Cookies with the tokens of a session, for pages in browsers: no script can read them.
//!
//! A browser sends cookies whatever page caused the request. So they count only for requests that carry the `Origin` of a
//! page that is allowed here, with a body of JSON or for a WebSocket.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::api::base::context::CookieChange;
use crate::crm::people::session::SESSION_LIFETIME;
use crate::crm::people::sso::Secrets;
use crate::kernel::config::Limits;

const ACCESS: &str = "tidepool-access";
const REFRESH: &str = "tidepool-refresh";
const SIGN_IN: &str = "tidepool-sign-in";
/// How long a person may take at an identity provider.
const SIGN_IN_LIFETIME: Duration = Duration::minutes(10);

/// The tokens of a request's cookies.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The access token.
    pub access: Option<String>,
    /// The refresh token.
    pub refresh: Option<String>,
}

/// Reads the tokens from the cookies of a request.
pub fn tokens(headers: &HeaderMap, limits: &Limits) -> Tokens {
    let mut tokens = Tokens::default();
    let (access, refresh) = (name(ACCESS, limits), name(REFRESH, limits));
    for header in headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok()) {
        for cookie in Cookie::split_parse(header).flatten() {
            if cookie.name() == access {
                tokens.access = Some(cookie.value().to_owned());
            } else if cookie.name() == refresh {
                tokens.refresh = Some(cookie.value().to_owned());
            }
        }
    }
    tokens
}

/// The headers that change the cookies of a browser.
pub fn headers(change: &CookieChange, limits: &Limits) -> Vec<HeaderValue> {
    let (access, refresh) = match change {
        CookieChange::Set { access, access_lifetime, refresh } => (
            (access.as_str(), Duration::seconds(access_lifetime.num_seconds())),
            (refresh.as_str(), Duration::seconds(SESSION_LIFETIME.num_seconds())),
        ),
        CookieChange::Clear => (("", Duration::ZERO), ("", Duration::ZERO)),
    };
    [(ACCESS, access), (REFRESH, refresh)]
        .into_iter()
        .filter_map(|(called, (value, lifetime))| {
            let cookie = Cookie::build((name(called, limits), value.to_owned()))
                .http_only(true)
                .same_site(SameSite::Strict)
                .secure(is_secure(limits))
                .path("/")
                .max_age(lifetime);
            HeaderValue::from_str(&cookie.build().to_string()).ok()
        })
        .collect()
}

/// The header with the secrets of a sign-in by an identity provider. A strict cookie would not be sent when the provider
/// sends the browser back.
pub fn secrets(secrets: &Secrets, limits: &Limits) -> Option<HeaderValue> {
    let Secrets { state, nonce, verifier } = secrets;
    secrets_cookie(format!("{state}.{nonce}.{verifier}"), SIGN_IN_LIFETIME, limits)
}

/// The header that removes the secrets.
pub fn no_secrets(limits: &Limits) -> Option<HeaderValue> {
    secrets_cookie(String::new(), Duration::ZERO, limits)
}

fn secrets_cookie(value: String, lifetime: Duration, limits: &Limits) -> Option<HeaderValue> {
    let cookie = Cookie::build((name(SIGN_IN, limits), value)).http_only(true).same_site(SameSite::Lax);
    let cookie = cookie.secure(is_secure(limits)).path("/").max_age(lifetime).build();
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// The secrets of the browser, if it began the sign-in of this state.
pub fn secrets_of(headers: &HeaderMap, state: &str, limits: &Limits) -> Option<Secrets> {
    let wanted = name(SIGN_IN, limits);
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut cookies = headers.flat_map(|header| Cookie::split_parse(header).flatten());
    let kept = cookies.find(|cookie| cookie.name() == wanted)?;
    let parts: Vec<_> = kept.value().split('.').map(str::to_owned).collect();
    let [own, nonce, verifier] = <[String; 3]>::try_from(parts).ok()?;
    (!own.is_empty() && own == state).then_some(Secrets { state: own, nonce, verifier })
}

/// Whether browsers reach this server by TLS only.
fn is_secure(limits: &Limits) -> bool {
    limits.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
}

/// The name of a cookie. With the prefix, a browser accepts it from this host alone, and by TLS.
fn name(called: &str, limits: &Limits) -> String {
    if is_secure(limits) { format!("__Host-{called}") } else { called.to_owned() }
}
