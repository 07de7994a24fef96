//! The catalogue of permissions: which exist, which scopes each can have, and how a refusal names it.

use super::permission::{Action, Permission, Resource, Scope, policy_words};

/// A permission that a role can hold.
pub struct Entry {
    /// The resource and the action.
    pub permission: Permission,
    /// The scopes that it can have.
    pub scopes: &'static [Scope],
    /// What it permits, to complete "You may not …" in English.
    en: &'static str,
    /// The same, to complete "你没有…的权限" in Chinese.
    zh: &'static str,
}

const fn entry(
    action: Action,
    resource: Resource,
    scopes: &'static [Scope],
    en: &'static str,
    zh: &'static str,
) -> Entry {
    Entry { permission: Permission::to(action, resource), scopes, en, zh }
}

/// Every permission that exists. A policy line outside this list is refused.
pub const CATALOGUE: &[Entry] = {
    use {Action as A, Resource as R, Scope as S};
    &[
        entry(
            A::Read,
            R::Customer,
            &[S::Own, S::Team, S::Pool, S::PoolAll, S::Entered, S::EnteredPooled, S::Ordered, S::All],
            "view customers",
            "查看客户",
        ),
        entry(A::Create, R::Customer, &[S::Own, S::Team, S::Pool, S::All], "create customers", "录入客户"),
        entry(
            A::Update,
            R::Customer,
            &[S::Own, S::Team, S::PoolAll, S::EnteredPooled, S::All],
            "edit customers",
            "修改客户",
        ),
        entry(A::Claim, R::Customer, &[S::Pool], "claim customers", "领取客户"),
        entry(A::Release, R::Customer, &[S::Own, S::Team, S::All], "release customers", "释放客户"),
        entry(A::Assign, R::Customer, &[S::Pool, S::PoolAll, S::All], "assign customers", "分配客户"),
        entry(
            A::Move,
            R::Customer,
            &[S::Team, S::Pool, S::PoolAll, S::All],
            "move customers to another public pool",
            "将客户移到其他公海",
        ),
        entry(A::Transfer, R::Customer, &[S::Team, S::All], "transfer customers", "转移客户"),
        entry(
            A::Blacklist,
            R::Customer,
            &[S::Own, S::Team, S::PoolAll, S::All],
            "put customers on the blacklist or take them off it",
            "将客户加入或移出黑名单",
        ),
        entry(
            A::Archive,
            R::Customer,
            &[S::Team, S::PoolAll, S::EnteredPooled, S::All],
            "archive or restore customers",
            "归档或恢复客户",
        ),
        entry(A::Merge, R::Customer, &[S::Team, S::PoolAll, S::EnteredPooled, S::All], "merge customers", "合并客户"),
        entry(
            A::Write,
            R::CustomerLevel,
            &[S::Own, S::Team, S::EnteredPooled, S::All],
            "set the level of customers",
            "设置客户级别",
        ),
        entry(
            A::Read,
            R::Contact,
            &[S::Own, S::Team, S::EnteredPooled, S::PoolAll, S::Ordered, S::All],
            "view contacts",
            "查看联系人",
        ),
        entry(
            A::Write,
            R::Contact,
            &[S::Own, S::Team, S::EnteredPooled, S::PoolAll, S::All],
            "create or edit contacts",
            "新建或修改联系人",
        ),
        entry(
            A::Read,
            R::ContactDetails,
            &[S::Own, S::Team, S::EnteredPooled, S::All],
            "view the unmasked details of contacts",
            "查看联系人的完整联系方式",
        ),
        entry(
            A::Reveal,
            R::ContactDetails,
            &[S::Own, S::Team, S::EnteredPooled, S::Ordered, S::All],
            "reveal the masked details of contacts",
            "查看联系人被隐藏的联系方式",
        ),
        entry(
            A::Read,
            R::Operation,
            &[S::Own, S::Team, S::Pool, S::PoolAll, S::Entered, S::EnteredPooled, S::All],
            "view the operation log",
            "查看归属变更记录",
        ),
        entry(A::Read, R::OperationBatch, &[S::Own, S::Team, S::All], "view operation batches", "查看批量操作"),
        entry(A::Write, R::Import, &[S::Own, S::All], "import customers", "导入客户"),
        entry(A::Read, R::User, &[S::Own, S::Team, S::Names, S::All], "view users", "查看用户"),
        entry(A::Create, R::User, &[S::All], "create users", "新建用户"),
        entry(A::Update, R::User, &[S::All], "edit the names and phone numbers of users", "修改用户的姓名和电话"),
        entry(
            A::ResetPassword,
            R::User,
            &[S::All],
            "reset the passwords or change the e-mail addresses of users",
            "重置用户密码或修改用户邮箱",
        ),
        entry(A::ChangeManager, R::User, &[S::All], "change the manager of users", "调整用户的上级"),
        entry(A::Depart, R::User, &[S::All], "close or reopen the accounts of users", "停用或重新启用用户账号"),
        entry(A::Write, R::Absence, &[S::Team, S::All], "record or cancel absences", "登记或取消请假"),
        entry(A::Revoke, R::Session, &[S::All], "end the sessions of other users", "让其他用户退出登录"),
        entry(A::Write, R::ApiKey, &[S::All], "create, revoke or view API keys", "管理 API 密钥"),
        entry(A::Write, R::Role, &[S::All], "edit roles or give them to users", "修改角色或为用户分配角色"),
        entry(A::Write, R::Permission, &[S::All], "change the permissions of roles", "修改角色权限"),
        entry(A::Read, R::Setting, &[S::All], "view the settings", "查看设置"),
        entry(A::Write, R::Setting, &[S::All], "change the settings", "修改设置"),
        entry(A::Read, R::Notification, &[S::Own], "view notifications", "查看通知"),
        entry(A::Read, R::Product, &[S::All], "view products", "查看产品"),
        entry(A::Write, R::Product, &[S::All], "create or edit products", "新建或修改产品"),
        entry(
            A::Read,
            R::Opportunity,
            &[S::Own, S::Held, S::Team, S::Pool, S::PoolAll, S::Entered, S::All],
            "view opportunities",
            "查看商机",
        ),
        entry(A::Write, R::Opportunity, &[S::Own, S::Team, S::All], "create or edit opportunities", "新建或修改商机"),
        entry(A::Adopt, R::Opportunity, &[S::Held, S::Team, S::All], "adopt opportunities", "接手商机"),
        entry(A::Read, R::FollowUp, &[S::Own, S::Team, S::All], "view follow-ups", "查看跟进记录"),
        entry(A::Create, R::FollowUp, &[S::Own, S::Team, S::All], "record or correct follow-ups", "新增或修改跟进记录"),
        entry(A::Read, R::Task, &[S::Own, S::Held, S::Team, S::All], "view tasks", "查看任务"),
        entry(
            A::Write,
            R::Task,
            &[S::Own, S::Held, S::Team, S::All],
            "create, move, complete or cancel tasks",
            "新建、改期、完成或取消任务",
        ),
        entry(A::Read, R::Order, &[S::Own, S::Held, S::Team, S::All], "view orders", "查看订单"),
        entry(A::Create, R::Order, &[S::Own, S::Team, S::All], "create or edit orders", "新建或修改订单"),
        entry(A::Pay, R::Order, &[S::Own, S::Team, S::All], "record payments of orders", "登记订单收款"),
        entry(A::Reverse, R::Order, &[S::Own, S::Team, S::All], "take payments of orders back", "冲销订单收款"),
        entry(
            A::ShipUnpaid,
            R::Order,
            &[S::Own, S::Team, S::All],
            "ship orders before they are paid in full",
            "在订单全额收款前发货",
        ),
        entry(A::Ship, R::Order, &[S::Own, S::Team, S::All], "record the shipment of orders", "登记订单发货"),
        entry(A::Deliver, R::Order, &[S::Own, S::Team, S::All], "record the delivery of orders", "登记订单签收"),
        entry(A::Cancel, R::Order, &[S::Own, S::Team, S::All], "cancel orders", "取消订单"),
        entry(A::Refund, R::Order, &[S::Own, S::Team, S::All], "refund orders", "为订单退款"),
        entry(A::Adopt, R::Order, &[S::Held, S::Team, S::All], "adopt orders", "接手订单"),
        entry(A::Read, R::Feedback, &[S::Own, S::Held, S::Team, S::All], "view feedback", "查看客户反馈"),
        entry(A::Write, R::Feedback, &[S::Delivered, S::All], "record or edit feedback", "登记或修改客户反馈"),
        entry(A::Read, R::Pool, &[S::Own, S::Team, S::Pool, S::All], "view public pools", "查看公海设置"),
        entry(A::Write, R::Pool, &[S::Own, S::Team, S::All], "create or edit public pools", "新建或修改公海"),
        entry(A::Read, R::PoolRule, &[S::All], "view pool rules", "查看公海规则"),
        entry(A::Write, R::PoolRule, &[S::All], "create or edit pool rules", "新建或修改公海规则"),
        entry(A::Preview, R::PoolRule, &[S::All], "preview pool rules", "预览公海规则"),
        entry(A::ReadRuns, R::PoolRule, &[S::All], "view the runs of pool rules", "查看公海规则的执行记录"),
        entry(A::Approve, R::PoolRule, &[S::All], "approve runs of pool rules", "批准公海规则的执行"),
        entry(A::Undo, R::PoolRule, &[S::All], "undo runs of pool rules", "撤销公海规则的执行"),
        entry(A::Read, R::Job, &[S::All], "view jobs", "查看定时任务"),
        entry(A::Read, R::Audit, &[S::All], "view the audit log", "查看审计日志"),
        entry(A::Read, R::Analytics, &[S::Own, S::Team, S::All], "view figures", "查看销售分析"),
        entry(A::Read, R::Target, &[S::Own, S::Team, S::All], "view targets", "查看业绩目标"),
        entry(A::Write, R::Target, &[S::Team, S::All], "set targets", "设置业绩目标"),
    ]
};

/// The permission of the catalogue that a policy line calls by these two words.
pub fn permission_named(resource: &str, action: &str) -> Option<Permission> {
    let words = (resource.to_owned(), action.to_owned());
    CATALOGUE.iter().map(|entry| entry.permission).find(|permission| policy_words(*permission) == words)
}

impl Permission {
    /// What it permits, in English and in Chinese, to complete "You may not …" and "你没有…的权限".
    pub fn in_words(self) -> (&'static str, &'static str) {
        let entry = CATALOGUE.iter().find(|entry| entry.permission == self);
        entry.map(|entry| (entry.en, entry.zh)).expect("code asks only for permissions of the catalogue")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_permission_has_words_of_its_own_in_both_languages() {
        let (mut permissions, mut english, mut chinese) = (HashSet::new(), HashSet::new(), HashSet::new());
        for Entry { permission, .. } in CATALOGUE {
            let (en, zh) = permission.in_words();
            assert!(en.starts_with(|letter: char| letter.is_ascii_lowercase()) && !en.ends_with('.'), "{en:?}");
            assert!(
                en.is_ascii() && zh.chars().count() >= 4 && !zh.contains(|letter: char| letter.is_ascii_lowercase()),
                "{zh:?}"
            );
            assert!(permissions.insert(permission), "{permission} stands there twice");
            assert!(english.insert(en) && chinese.insert(zh), "{permission} has the words of another permission");
        }
    }
}
