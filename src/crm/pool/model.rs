//! What pools are to the operations on them: rows, inputs and permissions.

use crate::kernel::access::{Action, Permission, Resource, Rights, Scope};
use crate::kernel::audit::shown;
use crate::kernel::directory::{Directory, PoolMember};
use crate::kernel::duration;
use crate::kernel::error::UserError;
use crate::kernel::id::{PoolId, UserId};

/// Permission to read pools.
pub const READ: Permission = Permission::to(Action::Read, Resource::Pool);
/// Permission to create, edit and archive pools; its scopes say by which administrators.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Pool);

/// Refuses a pool that does not exist, is archived, or that the viewer may not read: customers can't go there.
pub fn check_named(directory: &Directory, rights: &Rights, id: PoolId) -> Result<(), UserError> {
    let administrator = directory.pools.get(id).map(|pool| pool.administrator);
    let is_read = administrator.is_some_and(|user| reaches(rights, READ, id, user));
    let (en, zh) = ("There is no such pool, or it is archived.", "没有该公海，或该公海已归档。");
    is_read.then_some(()).ok_or_else(|| UserError::invalid(&["poolId"], en, zh))
}

/// Whether a permission of the viewer reaches a pool with this administrator that is not archived.
pub fn reaches(rights: &Rights, permission: Permission, id: PoolId, administrator: Option<UserId>) -> bool {
    rights.scopes(permission).iter().any(|scope| match scope {
        Scope::All => true,
        Scope::Own => administrator == Some(rights.viewer),
        Scope::Team => administrator.is_some_and(|administrator| rights.is_above(administrator)),
        Scope::Pool => rights.is_member_of(id),
        _ => false,
    })
}

/// The fields of a pool. All but the name may be empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    pub name: String,
    pub administrator: Option<UserId>,
    /// In the order of the ids of users.
    pub members: Vec<PoolMember>,
    pub condition: Option<String>,
    pub priority: i32,
    pub protection_period: Option<chrono::TimeDelta>,
    pub max_owned_customers: Option<i32>,
    pub max_claims_per_day: Option<i32>,
}

impl Draft {
    /// The fields with their names in the API.
    pub fn shown(&self) -> [(&'static str, String); 8] {
        let member =
            |member: &PoolMember| format!("{}{}", member.user, if member.with_team { " with team" } else { "" });
        [
            ("name", self.name.clone()),
            ("administratorId", shown(self.administrator)),
            ("members", self.members.iter().map(member).collect::<Vec<_>>().join(", ")),
            ("condition", shown(self.condition.as_ref())),
            ("priority", self.priority.to_string()),
            ("protectionPeriod", shown(self.protection_period.map(duration::format))),
            ("maxOwnedCustomers", shown(self.max_owned_customers)),
            ("maxClaimsPerDay", shown(self.max_claims_per_day)),
        ]
    }
}

/// What a user changes: `None` keeps the value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub administrator: Option<Option<UserId>>,
    pub members: Option<Vec<PoolMember>>,
    pub condition: Option<Option<String>>,
    pub priority: Option<i32>,
    pub protection_period: Option<Option<String>>,
    pub max_owned_customers: Option<Option<i32>>,
    pub max_claims_per_day: Option<Option<i32>>,
}

/// A pool as it is in the database, locked.
#[derive(Debug)]
pub struct Locked {
    /// Its fields.
    pub draft: Draft,
    /// The number of its version.
    pub version: i32,
    /// Whether it is archived.
    pub is_archived: bool,
}
