//! An operation: one actor, one time, one transaction.
//!
//! An operation that is not [committed](Op::commit) changes nothing. Time and ids come from the operation.

mod store;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::kernel::access::{Grant, Permission, Rights};
use crate::kernel::actor::{Actor, Claimant, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit;
use crate::kernel::directory::{self, Directory, Settings};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::{Batch, BatchKind, Event, Notification};
use crate::kernel::id::{Id, OperationBatchId, UserId, new_uuid};
use crate::kernel::read::{Placeholders, Viewpoint};
use crate::kernel::text;
use crate::kernel::turns::Turn;
pub use store::lock_directory;

/// A running operation.
pub struct Op<'app> {
    app: &'app App,
    actor: Actor,
    origin: Origin,
    now: DateTime<Utc>,
    directory: Arc<Directory>,
    transaction: Transaction<'static, Postgres>,
    changes: Changes,
    batch: Option<Batch>,
    /// Dropped after the transaction.
    _turn: Turn<Claimant>,
}

/// What an operation changes under a lock that it shares with other operations. It takes the lock at its beginning,
/// before any other lock, so that two such operations can't deadlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Neither the directory nor sessions.
    Rows,
    /// The directory: users, policy, settings or definitions.
    Directory,
    /// Sessions: the operation ends some.
    Sessions,
    /// The directory and sessions.
    DirectoryAndSessions,
}

impl Changes {
    fn directory(self) -> bool {
        matches!(self, Self::Directory | Self::DirectoryAndSessions)
    }

    fn sessions(self) -> bool {
        matches!(self, Self::Sessions | Self::DirectoryAndSessions)
    }
}

impl App {
    /// Begins an operation. The user's account and session are checked again inside the transaction and locked against
    /// ending before the commit, so that nothing is written after a departure or a revocation. Of an operation
    /// that changes rows, the directory and the rights of the user have all that was changed before it, at whichever server.
    pub async fn begin(&self, actor: Actor) -> Result<Op<'_>, Error> {
        self.begin_to_change(Changes::Rows, actor).await
    }

    /// Begins an operation that takes the locks for what it changes.
    pub async fn begin_to_change(&self, changes: Changes, mut actor: Actor) -> Result<Op<'_>, Error> {
        let turn = self.operation_turn(actor.claimant()).await.ok_or(match actor {
            Actor::User(_) | Actor::Stranger(..) => Error::Busy,
            // Jobs try again later, as they do when the database can't be reached.
            Actor::System(_) => Error::Unavailable(sqlx::Error::PoolTimedOut),
        });
        let _turn = turn?;
        let mut directory = self.directory().await?;
        let now = self.clock().now();
        let mut transaction = self.connections().begin_operation().await?;
        if changes.directory() {
            lock_directory(&mut transaction).await?;
        }
        if changes.sessions() {
            store::lock_ends_of_sessions(&mut transaction).await?;
        }
        if let Actor::User(viewer) = &mut actor {
            let revision = match viewer.key {
                None => store::lock_session(&mut transaction, viewer.session, viewer.user, now).await?,
                Some(key) => store::lock_api_key(&mut transaction, key, now).await?,
            };
            let revision = revision.ok_or(Error::Unauthenticated)?;
            // Those who change the directory or sessions would wait for each other's looks.
            if revision != directory.revision && changes == Changes::Rows {
                // Another server has changed it. Boxed, because it is rare.
                directory = Box::pin(self.directory_now()).await?;
            }
            let rights = directory.rights_by(viewer.user, viewer.key).map_err(|error| Error::Internal(error.into()))?;
            viewer.rights = rights.ok_or(Error::Unauthenticated)?;
        }
        let origin = Origin::default();
        Ok(Op { app: self, actor, origin, now, directory, transaction, changes, batch: None, _turn })
    }

    /// Begins a part of an operation that a user began and that a server continues in the background. It has the rights
    /// that the user holds now, and requires an open account but no session.
    pub async fn begin_for(&self, user: UserId) -> Result<Op<'_>, Error> {
        let turn = self.operation_turn(Claimant::User(user)).await;
        let _turn = turn.ok_or(Error::Unavailable(sqlx::Error::PoolTimedOut))?;
        let directory = self.directory().await?;
        let now = self.clock().now();
        let mut transaction = self.connections().begin_operation().await?;
        let rights = directory.rights(user).map_err(|error| Error::Internal(error.into()))?;
        let rights = rights.ok_or(Error::Unauthenticated)?;
        if !store::lock_user(&mut transaction, user, now).await? {
            return Err(Error::Unauthenticated);
        }
        let actor = Actor::User(Viewer { user, session: uuid::Uuid::nil().into(), key: None, rights });
        let (origin, changes) = (Origin::default(), Changes::Rows);
        Ok(Op { app: self, actor, origin, now, directory, transaction, changes, batch: None, _turn })
    }

    /// Writes an entry of the audit log in a transaction of its own, about something that changes nothing else.
    pub async fn audit(&self, actor: Actor, origin: &Origin, entry: audit::Entry) -> Result<(), Error> {
        let mut op = self.begin(actor).await?.coming_from(origin);
        op.audit(entry).await?;
        op.commit().await
    }
}

impl Op<'_> {
    /// The same operation, with the place that it was asked for from.
    pub fn coming_from(self, origin: &Origin) -> Self {
        Self { origin: origin.clone(), ..self }
    }

    /// The time of the operation.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new id.
    pub fn new_id<T>(&self) -> Id<T> {
        new_uuid(self.now).into()
    }

    /// Where the operation was asked for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The server that runs the operation.
    pub fn app(&self) -> &App {
        self.app
    }

    /// The actor.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The user who acts; `Unauthenticated` if the system acts.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        self.actor.viewer()
    }

    /// The rights of the user who acts.
    pub fn rights(&self) -> Result<Arc<Rights>, Error> {
        Ok(self.viewer()?.rights.clone())
    }

    /// The viewpoint of the user who acts, for planned reads within the operation.
    pub fn viewpoint(&self, placeholders: Placeholders) -> Result<Viewpoint, Error> {
        Ok(Viewpoint { rights: self.rights()?, now: self.now, directory: self.directory.clone(), placeholders })
    }

    /// The directory as of the beginning of the operation.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A handle of the directory that may outlive the operation.
    pub fn directory_handle(&self) -> Arc<Directory> {
        self.directory.clone()
    }

    /// The directory as of this moment, for an operation that has locked it. Other operations have changed it while this one waited for
    /// the lock.
    pub async fn present_directory(&mut self) -> Result<Directory, Error> {
        directory::since(&self.directory, &mut self.transaction).await
    }

    /// The shared settings.
    pub fn settings(&self) -> &Settings {
        &self.directory.settings
    }

    /// Checks whether the actor holds a permission in any scope. The grant has the scopes.
    pub fn authorize(&self, permission: Permission) -> Result<Grant, Error> {
        self.actor.authorize(permission)
    }

    /// The transaction.
    pub fn db(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Waits until no other operation of the same user counts towards a limit, so that two can't pass the limit
    /// together.
    pub async fn take_turn(&mut self) -> Result<(), Error> {
        let user = self.viewer()?.user;
        Ok(store::take_turn(&mut self.transaction, user).await?)
    }

    /// Stores which row the operation creates under an idempotency key. If the actor has used the key before, returns
    /// the id that was created then, and stores nothing.
    pub async fn remember_key<T>(
        &mut self,
        key: Option<&str>,
        operation: &str,
        result: Id<T>,
    ) -> Result<Option<Id<T>>, Error> {
        let Some(key) = key else { return Ok(None) };
        let key = text::line(&["idempotencyKey"], key, 1, 100)?;
        let user = self.viewer()?.user;
        let before = store::remember_key(&mut self.transaction, user, &key, operation, result.uuid(), self.now).await?;
        match before {
            None => Ok(None),
            Some((first, made)) if first == operation => Ok(Some(made.into())),
            Some(_) => Err(UserError::invalid(
                &["idempotencyKey"],
                "This key was already used for another operation. Use a new key.",
                "该幂等键已用于其他操作，请更换新的幂等键。",
            )
            .into()),
        }
    }

    /// Records all further events of the operation as one new batch, which can be undone.
    pub fn begin_batch(&mut self, kind: BatchKind, about: Option<UserId>, filter: Option<serde_json::Value>) {
        self.continue_batch(Batch { id: self.new_id(), kind, about, filter });
    }

    /// Records all further events of the operation as part of an existing batch.
    pub fn continue_batch(&mut self, batch: Batch) {
        self.batch = Some(batch);
    }

    /// The batch that events are recorded in.
    pub fn batch(&self) -> Option<OperationBatchId> {
        self.batch.as_ref().map(|batch| batch.id)
    }

    /// Writes events to the operation log, in the transaction of the change and before the change, and notifies the
    /// users whom they concern. The operator gets no notification of their own operation.
    pub async fn record(&mut self, events: &[Event]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let operator = self.actor.user_id();
        if let Some(batch) = &self.batch {
            store::count_in_batch(&mut self.transaction, batch, operator, events.len(), self.now).await?;
        }
        let (ids, batch) = (events.iter().map(|event| new_uuid(event.at)).collect(), self.batch());
        store::log(&mut self.transaction, ids, operator, batch, events).await?;
        let notifications = events.iter().flat_map(Event::notifications);
        let to_others: Vec<_> = notifications.filter(|notification| Some(notification.user) != operator).collect();
        self.notify(&to_others).await
    }

    /// Writes an entry of the audit log, in the transaction of what it is about.
    pub async fn audit(&mut self, entry: audit::Entry) -> Result<(), Error> {
        let actor = entry.actor.or(self.actor.user_id());
        let entry = match &self.actor {
            Actor::User(Viewer { key: Some(key), .. }) => entry.detail(format!("by: {key}")),
            _ => entry,
        };
        let (id, origin) = (new_uuid(self.now), &self.origin);
        // Boxed, so that operations keep no room for it.
        Ok(Box::pin(store::audit(&mut self.transaction, id, self.now, actor, origin, &entry)).await?)
    }

    /// Notifies users.
    pub async fn notify(&mut self, notifications: &[Notification]) -> Result<(), Error> {
        if notifications.is_empty() {
            return Ok(());
        }
        let operator = self.actor.user_id();
        Ok(store::notify(&mut self.transaction, operator, notifications).await?)
    }

    /// Commits the operation. If it changed the directory or sessions, this server loads the change before it answers.
    pub async fn commit(self) -> Result<(), Error> {
        self.transaction.commit().await?;
        if let Some(user) = self.actor.user_id() {
            let connections = self.app.connections();
            connections.replicas.note_commit(user, &connections.statements).await;
        }
        if self.changes.sessions() {
            self.app.sessions().clear();
        }
        if self.changes != Changes::Rows
            && let Err(error) = self.app.follow().await
        {
            // The operation is committed. Later requests wait until the change can be loaded.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a committed change of the directory or sessions can't be loaded yet"
            );
        }
        self.app.feed().ring();
        Ok(())
    }
}

/// How long an idempotency key is remembered: no client tries again for so long.
const KEEP_KEYS_FOR: TimeDelta = TimeDelta::days(30);

/// Deletes at most `limit` old idempotency keys, and returns how many it deleted.
pub async fn delete_old_keys(app: &App, limit: i64) -> Result<u64, Error> {
    Ok(store::delete_keys(app.pool(), app.clock().now() - KEEP_KEYS_FOR, limit).await?)
}
