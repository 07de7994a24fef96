//! People: signing in, who one is, users, roles and permissions.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change, refusable};
use super::base::planned::{Planned, PlannedUser};
use crate::crm::customer::{ClaimQuota, claim_quota};
use crate::crm::people::policy::{self, RolePermission};
use crate::crm::people::session::{self, OpenSession, SignedIn};
use crate::crm::people::{NewUser, sign_in, user};
use crate::kernel::access::{Action, Grant, PolicyLine, Resource, Scope};
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::DateTime;

/// You.
pub struct ViewerView {
    viewer: Viewer,
    name: String,
    email: String,
    roles: Vec<String>,
}

impl ViewerView {
    async fn of(app: &App, viewer: Viewer) -> Result<Self, Error> {
        let directory = app.directory().await?;
        let member = directory.people.get(&viewer.user).cloned().ok_or(Error::Unauthenticated)?;
        Ok(Self { viewer, name: member.name, email: member.email, roles: member.roles })
    }
}

/// You: the user who is signed in.
#[Object(name = "Viewer")]
impl ViewerView {
    /// Your id, that of a `User`.
    async fn id(&self) -> UserId {
        self.viewer.user
    }

    /// Your name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The address by which you sign in.
    async fn email(&self) -> &str {
        &self.email
    }

    /// The names of your roles.
    async fn roles(&self) -> &[String] {
        &self.roles
    }

    /// What you may do, and how far it reaches.
    async fn permissions(&self) -> Vec<ViewerPermission> {
        let mut permissions: Vec<_> = self.viewer.rights.grants.iter().collect();
        permissions.sort_by_key(|(permission, _)| **permission);
        permissions
            .into_iter()
            .map(|(permission, scopes)| ViewerPermission {
                resource: permission.resource,
                action: permission.action,
                scopes: scopes.iter().collect(),
            })
            .collect()
    }

    /// How many more customers you may claim; null for those who do not claim.
    async fn claim_quota(&self, ctx: &Context<'_>) -> Resolved<Option<ClaimQuota>> {
        if Grant::of(&self.viewer.rights, crate::crm::customer::pool::CLAIM).is_none() {
            return Ok(None);
        }
        Ok(Some(claim_quota(request(ctx).app(), &self.viewer).await?))
    }

    /// How many of your notifications you have not read.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Resolved<i32> {
        let unread = crate::crm::notification::count_unread(request(ctx).app().pool(), self.viewer.user).await;
        Ok(i32::try_from(unread.map_err(Error::from)?).unwrap_or(i32::MAX))
    }

    /// Your open sign-ins, the latest first.
    async fn sessions(&self, ctx: &Context<'_>) -> Resolved<Vec<OpenSession>> {
        Ok(session::open_sessions(request(ctx).app(), self.viewer.user).await?)
    }

    /// The id of this sign-in.
    async fn session_id(&self) -> SessionId {
        self.viewer.session
    }
}

/// A permission that you hold.
#[derive(SimpleObject)]
struct ViewerPermission {
    /// Of which kind of thing.
    resource: Resource,
    /// To do what.
    action: Action,
    /// How far: all of these together.
    scopes: Vec<Scope>,
}

/// A role, and what it may do.
#[derive(SimpleObject)]
struct RoleView {
    /// The name by which the policy knows it.
    name: String,
    /// What people call it, in English.
    title_en: String,
    /// What people call it, in Chinese.
    title_zh: String,
    /// Whether HR may give it to new users.
    grantable_by_hr: bool,
    /// The roles whose permissions it has, too.
    inherits: Vec<String>,
    /// Its own permissions.
    permissions: Vec<RolePermission>,
}

/// The part of `Query` about people.
#[derive(Default)]
pub struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// You: the user who is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Resolved<ViewerView> {
        let request = request(ctx);
        Ok(ViewerView::of(request.app(), request.viewer()?.clone()).await?)
    }

    /// The roles and what they may do, for those who may change either; for others an empty list.
    async fn roles(&self, ctx: &Context<'_>) -> Resolved<Vec<RoleView>> {
        let request = request(ctx);
        if !user::sees_roles(&request.viewer()?.rights) {
            return Ok(Vec::new());
        }
        let directory = request.app().directory().await?;
        let roles = directory.roles.iter().map(|role| {
            let mut view = RoleView {
                name: role.name.clone(),
                title_en: role.title_en.clone(),
                title_zh: role.title_zh.clone(),
                grantable_by_hr: role.grantable_by_hr,
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

    /// Somebody's open sign-ins, the latest first; for those who may end them. For others an empty list.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] user_id: UserId,
    ) -> Resolved<Vec<OpenSession>> {
        let request = request(ctx);
        if Grant::of(&request.viewer()?.rights, session::REVOKE).is_none() {
            return Ok(Vec::new());
        }
        Ok(session::open_sessions(request.app(), user_id).await?)
    }
}

/// Who signs in.
#[derive(InputObject)]
struct LoginInput {
    /// Your e-mail address, in any case.
    email: String,
    /// Your password.
    #[graphql(secret)]
    password: String,
}

/// The token to renew.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token that you got last; it is good once.
    #[graphql(secret)]
    refresh_token: String,
}

/// Tokens for what follows.
#[derive(SimpleObject, Default)]
struct LoginPayload {
    /// For the header `Authorization: Bearer …`; null when it was refused.
    access_token: Option<String>,
    /// For `refreshSession`, once, within 30 days.
    refresh_token: Option<String>,
    /// When the access token ends.
    expires_at: Option<DateTime>,
    /// You.
    viewer: Option<ViewerView>,
    /// Why it was refused.
    user_errors: Vec<UserErrorView>,
}

/// Whether it was done.
#[derive(SimpleObject)]
pub struct DonePayload {
    /// Whether it was done.
    pub done: bool,
    /// Why it was refused.
    pub user_errors: Vec<UserErrorView>,
}

/// Your old password and the new one.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The present one.
    #[graphql(secret)]
    old_password: String,
    /// The new one; 10 to 200 characters.
    #[graphql(secret)]
    new_password: String,
}

/// The sign-in to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// Its id.
    session_id: SessionId,
}

/// The user to create.
#[derive(InputObject)]
struct CreateUserInput {
    /// The address by which they sign in.
    email: String,
    /// Their name; 1 to 100 characters.
    name: String,
    /// Their phone number.
    phone: Option<String>,
    /// Whom they answer to; left out: nobody.
    manager_id: Option<UserId>,
    /// The names of their roles.
    roles: Vec<String>,
    /// A first password, 10 to 200 characters; without one they can't sign in.
    #[graphql(secret)]
    password: Option<String>,
}

/// Where somebody belongs in the tree.
#[derive(InputObject)]
struct ChangeManagerInput {
    /// Who moves.
    user_id: UserId,
    /// Whom they answer to from now on; null: nobody.
    manager_id: Option<UserId>,
}

/// Who gets which roles.
#[derive(InputObject)]
struct SetRolesInput {
    /// Who.
    user_id: UserId,
    /// The names of all their roles from now on.
    roles: Vec<String>,
}

/// What became of a user.
#[derive(SimpleObject)]
pub struct UserPayload {
    /// The user as they are now; null when the wish was refused, or when you may not see them.
    user: Option<PlannedUser>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// A permission to give to a role.
#[derive(InputObject)]
struct GrantPermissionInput {
    /// The name of the role.
    role: String,
    /// Of which kind of thing: `customer`, `contact_details`, …
    resource: String,
    /// To do what: `read`, `claim`, …
    action: String,
    /// How far: `own`, `team`, `pool`, `all`, …
    scope: String,
}

/// A permission to take from a role.
#[derive(InputObject)]
struct RevokePermissionInput {
    /// The name of the role.
    role: String,
    /// Of which kind of thing: `customer`, `contact_details`, …
    resource: String,
    /// To do what: `read`, `claim`, …
    action: String,
    /// How far: `own`, `team`, `pool`, `all`, …
    scope: String,
}

/// A role to enter or change.
#[derive(InputObject)]
struct SaveRoleInput {
    /// The name by which the policy knows it: 1 to 32 small letters, digits and `_`.
    name: String,
    /// What people call it, in English.
    title_en: String,
    /// What people call it, in Chinese.
    title_zh: String,
    /// Whether HR may give it to new users.
    #[graphql(default)]
    grantable_by_hr: bool,
}

/// The part of `Mutation` about people.
#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Signs you in by e-mail and password. Failures slow down the account and the address that they come from.
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let signed_in = sign_in::login(request.app(), &input.email, &input.password, &request.address()).await;
        tokens(ctx, signed_in).await
    }

    /// Renews your tokens: the refresh token that you send is used up by it. One that comes back later ends the session,
    /// for then somebody else has it.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSessionInput) -> Resolved<LoginPayload> {
        let refreshed = session::refresh(request(ctx).app(), &input.refresh_token).await;
        tokens(ctx, refreshed).await
    }

    /// Ends this sign-in.
    async fn logout(&self, ctx: &Context<'_>) -> Resolved<DonePayload> {
        done(ctx, Changes::Sessions, async |op| session::logout(op).await).await
    }

    /// Changes your password and ends your other sign-ins.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Resolved<DonePayload> {
        let request = request(ctx);
        let (old, new) = (&input.old_password, &input.new_password);
        let changed = user::change_password(request.app(), request.actor()?, old, new).await;
        let (changed, user_errors) = refusable(ctx, changed)?;
        Ok(DonePayload { done: changed.is_some(), user_errors })
    }

    /// Ends a sign-in: one of your own, or, with the permission, anybody's. On every server within a second.
    async fn revoke_session(&self, ctx: &Context<'_>, input: RevokeSessionInput) -> Resolved<DonePayload> {
        done(ctx, Changes::Sessions, async |op| session::revoke(op, input.session_id).await).await
    }

    /// Opens an account.
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Resolved<UserPayload> {
        let new = NewUser {
            email: input.email,
            name: input.name,
            phone: input.phone,
            manager: input.manager_id,
            roles: input.roles,
            password: input.password,
        };
        let (prepared, user_errors) = refusable(ctx, user::prepare(&request(ctx).actor()?, new).await)?;
        match prepared {
            None => Ok(UserPayload { user: None, user_errors }),
            Some(prepared) => about_user(ctx, async |op| user::create(op, prepared).await).await,
        }
    }

    /// Moves somebody below another manager. Rights follow within a second.
    async fn change_manager(&self, ctx: &Context<'_>, input: ChangeManagerInput) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| user::change_manager(op, id, input.manager_id).await.map(|()| id)).await
    }

    /// Gives somebody these roles and no others. Rights follow within a second.
    async fn set_roles(&self, ctx: &Context<'_>, input: SetRolesInput) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| user::set_roles(op, id, input.roles).await.map(|()| id)).await
    }

    /// Permits a role something, on every server within a second.
    async fn grant_permission(&self, ctx: &Context<'_>, input: GrantPermissionInput) -> Resolved<DonePayload> {
        let GrantPermissionInput { role, resource, action, scope } = input;
        let permission = RolePermission { resource, action, scope };
        done(ctx, Changes::Directory, async |op| policy::grant(op, &role, &permission).await).await
    }

    /// Takes a permission from a role, on every server within a second.
    async fn revoke_permission(&self, ctx: &Context<'_>, input: RevokePermissionInput) -> Resolved<DonePayload> {
        let RevokePermissionInput { role, resource, action, scope } = input;
        let permission = RolePermission { resource, action, scope };
        done(ctx, Changes::Directory, async |op| policy::revoke(op, &role, &permission).await).await
    }

    /// Enters a role, or changes the one of this name.
    async fn save_role(&self, ctx: &Context<'_>, input: SaveRoleInput) -> Resolved<DonePayload> {
        done(ctx, Changes::Directory, async |op| {
            policy::save_role(op, &input.name, &input.title_en, &input.title_zh, input.grantable_by_hr).await
        })
        .await
    }
}

async fn tokens(ctx: &Context<'_>, signed_in: Result<SignedIn, Error>) -> Resolved<LoginPayload> {
    let (signed_in, user_errors) = refusable(ctx, signed_in)?;
    Ok(match signed_in {
        None => LoginPayload { user_errors, ..LoginPayload::default() },
        Some(signed_in) => LoginPayload {
            access_token: Some(signed_in.access_token),
            refresh_token: Some(signed_in.refresh_token),
            expires_at: Some(DateTime(signed_in.expires_at)),
            viewer: Some(ViewerView::of(request(ctx).app(), signed_in.viewer).await?),
            user_errors,
        },
    })
}

async fn done(
    ctx: &Context<'_>,
    changes: Changes,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<DonePayload> {
    let (done, user_errors) = perform_to_change(changes, ctx, run).await?;
    Ok(DonePayload { done: done.is_some(), user_errors })
}

/// Runs an operation about a user.
pub(super) async fn about_user(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<UserId, Error>,
) -> Resolved<UserPayload> {
    let (id, user_errors) = perform_to_change(Changes::Directory, ctx, run).await?;
    Ok(UserPayload { user: id.map(Planned), user_errors })
}
