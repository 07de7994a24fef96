//! Permissions: what may be done with what, and how far.

use std::fmt;
use std::str::FromStr;

/// A kind of thing that permissions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Resource {
    /// Customers.
    Customer,
    /// The level of a customer: superiors and administrators alone write it.
    CustomerLevel,
    /// The people at a customer.
    Contact,
    /// Phones, e-mail addresses and WeChat ids, which are masked otherwise.
    ContactDetails,
    /// The log of who had a customer.
    Operation,
    /// What was done to many customers at once.
    OperationBatch,
    /// Customers from files.
    Import,
    /// Users.
    User,
    /// When users are away.
    Absence,
    /// Sign-ins of users.
    Session,
    /// Who has which role.
    Role,
    /// What roles may do.
    Permission,
    /// Shared settings, choices and definitions of extra fields.
    Setting,
    /// What one is told.
    Notification,
    /// What is sold.
    Product,
    /// Sales opportunities.
    Opportunity,
    /// What was said with customers.
    FollowUp,
    /// Orders.
    Order,
    /// What customers say of delivered orders.
    Feedback,
    /// The rules by which customers come back to the pool.
    PoolRule,
    /// What servers do without being asked.
    Job,
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Action {
    /// See.
    Read,
    /// Enter a new one.
    Create,
    /// Change.
    Update,
    /// Create and change.
    Write,
    /// Take from the pool.
    Claim,
    /// Give back to the pool.
    Release,
    /// Give to a rep.
    Assign,
    /// Give from one rep to another.
    Transfer,
    /// Put on the blacklist, and take off it.
    Blacklist,
    /// Put away, and take out again.
    Archive,
    /// Make one of two.
    Merge,
    /// See one contact's details, logged and counted.
    Reveal,
    /// Put below another manager.
    ChangeManager,
    /// Close the account of somebody who leaves.
    Depart,
    /// End.
    Revoke,
    /// Take over what a former owner left behind.
    Adopt,
    /// Record a payment.
    Pay,
    /// Record that it was sent.
    Ship,
    /// Record that it arrived.
    Deliver,
    /// Call off before anything is paid.
    Cancel,
    /// Give the money back.
    Refund,
    /// See what a rule would do.
    Preview,
    /// See what a rule did.
    ReadRuns,
    /// Let a rule do what stopped for safety.
    Approve,
    /// Give back what a rule took.
    Undo,
}

/// How far a permission reaches, seen from the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Scope {
    /// What the viewer owns.
    Own,
    /// What anyone below the viewer owns.
    Team,
    /// Pooled customers that are not blacklisted.
    Pool,
    /// Pooled customers, blacklisted ones too.
    PoolAll,
    /// Customers that the viewer entered.
    Entered,
    /// Customers that the viewer entered, as long as they are in the pool.
    EnteredPooled,
    /// The names of all users.
    Names,
    /// Opportunities, orders and feedback of customers that the viewer owns, whoever made them.
    Held,
    /// Customers with an order.
    Ordered,
    /// Orders that were delivered.
    Delivered,
    /// Every row.
    All,
}

impl Scope {
    pub(super) const ALL: [Self; 11] = [
        Self::Own,
        Self::Team,
        Self::Pool,
        Self::PoolAll,
        Self::Entered,
        Self::EnteredPooled,
        Self::Names,
        Self::Held,
        Self::Ordered,
        Self::Delivered,
        Self::All,
    ];
}

/// A resource and an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    /// Of what.
    pub resource: Resource,
    /// To do what.
    pub action: Action,
}

impl Permission {
    /// The permission to do `action` with `resource`.
    pub const fn to(action: Action, resource: Resource) -> Self {
        Self { resource, action }
    }
}

/// Every permission there is, with the scopes that it can have. A policy line outside this list is refused.
pub const CATALOGUE: &[(Permission, &[Scope])] = {
    use {Action as A, Resource as R, Scope as S};
    &[
        (
            Permission::to(A::Read, R::Customer),
            &[S::Own, S::Team, S::Pool, S::PoolAll, S::Entered, S::EnteredPooled, S::Ordered, S::All],
        ),
        (Permission::to(A::Create, R::Customer), &[S::Own, S::Team, S::Pool, S::All]),
        (Permission::to(A::Update, R::Customer), &[S::Own, S::Team, S::PoolAll, S::EnteredPooled, S::All]),
        (Permission::to(A::Claim, R::Customer), &[S::Pool]),
        (Permission::to(A::Release, R::Customer), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Assign, R::Customer), &[S::Pool, S::PoolAll, S::All]),
        (Permission::to(A::Transfer, R::Customer), &[S::Team, S::All]),
        (Permission::to(A::Blacklist, R::Customer), &[S::Own, S::Team, S::PoolAll, S::All]),
        (Permission::to(A::Archive, R::Customer), &[S::Team, S::EnteredPooled, S::All]),
        (Permission::to(A::Merge, R::Customer), &[S::Team, S::EnteredPooled, S::All]),
        (Permission::to(A::Write, R::CustomerLevel), &[S::Own, S::Team, S::EnteredPooled, S::All]),
        (Permission::to(A::Read, R::Contact), &[S::Own, S::Team, S::EnteredPooled, S::PoolAll, S::Ordered, S::All]),
        (Permission::to(A::Write, R::Contact), &[S::Own, S::Team, S::EnteredPooled, S::PoolAll, S::All]),
        (Permission::to(A::Read, R::ContactDetails), &[S::Own, S::Team, S::EnteredPooled, S::All]),
        (Permission::to(A::Reveal, R::ContactDetails), &[S::Own, S::Team, S::EnteredPooled, S::Ordered, S::All]),
        (
            Permission::to(A::Read, R::Operation),
            &[S::Own, S::Team, S::Pool, S::PoolAll, S::Entered, S::EnteredPooled, S::All],
        ),
        (Permission::to(A::Read, R::OperationBatch), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Write, R::Import), &[S::Own, S::All]),
        (Permission::to(A::Read, R::User), &[S::Own, S::Team, S::Names, S::All]),
        (Permission::to(A::Create, R::User), &[S::All]),
        (Permission::to(A::ChangeManager, R::User), &[S::All]),
        (Permission::to(A::Depart, R::User), &[S::All]),
        (Permission::to(A::Write, R::Absence), &[S::Team, S::All]),
        (Permission::to(A::Revoke, R::Session), &[S::All]),
        (Permission::to(A::Write, R::Role), &[S::All]),
        (Permission::to(A::Write, R::Permission), &[S::All]),
        (Permission::to(A::Read, R::Setting), &[S::All]),
        (Permission::to(A::Write, R::Setting), &[S::All]),
        (Permission::to(A::Read, R::Notification), &[S::Own]),
        (Permission::to(A::Read, R::Product), &[S::All]),
        (Permission::to(A::Write, R::Product), &[S::All]),
        (Permission::to(A::Read, R::Opportunity), &[S::Own, S::Held, S::Team, S::Pool, S::PoolAll, S::All]),
        (Permission::to(A::Write, R::Opportunity), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Adopt, R::Opportunity), &[S::Held, S::Team, S::All]),
        (Permission::to(A::Read, R::FollowUp), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Create, R::FollowUp), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Read, R::Order), &[S::Own, S::Held, S::Team, S::All]),
        (Permission::to(A::Create, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Pay, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Ship, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Deliver, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Cancel, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Refund, R::Order), &[S::Own, S::Team, S::All]),
        (Permission::to(A::Adopt, R::Order), &[S::Held, S::Team, S::All]),
        (Permission::to(A::Read, R::Feedback), &[S::Own, S::Held, S::Team, S::All]),
        (Permission::to(A::Write, R::Feedback), &[S::Delivered, S::All]),
        (Permission::to(A::Read, R::PoolRule), &[S::All]),
        (Permission::to(A::Write, R::PoolRule), &[S::All]),
        (Permission::to(A::Preview, R::PoolRule), &[S::All]),
        (Permission::to(A::ReadRuns, R::PoolRule), &[S::All]),
        (Permission::to(A::Approve, R::PoolRule), &[S::All]),
        (Permission::to(A::Undo, R::PoolRule), &[S::All]),
        (Permission::to(A::Read, R::Job), &[S::All]),
    ]
};

/// The name of a closed set's member, as the policy writes it: `ContactDetails` is `contact_details`.
fn policy_name(member: impl fmt::Debug) -> String {
    let mut name = String::new();
    for (place, letter) in format!("{member:?}").char_indices() {
        if letter.is_ascii_uppercase() && place > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", policy_name(self.resource), policy_name(self.action))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&policy_name(self))
    }
}

impl FromStr for Scope {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.to_string() == name).ok_or(())
    }
}

/// The permission of the catalogue that a policy calls by these two words.
pub fn permission_named(resource: &str, action: &str) -> Option<Permission> {
    CATALOGUE
        .iter()
        .map(|(permission, _)| *permission)
        .find(|permission| policy_name(permission.resource) == resource && policy_name(permission.action) == action)
}

/// The two words by which a policy calls a permission.
pub fn policy_words(permission: Permission) -> (String, String) {
    (policy_name(permission.resource), policy_name(permission.action))
}
