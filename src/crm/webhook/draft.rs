//! What users say about a webhook, and whether it is valid.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::{Host, Url};

use super::{Format, Kind, address};
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::text;

/// The prefix of a secret, before the Base64.
const SECRET_PREFIX: &str = "whsec_";
/// How many bytes a generated secret has.
const SECRET_BYTES: usize = 32;

/// A webhook to create.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub url: String,
    pub format: Format,
    pub language: Language,
    pub events: Vec<Kind>,
    pub secret: Option<String>,
}

/// A change of a webhook; `None` keeps a value.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Edit {
    pub name: Option<String>,
    pub url: Option<String>,
    pub language: Option<Language>,
    pub events: Option<Vec<Kind>>,
    pub is_paused: Option<bool>,
}

/// Validates the name.
pub fn name(given: &str) -> Result<String, UserError> {
    text::name(&["name"], given, 1, 100)
}

/// Validates the kinds of events, and puts them in order.
pub fn events(mut given: Vec<Kind>) -> Result<Vec<Kind>, UserError> {
    given.sort_unstable();
    given.dedup();
    if given.is_empty() {
        return Err(UserError::invalid(&["events"], "Choose at least one kind of events.", "请至少选择一种事件。"));
    }
    Ok(given)
}

/// Validates the URL. A host name is resolved and checked later, at each delivery.
pub fn url(given: &str, allow_private: bool) -> Result<String, UserError> {
    let given = text::line(&["url"], given, 1, 2_000)?;
    let refuse = |en, zh| Err(UserError::invalid(&["url"], en, zh));
    let Ok(url) = Url::parse(&given) else {
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
        Ok(given)
    } else {
        refuse("The URL must not lead to a private address.", "不能使用内网地址。")
    }
}

/// The host of a URL. The URL may be a secret by itself, so logs have its host alone.
pub fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// The secret of a webhook as it is stored, and as it is shown once if it was generated. Requests of our own form always have one;
/// robots have one if the group asks for signatures, and it comes from there.
pub fn secret(format: Format, given: Option<&str>) -> Result<(Option<Vec<u8>>, Option<String>), Error> {
    Ok(match (format, given) {
        (Format::Standard, None) => {
            let mut bytes = vec![0_u8; SECRET_BYTES];
            getrandom::fill(&mut bytes).map_err(|error| Error::Internal(error.to_string().into()))?;
            let shown = format!("{SECRET_PREFIX}{}", BASE64.encode(&bytes));
            (Some(bytes), Some(shown))
        }
        (Format::Standard, Some(given)) => (Some(decode(given)?), None),
        (Format::Wecom, Some(_)) => return Err(no_secret().into()),
        (_, None) => (None, None),
        (_, Some(given)) => (Some(text::name(&["secret"], given, 1, 100)?.into_bytes()), None),
    })
}

/// Refuses a secret of a webhook that has none.
pub fn no_secret() -> UserError {
    UserError::invalid(&["secret"], "A robot of WeCom has no secret.", "企业微信机器人没有签名密钥。")
}

/// Decodes a secret.
fn decode(text: &str) -> Result<Vec<u8>, UserError> {
    let decoded = text.strip_prefix(SECRET_PREFIX).and_then(|encoded| BASE64.decode(encoded).ok());
    decoded.filter(|secret| (24..=64).contains(&secret.len())).ok_or_else(|| {
        let (en, zh) = (
            "The secret must be `whsec_`, followed by the Base64 of 24 to 64 bytes.",
            "密钥必须以 whsec_ 开头，后接 24 到 64 字节内容的 Base64 编码。",
        );
        UserError::invalid(&["secret"], en, zh)
    })
}
