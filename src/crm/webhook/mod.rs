//! The webhook delivers every notification to one receiver by HTTP, as specified by Standard Webhooks
//! (standardwebhooks.com). A trigger writes the deliveries in the transaction of the notifications.
//!
//! - [`save`]: sets the receiver, or switches the webhook off
//! - [`deliver`]: delivers what is due
//! - [`message`]: the body and its signature
//! - [`client`]: one HTTP request
//! - [`address`]: the addresses that may be reached

mod address;
mod client;
pub mod deliver;
mod message;
mod store;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::{Host, Url};

use crate::crm::setting::WRITE;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;
use crate::kernel::text;
pub use store::{Status, delete_old_deliveries, find_status};

/// The prefix of a secret, before the Base64.
const SECRET_PREFIX: &str = "whsec_";

/// Changes the URL and the secret; `None` keeps a value. A URL of `Some(None)` switches the webhook off and deletes the
/// deliveries that are not made yet.
pub async fn save(op: &mut Op<'_>, url: Option<Option<String>>, secret: Option<&str>) -> Result<(), Error> {
    op.authorize(WRITE)?;
    if url == Some(None) {
        return switch_off(op).await;
    }
    let url = url.flatten().map(|url| text::line(&["url"], &url, 1, 2_000)).transpose()?;
    if let Some(url) = &url {
        check_url(url, op.app().limits().allow_private_webhooks)?;
    }
    let secret = secret.map(parse_secret).transpose()?;
    if store::save(op.db(), url.as_deref(), secret.as_deref()).await? {
        // The URL may be a secret by itself, so the entry has its host.
        let host = url.as_deref().and_then(|url| Url::parse(url).ok()?.host_str().map(str::to_owned));
        let host = host.map(|host| format!("host: {host}"));
        let details = host.into_iter().chain(secret.map(|_| "secret".to_owned())).collect();
        return op.audit(Entry { details, ..Entry::of(Kind::WebhookChanged) }).await;
    }
    let refusal = match url {
        None => UserError::invalid(&["url"], "There is no URL yet. Give one.", "尚未设置地址，请填写。"),
        Some(_) => UserError::invalid(&["secret"], "There is no secret yet. Give one.", "尚未设置密钥，请填写。"),
    };
    Err(refusal.into())
}

/// Switches the webhook off and deletes the deliveries that are not made yet.
pub async fn switch_off(op: &mut Op<'_>) -> Result<(), Error> {
    store::delete(op.db()).await?;
    op.audit(Entry::of(Kind::WebhookChanged).detail("off")).await
}

/// Refuses a URL that cannot be a receiver. A host name is resolved and checked later, at each delivery.
fn check_url(text: &str, allow_private: bool) -> Result<(), UserError> {
    let refuse = |en, zh| Err(UserError::invalid(&["url"], en, zh));
    let Ok(url) = Url::parse(text) else {
        return refuse(
            "The URL is not valid. Give one like https://example.com/hook.",
            "地址格式不正确，示例：https://example.com/hook。",
        );
    };
    if url.scheme() != "https" && !(allow_private && url.scheme() == "http") {
        return refuse("The URL must begin with https://.", "地址必须以 https:// 开头。");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("The URL must not contain a user name or a password.", "地址不能包含用户名或密码。");
    }
    let is_allowed = match url.host() {
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(ip)) => allow_private || address::is_public(ip.into()),
        Some(Host::Ipv6(ip)) => allow_private || address::is_public(ip.into()),
        None => false,
    };
    if is_allowed {
        Ok(())
    } else {
        refuse("The URL must not lead to a private address.", "不能使用内网地址。")
    }
}

/// Decodes a secret.
fn parse_secret(text: &str) -> Result<Vec<u8>, UserError> {
    let decoded = text.strip_prefix(SECRET_PREFIX).and_then(|encoded| BASE64.decode(encoded).ok());
    decoded.filter(|secret| (24..=64).contains(&secret.len())).ok_or_else(|| {
        let (en, zh) = (
            "The secret must be `whsec_`, followed by the Base64 of 24 to 64 bytes.",
            "密钥必须以 whsec_ 开头，后接 24 到 64 字节内容的 Base64 编码。",
        );
        UserError::invalid(&["secret"], en, zh)
    })
}
