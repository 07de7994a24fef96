//! One operation: one actor, one moment, one transaction.
//!
//! What is not [committed](Op::commit) did not happen. Time and ids come from here.

mod store;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::access::{Grant, Permission, Rights};
use crate::actor::{Actor, Viewer};
use crate::app::App;
use crate::directory::{Directory, Settings};
use crate::error::Error;
use crate::event::Event;
use crate::id::{Id, new_uuid};

/// An operation under way.
pub struct Op<'app> {
    app: &'app App,
    actor: Actor,
    now: DateTime<Utc>,
    directory: Arc<Directory>,
    transaction: Transaction<'static, Postgres>,
    changes_directory: bool,
    ends_sessions: bool,
}

impl App {
    /// Begins an operation. A user's account and session are looked at again inside the transaction and kept from
    /// ending before it commits, so that nothing is written after a departure or a revocation.
    pub async fn begin(&self, actor: Actor) -> Result<Op<'_>, Error> {
        let directory = self.directory().await?;
        let now = self.clock().now();
        let mut transaction = self.pool().begin().await?;
        if let Actor::User(viewer) = &actor
            && !store::hold_session(&mut transaction, viewer.session, viewer.user, now).await?
        {
            return Err(Error::Unauthenticated);
        }
        Ok(Op { app: self, actor, now, directory, transaction, changes_directory: false, ends_sessions: false })
    }
}

impl Op<'_> {
    /// The moment of the operation.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new id.
    pub fn new_id<T>(&self) -> Id<T> {
        new_uuid(self.now).into()
    }

    /// The server that it runs on.
    pub fn app(&self) -> &App {
        self.app
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The user who acts; refuses the system.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        match &self.actor {
            Actor::User(viewer) => Ok(viewer),
            Actor::System(_) => Err(Error::Unauthenticated),
        }
    }

    /// The rights of the user who acts.
    pub fn rights(&self) -> Result<Arc<Rights>, Error> {
        Ok(self.viewer()?.rights.clone())
    }

    /// People, policy, settings and definitions, as of the beginning.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The same, to keep.
    pub fn directory_handle(&self) -> Arc<Directory> {
        self.directory.clone()
    }

    /// The shared settings.
    pub fn settings(&self) -> &Settings {
        &self.directory.settings
    }

    /// Asks whether the actor's roles hold a permission at all. How far it reaches is in the grant.
    pub fn authorize(&self, permission: Permission) -> Result<Grant, Error> {
        Grant::of(&self.viewer()?.rights, permission).ok_or(Error::Forbidden(permission))
    }

    /// The transaction.
    pub fn db(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Keeps other operations of the same user that count against a limit waiting, so that two do not both fit under it.
    pub async fn take_turn(&mut self) -> Result<(), Error> {
        let user = self.viewer()?.user;
        Ok(store::take_turn(&mut self.transaction, user).await?)
    }

    /// Writes what happened, in the same transaction as the change itself.
    pub async fn record(&mut self, events: &[Event]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let operator = self.actor.user_id();
        let ids = events.iter().map(|event| new_uuid(event.at)).collect();
        store::log(&mut self.transaction, ids, operator, events).await?;
        let notices = events.iter().filter_map(|event| Some((event, event.kind.notice()?)));
        let notices: Vec<_> = notices.filter(|(_, (user, _))| Some(*user) != operator).collect();
        if notices.is_empty() {
            return Ok(());
        }
        Ok(store::notify(&mut self.transaction, operator, &notices).await?)
    }

    /// Says that people, policy, settings or definitions change, so that this server follows at once.
    pub fn changes_directory(&mut self) {
        self.changes_directory = true;
    }

    /// Says that sessions end, so that this server forgets what it knows of them.
    pub fn ends_sessions(&mut self) {
        self.ends_sessions = true;
    }

    /// Keeps what was done.
    pub async fn commit(self) -> Result<(), Error> {
        self.transaction.commit().await?;
        if self.ends_sessions {
            self.app.sessions().clear();
        }
        if self.ends_sessions || self.changes_directory {
            self.app.follow().await?;
        }
        self.app.feed().ring();
        Ok(())
    }
}
