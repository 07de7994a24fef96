//! OpenID Connect: the code flow with PKCE, and tokens of the provider as access tokens.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, decode_header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

use super::http;
use super::jwt::{self, ALGORITHMS, Claims};
use super::provider::{Answer, Attempt, Identity, IdentityProvider, Provider, ProviderError};

/// How often the provider's keys are read at most, whatever tokens name.
const REREAD: Duration = Duration::from_secs(30);
/// After how long they are read again, because the provider may have withdrawn one.
const MAX_AGE: Duration = Duration::from_secs(3_600);
/// How much the provider's clock may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// A provider of OpenID Connect.
pub struct Oidc {
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// Our secret there; a client with PKCE may have none.
    pub client_secret: Option<String>,
    /// The audience of tokens that are accepted as access tokens.
    pub audience: Option<String>,
    known: Mutex<Option<Arc<Known>>>,
    /// Held by the task that reads them: when that was tried last.
    tried_at: AsyncMutex<Option<Instant>>,
}

/// What the provider says of itself.
struct Known {
    endpoints: Endpoints,
    keys: JwkSet,
    read_at: Instant,
}

impl Known {
    /// The key of an id; without an id the only one.
    fn key(&self, id: Option<&str>) -> Option<&Jwk> {
        match (id, self.keys.keys.as_slice()) {
            (Some(id), _) => self.keys.find(id),
            (None, [only]) => Some(only),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Endpoints {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Oidc {
    /// A provider that was not asked yet.
    pub fn new(issuer: String, client_id: String, client_secret: Option<String>, audience: Option<String>) -> Self {
        let (known, tried_at) = (Mutex::default(), AsyncMutex::default());
        Self { issuer, client_id, client_secret, audience, known, tried_at }
    }

    /// What is known of the provider, if that is not too old.
    fn known(&self) -> Option<Arc<Known>> {
        let known = self.known.lock().expect("no panic while held").clone();
        known.filter(|known| known.read_at.elapsed() < MAX_AGE)
    }

    /// What the provider says of itself: as it is known, or read again if that is not enough. If it was read a moment ago, or is
    /// being read, what is known is all there is, so that nobody waits for a slow provider because of the tokens of others.
    async fn enough(&self, is_enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, ProviderError> {
        if let Some(known) = self.known().filter(|known| is_enough(known)) {
            return Ok(known);
        }
        let mut tried_at = match (self.known(), self.tried_at.try_lock()) {
            (_, Ok(tried_at)) => tried_at,
            (Some(known), Err(_)) => return Ok(known),
            (None, Err(_)) => self.tried_at.lock().await,
        };
        if tried_at.is_some_and(|at| at.elapsed() < REREAD) {
            return Ok(self.known().ok_or(http::FetchError::AskedBefore)?);
        }
        *tried_at = Some(Instant::now());
        let discovery = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let endpoints: Endpoints = http::get(&http::url(&discovery)?).await?;
        if endpoints.issuer != self.issuer {
            return Err(ProviderError::Refused(format!("its issuer is {}", endpoints.issuer)));
        }
        let keys = http::get(&http::url(&endpoints.jwks_uri)?).await?;
        let read = Arc::new(Known { endpoints, keys, read_at: Instant::now() });
        *self.known.lock().expect("no panic while held") = Some(read.clone());
        Ok(read)
    }

    /// The claims of a token for an audience, which was issued and has not expired by more than `leeway`.
    async fn verify(
        &self,
        token: &str,
        audience: &str,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Claims, ProviderError> {
        let header = decode_header(token)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(ProviderError::Refused(format!("its token has the algorithm {:?}", header.alg)));
        }
        let id = header.kid.as_deref();
        let verified = |known: &Known| -> Result<Claims, ProviderError> {
            let key = known.key(id).ok_or_else(|| ProviderError::Refused("its token has an unknown key".to_owned()))?;
            Ok(jwt::verify(token, &DecodingKey::from_jwk(key)?, header.alg, &self.issuer, audience)?)
        };
        let known = self.enough(|known| known.key(id).is_some()).await?;
        let claims = match verified(&known) {
            // A key without an id may have been replaced by another one.
            Err(ProviderError::Token(_)) if id.is_none() => {
                verified(&*self.enough(|newer| newer.read_at > known.read_at).await?)?
            }
            claims => claims?,
        };
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        if at(claims.exp) + leeway <= now || claims.nbf.is_some_and(|begin| at(begin) > now + LEEWAY) {
            return Err(ProviderError::Refused("its token has expired".to_owned()));
        }
        Ok(claims)
    }

    /// Who a token of the provider belongs to that is used as an access token, and until when.
    pub async fn bearer(&self, token: &str, now: DateTime<Utc>) -> Result<(Identity, DateTime<Utc>), ProviderError> {
        let Some(audience) = &self.audience else {
            return Err(ProviderError::Refused("its tokens are not accepted here".to_owned()));
        };
        // Its session ends with it, so it has none that is over already.
        let claims = self.verify(token, audience, TimeDelta::zero(), now).await?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).unwrap_or_default();
        Ok((identity(claims), expires_at))
    }
}

fn identity(claims: Claims) -> Identity {
    let is_verified = claims.email_verified == Some(true);
    Identity { subject: claims.sub, email: claims.email.filter(|_| is_verified) }
}

impl Provider for Oidc {
    fn which(&self) -> IdentityProvider {
        IdentityProvider::Oidc
    }

    fn begin<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url> {
        Box::pin(async move {
            let mut url = http::url(&self.enough(|_| true).await?.endpoints.authorization_endpoint)?;
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.secrets.verifier.as_bytes()));
            url.query_pairs_mut().extend_pairs([
                ("response_type", "code"),
                ("client_id", self.client_id.as_str()),
                ("redirect_uri", attempt.redirect.as_str()),
                ("scope", "openid email"),
                ("state", attempt.secrets.state.as_str()),
                ("nonce", attempt.secrets.nonce.as_str()),
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ]);
            Ok(url)
        })
    }

    fn identify<'a>(&'a self, attempt: &'a Attempt, code: &'a str, now: DateTime<Utc>) -> Answer<'a, Identity> {
        Box::pin(async move {
            let endpoint = http::url(&self.enough(|_| true).await?.endpoints.token_endpoint)?;
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", attempt.redirect.as_str()),
                ("client_id", self.client_id.as_str()),
                ("code_verifier", attempt.secrets.verifier.as_str()),
            ];
            form.extend(self.client_secret.as_deref().map(|secret| ("client_secret", secret)));
            let tokens: Tokens = http::post_form(&endpoint, &form).await?;
            let claims = self.verify(&tokens.id_token, &self.client_id, LEEWAY, now).await?;
            if claims.nonce.as_deref() != Some(attempt.secrets.nonce.as_str()) {
                return Err(ProviderError::Refused("its token is of another sign-in".to_owned()));
            }
            if claims.azp.as_ref().is_some_and(|party| *party != self.client_id) {
                return Err(ProviderError::Refused("its token is for somebody else".to_owned()));
            }
            Ok(identity(claims))
        })
    }
}
