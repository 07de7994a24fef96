//! Single sign-on: a browser signs in at an identity provider and comes back with a code, or a client sends a token of the
//! provider. Either leads to a session like any other, so it ends in the same ways.
//!
//! The second factor is the provider's matter: ours is not asked for.

mod http;
mod jwt;
mod oidc;
mod provider;
mod store;
mod wecom;

use std::sync::Arc;

use tokio::sync::Mutex;

use super::link::RESET;
use super::session::{self, SignedIn};
use super::{api_key, policy, token};
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::config::Limits;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::external::ExternalServices;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
use crate::kernel::text;
use oidc::Oidc;
use provider::{Attempt, Identity, Provider, ProviderError};
pub use provider::{IdentityProvider, Secrets};
use wecom::WeCom;

/// The identity providers of an installation.
pub struct SingleSignOn {
    providers: Vec<Arc<dyn Provider>>,
    oidc: Option<Arc<Oidc>>,
    /// The address of this server, which providers send browsers back to.
    public_url: String,
}

impl SingleSignOn {
    /// The providers of the settings.
    pub fn of(limits: &Limits) -> Self {
        let (oidc, wecom) = (oidc_of(&limits.external).map(Arc::new), wecom_of(&limits.external).map(Arc::new));
        let one = oidc.clone().map(|oidc| oidc as Arc<dyn Provider>);
        let providers = one.into_iter().chain(wecom.map(|wecom| wecom as Arc<dyn Provider>)).collect();
        Self { providers, oidc, public_url: limits.public_url.clone().unwrap_or_default() }
    }

    /// Whether there is a provider of this name.
    pub fn has(&self, name: &str) -> bool {
        self.provider(name).is_ok()
    }

    fn provider(&self, name: &str) -> Result<&Arc<dyn Provider>, Error> {
        self.providers
            .iter()
            .find(|provider| provider.which().name() == name)
            .ok_or_else(|| UserError::not_found().into())
    }

    fn attempt(&self, provider: &dyn Provider, secrets: Secrets) -> Attempt {
        Attempt { redirect: format!("{}/sign-in/{}/callback", self.public_url, provider.which().name()), secrets }
    }

    /// Begins the sign-in of a browser: where to send it, and what it keeps. The server keeps nothing, so nobody can fill it
    /// up by beginning.
    pub async fn begin(&self, name: &str) -> Result<(String, Secrets), Error> {
        let provider = self.provider(name)?;
        let secrets = Secrets { state: token::new()?, nonce: token::new()?, verifier: token::new()? };
        let attempt = self.attempt(&**provider, secrets);
        let url = provider.begin(&attempt).await.map_err(refused)?;
        Ok((url.into(), attempt.secrets))
    }

    /// Signs in whom the provider identifies by a code. The state that came with the code is that of these secrets.
    pub async fn finish(
        &self,
        app: &App,
        name: &str,
        secrets: Secrets,
        code: &str,
        origin: &Origin,
    ) -> Result<SignedIn, Error> {
        let provider = self.provider(name)?;
        let attempt = self.attempt(&**provider, secrets);
        let identity = provider.identify(&attempt, code, app.clock().now()).await.map_err(refused);
        let signed_in = match identity {
            Ok(identity) => Self::sign_in(app, name, &identity, origin).await,
            Err(error) => Err(error),
        };
        if let Err(Error::Refused(_)) = &signed_in {
            let failed = Entry::of(Kind::SignInFailed).detail(format!("provider: {name}"));
            app.audit(Actor::stranger("single-sign-on", origin), origin, failed).await?;
        }
        signed_in
    }

    async fn sign_in(app: &App, name: &str, identity: &Identity, origin: &Origin) -> Result<SignedIn, Error> {
        let mut op = app.begin(Actor::stranger("single-sign-on", origin)).await?.coming_from(origin);
        let user = user_of(&mut op, name, identity).await?;
        let tokens = session::open(&mut op, user, origin).await?;
        op.audit(Entry::of(Kind::SignedIn).by(Some(user)).detail(format!("provider: {name}"))).await?;
        op.commit().await?;
        tokens.into_signed_in(app).await
    }

    /// The user of an API key or an access token: one of ours, or one of the provider. The first use of the provider's opens a session, so
    /// from then on it is found like one of ours, until it expires or the session is ended.
    pub async fn authenticate(&self, app: &Arc<App>, access_token: &str, origin: &Origin) -> Result<Viewer, Error> {
        let known = api_key::authenticate(app, access_token, origin.address).await;
        match self.oidc.as_ref().filter(|oidc| oidc.audience.is_some() && is_jwt(access_token)) {
            // It is boxed because it runs seldom: otherwise the future of each request would have room for it.
            Some(oidc) if matches!(known, Err(Error::Unauthenticated)) => {
                Box::pin(open_session(app, oidc, access_token, origin)).await
            }
            _ => known,
        }
    }
}

/// The providers that people can sign in with.
pub fn configured(external: &ExternalServices) -> Vec<IdentityProvider> {
    let (oidc, wecom) = (oidc_of(external), wecom_of(external));
    let all = [oidc.map(|oidc| oidc.which()), wecom.map(|wecom| wecom.which())];
    all.into_iter().flatten().collect()
}

fn oidc_of(external: &ExternalServices) -> Option<Oidc> {
    let (issuer, client_id) = external.oidc_issuer.clone().zip(external.oidc_client_id.clone())?;
    let secret = external.oidc_client_secret().map(str::to_owned);
    Some(Oidc::new(issuer, client_id, secret, external.oidc_audience.clone()))
}

fn wecom_of(external: &ExternalServices) -> Option<WeCom> {
    let (corp_id, agent_id) = external.wecom_corp_id.clone().zip(external.wecom_agent_id.clone())?;
    let secret = external.wecom_secret()?.to_owned();
    Some(WeCom { corp_id, agent_id, secret, api: external.wecom_api.clone(), token: Mutex::default() })
}

/// Opens a session for a token of the provider.
async fn open_session(app: &App, oidc: &Oidc, access_token: &str, origin: &Origin) -> Result<Viewer, Error> {
    let (identity, expires_at) = oidc.bearer(access_token, app.clock().now()).await.map_err(|error| {
        tracing::info!(error = &error as &dyn std::error::Error, "a token of the identity provider is refused");
        Error::Unauthenticated
    })?;
    // A token has one session, and one that was ended stays ended.
    let hash = token::hash(access_token);
    if session::is_known(app, &hash).await? {
        return session::authenticate(app, access_token).await;
    }
    let mut op = app.begin(Actor::stranger("single-sign-on", origin)).await?.coming_from(origin);
    let user = user_of(&mut op, oidc.which().name(), &identity).await.map_err(|error| match error {
        Error::Refused(_) => Error::Unauthenticated,
        error => error,
    })?;
    // Otherwise another request was first.
    if session::open_for(&mut op, user, origin, &hash, expires_at).await? {
        op.audit(Entry::of(Kind::SignedIn).by(Some(user)).detail(format!("provider: {}", oidc.which().name()))).await?;
        op.commit().await?;
    }
    session::authenticate(app, access_token).await
}

/// Whether a token may be one of the provider. Ours have no dots.
fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// The user of an identity, whose row is locked: connected before, or now, because the provider has verified the e-mail
/// address of the user. An address that is connected with another account of the provider may have got a new owner there.
async fn user_of(op: &mut Op<'_>, provider: &str, identity: &Identity) -> Result<UserId, Error> {
    let now = op.now();
    if let Some(user) = store::connected_user(op.db(), provider, &identity.subject, now).await? {
        return Ok(user);
    }
    let no_account = || {
        let text = Text::new(
            "There is no account for you here. Ask an administrator.",
            "系统中没有与你对应的账号，请联系管理员。",
        );
        Error::from(UserError::new(Code::NotFound, text))
    };
    let email = identity.email.as_ref().map(|email| email.to_lowercase()).ok_or_else(no_account)?;
    let user = store::user_with_email(op.db(), &email, now).await?.ok_or_else(no_account)?;
    // Another first sign-in of the same person may have connected them while this one waited for the row.
    if store::connected_user(op.db(), provider, &identity.subject, now).await? == Some(user) {
        return Ok(user);
    }
    match store::connect(op.db(), provider, &identity.subject, user, now).await {
        Ok(()) => {
            op.audit(Entry::of(Kind::IdentityConnected).about(user).detail(format!("provider: {provider}"))).await?;
            Ok(user)
        }
        Err(error) if violated(&error).is_some() => Err(no_account()),
        Err(error) => Err(error.into()),
    }
}

/// Connects an account of a provider with a user, in place of the one before; `None` disconnects the user. It needs
/// [`RESET`], because it decides who can sign in as the user.
pub async fn connect(
    op: &mut Op<'_>,
    user: UserId,
    provider: IdentityProvider,
    subject: Option<&str>,
) -> Result<(), Error> {
    op.authorize(RESET)?;
    let provider = provider.name();
    if !op.directory().people.contains_key(&user) {
        return Err(UserError::not_found().at(&["userId"]).into());
    }
    policy::check_account(op, op.directory(), user)?;
    if api_key::is_service(op, user).await? {
        let (en, zh) = ("Nobody can sign in as a service user.", "服务账号不能登录。");
        return Err(UserError::invalid(&["userId"], en, zh).into());
    }
    let subject = subject.map(|subject| text::line(&["subject"], subject, 1, 255)).transpose()?;
    let now = op.now();
    store::disconnect(op.db(), provider, user).await?;
    let entry = Entry::of(Kind::IdentityConnected).about(user).detail(format!("provider: {provider}"));
    op.audit(entry.detail(format!("isConnected: {}", subject.is_some()))).await?;
    let Some(subject) = subject else { return Ok(()) };
    store::connect(op.db(), provider, &subject, user, now).await.map_err(|error| match violated(&error) {
        Some("identity_pkey") => {
            let text = Text::new("This account is connected with another user.", "该身份账号已关联其他用户。");
            UserError::new(Code::Duplicate, text).at(&["subject"]).into()
        }
        _ => error.into(),
    })
}

fn refused(error: ProviderError) -> Error {
    tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in by an identity provider failed");
    let text = Text::new(
        "The identity provider did not confirm who you are. Try again.",
        "身份提供方未能确认你的身份，请重试。",
    );
    UserError::new(Code::InvalidCredentials, text).into()
}
