//! Who sends a request: the user of its token, the language and the address; and whether the page that it comes from may.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HOST, ORIGIN, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::api::base::context::Caller;
use crate::crm::people;
use crate::kernel::actor::Origin;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The caller. A token that is not valid counts as none, because signing in and refreshing need no token.
pub async fn caller(app: &Arc<App>, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<Caller, (Error, Language)> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let language = text(ACCEPT_LANGUAGE).map(Language::accepted).unwrap_or_default();
    let forwarded = text(FORWARDED_FOR).filter(|_| app.limits().trust_proxy);
    // The last address is the one that the operator's own proxy has added.
    let forwarded = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|address| address.trim().parse().ok());
    let address = forwarded.or(peer);
    let viewer = match text(AUTHORIZATION).and_then(people::token_in) {
        None => None,
        Some(token) => match people::authenticate(app, &token, address).await {
            Ok(viewer) => Some(viewer),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Err((error, language)),
        },
    };
    Ok(Caller { viewer, language, origin: Origin::new(address, text(USER_AGENT)) })
}

/// Whether a request comes from a page of this server or of an allowed origin, or from no page at all.
pub fn is_allowed_origin(headers: &HeaderMap, allowed: &[HeaderValue]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let own = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    allowed.contains(origin) || own.is_some() && own == host
}
