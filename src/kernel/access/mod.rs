//! Who may do what. Casbin decides over the policy in the database; everything else asks here.
//!
//! A permission reaches as far as its [`Scope`]s. [`Rights`] are what one viewer holds, a [`Grant`] is the proof
//! that one permission was asked for, and [`scope`] is the only place where scopes become SQL.

mod catalogue;
mod permission;
mod policy;
pub mod scope;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::kernel::error::UserError;
use crate::kernel::id::UserId;
pub use catalogue::{CATALOGUE, permission_named};
pub use permission::{Action, Permission, Resource, Scope, policy_words};
pub use policy::{Policy, PolicyError, PolicyLine, seed_policy};

/// How far an actor gets with one row and one permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Whether they may read it.
    pub is_seen: bool,
    /// Whether the permission reaches it.
    pub is_permitted: bool,
}

impl Reach {
    /// Refuses what the permission does not reach: as forbidden where it is seen, else as if it were not there.
    pub fn check(self, permission: Permission) -> Result<(), UserError> {
        match (self.is_seen, self.is_permitted) {
            (_, true) => Ok(()),
            (true, false) => Err(UserError::forbidden(permission)),
            (false, false) => Err(UserError::not_found()),
        }
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// No scope: no row at all.
    pub const NONE: Self = Self(0);

    /// Whether the scope is among them.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// These and one more.
    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | (1 << scope as u16))
    }

    /// These without some.
    pub fn without(self, scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(self.0, |set, &scope| set & !(1 << scope as u16)))
    }

    /// Those of these that are among some.
    pub fn among(self, scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, &scope| set | (self.0 & (1 << scope as u16))))
    }

    /// These and those.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |&scope| self.contains(scope))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What a set of roles may do.
pub type Grants = HashMap<Permission, Scopes>;

/// From this size of a team on, a plan that was made for any team finds its rows badly.
const LARGE_TEAM: usize = 16;

/// What one viewer may do, and the place from where they look.
#[derive(Debug, PartialEq)]
pub struct Rights {
    /// The viewer.
    pub viewer: UserId,
    /// Everyone below the viewer in the tree, at any depth.
    pub team: Arc<Vec<Uuid>>,
    /// What the viewer's roles hold.
    pub grants: Arc<Grants>,
}

impl Rights {
    /// The rights of the system, which reads without a scope.
    pub fn of_nobody() -> Self {
        Self { viewer: Uuid::nil().into(), team: Arc::default(), grants: Arc::default() }
    }

    /// How far a permission reaches for this viewer; [`Scopes::NONE`] when it is not held.
    pub fn scopes(&self, permission: Permission) -> Scopes {
        self.grants.get(&permission).copied().unwrap_or_default()
    }

    /// Whether so many are below the viewer that lists of what they own deserve a plan of their own.
    pub fn has_large_team(&self) -> bool {
        self.team.len() > LARGE_TEAM
    }

    /// Whether a user is below the viewer.
    pub fn is_above(&self, user: UserId) -> bool {
        self.team.contains(&user.uuid())
    }
}

/// The proof that a permission was asked for and is held: what writes takes one.
#[derive(Debug, Clone)]
pub struct Grant {
    permission: Permission,
    scopes: Scopes,
}

impl Grant {
    /// Asks for a permission. `None`: it is held in no scope.
    pub fn of(rights: &Rights, permission: Permission) -> Option<Self> {
        let scopes = rights.scopes(permission);
        (!scopes.is_empty()).then_some(Self { permission, scopes })
    }

    /// What was asked for.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// How far it reaches.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }
}
