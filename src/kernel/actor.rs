//! Who acts.

use std::sync::Arc;

use crate::kernel::access::{Grant, Permission, Rights};
use crate::kernel::error::Error;
use crate::kernel::id::{SessionId, UserId};

/// Who acts: a user through a session, or a named part of the system.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A user who is signed in.
    User(Viewer),
    /// A job or a step before anybody is signed in; the name is for the log.
    System(&'static str),
}

/// A user who is signed in, with the rights of this moment.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub user: UserId,
    /// Signed in by which session; the nil id where a server carries on what they began.
    pub session: SessionId,
    /// What they may do, and from where in the tree.
    pub rights: Arc<Rights>,
}

impl Actor {
    /// The user who acts; refuses the system.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        match self {
            Self::User(viewer) => Ok(viewer),
            Self::System(_) => Err(Error::Unauthenticated),
        }
    }

    /// Asks whether the actor's roles hold a permission at all. How far it reaches is in the grant.
    pub fn authorize(&self, permission: Permission) -> Result<Grant, Error> {
        Grant::of(&self.viewer()?.rights, permission).ok_or(Error::Forbidden(permission))
    }

    /// The user, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User(viewer) => Some(viewer.user),
            Self::System(_) => None,
        }
    }
}
