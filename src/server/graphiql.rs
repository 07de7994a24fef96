//! GraphiQL, for trying the API in a browser. All of its files are in the program, so the page loads nothing from another host.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// What the page may load. Its editor sets styles of single elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The page.
pub async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("../../assets/graphiql/index.html"))).into_response()
}

/// A file of the page. `scripts/graphiql.sh` writes the compressed ones.
pub async fn file(Path(name): Path<String>) -> Response {
    let (content_type, is_compressed, bytes): (&'static str, bool, &'static [u8]) = match name.as_str() {
        "graphiql.js" => (SCRIPT, true, include_bytes!("../../assets/graphiql/graphiql.js.gz")),
        "graphiql.css" => (STYLE, true, include_bytes!("../../assets/graphiql/graphiql.css.gz")),
        "react.js" => (SCRIPT, true, include_bytes!("../../assets/graphiql/react.js.gz")),
        "react-dom.js" => (SCRIPT, true, include_bytes!("../../assets/graphiql/react-dom.js.gz")),
        "start.js" => (SCRIPT, false, include_bytes!("../../assets/graphiql/start.js")),
        "start.css" => (STYLE, false, include_bytes!("../../assets/graphiql/start.css")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    (headers, bytes).into_response()
}
