//! API keys of service users: machines that use the API without a password. The keys that are not revoked are in the
//! directory, so a revocation is in effect at once on the server that answers it, and within a second on all others.
//!
//! - [`create`], [`revoke`]: for those with the permission
//! - [`authenticate`]: the user of an access token or a key
//! - [`renew`]: the same viewer with the rights of now

mod read;
mod store;

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;

use super::session::{self, API_KEY_PREFIX};
use super::{policy, token};
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind, shown};
use crate::kernel::directory::ApiKey;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{ApiKeyId, UserId};
use crate::kernel::op::Op;
use crate::kernel::text;
pub use read::{WRITE, describe, roots};

/// How many characters of a key are shown later.
const SHOWN: usize = 12;
/// The most networks of a key.
const MOST_NETWORKS: usize = 20;
/// How exactly the last use is known.
const USE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// A key to create.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct NewKey {
    pub user: UserId,
    pub name: String,
    pub roles: Option<Vec<String>>,
    pub networks: Vec<String>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Creates a key of a service user. Returns its id, and the key itself, which nobody can read again.
pub async fn create(op: &mut Op<'_>, new: NewKey) -> Result<(ApiKeyId, String), Error> {
    op.authorize(WRITE)?;
    let member = op.directory().people.get(&new.user).filter(|member| member.is_active);
    let of_user = member.ok_or_else(|| UserError::not_found().at(&["userId"]))?.roles.clone();
    policy::check_account(op, op.directory(), new.user)?;
    if !store::is_service(op.db(), new.user).await? {
        let (en, zh) = ("Only a service user can have keys.", "只有服务账号才能拥有密钥。");
        return Err(UserError::invalid(&["userId"], en, zh).into());
    }
    let name = text::line(&["name"], &new.name, 1, 100)?;
    if let Some(role) = new.roles.iter().flatten().find(|role| !of_user.contains(role)) {
        let role: String = role.chars().take(40).collect();
        let (en, zh) = (format!("The user does not have the role {role:?}."), format!("该账号没有角色 {role:?}。"));
        return Err(UserError::invalid(&["roles"], en, zh).into());
    }
    let networks = networks(&new.networks)?;
    let now = op.now();
    if new.expires_at.is_some_and(|end| end <= now) {
        let (en, zh) = ("The end must be in the future.", "到期时间必须晚于现在。");
        return Err(UserError::invalid(&["expiresAt"], en, zh).into());
    }
    let (id, key, by) = (op.new_id(), format!("{API_KEY_PREFIX}{}", token::new()?), op.viewer()?.user);
    let row = store::Row {
        id,
        user: new.user,
        name: &name,
        hash: token::hash(&key),
        prefix: &key[..SHOWN],
        roles: new.roles.as_deref(),
        networks: &networks,
        expires_at: new.expires_at,
    };
    store::insert(op.db(), &row, by, now).await?;
    let entry = Entry::of(Kind::ApiKeyCreated).about(new.user).detail(format!("apiKey: {id}"));
    let roles = shown(new.roles.map(|roles| roles.join(", ")));
    let entry = entry.detail(format!("roles: {roles}")).detail(format!("networks: {}", networks.join(", ")));
    op.audit(entry.detail(format!("expiresAt: {}", shown(new.expires_at.map(|end| end.to_rfc3339()))))).await?;
    Ok((id, key))
}

/// Whether a user stands for a machine.
pub(super) async fn is_service(op: &mut Op<'_>, user: UserId) -> Result<bool, Error> {
    Ok(store::is_service(op.db(), user).await?)
}

/// Networks in their usual form; a single address is a network of one.
fn networks(texts: &[String]) -> Result<Vec<String>, UserError> {
    if texts.len() > MOST_NETWORKS {
        let (en, zh) =
            (format!("A key has at most {MOST_NETWORKS} networks."), format!("最多填写 {MOST_NETWORKS} 个网段。"));
        return Err(UserError::invalid(&["networks"], en, zh));
    }
    let network = |(place, text): (usize, &String)| {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.map(|network| network.trunc().to_string()).ok_or_else(|| {
            let (en, zh) =
                ("The network must be like 10.0.0.0/8 or 2001:db8::/32.", "网段格式应如 10.0.0.0/8 或 2001:db8::/32。");
            UserError::invalid(&["networks", &place.to_string()], en, zh)
        })
    };
    texts.iter().enumerate().map(network).collect()
}

/// Revokes a key. A key that is revoked stays as it is.
pub async fn revoke(op: &mut Op<'_>, id: ApiKeyId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let user = store::user_of(op.db(), id).await?.ok_or_else(|| UserError::not_found().at(&["apiKeyId"]))?;
    policy::check_account(op, op.directory(), user)?;
    let (now, by) = (op.now(), op.viewer()?.user);
    if store::revoke(op.db(), id, by, now).await? {
        op.audit(Entry::of(Kind::ApiKeyRevoked).about(user).detail(format!("apiKey: {id}"))).await?;
    }
    Ok(())
}

/// Returns the user and the rights of an access token or a key, used from an address.
pub async fn authenticate(app: &Arc<App>, token: &str, address: Option<IpAddr>) -> Result<Viewer, Error> {
    if token.starts_with(API_KEY_PREFIX) {
        // Boxed, so that requests with access tokens keep no room for it.
        return Box::pin(by_key(app, token, address)).await;
    }
    session::authenticate(app, token).await
}

async fn by_key(app: &Arc<App>, key: &str, address: Option<IpAddr>) -> Result<Viewer, Error> {
    let (hash, now) = (token::hash(key), app.clock().now());
    let key = match app.directory().await?.api_key_with(&hash) {
        Some(key) => key,
        // Another server may have created it just now.
        None => app.directory_for_unknown().await?.api_key_with(&hash).ok_or(Error::Unauthenticated)?,
    };
    let is_allowed = |address: IpAddr| key.networks.iter().any(|network| network.contains(&address.to_canonical()));
    if !key.is_valid(now) || !(key.networks.is_empty() || address.is_some_and(is_allowed)) {
        return Err(Error::Unauthenticated);
    }
    if app.key_uses().is_due(key.id, now, USE_INTERVAL) {
        let (app, id) = (app.clone(), key.id);
        // Nobody waits for it.
        tokio::spawn(async move {
            if let Err(error) = store::save_use(app.pool(), id, now).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the use of an API key can't be noted");
            }
        });
    }
    viewer(app, &key).await
}

async fn viewer(app: &App, key: &ApiKey) -> Result<Viewer, Error> {
    let directory = app.directory().await?;
    let rights = directory.rights_by(key.user, Some(key.id)).map_err(|error| Error::Internal(error.into()))?;
    let rights = rights.ok_or(Error::Unauthenticated)?;
    Ok(Viewer { user: key.user, session: uuid::Uuid::nil().into(), key: Some(key.id), rights })
}

/// Returns the same viewer with the rights that they have now; an error if the key was revoked or has expired.
pub async fn renew(app: &App, before: &Viewer) -> Result<Viewer, Error> {
    let Some(id) = before.key else { return session::viewer(app, before.session, before.user).await };
    let key = app.directory().await?.api_key(id).filter(|key| key.is_valid(app.clock().now()));
    let key = key.ok_or(Error::Unauthenticated)?;
    viewer(app, &key).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_in_one_way_and_others_are_refused() {
        let written = |text: &str| networks(&[text.to_owned()]).map(|all| all[0].clone()).ok();
        assert_eq!(written(" 10.1.2.3/8 ").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(written("192.0.2.7").as_deref(), Some("192.0.2.7/32"));
        assert_eq!(written("2001:DB8::1/32").as_deref(), Some("2001:db8::/32"));
        assert!(["", "10.0.0.0/33", "example.com", "10.0.0/8"].iter().all(|text| written(text).is_none()));
    }
}
