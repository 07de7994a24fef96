//! What an identity provider does for a sign-in.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use url::Url;

use super::http::FetchError;

/// A service where people sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum IdentityProvider {
    /// OpenID Connect.
    Oidc,
    /// WeCom (企业微信).
    Wecom,
}

impl IdentityProvider {
    /// The name in paths and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Wecom => "wecom",
        }
    }
}

/// What belongs to one sign-in of a browser.
#[derive(Debug)]
pub struct Attempt {
    /// Where the provider sends the browser back.
    pub redirect: String,
    /// What the browser and the provider keep, so that the browser can't be made to finish the sign-in of somebody else.
    pub secrets: Secrets,
}

/// The secrets of a sign-in, which the browser keeps meanwhile.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// What comes back with the code.
    pub state: String,
    /// What the token repeats, so that a token of another sign-in is refused.
    pub nonce: String,
    /// What proves that the code was asked for here (PKCE, RFC 7636).
    pub verifier: String,
}

/// Who signed in at a provider.
#[derive(Debug)]
pub struct Identity {
    /// The provider's id of the account, which never changes.
    pub subject: String,
    /// The e-mail address, if the provider has verified it.
    pub email: Option<String>,
}

/// Why a provider does not identify anybody.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider can't be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The token is not valid.
    #[error("the token of the identity provider is not valid")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// Something that the provider says is not as it must be.
    #[error("the identity provider: {0}")]
    Refused(String),
}

/// The answer of a provider, some time later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// An identity provider.
pub trait Provider: Send + Sync {
    /// Which one it is.
    fn which(&self) -> IdentityProvider;

    /// Where to send a browser that signs in.
    fn begin<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url>;

    /// Who came back with a code.
    fn identify<'a>(&'a self, attempt: &'a Attempt, code: &'a str, now: DateTime<Utc>) -> Answer<'a, Identity>;
}
