//! One operation: one actor, one moment, one transaction.
//!
//! What is not [committed](Op::commit) did not happen. Time and ids come from here.

mod store;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::kernel::access::{Grant, Permission, Rights};
use crate::kernel::actor::{Actor, Viewer};
use crate::kernel::app::App;
use crate::kernel::directory::{Directory, Settings};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::{Batch, BatchKind, Event, Notification};
use crate::kernel::id::{Id, OperationBatchId, UserId, new_uuid};
use crate::kernel::read::{Placeholders, Viewpoint};
use crate::kernel::text;
pub use store::lock_directory;

/// An operation under way.
pub struct Op<'app> {
    app: &'app App,
    actor: Actor,
    now: DateTime<Utc>,
    directory: Arc<Directory>,
    transaction: Transaction<'static, Postgres>,
    changes: Changes,
    batch: Option<Batch>,
}

/// What an operation changes that such operations wait for one another with. It says so at its beginning, and gets the
/// lock before it holds anything else: so no two of them wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Neither of the others.
    Rows,
    /// People, policy, settings or definitions.
    Directory,
    /// It ends sessions.
    Sessions,
    /// Both.
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
    /// Begins an operation. A user's account and session are looked at again inside the transaction and kept from
    /// ending before it commits, so that nothing is written after a departure or a revocation.
    pub async fn begin(&self, actor: Actor) -> Result<Op<'_>, Error> {
        self.begin_to_change(Changes::Rows, actor).await
    }

    /// Begins an operation that changes what others wait with.
    pub async fn begin_to_change(&self, changes: Changes, actor: Actor) -> Result<Op<'_>, Error> {
        let directory = self.directory().await?;
        let now = self.clock().now();
        let mut transaction = self.pool().begin().await?;
        if changes.directory() {
            lock_directory(&mut transaction).await?;
        }
        if changes.sessions() {
            store::lock_sessions(&mut transaction).await?;
        }
        if let Actor::User(viewer) = &actor
            && !store::hold_session(&mut transaction, viewer.session, viewer.user, now).await?
        {
            return Err(Error::Unauthenticated);
        }
        Ok(Op { app: self, actor, now, directory, transaction, changes, batch: None })
    }

    /// Begins a part of what a user began and a server carries on: with the rights that they hold now, and as long as
    /// their account is open. Whether a session of theirs is, too, does not matter.
    pub async fn begin_for(&self, user: UserId) -> Result<Op<'_>, Error> {
        let directory = self.directory().await?;
        let now = self.clock().now();
        let mut transaction = self.pool().begin().await?;
        let rights = directory.rights(user).map_err(|error| Error::Internal(error.into()))?;
        let rights = rights.ok_or(Error::Unauthenticated)?;
        if !store::hold_user(&mut transaction, user).await? {
            return Err(Error::Unauthenticated);
        }
        let actor = Actor::User(Viewer { user, session: uuid::Uuid::nil().into(), rights });
        Ok(Op { app: self, actor, now, directory, transaction, changes: Changes::Rows, batch: None })
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
        self.actor.viewer()
    }

    /// The rights of the user who acts.
    pub fn rights(&self) -> Result<Arc<Rights>, Error> {
        Ok(self.viewer()?.rights.clone())
    }

    /// From where the user who acts looks, with the facts that descriptions name.
    pub fn viewpoint(&self, placeholders: Placeholders) -> Result<Viewpoint, Error> {
        Ok(Viewpoint { rights: self.rights()?, now: self.now, directory: self.directory.clone(), placeholders })
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
        self.actor.authorize(permission)
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

    /// Remembers what an idempotency key is about to make. When the actor used the key before: what it made then.
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
                "This key was used for something else.",
                "该幂等键已用于其他操作。",
            )
            .into()),
        }
    }

    /// Makes what is recorded from here on one mass act, which can be undone.
    pub fn begin_batch(&mut self, kind: BatchKind, about: Option<UserId>, filter: Option<serde_json::Value>) {
        self.continue_batch(Batch { id: self.new_id(), kind, about, filter });
    }

    /// Makes what is recorded from here on a part of one that is under way.
    pub fn continue_batch(&mut self, batch: Batch) {
        self.batch = Some(batch);
    }

    /// The mass act that this is.
    pub fn batch(&self) -> Option<OperationBatchId> {
        self.batch.as_ref().map(|batch| batch.id)
    }

    /// Writes what is about to happen to customers, in the same transaction as the change itself, and tells those whom it
    /// concerns; but nobody what they did themselves.
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
        self.tell(&to_others).await
    }

    /// Tells users what they have to know.
    pub async fn tell(&mut self, notifications: &[Notification]) -> Result<(), Error> {
        if notifications.is_empty() {
            return Ok(());
        }
        let operator = self.actor.user_id();
        Ok(store::notify(&mut self.transaction, operator, notifications).await?)
    }

    /// Keeps what was done. This server follows what was changed before it answers.
    pub async fn commit(self) -> Result<(), Error> {
        self.transaction.commit().await?;
        if self.changes.sessions() {
            self.app.sessions().clear();
        }
        if self.changes != Changes::Rows
            && let Err(error) = self.app.follow().await
        {
            // It is done all the same: whoever asks next waits until it can be followed.
            tracing::warn!(error = &error as &dyn std::error::Error, "a change can't be followed yet");
        }
        self.app.feed().ring();
        Ok(())
    }
}
