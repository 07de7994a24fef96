//! The web console: the files that `npm run build` leaves in `web/dist`, in the program.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// How the console gets into the program.
pub const HOW_TO_BUILD: &str = "run `sh scripts/web.sh`, then build the program again";
/// What the page may load: files of this server alone. Nothing may write HTML but Vue's templates.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types vue";
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PAGE: &str = "index.html";
/// The encodings that the build makes, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// Whether the console was built before the program.
pub fn is_built() -> bool {
    Files::get(PAGE).is_some()
}

/// The pages and files of the console: what no other route takes.
pub fn router() -> Router {
    Router::new().fallback(answer)
}

async fn answer(request: Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (path, headers) = (request.uri().path().trim_start_matches('/'), request.headers());
    // Compressed files are answers to the names of their originals alone.
    let is_name = !path.is_empty() && path != PAGE && !ENCODINGS.iter().any(|(_, ending)| path.ends_with(ending));
    if is_name && let Some(file) = file(path, headers) {
        return file;
    }
    // A page keeps its place in the path, which the console reads. A file that is gone is no page: a tab from before an upgrade
    // would take it for a script.
    let accepts_pages =
        headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"));
    if !path.is_empty() && (path.starts_with("assets/") || !accepts_pages) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = file(PAGE, headers).unwrap_or_else(without_console);
    let of_page = response.headers_mut();
    of_page.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    of_page.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
    response
}

/// A file, as small as the client accepts it; not again if the client has it.
fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |encoding| accepted.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == encoding));
    let compressed = ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(*encoding))
        .find_map(|(encoding, ending)| Some((Some(*encoding), Files::get(&format!("{name}{ending}"))?)));
    let (encoding, found) = match compressed {
        Some(compressed) => compressed,
        None => (None, Files::get(name)?),
    };
    let tag = tag(&found)?;
    let is_known = headers.get(IF_NONE_MATCH) == Some(&tag);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { found.data.into_response() };
    let of_file = response.headers_mut();
    // The names of assets have a hash of what is in them.
    let kept = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    of_file.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    of_file.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    of_file.insert(ETAG, tag);
    of_file.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        of_file.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn tag(file: &EmbeddedFile) -> Option<HeaderValue> {
    let hash: String = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hash}\"")).ok()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The page of a program that was built without the console.
fn without_console() -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tidepool</title><h1>Tidepool</h1>\
         <p>The server runs, but the web console is not in this program: {HOW_TO_BUILD}.</p>\
         <p>服务已启动，但此程序不含网页控制台：先运行 <code>sh scripts/web.sh</code>，再重新构建。</p>\
         <ul><li><a href=\"/graphiql\">/graphiql</a>: the API in a browser<li>/graphql: the API\
         <li><a href=\"/readyz\">/readyz</a>: whether the server can serve</ul>"
    );
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], text).into_response()
}
