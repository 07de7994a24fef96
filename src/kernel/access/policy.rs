//! The policy: its lines in the database are loaded into Casbin as a whole, and evaluated once for each role.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use super::{CATALOGUE, Grants, Scope, Scopes, permission_named, policy_words};

const MODEL: &str = include_str!("../../../casbin/model.conf");
const POLICY: &str = include_str!("../../../casbin/policy.csv");

/// Why a policy can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A line names a resource, action or scope that does not exist.
    #[error("the policy line `{0}` names a permission or a scope that does not exist")]
    Unknown(PolicyLine),
    /// Casbin refused it.
    #[error("casbin refused the policy")]
    Casbin(#[from] casbin::Error),
}

/// One line of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyLine {
    /// `p, role, resource, action, scope`
    Permits {
        /// The role that gets the permission.
        role: String,
        /// The resource.
        resource: String,
        /// The action.
        action: String,
        /// The scope.
        scope: String,
    },
    /// `g, role, inherits`
    Inherits {
        /// The role that inherits.
        role: String,
        /// The role whose permissions it inherits.
        inherits: String,
    },
}

impl std::fmt::Display for PolicyLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Permits { role, resource, action, scope } => write!(f, "p, {role}, {resource}, {action}, {scope}"),
            Self::Inherits { role, inherits } => write!(f, "g, {role}, {inherits}"),
        }
    }
}

impl PolicyLine {
    /// Whether the permission exists and can have the scope.
    pub fn is_known(&self) -> bool {
        let Self::Permits { resource, action, scope, .. } = self else { return true };
        let (Some(permission), Ok(scope)) = (permission_named(resource, action), scope.parse::<Scope>()) else {
            return false;
        };
        CATALOGUE.iter().any(|entry| entry.permission == permission && entry.scopes.contains(&scope))
    }
}

/// The lines of `casbin/policy.csv`, the policy of a new installation.
pub fn seed_policy() -> Vec<PolicyLine> {
    let mut lines = Vec::new();
    for line in POLICY.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<String> = line.split(',').map(|word| word.trim().to_owned()).collect();
        match <[String; 5]>::try_from(words) {
            Ok([_, role, resource, action, scope]) => lines.push(PolicyLine::Permits { role, resource, action, scope }),
            Err(words) => {
                let [_, role, inherits] = words.try_into().expect("casbin/policy.csv has only p and g lines");
                lines.push(PolicyLine::Inherits { role, inherits });
            }
        }
    }
    lines
}

/// The policy in force. It is immutable: a change of the policy loads a new one.
pub struct Policy {
    enforcer: Enforcer,
    /// What each role may do, evaluated when it is first needed.
    by_role: Mutex<HashMap<String, Arc<Grants>>>,
    /// The same for each combination of roles that a user has.
    by_roles: Mutex<BTreeMap<Vec<String>, Arc<Grants>>>,
}

impl Policy {
    /// Loads the lines into Casbin. A line that names no known permission and scope is refused.
    pub async fn load(lines: Vec<PolicyLine>) -> Result<Self, PolicyError> {
        if let Some(unknown) = lines.iter().find(|line| !line.is_known()) {
            return Err(PolicyError::Unknown(unknown.clone()));
        }
        let model = DefaultModel::from_str(MODEL).await?;
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
        let (mut permits, mut inherits) = (Vec::new(), Vec::new());
        for line in lines {
            match line {
                PolicyLine::Permits { role, resource, action, scope } => {
                    permits.push(vec![role, resource, action, scope])
                }
                PolicyLine::Inherits { role, inherits: other } => inherits.push(vec![role, other]),
            }
        }
        enforcer.add_policies(permits).await?;
        enforcer.add_grouping_policies(inherits).await?;
        Ok(Self { enforcer, by_role: Mutex::default(), by_roles: Mutex::default() })
    }

    /// What these roles together may do.
    pub fn grants(&self, roles: &[String]) -> Result<Arc<Grants>, PolicyError> {
        let mut by_roles = self.by_roles.lock().expect("no panic while held");
        if let Some(grants) = by_roles.get(roles) {
            return Ok(grants.clone());
        }
        let mut all = Grants::new();
        for role in roles {
            for (&permission, &scopes) in self.evaluate(role)?.iter() {
                let held = all.entry(permission).or_default();
                *held = held.union(scopes);
            }
        }
        let grants = Arc::new(all);
        by_roles.insert(roles.to_vec(), grants.clone());
        Ok(grants)
    }

    fn evaluate(&self, role: &str) -> Result<Arc<Grants>, PolicyError> {
        if let Some(grants) = self.by_role.lock().expect("no panic while held").get(role) {
            return Ok(grants.clone());
        }
        let mut grants = Grants::new();
        for entry in CATALOGUE {
            let (resource, action) = policy_words(entry.permission);
            let mut held = Scopes::NONE;
            for &scope in entry.scopes {
                if self.enforcer.enforce((role, resource.as_str(), action.as_str(), scope.to_string()))? {
                    held = held.with(scope);
                }
            }
            if !held.is_empty() {
                grants.insert(entry.permission, held);
            }
        }
        let grants = Arc::new(grants);
        self.by_role.lock().expect("no panic while held").insert(role.to_owned(), grants.clone());
        Ok(grants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::access::{Action, Permission, Resource};

    #[tokio::test]
    async fn the_first_policy_is_valid_and_roles_inherit() {
        let policy = Policy::load(seed_policy()).await.unwrap();
        let read = Permission::to(Action::Read, Resource::Customer);
        let manager = policy.grants(&["manager".to_owned()]).unwrap();
        for scope in [Scope::Own, Scope::Pool, Scope::Team, Scope::PoolAll] {
            assert!(manager[&read].contains(scope), "{scope}");
        }
        assert!(!manager[&read].contains(Scope::All));
        assert!(policy.grants(&["nobody".to_owned()]).unwrap().is_empty());
        let both = policy.grants(&["sales".to_owned(), "marketing".to_owned()]).unwrap();
        assert!(both[&read].contains(Scope::Own) && both[&read].contains(Scope::Entered));
    }

    #[tokio::test]
    async fn a_line_with_a_scope_that_the_permission_cannot_have_is_refused() {
        let line = PolicyLine::Permits {
            role: "sales".into(),
            resource: "customer".into(),
            action: "claim".into(),
            scope: "all".into(),
        };
        assert!(matches!(Policy::load(vec![line]).await, Err(PolicyError::Unknown(_))));
    }
}
