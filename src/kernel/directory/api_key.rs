//! API keys of service users, as servers keep them in memory.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ipnet::IpNet;

use crate::kernel::id::{ApiKeyId, UserId};
use crate::kernel::session::TokenHash;

/// An API key that is not revoked.
#[derive(Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The service user.
    pub user: UserId,
    /// The roles of the user that it has; `None`: all of them.
    pub roles: Option<Vec<String>>,
    /// The networks that it may be used from; empty: any.
    pub networks: Vec<IpNet>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether it has not expired.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Those of the user's roles that it has.
    pub(super) fn roles_among(&self, of_user: &[String]) -> Vec<String> {
        let has = |role: &&String| self.roles.as_ref().is_none_or(|roles| roles.contains(role));
        of_user.iter().filter(has).cloned().collect()
    }
}

/// The keys that are not revoked.
#[derive(Default)]
pub(super) struct ApiKeys {
    by_hash: HashMap<TokenHash, Arc<ApiKey>>,
    by_id: HashMap<ApiKeyId, Arc<ApiKey>>,
}

impl ApiKeys {
    pub fn of(&self, id: ApiKeyId) -> Option<Arc<ApiKey>> {
        self.by_id.get(&id).cloned()
    }

    pub fn with(&self, hash: &TokenHash) -> Option<Arc<ApiKey>> {
        self.by_hash.get(hash).cloned()
    }

    pub fn insert(&mut self, hash: TokenHash, key: ApiKey) {
        let key = Arc::new(key);
        self.by_id.insert(key.id, key.clone());
        self.by_hash.insert(hash, key);
    }
}
