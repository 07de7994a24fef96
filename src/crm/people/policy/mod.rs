//! Roles and their permissions, which can be changed while the servers run.

mod store;

use super::WRITE_ROLE;
use crate::kernel::access::{Action, Permission, Policy, PolicyLine, Resource, Rights};
use crate::kernel::audit::{Entry, Kind, shown};
use crate::kernel::directory::{Directory, People};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
use crate::kernel::text;
pub(super) use store::{has_roles, insert_line, insert_roles};

/// The permission to change the permissions of roles.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Permission);

/// A permission of a role.
#[derive(Debug, Clone, PartialEq, Eq, async_graphql::SimpleObject)]
#[graphql(name = "RolePermission")]
pub struct RolePermission {
    /// What the permission is about, such as `customer` or `contact_details`.
    pub resource: String,
    /// What the role may do with it, such as `read` or `claim`.
    pub action: String,
    /// For which rows the permission holds, such as `own`, `team`, `pool` or `all`.
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

/// Gives a permission to a role. It is no error if the role has it already.
pub async fn grant(op: &mut Op<'_>, role: &str, permission: &RolePermission) -> Result<(), Error> {
    op.authorize(WRITE)?;
    require_role(op, role)?;
    let line = permission.line(role);
    if !line.is_known() {
        return Err(UserError::invalid(
            &["scope"],
            "There is no permission with this resource, action and scope.",
            "没有该权限，或该权限不支持此范围。",
        )
        .into());
    }
    insert_line(op.db(), &line).await?;
    op.audit(Entry::of(Kind::PermissionGranted).detail(line.to_string())).await
}

/// Takes a permission from a role. It is no error if the role does not have it.
pub async fn revoke(op: &mut Op<'_>, role: &str, permission: &RolePermission) -> Result<(), Error> {
    op.authorize(WRITE)?;
    require_role(op, role)?;
    let line = permission.line(role);
    check_administrator_remains(op, |_, lines| lines.retain(|kept| *kept != line)).await?;
    store::delete_permission(op.db(), role, &permission.resource, &permission.action, &permission.scope).await?;
    op.audit(Entry::of(Kind::PermissionRevoked).detail(line.to_string())).await
}

/// Creates a role, or changes the role with this name. `requires_second_factor` stays as it is without a value.
pub async fn save_role(
    op: &mut Op<'_>,
    name: &str,
    title_en: &str,
    title_zh: &str,
    grantable_by_hr: bool,
    requires_second_factor: Option<bool>,
) -> Result<(), Error> {
    op.authorize(WRITE_ROLE)?;
    let is_valid_name = (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_valid_name {
        return Err(UserError::invalid(
            &["name"],
            "The name must have 1 to 32 lower-case letters, digits and underscores, and must begin with a letter.",
            "角色名必须由 1 到 32 个小写字母、数字和下划线组成，并以字母开头。",
        )
        .into());
    }
    if grantable_by_hr {
        check_given(op, &[name.to_owned()])?;
    }
    let title_en = text::line(&["titleEn"], title_en, 1, 100)?;
    let title_zh = text::line(&["titleZh"], title_zh, 1, 100)?;
    store::save_role(op.db(), name, &title_en, &title_zh, grantable_by_hr, requires_second_factor).await?;
    let entry = Entry::of(Kind::RoleSaved).detail(format!("role: {name}"));
    let entry = entry.detail(format!("grantableByHr: {grantable_by_hr}"));
    op.audit(entry.detail(format!("requiresSecondFactor: {}", shown(requires_second_factor)))).await
}

fn require_role(op: &Op<'_>, name: &str) -> Result<(), UserError> {
    let exists = op.directory().roles.iter().any(|role| role.name == name);
    if exists { Ok(()) } else { Err(UserError::not_found().at(&["role"])) }
}

/// Whether the account of a user may be changed by somebody with these rights: who may write roles or permissions is
/// changed only by those who may write the same. Otherwise HR could shut out administrators. A departed user counts
/// with the roles that they would have again.
pub(super) fn may_change_account(rights: &Rights, directory: &Directory, user: UserId) -> Result<bool, Error> {
    let Some(member) = directory.people.get(&user) else { return Ok(true) };
    let held = directory.policy.grants(&member.roles).map_err(|error| Error::Internal(error.into()))?;
    let is_exceeded = |permission| held.contains_key(&permission) && rights.scopes(permission).is_empty();
    Ok(![WRITE_ROLE, WRITE].into_iter().any(is_exceeded))
}

/// The active users who may write roles or permissions.
pub(super) fn administrators(directory: &Directory) -> Result<Vec<UserId>, Error> {
    let mut found = Vec::new();
    for (user, member) in directory.people.iter().filter(|(_, member)| member.is_active) {
        let held = directory.policy.grants(&member.roles).map_err(|error| Error::Internal(error.into()))?;
        if [WRITE_ROLE, WRITE].iter().any(|permission| held.contains_key(permission)) {
            found.push(*user);
        }
    }
    Ok(found)
}

/// Refuses an operation on an account that [may not be changed](may_change_account) by the actor.
pub(super) fn check_account(op: &Op<'_>, directory: &Directory, user: UserId) -> Result<(), Error> {
    if may_change_account(&op.viewer()?.rights, directory, user)? {
        return Ok(());
    }
    let text = Text::new(
        "Only a user with the same permissions may do this with the account of an administrator.",
        "管理员账号只能由拥有同等权限的用户操作。",
    );
    Err(UserError::new(Code::Forbidden, text).into())
}

/// Refuses to give roles with the permission to write roles or permissions to somebody, unless the actor has the same.
/// Otherwise who may give roles could make themselves an administrator.
pub(super) fn check_given(op: &Op<'_>, roles: &[String]) -> Result<(), Error> {
    let held = op.directory().policy.grants(roles).map_err(|error| Error::Internal(error.into()))?;
    let rights = op.rights()?;
    let exceeds = |permission| held.contains_key(&permission) && rights.scopes(permission).is_empty();
    if ![WRITE_ROLE, WRITE].into_iter().any(exceeds) {
        return Ok(());
    }
    let text = Text::new(
        "Only a user with the same permissions may give a role that may write roles or permissions.",
        "可修改角色或权限的角色，只能由拥有同等权限的用户授予。",
    );
    Err(UserError::new(Code::Forbidden, text).at(&["roles"]).into())
}

/// Refuses a change of users or policy after which no active user could change the policy any more. The caller holds
/// the lock of the directory, so nobody else changes it meanwhile.
pub(super) async fn check_administrator_remains(
    op: &mut Op<'_>,
    change: impl FnOnce(&mut People, &mut Vec<PolicyLine>),
) -> Result<(), Error> {
    let directory = op.present_directory().await?;
    let (mut people, mut lines) = (directory.people.clone(), directory.policy_lines.clone());
    let had_administrator = has_administrator(&people, &directory.policy)?;
    change(&mut people, &mut lines);
    let policy = Policy::load(lines).await.map_err(|error| Error::Internal(error.into()))?;
    if !had_administrator || has_administrator(&people, &policy)? {
        return Ok(());
    }
    let text = Text::new(
        "This would remove the last user who can change permissions.",
        "系统至少需要保留一名可以修改权限的管理员。",
    );
    Err(UserError::new(Code::LastAdministrator, text).into())
}

fn has_administrator(people: &People, policy: &Policy) -> Result<bool, Error> {
    for (_, member) in people.iter().filter(|(_, member)| member.is_active && !member.roles.is_empty()) {
        let grants = policy.grants(&member.roles).map_err(|error| Error::Internal(error.into()))?;
        if grants.contains_key(&WRITE) {
            return Ok(true);
        }
    }
    Ok(false)
}
