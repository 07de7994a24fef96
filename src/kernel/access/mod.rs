//! Authorization: who may do what. Casbin evaluates the policy in the database; all other code asks this module.
//!
//! The [`Scope`]s of a permission say which rows it reaches. [`Rights`] are what one viewer holds, a [`Grant`] proves
//! that one permission was checked, and [`scope`] is the only place where scopes become SQL.

mod catalogue;
mod permission;
mod policy;
pub mod scope;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::kernel::error::UserError;
use crate::kernel::id::{PoolId, UserId};
pub use catalogue::{CATALOGUE, permission_named};
pub use permission::{Action, Permission, Resource, Scope, policy_words};
pub use policy::{Policy, PolicyError, PolicyLine, seed_policy};

/// Whether an actor may read one row, and whether one permission reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Whether they may read it.
    pub is_seen: bool,
    /// Whether the permission reaches it.
    pub is_permitted: bool,
}

impl Reach {
    /// Refuses a row that the permission does not reach: as forbidden if the actor may read it, else as not found.
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
    /// No scope: the permission reaches no row.
    pub const NONE: Self = Self(0);

    /// Whether the set contains the scope.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    /// The set with one more scope.
    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | (1 << scope as u16))
    }

    /// The set without some scopes.
    pub fn without(self, scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(self.0, |set, &scope| set & !(1 << scope as u16)))
    }

    /// The scopes of the set that are also in a list.
    pub fn among(self, scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, &scope| set | (self.0 & (1 << scope as u16))))
    }

    /// The scopes of both sets.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set has no scope.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |&scope| self.contains(scope))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What a set of roles may do: each permission with its scopes.
pub type Grants = HashMap<Permission, Scopes>;

/// A team with more members than this needs a plan of its own: PostgreSQL's generic plan finds its rows slowly.
const LARGE_TEAM: usize = 16;

/// What one viewer may do, and who is below them in the reporting tree.
#[derive(Debug, PartialEq)]
pub struct Rights {
    /// The viewer.
    pub viewer: UserId,
    /// Everyone below the viewer in the tree, at any depth, ordered by id.
    pub team: Arc<Vec<Uuid>>,
    /// What the roles of the viewer grant.
    pub grants: Arc<Grants>,
    /// The pools of which the viewer is a member; `None` if there is only the default pool, which is everybody's.
    pub pools: Option<Arc<Vec<Uuid>>>,
}

impl Rights {
    /// The rights of the system, whose reads use no scopes.
    pub fn of_nobody() -> Self {
        Self { viewer: Uuid::nil().into(), team: Arc::default(), grants: Arc::default(), pools: None }
    }

    /// The scopes that the viewer holds for a permission; [`Scopes::NONE`] if they do not hold it.
    pub fn scopes(&self, permission: Permission) -> Scopes {
        self.grants.get(&permission).copied().unwrap_or_default()
    }

    /// Whether the team is so large that PostgreSQL must plan lists of what it owns for each execution.
    pub fn has_large_team(&self) -> bool {
        self.team.len() > LARGE_TEAM
    }

    /// Whether PostgreSQL must plan lists of customers in the pool for each execution, because it depends on the viewer how many of them
    /// the list can show.
    pub fn has_some_pools(&self) -> bool {
        self.pools.is_some()
    }

    /// Whether the viewer is a member of a pool.
    pub fn is_member_of(&self, pool: PoolId) -> bool {
        self.pools.as_ref().is_none_or(|pools| pools.contains(&pool.uuid()))
    }

    /// Whether a user is below the viewer in the reporting tree.
    pub fn is_above(&self, user: UserId) -> bool {
        // It is ordered by id.
        self.team.binary_search(&user.uuid()).is_ok()
    }
}

/// Proves that a permission was checked and is held. Functions that write take one.
#[derive(Debug, Clone)]
pub struct Grant {
    permission: Permission,
    scopes: Scopes,
}

impl Grant {
    /// Checks a permission; `None` if the viewer holds it in no scope.
    pub fn of(rights: &Rights, permission: Permission) -> Option<Self> {
        let scopes = rights.scopes(permission);
        (!scopes.is_empty()).then_some(Self { permission, scopes })
    }

    /// The permission that was checked.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// The scopes in which it is held.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }
}
