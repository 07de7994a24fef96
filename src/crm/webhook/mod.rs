//! The webhook: what users are told is told elsewhere, too, to one receiver, as Standard Webhooks
//! (standardwebhooks.com) say. Deliveries are written with the notifications themselves, by a trigger.
//!
//! - [`save`]: who receives, or nobody
//! - [`deliver`]: what waits is delivered
//! - [`message`]: what is sent, and how it is signed
//! - [`client`]: one request, to an address that may be reached
//! - [`address`]: which may be

mod address;
mod client;
pub mod deliver;
mod message;
mod store;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::{Host, Url};

use crate::crm::setting::WRITE;
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;
use crate::kernel::text;
pub use store::{Status, forget, status};

/// How a secret begins.
const SECRET_PREFIX: &str = "whsec_";

/// Changes who receives, what is `None` stays; or switches it off with `Some(None)`: then what waits is dropped.
pub async fn save(op: &mut Op<'_>, url: Option<Option<String>>, secret: Option<&str>) -> Result<(), Error> {
    op.authorize(WRITE)?;
    if url == Some(None) {
        return Ok(store::remove(op.db()).await?);
    }
    let url = url.flatten().map(|url| text::line(&["url"], &url, 1, 2_000)).transpose()?;
    if let Some(url) = &url {
        check_url(url, op.app().limits().allow_private_webhooks)?;
    }
    let secret = secret.map(secret_of).transpose()?;
    if store::save(op.db(), url.as_deref(), secret.as_deref()).await? {
        return Ok(());
    }
    let missing = if url.is_none() { "url" } else { "secret" };
    Err(UserError::invalid(&[missing], "is needed: there is none yet", "尚未设置，必须提供").into())
}

/// Refuses what can't be a receiver, as far as its address tells. Names are resolved when there is something to deliver.
fn check_url(text: &str, allow_private: bool) -> Result<(), UserError> {
    let refuse = |en, zh| Err(UserError::invalid(&["url"], en, zh));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL like https://example.com/hook", "不是有效的 URL，如 https://example.com/hook");
    };
    if url.scheme() != "https" && !(allow_private && url.scheme() == "http") {
        return refuse("begins with https://", "必须以 https:// 开头");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("has no user name and no password", "不能包含用户名或密码");
    }
    let is_reachable = match url.host() {
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(ip)) => allow_private || address::is_public(ip.into()),
        Some(Host::Ipv6(ip)) => allow_private || address::is_public(ip.into()),
        None => false,
    };
    if is_reachable { Ok(()) } else { refuse("is a private address", "不能是内网地址") }
}

fn secret_of(text: &str) -> Result<Vec<u8>, UserError> {
    let decoded = text.strip_prefix(SECRET_PREFIX).and_then(|encoded| BASE64.decode(encoded).ok());
    decoded.filter(|secret| (24..=64).contains(&secret.len())).ok_or_else(|| {
        let (en, zh) = ("is whsec_ and 24 to 64 bytes in Base64", "由 whsec_ 和 24 到 64 个字节的 Base64 编码组成");
        UserError::invalid(&["secret"], en, zh)
    })
}
