//! Sessions: an access token is valid for 15 minutes, a refresh token is replaced at each use, and a session that has
//! ended stays ended.
//!
//! A session is the family of all refresh tokens since a sign-in (RFC 9700, section 4.14.2). A token stays valid until one
//! of the tokens that were given for it is used: so a client whose answer was lost can ask again, whenever it is. An older
//! one that comes back shows that two clients have the tokens, and ends the session for both.

mod model;
mod store;

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{policy, token};
use crate::kernel::access::{Action, Grant, Permission, Resource};
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::{App, Revision};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::Directory;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::id::{ApiKeyId, SessionId, UserId};
use crate::kernel::op::{Changes, Op};
use crate::kernel::session::{KnownSession, TokenHash};
use crate::kernel::task::spawn_detached;
pub use model::{EndReason, OpenSession};
pub(super) use store::{end_all, end_sessions};

/// The permission to revoke sessions of others.
pub const REVOKE: Permission = Permission::to(Action::Revoke, Resource::Session);

/// What every API key begins with, so that scanners of sources find keys that were checked in.
pub const API_KEY_PREFIX: &str = "tpk_";

/// How long an access token is valid.
pub const ACCESS_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long a session lasts at most.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How long a session is kept after its end.
const KEEP_ENDED_FOR: TimeDelta = TimeDelta::days(180);

/// The session, or the API key, that a stream (a socket or server-sent events) depends on.
pub struct StreamLease {
    session: SessionId,
    key: Option<ApiKeyId>,
    /// Changes when a key may have been revoked.
    revisions: watch::Receiver<Revision>,
    ended: watch::Receiver<bool>,
    /// When its access token expires, as far as known. Then the session is read again, because the token may have been
    /// renewed.
    check_at: tokio::time::Instant,
}

impl StreamLease {
    /// Starts to watch a session; an error if it has ended or its access token has expired.
    pub async fn of(app: &Arc<App>, viewer: &Viewer) -> Result<Self, Error> {
        let Viewer { session, key, .. } = *viewer;
        let (ended, revisions) = (app.held_sessions().watch(session), app.revisions());
        let mut lease = Self { session, key, revisions, ended, check_at: tokio::time::Instant::now() };
        // It may have ended before it was watched.
        lease.check(app).await?;
        Ok(lease)
    }

    async fn check(&mut self, app: &Arc<App>) -> Result<(), Error> {
        let (app, session, now) = (app.clone(), self.session, app.clock().now());
        let expires_at = match self.key {
            None => spawn_detached(async move { store::access_expires_at(app.pool(), session, now).await }).await?,
            Some(key) => app
                .directory()
                .await?
                .api_key(key)
                .filter(|key| key.is_valid(now))
                .map(|key| key.expires_at.unwrap_or(now + SESSION_LIFETIME)),
        };
        let expires_at = expires_at.ok_or(Error::Unauthenticated)?;
        self.check_at = tokio::time::Instant::now() + (expires_at - now).to_std().unwrap_or_default();
        Ok(())
    }
}

/// Waits until the session of a stream has ended, and returns the error for its origin. Without a session it waits
/// forever.
pub async fn wait_for_end(lease: &mut Option<StreamLease>, app: &Arc<App>) -> Error {
    let Some(lease) = lease else { return std::future::pending().await };
    loop {
        tokio::select! {
            _ = lease.ended.wait_for(|ended| *ended) => return Error::Unauthenticated,
            () = tokio::time::sleep_until(lease.check_at) => {}
            _ = lease.revisions.changed(), if lease.key.is_some() => {}
        }
        // It is boxed because it runs seldom: otherwise the future of each waiting stream would have to contain it.
        if let Err(error) = Box::pin(lease.check(app)).await {
            return error;
        }
    }
}

/// Returns the user and the rights of an access token.
pub async fn authenticate(app: &App, access_token: &str) -> Result<Viewer, Error> {
    let (hash, now) = (token::hash(access_token), app.clock().now());
    let (session, user) = match app.sessions().get(&hash, now) {
        Some(known) => known,
        None => {
            let (read_at, cleared) = (Instant::now(), app.sessions().cleared());
            // It is boxed because it runs seldom.
            let found = Box::pin(store::find_by_access_token(app.pool(), &hash, now)).await?;
            let found = found.ok_or(Error::Unauthenticated)?;
            let (session, user, expires_at) = (found.id, found.user_id, found.access_expires_at);
            app.sessions().put(hash, KnownSession { session, user, expires_at, read_at }, cleared);
            (session, user)
        }
    };
    viewer(app, session, user).await
}

/// Returns the token of an `Authorization` header. With basic authentication the password is an API key.
pub fn token_in(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    let decoded = BASE64.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (_, password) = str::from_utf8(&decoded).ok()?.split_once(':')?;
    password.starts_with(API_KEY_PREFIX).then(|| password.to_owned())
}

/// Returns the user of a session, with their present rights.
pub async fn viewer(app: &App, session: SessionId, user: UserId) -> Result<Viewer, Error> {
    let rights = |directory: &Directory| directory.rights(user).map_err(|error| Error::Internal(error.into()));
    let rights = match rights(&*app.directory().await?)? {
        Some(rights) => rights,
        // Another server may have created the account just now. Boxed, because it is rare.
        None => rights(&*Box::pin(app.directory_for_unknown()).await?)?.ok_or(Error::Unauthenticated)?,
    };
    Ok(Viewer { user, session, key: None, rights })
}

/// The result of a sign-in or a refresh.
pub struct SignedIn {
    /// The token for the `Authorization` header.
    pub access_token: String,
    /// The token for the next refresh.
    pub refresh_token: String,
    /// When the access token expires.
    pub expires_at: DateTime<Utc>,
    /// The user who signed in, with their rights.
    pub viewer: Viewer,
}

/// A pair of tokens that was just written.
pub(super) struct Tokens {
    session: SessionId,
    user: UserId,
    access: String,
    /// The half of the refresh token that stays the same in a session.
    family: String,
    refresh: String,
    expires_at: DateTime<Utc>,
}

impl Tokens {
    fn new(session: SessionId, user: UserId, family: String, now: DateTime<Utc>) -> Result<Self, Error> {
        let refresh = format!("{family}.{}", token::new()?);
        Ok(Self { session, user, access: token::new()?, family, refresh, expires_at: now + ACCESS_TOKEN_LIFETIME })
    }

    pub(super) async fn into_signed_in(self, app: &App) -> Result<SignedIn, Error> {
        let viewer = viewer(app, self.session, self.user).await?;
        Ok(SignedIn { access_token: self.access, refresh_token: self.refresh, expires_at: self.expires_at, viewer })
    }
}

/// Opens a session for a user whose row is locked in this transaction.
pub(super) async fn open(op: &mut Op<'_>, user: UserId, origin: &Origin) -> Result<Tokens, Error> {
    let now = op.now();
    let tokens = Tokens::new(op.new_id(), user, token::new()?, now)?;
    let session = store::NewSession {
        id: tokens.session,
        user_id: user,
        family_hash: token::hash(&tokens.family),
        refresh_hash: token::hash(&tokens.refresh),
        access_hash: token::hash(&tokens.access),
        access_expires_at: tokens.expires_at,
        created_at: now,
        expires_at: now + SESSION_LIFETIME,
    };
    store::insert_session(op.db(), &session, origin).await?;
    Ok(tokens)
}

/// Opens a session for an access token that an identity provider has made; false if the token had a session before. Such a
/// session can't be renewed.
pub(super) async fn open_for(
    op: &mut Op<'_>,
    user: UserId,
    origin: &Origin,
    access: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<bool, Error> {
    let session = store::NewSession {
        id: op.new_id(),
        user_id: user,
        family_hash: token::hash(&token::new()?),
        refresh_hash: token::hash(&token::new()?),
        access_hash: *access,
        access_expires_at: expires_at,
        created_at: op.now(),
        expires_at,
    };
    match store::insert_session(op.db(), &session, origin).await {
        Ok(()) => Ok(true),
        Err(error) if violated(&error) == Some("access_token_pkey") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether there is or was a session of an access token.
pub(super) async fn is_known(app: &App, access: &TokenHash) -> Result<bool, Error> {
    Ok(store::has_token(app.pool(), access).await?)
}

/// Returns a new pair of tokens for a refresh token: one that was given for the token that was used last, or that one
/// again, because its answer may have been lost. Any other token of the family is an old one, which only a second client
/// can have: the session ends.
pub async fn refresh(app: &App, refresh_token: &str, origin: &Origin) -> Result<SignedIn, Error> {
    let (family, _) = refresh_token.split_once('.').ok_or_else(invalid_refresh_token)?;
    let mut op = app.begin(Actor::stranger("refresh", origin)).await?;
    let (now, hash) = (op.now(), token::hash(refresh_token));
    let unused_since = op.settings().session_idle.map(|idle| now - idle);
    let found = store::lock_family(op.db(), &token::hash(family), now, unused_since).await?;
    let found = found.ok_or_else(invalid_refresh_token)?;
    let Some(used) = found.chain.use_token(&hash) else {
        drop(op);
        let mut op =
            app.begin_to_change(Changes::Sessions, Actor::stranger("refresh", origin)).await?.coming_from(origin);
        store::end_session(op.db(), found.id, EndReason::RefreshTokenReused, now).await?;
        op.audit(Entry::of(Kind::RefreshTokenReused).about(found.user_id)).await?;
        op.commit().await?;
        return Err(invalid_refresh_token());
    };
    let tokens = Tokens::new(found.id, found.user_id, family.to_owned(), now)?;
    let chain = used.give(token::hash(&tokens.refresh));
    store::renew(op.db(), found.id, &chain, &token::hash(&tokens.access), tokens.expires_at, origin, now).await?;
    op.commit().await?;
    tokens.into_signed_in(app).await
}

fn invalid_refresh_token() -> Error {
    let text = Text::new("The refresh token is not valid any more. Sign in again.", "登录状态已失效，请重新登录。");
    UserError::new(Code::InvalidRefreshToken, text).into()
}

/// Ends the actor's own session. A machine with an API key has none.
pub async fn logout(op: &mut Op<'_>) -> Result<(), Error> {
    if op.viewer()?.key.is_some() {
        return Err(UserError::not_found().into());
    }
    let (session, now) = (op.viewer()?.session, op.now());
    store::end_session(op.db(), session, EndReason::Logout, now).await?;
    op.audit(Entry::of(Kind::SignedOut)).await
}

/// Ends a session of the actor, or with [`REVOKE`] a session of another user. A session that has ended stays as it is.
pub async fn revoke(op: &mut Op<'_>, session: SessionId) -> Result<(), Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    let may_revoke_any = op.authorize(REVOKE).is_ok();
    let owner = store::user_of_session(op.db(), session).await?.filter(|&owner| owner == user || may_revoke_any);
    let owner = owner.ok_or_else(|| UserError::not_found().at(&["sessionId"]))?;
    if owner != user {
        policy::check_account(op, op.directory(), owner)?;
    }
    store::end_session(op.db(), session, EndReason::Revoked, now).await?;
    op.audit(Entry::of(Kind::SessionRevoked).about(owner).detail(format!("session: {session}"))).await
}

/// Ends the other sessions of the actor, or with [`REVOKE`] all sessions of another user.
pub async fn revoke_all(op: &mut Op<'_>, user: UserId) -> Result<(), Error> {
    let (actor, current, now) = (op.viewer()?.user, op.viewer()?.session, op.now());
    if actor == user {
        end_sessions(op.db(), user, Some(current), EndReason::Revoked, now).await?;
        return op.audit(Entry::of(Kind::SessionsRevoked).about(user)).await;
    }
    op.authorize(REVOKE)?;
    if !op.directory().people.contains_key(&user) {
        return Err(UserError::not_found().at(&["userId"]).into());
    }
    policy::check_account(op, op.directory(), user)?;
    end_sessions(op.db(), user, None, EndReason::Revoked, now).await?;
    op.audit(Entry::of(Kind::SessionsRevoked).about(user)).await
}

/// Returns the open sessions of a user, as [`open_sessions`], if the viewer may end them; otherwise none.
pub async fn revocable_sessions(app: &App, viewer: &Viewer, user: UserId) -> Result<Vec<OpenSession>, Error> {
    let directory = app.directory().await?;
    let may_revoke = Grant::of(&viewer.rights, REVOKE).is_some();
    if !may_revoke || !policy::may_change_account(&viewer.rights, &directory, user)? {
        return Ok(Vec::new());
    }
    open_sessions(app, user).await
}

/// Returns the open sessions of a user, the one that was used last first; at most 100.
pub async fn open_sessions(app: &App, user: UserId) -> Result<Vec<OpenSession>, Error> {
    let (now, directory) = (app.clock().now(), app.directory().await?);
    let unused_since = directory.settings.session_idle.map(|idle| now - idle);
    Ok(store::open_sessions(app.pool(), user, now, unused_since).await?)
}

/// Deletes at most `limit` sessions that ended long ago, and returns how many it deleted. With them it is forgotten that the user was at
/// their networks.
pub async fn delete_ended(app: &App, limit: i64) -> Result<u64, Error> {
    Ok(store::delete_ended(app.pool(), app.clock().now() - KEEP_ENDED_FOR, limit).await?)
}

/// Deletes at most `limit` access tokens that have expired, and returns how many it deleted.
pub async fn delete_expired_tokens(app: &App, limit: i64) -> Result<u64, Error> {
    Ok(store::delete_expired_tokens(app.pool(), app.clock().now(), limit).await?)
}
