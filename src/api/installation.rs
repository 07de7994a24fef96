//! What a page must know of the installation before anybody has signed in.

use async_graphql::{Context, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use crate::crm::people::sso::{self, IdentityProvider};

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
    /// Whether the server sends e-mail: `requestPasswordReset` is refused otherwise.
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
        Ok(Installation {
            version: env!("CARGO_PKG_VERSION"),
            is_demo: limits.is_demo,
            needs_administrator: app.directory().await?.people.is_empty(),
            identity_providers: sso::configured(&limits.external),
            sends_email: app.sends_mail(),
        })
    }
}
