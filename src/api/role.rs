//! Roles and their permissions: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use super::people::{DonePayload, done};
use crate::crm::people::policy::{self, RolePermission};
use crate::crm::people::user;
use crate::kernel::access::{Grant, PolicyLine};
use crate::kernel::op::Changes;

/// A role and its permissions.
#[derive(SimpleObject)]
struct RoleView {
    /// The name that identifies the role.
    name: String,
    /// The title of the role in English.
    title_en: String,
    /// The title of the role in Chinese.
    title_zh: String,
    /// Whether HR may give the role to new users.
    grantable_by_hr: bool,
    /// Whether users with the role have no permissions until they have a second factor.
    requires_second_factor: bool,
    /// The names of the roles whose permissions this role has in addition to its own.
    inherits: Vec<String>,
    /// The role's own permissions, without those that it inherits.
    permissions: Vec<RolePermission>,
}

/// The part of `Query` about roles.
#[derive(Default)]
pub struct RoleQuery;

#[Object]
impl RoleQuery {
    /// The roles and their permissions: all of them for users who may change roles or permissions, those that they may
    /// give for users who may create users; for other users the list is empty.
    async fn roles(&self, ctx: &Context<'_>) -> Resolved<Vec<RoleView>> {
        let request = request(ctx);
        let rights = &request.viewer()?.rights;
        let (sees_all, may_give) = (user::sees_roles(rights), Grant::of(rights, user::CREATE).is_some());
        if !sees_all && !may_give {
            return Ok(Vec::new());
        }
        let directory = request.app().directory_now().await?;
        let seen = directory.roles.iter().filter(|role| sees_all || role.grantable_by_hr);
        let roles = seen.map(|role| {
            let mut view = RoleView {
                name: role.name.clone(),
                title_en: role.title_en.clone(),
                title_zh: role.title_zh.clone(),
                grantable_by_hr: role.grantable_by_hr,
                requires_second_factor: role.requires_second_factor,
                inherits: Vec::new(),
                permissions: Vec::new(),
            };
            for line in &directory.policy_lines {
                match line {
                    PolicyLine::Permits { role: of, resource, action, scope } if *of == role.name => {
                        let (resource, action, scope) = (resource.clone(), action.clone(), scope.clone());
                        view.permissions.push(RolePermission { resource, action, scope });
                    }
                    PolicyLine::Inherits { role: of, inherits } if *of == role.name => {
                        view.inherits.push(inherits.clone())
                    }
                    _ => {}
                }
            }
            view
        });
        Ok(roles.collect())
    }
}

/// The permission to give to a role.
#[derive(InputObject)]
struct GrantPermissionInput {
    /// The name of the role.
    role: String,
    /// The kind of record: a value of `Resource` in small letters, like `customer` or `contact_details`.
    resource: String,
    /// What the role may do with it: a value of `Action` in small letters, like `read` or `claim`.
    action: String,
    /// The records that the permission covers: a value of `Scope` in small letters, like `own`, `team`, `pool` or
    /// `all`. A scope that the permission can't have is refused (`INVALID`).
    scope: String,
}

/// The permission to take from a role.
#[derive(InputObject)]
struct RevokePermissionInput {
    /// The name of the role.
    role: String,
    /// The kind of record: a value of `Resource` in small letters, like `customer` or `contact_details`.
    resource: String,
    /// What the role may no longer do with it: a value of `Action` in small letters, like `read` or `claim`.
    action: String,
    /// The records that the permission covers: a value of `Scope` in small letters, like `own`, `team`, `pool` or
    /// `all`.
    scope: String,
}

/// The role to create or change.
#[derive(InputObject)]
struct SaveRoleInput {
    /// The name that identifies the role: 1 to 32 small letters, digits and `_`, beginning with a letter. If no role
    /// has this name, it is created.
    name: String,
    /// The title of the role in English: 1 to 100 characters.
    title_en: String,
    /// The title of the role in Chinese: 1 to 100 characters.
    title_zh: String,
    /// Whether HR may give the role to new users.
    #[graphql(default)]
    grantable_by_hr: bool,
    /// Whether users with the role have no permissions until they have a second factor. If it is left out, it stays as it is
    /// (false for a new role).
    requires_second_factor: Option<bool>,
}

/// The part of `Mutation` about roles.
#[derive(Default)]
pub struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Gives a permission to a role, on all servers within a second. If the role has it already, nothing changes.
    async fn grant_permission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The permission to give to a role.")] input: GrantPermissionInput,
    ) -> Resolved<DonePayload> {
        let GrantPermissionInput { role, resource, action, scope } = input;
        let permission = RolePermission { resource, action, scope };
        done(ctx, Changes::Directory, async |op| policy::grant(op, &role, &permission).await).await
    }

    /// Takes a permission from a role, on all servers within a second. If nobody would be left who can change
    /// permissions, it is refused (`LAST_ADMINISTRATOR`).
    async fn revoke_permission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The permission to take from a role.")] input: RevokePermissionInput,
    ) -> Resolved<DonePayload> {
        let RevokePermissionInput { role, resource, action, scope } = input;
        let permission = RolePermission { resource, action, scope };
        done(ctx, Changes::Directory, async |op| policy::revoke(op, &role, &permission).await).await
    }

    /// Creates a role, or changes the role with this name.
    async fn save_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role to create or change.")] input: SaveRoleInput,
    ) -> Resolved<DonePayload> {
        done(ctx, Changes::Directory, async |op| {
            let SaveRoleInput { name, title_en, title_zh, grantable_by_hr, requires_second_factor } = &input;
            policy::save_role(op, name, title_en, title_zh, *grantable_by_hr, *requires_second_factor).await
        })
        .await
    }
}
