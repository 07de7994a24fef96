//! The viewer, sign-in, sessions and users: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change, refusable};
use super::base::planned::{Planned, PlannedUser};
use crate::crm::customer::{ClaimQuota, claim_quota};
use crate::crm::people::session::{self, OpenSession, SignedIn};
use crate::crm::people::{NewUser, sign_in, user};
use crate::kernel::access::{Action, Grant, Resource, Scope};
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{SessionId, UserId};
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::DateTime;

/// You: the user who is signed in.
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
    /// Your account, as others see it; null if you may not read users.
    async fn user(&self) -> Option<PlannedUser> {
        Some(Planned(self.viewer.user))
    }

    /// Your name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The e-mail address with which you sign in.
    async fn email(&self) -> &str {
        &self.email
    }

    /// The names of your roles.
    async fn roles(&self) -> &[String] {
        &self.roles
    }

    /// What you may do, and which records each permission covers.
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

    /// How many more customers you may claim; null if you may not claim.
    async fn claim_quota(&self, ctx: &Context<'_>) -> Option<Resolved<ClaimQuota>> {
        Grant::of(&self.viewer.rights, crate::crm::customer::pool::CLAIM)?;
        Some(claim_quota(request(ctx).app(), &self.viewer).await.map_err(Into::into))
    }

    /// How many of your notifications are unread.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Resolved<i32> {
        let unread = crate::crm::notification::count_unread(request(ctx).app().pool(), self.viewer.user).await;
        Ok(i32::try_from(unread.map_err(Error::from)?).unwrap_or(i32::MAX))
    }

    /// Your open sessions, the latest first.
    async fn sessions(&self, ctx: &Context<'_>) -> Resolved<Vec<OpenSession>> {
        Ok(session::open_sessions(request(ctx).app(), self.viewer.user).await?)
    }

    /// The id of the session to which your access token belongs.
    async fn session_id(&self) -> SessionId {
        self.viewer.session
    }
}

/// A permission that you hold.
#[derive(SimpleObject)]
struct ViewerPermission {
    /// The kind of record.
    resource: Resource,
    /// What you may do with it.
    action: Action,
    /// The records that the permission covers: those of all these scopes together.
    scopes: Vec<Scope>,
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

    /// The open sessions of a user, the latest first, for those who may end them; for other users the list is empty.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the user.")] user_id: UserId,
    ) -> Resolved<Vec<OpenSession>> {
        let request = request(ctx);
        Ok(session::revocable_sessions(request.app(), request.viewer()?, user_id).await?)
    }
}

/// The credentials of the user who signs in.
#[derive(InputObject)]
struct LoginInput {
    /// Your e-mail address, in upper or lower case.
    email: String,
    /// Your password.
    #[graphql(secret)]
    password: String,
}

/// The refresh token of the session.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token that you got last. It can be used once.
    #[graphql(secret)]
    refresh_token: String,
}

/// The tokens for the following requests.
#[derive(SimpleObject, Default)]
struct LoginPayload {
    /// The access token for the header `Authorization: Bearer …`, valid for 15 minutes; null if the input was refused.
    access_token: Option<String>,
    /// The refresh token for `refreshSession`. It can be used once, until the session ends, 30 days after the sign-in
    /// at the latest.
    refresh_token: Option<String>,
    /// When the access token expires.
    expires_at: Option<DateTime>,
    /// You: the user who is signed in.
    viewer: Option<ViewerView>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// Whether a mutation succeeded.
#[derive(SimpleObject)]
pub struct DonePayload {
    /// Whether the mutation succeeded: true even if nothing had to be changed.
    pub done: bool,
    /// Why the input was refused; empty if the operation succeeded.
    pub user_errors: Vec<UserErrorView>,
}

/// Your present password and the new one.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// Your present password.
    #[graphql(secret)]
    old_password: String,
    /// The new password: 10 to 200 characters. It must differ from the old one and must not be easy to guess, like a
    /// common password, a simple sequence, or one that contains the name of your e-mail address.
    #[graphql(secret)]
    new_password: String,
}

/// The session to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The id of the session.
    session_id: SessionId,
}

/// The user to create.
#[derive(InputObject)]
struct CreateUserInput {
    /// The e-mail address with which the user signs in; at most 254 characters. If another user has it, it is refused
    /// (`DUPLICATE`).
    email: String,
    /// The name of the user: 1 to 100 characters.
    name: String,
    /// The phone number of the user; at most 40 characters.
    phone: Option<String>,
    /// The id of the user's manager. If it is left out, the user has no manager.
    manager_id: Option<UserId>,
    /// The names of the user's roles. HR may give only roles that are `grantableByHr` (`FORBIDDEN`).
    roles: Vec<String>,
    /// The first password: 10 to 200 characters, and not easy to guess. If it is left out, the user can't sign in.
    #[graphql(secret)]
    password: Option<String>,
    /// Whether the user stands for a machine: it has no password, nobody can sign in as it, and it uses API keys
    /// (`createApiKey`).
    #[graphql(default)]
    is_service: bool,
}

/// The user, and their new manager.
#[derive(InputObject)]
struct ChangeManagerInput {
    /// The id of the user who gets another manager.
    user_id: UserId,
    /// The id of the new manager; null: the user has no manager. A manager who is below the user is refused
    /// (`MANAGER_CYCLE`).
    manager_id: Option<UserId>,
}

/// The user, and all their roles.
#[derive(InputObject)]
struct SetRolesInput {
    /// The id of the user.
    user_id: UserId,
    /// The names of all roles of the user from now on; they replace the present ones.
    roles: Vec<String>,
    /// Confirms that you take the right to change roles from yourself. Without it, that is refused
    /// (`CONFIRMATION_REQUIRED`).
    #[graphql(default)]
    confirm: bool,
}

/// The result of a mutation on a user.
#[derive(SimpleObject)]
pub struct UserPayload {
    /// The user as they are now; null if the input was refused, or if you may not see them.
    user: Option<PlannedUser>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about people.
#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Signs you in with e-mail address and password. After several failed attempts for the same account or from the
    /// same network address, further attempts must wait (`TOO_MANY_ATTEMPTS`).
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The credentials of the user who signs in.")] input: LoginInput,
    ) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let signed_in = sign_in::login(request.app(), &input.email, &input.password, request.origin()).await;
        tokens(ctx, signed_in).await
    }

    /// Exchanges a refresh token for a new pair of tokens. A refresh token can be used once: if it is used again more
    /// than 10 seconds later, the session ends, because somebody else may have copied the token.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token of the session.")] input: RefreshSessionInput,
    ) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let refreshed = session::refresh(request.app(), &input.refresh_token, request.origin()).await;
        tokens(ctx, refreshed).await
    }

    /// Ends the session to which your access token belongs.
    async fn logout(&self, ctx: &Context<'_>) -> Resolved<DonePayload> {
        done(ctx, Changes::Sessions, async |op| session::logout(op).await).await
    }

    /// Changes your password and ends your other sessions. A wrong old password counts like a failed sign-in: after
    /// several, further attempts must wait (`TOO_MANY_ATTEMPTS`).
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Your present password and the new one.")] input: ChangePasswordInput,
    ) -> Resolved<DonePayload> {
        let request = request(ctx);
        let (old, new) = (&input.old_password, &input.new_password);
        let changed = user::change_password(request.app(), request.actor()?, request.origin(), old, new).await;
        let (changed, user_errors) = refusable(ctx, changed)?;
        Ok(DonePayload { done: changed.is_some(), user_errors })
    }

    /// Ends a session: one of your own, or, if you have the permission, one of another user. Sessions of users who may
    /// write roles or permissions can be ended only by users with the same permissions (`FORBIDDEN`). Every server
    /// refuses the tokens of the session within a second.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session to end.")] input: RevokeSessionInput,
    ) -> Resolved<DonePayload> {
        done(ctx, Changes::Sessions, async |op| session::revoke(op, input.session_id).await).await
    }

    /// Creates a user.
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user to create.")] input: CreateUserInput,
    ) -> Resolved<UserPayload> {
        let new = NewUser {
            email: input.email,
            name: input.name,
            phone: input.phone,
            manager: input.manager_id,
            roles: input.roles,
            password: input.password,
            is_service: input.is_service,
        };
        let (prepared, user_errors) = refusable(ctx, user::prepare(&request(ctx).actor()?, new).await)?;
        match prepared {
            None => Ok(UserPayload { user: None, user_errors }),
            Some(prepared) => about_user(ctx, async |op| user::create(op, prepared).await).await,
        }
    }

    /// Places a user below another manager. The manager of a user who may write roles or permissions can be changed only
    /// by users with the same permissions (`FORBIDDEN`). The rights of all servers follow within a second.
    async fn change_manager(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user, and their new manager.")] input: ChangeManagerInput,
    ) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| user::change_manager(op, id, input.manager_id).await.map(|()| id)).await
    }

    /// Replaces the roles of a user. The rights of all servers follow within a second. If nobody would be left who can
    /// change permissions, it is refused (`LAST_ADMINISTRATOR`).
    async fn set_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user, and all their roles.")] input: SetRolesInput,
    ) -> Resolved<UserPayload> {
        let id = input.user_id;
        about_user(ctx, async |op| user::set_roles(op, id, input.roles, input.confirm).await.map(|()| id)).await
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

/// Runs an operation whose payload only says whether it succeeded.
pub(super) async fn done(
    ctx: &Context<'_>,
    changes: Changes,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<DonePayload> {
    let (done, user_errors) = perform_to_change(changes, ctx, run).await?;
    Ok(DonePayload { done: done.is_some(), user_errors })
}

/// Runs an operation on a user.
pub(super) async fn about_user(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<UserId, Error>,
) -> Resolved<UserPayload> {
    let (id, user_errors) = perform_to_change(Changes::Directory, ctx, run).await?;
    Ok(UserPayload { user: id.map(Planned), user_errors })
}
