//! What a page must know of the installation before anybody has signed in.

use async_graphql::{Context, Object, SimpleObject};

use super::account::IdentityProvider;
use super::base::context::request;
use super::base::error::Resolved;

/// What everybody may know of an installation, also without signing in.
#[derive(SimpleObject)]
struct Installation {
    /// The version of the server.
    version: &'static str,
    /// Whether it has demo accounts, whose password everybody knows.
    is_demo: bool,
    /// Whether it has no account yet: the operator creates the first one with `tidepool create-admin`.
    needs_administrator: bool,
    /// The identity providers where people can sign in, at `/sign-in/{provider}` in small letters.
    identity_providers: Vec<IdentityProvider>,
    /// Whether the server sends e-mail: `requestPasswordReset` does nothing otherwise.
    sends_email: bool,
}

/// The part of `Query` about the installation.
#[derive(Default)]
pub struct InstallationQuery;

#[Object]
impl InstallationQuery {
    /// What everybody may know of the installation. It needs no token.
    async fn installation(&self, ctx: &Context<'_>) -> Resolved<Installation> {
        let app = request(ctx).app();
        let limits = app.limits();
        let external = &limits.external;
        let providers = [
            (external.oidc_issuer.is_some(), IdentityProvider::Oidc),
            (external.wecom_corp_id.is_some(), IdentityProvider::Wecom),
        ];
        Ok(Installation {
            version: env!("CARGO_PKG_VERSION"),
            is_demo: limits.is_demo,
            needs_administrator: app.directory().await?.people.is_empty(),
            identity_providers: providers.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect(),
            sends_email: external.smtp_url().is_some(),
        })
    }
}
