//! Who sends a request: the user of its token, the language and the address; and whether the page that it comes from may.

use std::net::IpAddr;

use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HOST, ORIGIN, USER_AGENT};
use axum::http::{HeaderMap, HeaderName};

use super::cookie;
use super::deadline::in_time;
use super::forwarded::client_address;
use super::graphql::Server;
use super::reply::POSITION;
use crate::api::base::context::{Caller, Cookies};
use crate::crm::people;
use crate::kernel::actor::Origin;
use crate::kernel::config::Limits;
use crate::kernel::error::{Error, Language};
use crate::kernel::replica::Position;

/// The caller. A token that is not valid counts as none, because signing in and refreshing need no token. Without the header
/// `Authorization`, the token of a cookie counts if cookies may be used.
pub async fn caller(
    server: &Server,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    may_use_cookies: bool,
) -> Result<Caller, (Error, Language)> {
    let app = &server.app;
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let language = text(ACCEPT_LANGUAGE).map(Language::accepted).unwrap_or_default();
    let cookie::Tokens { access, refresh, position } =
        if may_use_cookies { cookie::tokens(headers, app.limits()) } else { cookie::Tokens::default() };
    let origin = origin(headers, peer, app.limits());
    let token = match headers.contains_key(AUTHORIZATION) {
        true => text(AUTHORIZATION).and_then(people::token_in),
        false => access,
    };
    let viewer = match token {
        None => None,
        Some(token) => match in_time(app, server.single_sign_on.authenticate(app, &token, &origin)).await {
            Ok(viewer) => Some(viewer),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Err((error, language)),
        },
    };
    let positions = text(POSITION).into_iter().chain(position.as_deref());
    // The primary is behind any position, also behind one that can't be read.
    let read_after = positions.map(|position| position.parse().unwrap_or(Position::UNKNOWN)).max().unwrap_or_default();
    Ok(Caller { viewer, language, origin, read_after, cookies: may_use_cookies.then_some(Cookies { refresh }) })
}

/// Where a request comes from.
pub fn origin(headers: &HeaderMap, peer: Option<IpAddr>, limits: &Limits) -> Origin {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Origin::new(client_address(headers, peer, limits), agent)
}

/// Whether a request comes from a page of this server or of an allowed origin, or from no page at all.
pub fn is_allowed_origin(headers: &HeaderMap, limits: &Limits) -> bool {
    !headers.contains_key(ORIGIN) || is_page_allowed(headers, limits)
}

/// Whether a request comes from a page of this server or of an allowed origin.
pub fn is_page_allowed(headers: &HeaderMap, limits: &Limits) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let Ok(text) = origin.to_str() else { return false };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_own = text.split_once("://").is_some_and(|(_, own)| Some(own) == host);
    is_own || limits.public_url.as_deref() == Some(text) || limits.allowed_origins.contains(origin)
}
