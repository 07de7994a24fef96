//! Cookies with the tokens of a session, for pages in browsers: no script can read them.
//!
//! A browser sends cookies whatever page caused the request. So they count only for requests that carry the `Origin` of a
//! page that is allowed here: a POST of JSON or of a file, an event stream, or the opening of a WebSocket. A download is a
//! plain link without `Origin`; there `SameSite=Strict` keeps the pages of other sites out, and none could read the file.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::api::base::context::CookieChange;
use crate::crm::people::session::{ACCESS_TOKEN_LIFETIME, SESSION_LIFETIME};
use crate::crm::people::sso::Secrets;
use crate::kernel::config::Limits;
use crate::kernel::replica::{Position, REMEMBER_FOR};

const ACCESS: &str = "tidepool-access";
const REFRESH: &str = "tidepool-refresh";
const POSITION: &str = "tidepool-position";
const SIGN_IN: &str = "tidepool-sign-in";
/// How long a person may take at an identity provider.
const SIGN_IN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What a request's cookies have.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The access token.
    pub access: Option<String>,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The position of the last commit.
    pub position: Option<String>,
}

/// Reads the cookies of a request.
pub fn tokens(headers: &HeaderMap, limits: &Limits) -> Tokens {
    let value = |called| cookies(headers).find(|cookie| cookie.name() == name(called, limits)).map(value_of);
    Tokens { access: value(ACCESS), refresh: value(REFRESH), position: value(POSITION) }
}

/// The headers that change the cookies of a browser.
pub fn headers(change: &CookieChange, limits: &Limits) -> Vec<HeaderValue> {
    let (access, refresh) = match change {
        CookieChange::Set { access, refresh } => ((&**access, ACCESS_TOKEN_LIFETIME), (&**refresh, SESSION_LIFETIME)),
        CookieChange::Clear => (("", TimeDelta::zero()), ("", TimeDelta::zero())),
    };
    let header = |called, (value, lifetime)| header(called, value, lifetime, SameSite::Strict, limits);
    [header(ACCESS, access), header(REFRESH, refresh)].into_iter().flatten().collect()
}

/// The header that keeps the position of the last commit for as long as a replica may not have it.
pub fn position(position: Position, limits: &Limits) -> Option<HeaderValue> {
    let lifetime = TimeDelta::from_std(REMEMBER_FOR).unwrap_or_default();
    header(POSITION, &position.to_string(), lifetime, SameSite::Strict, limits)
}

/// The header with the secrets of a sign-in by an identity provider. A strict cookie would not be sent when the provider
/// sends the browser back.
pub fn secrets(secrets: &Secrets, limits: &Limits) -> Option<HeaderValue> {
    let Secrets { state, nonce, verifier } = secrets;
    header(SIGN_IN, &format!("{state}.{nonce}.{verifier}"), SIGN_IN_LIFETIME, SameSite::Lax, limits)
}

/// The header that removes the secrets.
pub fn no_secrets(limits: &Limits) -> Option<HeaderValue> {
    header(SIGN_IN, "", TimeDelta::zero(), SameSite::Lax, limits)
}

/// The secrets of the browser, if it began the sign-in of this state.
pub fn secrets_of(headers: &HeaderMap, state: &str, limits: &Limits) -> Option<Secrets> {
    let kept = cookies(headers).find(|cookie| cookie.name() == name(SIGN_IN, limits)).map(value_of)?;
    let parts: Vec<_> = kept.split('.').map(str::to_owned).collect();
    let [own, nonce, verifier] = <[String; 3]>::try_from(parts).ok()?;
    (!own.is_empty() && own == state).then_some(Secrets { state: own, nonce, verifier })
}

/// The cookies of a request.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    headers.flat_map(|header| Cookie::split_parse(header).flatten())
}

fn value_of(cookie: Cookie<'_>) -> String {
    cookie.value().to_owned()
}

/// The header that sets a cookie for a time; for no time, it removes it.
fn header(called: &str, value: &str, lifetime: TimeDelta, same_site: SameSite, limits: &Limits) -> Option<HeaderValue> {
    let cookie = Cookie::build((name(called, limits), value.to_owned()))
        .http_only(true)
        .same_site(same_site)
        .secure(is_secure(limits))
        .path("/")
        .max_age(Duration::seconds(lifetime.num_seconds()));
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}

/// Whether browsers reach this server by TLS only.
fn is_secure(limits: &Limits) -> bool {
    limits.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
}

/// The name of a cookie. With the prefix, a browser accepts it from this host alone, and by TLS.
fn name(called: &str, limits: &Limits) -> String {
    if is_secure(limits) { format!("__Host-{called}") } else { called.to_owned() }
}
