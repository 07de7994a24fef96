//! Sessions: an access token for a quarter of an hour, a refresh token that changes at each use, and an end that is one.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{store, token};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::actor::{Actor, Viewer};
use crate::kernel::app::App;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::op::{Changes, Op};
use crate::kernel::session::KnownSession;
use crate::kernel::task::spawn_detached;

/// To end sign-ins of others.
pub const REVOKE: Permission = Permission::to(Action::Revoke, Resource::Session);

const ACCESS_FOR: TimeDelta = TimeDelta::minutes(15);
const SESSION_FOR: TimeDelta = TimeDelta::days(30);
/// Two tabs refresh at once: the token of the first is good for this long after the second has used it.
const ROTATION_GRACE: TimeDelta = TimeDelta::seconds(10);

/// Why a session ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    /// Its user signed out.
    Logout,
    /// Somebody who may ended it.
    Revoked,
    /// The password was changed.
    PasswordChanged,
    /// The user left.
    Departed,
    /// A refresh token came back after it had been replaced: somebody else has it.
    RefreshTokenReused,
}

impl Ended {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logout => "LOGOUT",
            Self::Revoked => "REVOKED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::Departed => "DEPARTED",
            Self::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
        }
    }
}

/// A session that holds a stream open.
pub struct StreamLease {
    session: SessionId,
    ended: watch::Receiver<bool>,
    /// When to look whether it is still good: its access token ends then, if it was not renewed.
    look_again: tokio::time::Instant,
}

impl StreamLease {
    /// Holds a session that is good.
    pub async fn of(app: &Arc<App>, session: SessionId) -> Result<Self, Error> {
        let ended = app.held_sessions().watch(session);
        let mut hold = Self { session, ended, look_again: tokio::time::Instant::now() };
        // It may have ended before it was held.
        hold.look(app).await?;
        Ok(hold)
    }

    async fn look(&mut self, app: &Arc<App>) -> Result<(), Error> {
        let (app, session, now) = (app.clone(), self.session, app.clock().now());
        let until = spawn_detached(async move { store::good_until(app.pool(), session, now).await }).await?;
        let until = until.ok_or(Error::Unauthenticated)?;
        self.look_again = tokio::time::Instant::now() + (until - now).to_std().unwrap_or_default();
        Ok(())
    }
}

/// Returns why a stream ends when its session does; never, for nobody's.
pub async fn over(hold: &mut Option<StreamLease>, app: &Arc<App>) -> Error {
    let Some(hold) = hold else { return std::future::pending().await };
    loop {
        tokio::select! {
            _ = hold.ended.wait_for(|ended| *ended) => return Error::Unauthenticated,
            () = tokio::time::sleep_until(hold.look_again) => {}
        }
        // Boxed, for it is seldom: else each stream that waits would keep room for it.
        if let Err(error) = Box::pin(hold.look(app)).await {
            return error;
        }
    }
}

/// Who an access token belongs to.
pub async fn authenticate(app: &App, access_token: &str) -> Result<Viewer, Error> {
    let (hash, now) = (token::hash(access_token), app.clock().now());
    let (session, user) = match app.sessions().get(&hash, now) {
        Some(known) => known,
        None => {
            let (read_at, cleared) = (Instant::now(), app.sessions().cleared());
            // Boxed, for it is seldom.
            let found = Box::pin(store::session_of_access_token(app.pool(), &hash, now)).await?;
            let found = found.ok_or(Error::Unauthenticated)?;
            let (session, user, expires_at) = (found.id, found.user_id, found.access_expires_at);
            app.sessions().put(hash, KnownSession { session, user, expires_at, read_at }, cleared);
            (session, user)
        }
    };
    viewer(app, session, user).await
}

/// The token of an `Authorization` header.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The user of a session, with the rights of this moment.
pub async fn viewer(app: &App, session: SessionId, user: UserId) -> Result<Viewer, Error> {
    let directory = app.directory().await?;
    let rights =
        directory.rights(user).map_err(|error| Error::Internal(error.into()))?.ok_or(Error::Unauthenticated)?;
    Ok(Viewer { user, session, rights })
}

/// What somebody gets who signs in or refreshes.
pub struct SignedIn {
    /// For the `Authorization` header.
    pub access_token: String,
    /// For the next pair of tokens; good once.
    pub refresh_token: String,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub viewer: Viewer,
}

/// A pair of tokens that was just written.
pub(super) struct Tokens {
    session: SessionId,
    user: UserId,
    access: String,
    refresh: String,
    expires_at: DateTime<Utc>,
}

impl Tokens {
    fn new(session: SessionId, user: UserId, now: DateTime<Utc>) -> Result<Self, Error> {
        Ok(Self { session, user, access: token::new()?, refresh: token::new()?, expires_at: now + ACCESS_FOR })
    }

    pub(super) async fn signed_in(self, app: &App) -> Result<SignedIn, Error> {
        let viewer = viewer(app, self.session, self.user).await?;
        Ok(SignedIn { access_token: self.access, refresh_token: self.refresh, expires_at: self.expires_at, viewer })
    }
}

/// Opens a session for a user whose row is locked.
pub(super) async fn open(op: &mut Op<'_>, user: UserId) -> Result<Tokens, Error> {
    let now = op.now();
    let tokens = Tokens::new(op.new_id(), user, now)?;
    let session = store::NewSession {
        id: tokens.session,
        user_id: user,
        access_hash: token::hash(&tokens.access),
        access_expires_at: tokens.expires_at,
        refresh_hash: token::hash(&tokens.refresh),
        created_at: now,
        expires_at: now + SESSION_FOR,
    };
    store::insert_session(op.db(), &session).await?;
    Ok(tokens)
}

/// A new pair of tokens for a refresh token. One that was replaced a moment ago is answered with a session of its own
/// (two tabs); one that was replaced earlier ends its session, for somebody else has it.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<SignedIn, Error> {
    let mut op = app.begin(Actor::System("refresh")).await?;
    let (now, hash) = (op.now(), token::hash(refresh_token));
    let found = store::lock_session_of_refresh_token(op.db(), &hash, now).await?.ok_or_else(invalid)?;
    let tokens = if found.is_current {
        let tokens = Tokens::new(found.id, found.user_id, now)?;
        let (access, refresh) = (token::hash(&tokens.access), token::hash(&tokens.refresh));
        store::rotate(op.db(), found.id, &access, tokens.expires_at, &refresh, now).await?;
        tokens
    } else if found.rotated_at.is_some_and(|rotated| now - rotated <= ROTATION_GRACE) {
        open(&mut op, found.user_id).await?
    } else {
        drop(op);
        let mut op = app.begin_to_change(Changes::Sessions, Actor::System("refresh")).await?;
        store::end_session(op.db(), found.id, Ended::RefreshTokenReused, now).await?;
        op.commit().await?;
        return Err(invalid());
    };
    op.commit().await?;
    tokens.signed_in(app).await
}

fn invalid() -> Error {
    let text = Text::new("This refresh token is no longer good. Sign in again.", "刷新令牌已失效，请重新登录。");
    UserError::new(Code::InvalidRefreshToken, text).into()
}

/// Ends the actor's own session.
pub async fn logout(op: &mut Op<'_>) -> Result<(), Error> {
    let (session, now) = (op.viewer()?.session, op.now());
    store::end_session(op.db(), session, Ended::Logout, now).await?;
    Ok(())
}

/// Ends a session: one's own, or anybody's with the permission. One that has ended stays so.
pub async fn revoke(op: &mut Op<'_>, session: SessionId) -> Result<(), Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    let may_any = op.authorize(REVOKE).is_ok();
    let owner = store::user_of_session(op.db(), session).await?;
    if owner.is_none_or(|owner| owner != user && !may_any) {
        return Err(UserError::not_found().at(&["sessionId"]).into());
    }
    store::end_session(op.db(), session, Ended::Revoked, now).await?;
    Ok(())
}

/// An open sign-in.
#[derive(Debug, async_graphql::SimpleObject)]
#[graphql(name = "Session")]
pub struct OpenSession {
    /// Its id, for `revokeSession`.
    pub id: SessionId,
    /// When it began.
    pub created_at: crate::kernel::scalar::DateTime,
    /// When it ends at the latest.
    pub expires_at: crate::kernel::scalar::DateTime,
}

/// Somebody's open sign-ins, the latest first.
pub async fn open_sessions(app: &App, user: UserId) -> Result<Vec<OpenSession>, Error> {
    Ok(store::open_sessions(app.pool(), user, app.clock().now()).await?)
}
