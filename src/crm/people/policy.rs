//! What roles may do, changed while the servers run.

use std::collections::HashMap;

use super::store;
use super::user::WRITE_ROLE;
use crate::kernel::access::{Action, Permission, Policy, PolicyLine, Resource};
use crate::kernel::directory::Member;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// To change what roles may do.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Permission);

/// One permission of a role, as the policy writes it.
#[derive(Debug, Clone, PartialEq, Eq, async_graphql::SimpleObject)]
#[graphql(name = "RolePermission")]
pub struct RolePermission {
    /// Of which kind of thing: `customer`, `contact_details`, …
    pub resource: String,
    /// To do what: `read`, `claim`, …
    pub action: String,
    /// How far: `own`, `team`, `pool`, `all`, …
    pub scope: String,
}

impl RolePermission {
    fn line(&self, role: &str) -> PolicyLine {
        PolicyLine::Permits {
            role: role.to_owned(),
            resource: self.resource.clone(),
            action: self.action.clone(),
            scope: self.scope.clone(),
        }
    }
}

/// Permits a role something. What it may already stays so.
pub async fn grant(op: &mut Op<'_>, role: &str, permission: &RolePermission) -> Result<(), Error> {
    op.authorize(WRITE)?;
    require_role(op, role)?;
    let line = permission.line(role);
    if !line.is_known() {
        return Err(UserError::invalid(
            &["scope"],
            "There is no such permission with this scope.",
            "没有该权限，或该权限不支持此范围。",
        )
        .into());
    }
    store::add_line(op.db(), &line).await?;
    Ok(())
}

/// Takes a permission from a role. What it may not already stays so.
pub async fn revoke(op: &mut Op<'_>, role: &str, permission: &RolePermission) -> Result<(), Error> {
    op.authorize(WRITE)?;
    require_role(op, role)?;
    let line = permission.line(role);
    keep_an_administrator(op, |_, lines| lines.retain(|kept| *kept != line)).await?;
    store::remove_permission(op.db(), role, &permission.resource, &permission.action, &permission.scope).await?;
    Ok(())
}

/// Enters a role, or changes the one of this name.
pub async fn save_role(
    op: &mut Op<'_>,
    name: &str,
    title_en: &str,
    title_zh: &str,
    grantable_by_hr: bool,
) -> Result<(), Error> {
    op.authorize(WRITE_ROLE)?;
    let is_name = (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        return Err(UserError::invalid(
            &["name"],
            "is made of 1 to 32 small letters, digits and _, a letter first",
            "由 1 到 32 个小写字母、数字和下划线组成，以字母开头",
        )
        .into());
    }
    let title_en = text::line(&["titleEn"], title_en, 1, 100)?;
    let title_zh = text::line(&["titleZh"], title_zh, 1, 100)?;
    store::save_role(op.db(), name, &title_en, &title_zh, grantable_by_hr).await?;
    Ok(())
}

fn require_role(op: &Op<'_>, name: &str) -> Result<(), UserError> {
    let is_there = op.directory().roles.iter().any(|role| role.name == name);
    if is_there { Ok(()) } else { Err(UserError::not_found().at(&["role"])) }
}

/// Refuses a change of people or policy by which the last one goes who could change the policy. The caller holds the
/// directory's lock, so what is read here stays so.
pub(super) async fn keep_an_administrator(
    op: &mut Op<'_>,
    change: impl FnOnce(&mut HashMap<UserId, Member>, &mut Vec<PolicyLine>),
) -> Result<(), Error> {
    let directory = crate::kernel::directory::read(op.db()).await?;
    let (mut people, mut lines) = (directory.people, directory.policy_lines);
    let had_one = has_administrator(&people, &directory.policy)?;
    change(&mut people, &mut lines);
    let policy = Policy::load(lines).await.map_err(|error| Error::Internal(error.into()))?;
    if !had_one || has_administrator(&people, &policy)? {
        return Ok(());
    }
    let text = Text::new(
        "Nobody could change permissions any more: the last administrator stays.",
        "至少需要保留一名管理员。",
    );
    Err(UserError::new(Code::LastAdministrator, text).into())
}

fn has_administrator(people: &HashMap<UserId, Member>, policy: &Policy) -> Result<bool, Error> {
    for member in people.values().filter(|member| member.is_active && !member.roles.is_empty()) {
        let grants = policy.grants(&member.roles).map_err(|error| Error::Internal(error.into()))?;
        if grants.contains_key(&WRITE) {
            return Ok(true);
        }
    }
    Ok(false)
}
