//! Who acts.

use std::sync::Arc;

use crate::access::Rights;
use crate::id::{SessionId, UserId};

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
    /// Signed in by which session.
    pub session: SessionId,
    /// What they may do, and from where in the tree.
    pub rights: Arc<Rights>,
}

impl Actor {
    /// The user, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User(viewer) => Some(viewer.user),
            Self::System(_) => None,
        }
    }
}
