//! What customers are to the operations on them: rows, inputs, permissions and scopes.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::draft::Draft;
use crate::kernel::access::{Action, Permission, Reach, Resource, Scope};
use crate::kernel::directory::{Pools, Settings};
use crate::kernel::id::{CustomerId, PoolId, UserId};

/// Permission to read customers.
pub const READ: Permission = Permission::to(Action::Read, Resource::Customer);
/// Permission to create customers; its scopes say for which owners.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::Customer);
/// Permission to edit customers.
pub const UPDATE: Permission = Permission::to(Action::Update, Resource::Customer);
/// Permission to set the level of customers.
pub const WRITE_LEVEL: Permission = Permission::to(Action::Write, Resource::CustomerLevel);
/// Permission to take a customer from the pool.
pub const CLAIM: Permission = Permission::to(Action::Claim, Resource::Customer);
/// Permission to give a customer back to the pool.
pub const RELEASE: Permission = Permission::to(Action::Release, Resource::Customer);
/// Permission to give a pooled customer to a rep.
pub const ASSIGN: Permission = Permission::to(Action::Assign, Resource::Customer);
/// Permission to move a customer from one pool to another.
pub const MOVE: Permission = Permission::to(Action::Move, Resource::Customer);
/// Permission to move the customer of one rep to another rep.
pub const TRANSFER: Permission = Permission::to(Action::Transfer, Resource::Customer);
/// Permission to archive customers, and to restore them.
pub const ARCHIVE: Permission = Permission::to(Action::Archive, Resource::Customer);
/// Permission to put customers on the blacklist, and to take them off it.
pub const BLACKLIST: Permission = Permission::to(Action::Blacklist, Resource::Customer);
/// Permission to merge customers.
pub const MERGE: Permission = Permission::to(Action::Merge, Resource::Customer);

/// The scopes of those who see a customer only because it is in the pool.
pub const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll];
/// The scopes that can reach a customer in the pool.
pub const POOL_SCOPES: &[Scope] =
    &[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled, Scope::Ordered, Scope::All];
/// The scopes that reach the customers of a team, and not only one's own.
pub const TEAM_SCOPES: &[Scope] = &[Scope::Team, Scope::All];

/// A customer, with what decisions depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The id of the customer.
    pub id: CustomerId,
    /// The owner; `None` in the pool.
    pub owner: Option<UserId>,
    /// The pool that it is in, or falls to.
    pub pool: PoolId,
    /// Since when the owner has it.
    pub owned_since: Option<DateTime<Utc>>,
    /// Nobody may claim it before this.
    pub protected_until: Option<DateTime<Utc>>,
    /// Whether it is on the blacklist.
    pub is_blacklisted: bool,
    /// Whether it is archived, so that nobody works on it.
    pub is_archived: bool,
    /// The customer that it was merged into.
    pub merged_into: Option<CustomerId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The number of edits so far.
    pub version: i32,
    /// What the actor may do with it by the permission that it was loaded with.
    pub reach: Reach,
}

/// A customer to insert: with an owner, or into the pool.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The id of the new customer.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: CustomerId,
    /// Its fields.
    #[serde(flatten)]
    pub draft: Draft,
    /// The pool that it is in, or falls to; `None`: the default one.
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    pub pool: Option<PoolId>,
    /// Its owner; `None` for the pool.
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    pub owner: Option<UserId>,
    /// Since when the owner has it; `None` means from now on.
    pub owned_since: Option<DateTime<Utc>>,
    /// When the owner last followed up.
    pub last_followup: Option<DateTime<Utc>>,
}

/// An edit to save.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The customer that is edited.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: CustomerId,
    /// Its fields after the edit.
    #[serde(flatten)]
    pub draft: Draft,
    /// The time of the edit.
    pub at: DateTime<Utc>,
}

/// An existing customer with the name or the credit code that a user entered.
pub struct Existing {
    /// The existing customer.
    pub id: CustomerId,
    /// Whether the credit code is the same; otherwise only the name is.
    pub same_credit_code: bool,
}

/// What the claim limits count for the claimer, for each pool that has any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claimer(pub Vec<Counted>);

/// What the claim limits count for one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The pool.
    pub pool: PoolId,
    /// Claims of today from it, in the operation log.
    pub claims_today: i64,
    /// Customers of it owned now.
    pub owned: i64,
}

/// A limit, and what counts towards it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The most there may be; `None`: any number.
    pub most: Option<i32>,
    /// How much there is.
    pub counted: i64,
}

impl Limit {
    /// The limit, if it is reached.
    pub fn reached(self) -> Option<i32> {
        self.most.filter(|most| self.counted >= i64::from(*most))
    }
}

impl Claimer {
    /// The limit of claims in a day from a pool. That of the settings counts the claims from all pools without a limit of their own.
    pub fn claims_today(&self, pool: PoolId, pools: &Pools, settings: &Settings) -> Limit {
        let (own, all) = (|pool| pools.max_claims_per_day(pool), settings.max_claims_per_day);
        self.limit(pool, own, all, |counted| counted.claims_today)
    }

    /// The limit of owned customers of a pool. That of the settings counts those of all pools without a limit of their own.
    pub fn owned(&self, pool: PoolId, pools: &Pools, settings: &Settings) -> Limit {
        let (own, all) = (|pool| pools.max_owned_customers(pool), settings.max_owned_customers);
        self.limit(pool, own, all, |counted| counted.owned)
    }

    fn limit(
        &self,
        pool: PoolId,
        own: impl Fn(PoolId) -> Option<i32>,
        of_settings: Option<i32>,
        count: impl Fn(&Counted) -> i64,
    ) -> Limit {
        let most = own(pool);
        let counts = |counted: &&Counted| match most {
            Some(_) => counted.pool == pool,
            None => own(counted.pool).is_none(),
        };
        Limit { most: most.or(of_settings), counted: self.0.iter().filter(counts).map(count).sum() }
    }

    /// Counts one more claim from a pool.
    pub fn add_claim(&mut self, pool: PoolId) {
        match self.0.iter_mut().find(|counted| counted.pool == pool) {
            Some(counted) => {
                counted.claims_today += 1;
                counted.owned += 1;
            }
            None => self.0.push(Counted { pool, claims_today: 1, owned: 1 }),
        }
    }
}

/// An owned customer, locked.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct OwnedCustomer {
    pub customer: CustomerId,
    pub owner: UserId,
    pub updated_at: DateTime<Utc>,
}

/// A customer that a batch moved, locked, with its state before the batch.
#[derive(Debug, Clone, Copy)]
pub struct MovedCustomer {
    /// The customer.
    pub customer: CustomerId,
    /// The owner now.
    pub owner: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The owner before the batch.
    pub former_owner: Option<UserId>,
    /// Since when it had this owner, or was in the pool. Batches of old versions do not know it.
    pub since: Option<DateTime<Utc>>,
    /// The first follow-up of the former ownership.
    pub first_followup_time: Option<DateTime<Utc>>,
    /// The last follow-up of the former ownership.
    pub last_followup_time: Option<DateTime<Utc>>,
    /// If it was in the pool: nobody could claim it before this.
    pub protected_until: Option<DateTime<Utc>>,
}

/// A group of the customers of a user who leaves. Each customer is in the first group that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "DepartureGroup")]
pub enum Group {
    /// A pool rule with the action `KEEP` keeps these customers out of the pool.
    Kept,
    /// These customers have an order that is not delivered yet.
    UnfinishedOrders,
    /// The leaver has an open opportunity with these customers.
    LiveOpportunities,
    /// All other customers.
    Rest,
}

impl Group {
    /// All groups, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Kept, Self::UnfinishedOrders, Self::LiveOpportunities, Self::Rest];
}
