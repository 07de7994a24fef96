//! Permissions: an action on a resource, and the scopes that it can have.

use std::fmt;
use std::str::FromStr;

/// A kind of data that permissions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Resource {
    /// Customers.
    Customer,
    /// The level of a customer. Only managers and administrators may set it.
    CustomerLevel,
    /// Contacts: the people at a customer.
    Contact,
    /// Phone numbers, e-mail addresses and WeChat ids of contacts. Without this permission they are masked.
    ContactDetails,
    /// The operation log: every change of a customer's owner.
    Operation,
    /// Batches: operations on many customers at once.
    OperationBatch,
    /// Imports of customers from files.
    Import,
    /// Users and their place in the reporting tree.
    User,
    /// Absences of users.
    Absence,
    /// Sessions: sign-ins of users.
    Session,
    /// The roles of users.
    Role,
    /// The policy: the permissions of roles.
    Permission,
    /// Shared settings, choices and definitions of extra fields.
    Setting,
    /// Notifications of the viewer.
    Notification,
    /// Products.
    Product,
    /// Sales opportunities.
    Opportunity,
    /// Follow-ups: records of contact with customers.
    FollowUp,
    /// Orders.
    Order,
    /// Feedback of customers on delivered orders.
    Feedback,
    /// Pool rules, which return customers to the public pool.
    PoolRule,
    /// Scheduled jobs of the servers.
    Job,
}

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Action {
    /// Read.
    Read,
    /// Create.
    Create,
    /// Update.
    Update,
    /// Create and update.
    Write,
    /// Claim from the public pool.
    Claim,
    /// Release to the public pool.
    Release,
    /// Assign from the public pool to a rep.
    Assign,
    /// Transfer from one owner to another.
    Transfer,
    /// Put on the blacklist, and remove from it.
    Blacklist,
    /// Archive and restore.
    Archive,
    /// Merge two into one.
    Merge,
    /// Reveal the details of one contact. Each reveal is logged and counts towards the daily limit.
    Reveal,
    /// Change the manager.
    ChangeManager,
    /// Record a departure, which closes the user's account, or reactivate a departed user.
    Depart,
    /// End a session.
    Revoke,
    /// Take over what a former owner of the customer left.
    Adopt,
    /// Record a payment.
    Pay,
    /// Record the shipment.
    Ship,
    /// Record the delivery.
    Deliver,
    /// Cancel before anything is paid.
    Cancel,
    /// Record the refund.
    Refund,
    /// Preview what a pool rule would do.
    Preview,
    /// Read the runs of pool rules.
    ReadRuns,
    /// Approve a run that stopped at its safety limit.
    Approve,
    /// Undo a run: return the customers to their former owners.
    Undo,
}

/// Which rows a permission reaches, relative to the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Scope {
    /// Rows that the viewer owns.
    Own,
    /// Rows that anyone below the viewer in the reporting tree owns, at any depth.
    Team,
    /// Customers in the public pool that are not blacklisted.
    Pool,
    /// Customers in the public pool, blacklisted ones included.
    PoolAll,
    /// Customers that the viewer created.
    Entered,
    /// Customers that the viewer created, while they are in the public pool.
    EnteredPooled,
    /// All users, but only their names.
    Names,
    /// Opportunities, orders and feedback of customers that the viewer owns, also those that somebody else created.
    Held,
    /// Customers that have ordered.
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
    /// The resource.
    pub resource: Resource,
    /// The action.
    pub action: Action,
}

impl Permission {
    /// The permission to do `action` with `resource`.
    pub const fn to(action: Action, resource: Resource) -> Self {
        Self { resource, action }
    }

    /// The permission in words for Chinese users, such as `客户：归档`.
    pub fn in_chinese(self) -> String {
        format!("{}：{}", self.resource.in_chinese(), self.action.in_chinese())
    }
}

impl Resource {
    fn in_chinese(self) -> &'static str {
        match self {
            Self::Customer => "客户",
            Self::CustomerLevel => "客户等级",
            Self::Contact => "联系人",
            Self::ContactDetails => "联系方式",
            Self::Operation => "领取/释放记录",
            Self::OperationBatch => "批量操作记录",
            Self::Import => "客户导入",
            Self::User => "用户",
            Self::Absence => "缺勤",
            Self::Session => "登录会话",
            Self::Role => "角色",
            Self::Permission => "权限",
            Self::Setting => "系统设置",
            Self::Notification => "通知",
            Self::Product => "产品",
            Self::Opportunity => "销售机会",
            Self::FollowUp => "跟进记录",
            Self::Order => "订单",
            Self::Feedback => "客户反馈",
            Self::PoolRule => "公海池规则",
            Self::Job => "定时任务",
        }
    }
}

impl Action {
    fn in_chinese(self) -> &'static str {
        match self {
            Self::Read => "查看",
            Self::Create => "新建",
            Self::Update => "修改",
            Self::Write => "编辑",
            Self::Claim => "领取",
            Self::Release => "释放",
            Self::Assign => "分配",
            Self::Transfer => "转移",
            Self::Blacklist => "设置黑名单",
            Self::Archive => "归档",
            Self::Merge => "合并",
            Self::Reveal => "查看完整信息",
            Self::ChangeManager => "调整主管",
            Self::Depart => "办理离职",
            Self::Revoke => "强制下线",
            Self::Adopt => "接手",
            Self::Pay => "登记付款",
            Self::Ship => "登记发货",
            Self::Deliver => "确认送达",
            Self::Cancel => "取消",
            Self::Refund => "退款",
            Self::Preview => "预览",
            Self::ReadRuns => "查看执行记录",
            Self::Approve => "批准执行",
            Self::Undo => "撤销执行",
        }
    }
}

/// Every permission, with the scopes that it can have. A policy line outside this list is refused.
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

/// The name of a resource, action or scope in the policy: `ContactDetails` is `contact_details`.
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

/// The permission that the policy names by a resource and an action; `None` if the catalogue does not have it.
pub fn permission_named(resource: &str, action: &str) -> Option<Permission> {
    CATALOGUE
        .iter()
        .map(|(permission, _)| *permission)
        .find(|permission| policy_name(permission.resource) == resource && policy_name(permission.action) == action)
}

/// The resource and the action by which the policy names a permission.
pub fn policy_words(permission: Permission) -> (String, String) {
    (policy_name(permission.resource), policy_name(permission.action))
}
