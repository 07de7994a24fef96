//! Permissions: an action on a resource, and the scopes that it can have.

use std::fmt;
use std::str::FromStr;

/// The kind of record that a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Resource {
    /// Customers.
    Customer,
    /// The level of customers. Only superiors and administrators write it in the initial policy.
    CustomerLevel,
    /// Contacts: the people who work at a customer.
    Contact,
    /// The phone numbers, e-mail addresses and WeChat ids of contacts. They are masked for everybody who does not hold
    /// this permission.
    ContactDetails,
    /// The operation log, which records every change of the owner of a customer.
    Operation,
    /// Operation batches: operations on many customers at once.
    OperationBatch,
    /// Imports of customers from files.
    Import,
    /// Users and their place in the reporting tree.
    User,
    /// The days on which users are absent.
    Absence,
    /// The sessions of users, one for each sign-in.
    Session,
    /// API keys of service users.
    ApiKey,
    /// Roles, and which user has which role.
    Role,
    /// The permissions of roles.
    Permission,
    /// The shared settings, the choices, the stages of opportunities and the definitions of extra fields.
    Setting,
    /// Notifications.
    Notification,
    /// Products.
    Product,
    /// Sales opportunities.
    Opportunity,
    /// Follow-ups: the records of conversations with customers.
    FollowUp,
    /// Tasks: what users have to do about customers, and when.
    Task,
    /// Orders.
    Order,
    /// Feedback: what customers say about delivered orders.
    Feedback,
    /// Public pools: who their members are, and what is each pool's own.
    Pool,
    /// Pool rules, which return customers to the public pool, warn their owners, or keep customers from being returned.
    PoolRule,
    /// Jobs: the tasks that the servers run on a schedule.
    Job,
    /// The audit log: who did what that matters for security.
    Audit,
    /// Figures, and the facts that they count.
    Analytics,
    /// Targets: what users and teams shall attain in a month.
    Target,
}

/// What a permission allows its holder to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Action {
    /// View the records.
    Read,
    /// Create records. For orders and follow-ups it covers changes, too.
    Create,
    /// Change existing records.
    Update,
    /// Create and change records.
    Write,
    /// Claim customers from the public pool.
    Claim,
    /// Release customers into the public pool.
    Release,
    /// Assign pooled customers to a rep.
    Assign,
    /// Transfer customers from one rep to another.
    Transfer,
    /// Move customers from one public pool to another.
    Move,
    /// Put customers on the blacklist, and take them off it.
    Blacklist,
    /// Archive records, and restore them.
    Archive,
    /// Merge two customers into one.
    Merge,
    /// View the unmasked details of one contact at a time. Each view is logged and counts against a daily limit.
    Reveal,
    /// Place a user below another manager.
    ChangeManager,
    /// Reset the password of a user, and change the e-mail address with which they sign in.
    ResetPassword,
    /// Close the account of a user who leaves, and open it again.
    Depart,
    /// End sessions of other users.
    Revoke,
    /// Take over the opportunities or orders that a former owner of the customer left behind.
    Adopt,
    /// Record payments.
    Pay,
    /// Take back payments that were recorded by mistake.
    Reverse,
    /// Record that an order was shipped.
    Ship,
    /// Record that an order was shipped before it was paid in full.
    ShipUnpaid,
    /// Record that an order was delivered.
    Deliver,
    /// Cancel orders of which nothing has been paid.
    Cancel,
    /// Refund orders of which something has been paid.
    Refund,
    /// Preview what a pool rule would do.
    Preview,
    /// View the runs of pool rules.
    ReadRuns,
    /// Approve a run of a pool rule that stopped because it would return too many customers.
    Approve,
    /// Undo a run of a pool rule: the customers go back to their former owners.
    Undo,
}

/// The records that a permission covers, from the point of view of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Scope {
    /// Records that the holder owns; public pools that the holder administers.
    Own,
    /// Records that somebody below the holder owns, at any depth of the tree; public pools that such a user administers.
    Team,
    /// Customers that are not blacklisted in the public pools of which the holder is a member; and these pools.
    Pool,
    /// Customers in any public pool, including blacklisted ones.
    PoolAll,
    /// Customers that the holder created, and what became of them: the stages of their opportunities.
    Entered,
    /// Customers that the holder created, as long as they are in the public pool.
    EnteredPooled,
    /// The names of all users, and nothing else about them.
    Names,
    /// Opportunities, tasks, orders and feedback of the customers that the holder owns, even if somebody else owns the
    /// opportunity, the task or the order.
    Held,
    /// Customers that have an order.
    Ordered,
    /// Orders that were delivered.
    Delivered,
    /// All records.
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

/// A resource and an action: what a role can be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    /// The kind of record.
    pub resource: Resource,
    /// What may be done with it.
    pub action: Action,
}

impl Permission {
    /// The permission to do `action` with `resource`.
    pub const fn to(action: Action, resource: Resource) -> Self {
        Self { resource, action }
    }
}

/// The name of an enum's variant as the policy writes it: `ContactDetails` is `contact_details`.
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

/// The resource and the action of a permission, as the policy writes them.
pub fn policy_words(permission: Permission) -> (String, String) {
    (policy_name(permission.resource), policy_name(permission.action))
}
