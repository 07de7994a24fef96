//! The page where a link to set a password leads. It is in the program, so that links work without any other front end.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'";

/// The page.
pub async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("../../assets/set-password/index.html"))).into_response()
}

/// A file of the page.
pub async fn file(Path(name): Path<String>) -> Response {
    let (content_type, text) = match name.as_str() {
        "page.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/set-password/page.js")),
        "page.css" => ("text/css; charset=utf-8", include_str!("../../assets/set-password/page.css")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "public, max-age=3600")];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), text).into_response()
}
