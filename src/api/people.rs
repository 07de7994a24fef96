//! The viewer, sign-in, sessions and users: an adapter for each operation.

use std::pin::Pin;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::{CookieChange, request};
use super::base::error::{Resolved, UserErrorView, perform_to_change, refusable};
use super::base::planned::{Planned, PlannedUser};
use crate::crm::customer::{ClaimQuota, claim_quota};
use crate::crm::people::session::{self, OpenSession, SignedIn};
use crate::crm::people::{NewUser, edit, sign_in, user};
use crate::kernel::access::{Action, Grant, Resource, Scope};
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::id::{PoolId, SessionId, UserId};
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
        let member = directory.people.get(&viewer.user).ok_or(Error::Unauthenticated)?;
        Ok(Self { viewer, name: member.name.clone(), email: member.email.to_string(), roles: member.roles.to_vec() })
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

    /// The language in which you get e-mail; null: in both.
    async fn locale(&self, ctx: &Context<'_>) -> Option<Resolved<Language>> {
        edit::locale_of(request(ctx).app(), self.viewer.user).await.map_err(Into::into).transpose()
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

    /// How many more customers you may claim from a public pool; null if you may not claim.
    async fn claim_quota(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the pool. If it is left out, it is the default pool.")] pool_id: Option<PoolId>,
    ) -> Option<Resolved<ClaimQuota>> {
        Grant::of(&self.viewer.rights, crate::crm::customer::pool::CLAIM)?;
        Some(claim_quota(request(ctx).app(), &self.viewer, pool_id).await.map_err(Into::into))
    }

    /// How many of your notifications are unread.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Resolved<i32> {
        let unread = crate::crm::notification::count_unread(request(ctx).app().pool(), self.viewer.user).await;
        Ok(i32::try_from(unread.map_err(Error::from)?).unwrap_or(i32::MAX))
    }

    /// Your open sessions, the one that was used last first.
    async fn sessions(&self, ctx: &Context<'_>) -> Resolved<Vec<OpenSession>> {
        Ok(session::open_sessions(request(ctx).app(), self.viewer.user).await?)
    }

    /// The business time zone, which decides when a day begins, like `Asia/Shanghai`.
    async fn business_time_zone(&self, ctx: &Context<'_>) -> Resolved<String> {
        Ok(request(ctx).app().directory().await?.settings.business_time_zone.name().to_owned())
    }

    /// Whether your sign-in has a second factor.
    async fn has_second_factor(&self, ctx: &Context<'_>) -> Resolved<bool> {
        let directory = request(ctx).app().directory().await?;
        Ok(directory.people.get(&self.viewer.user).is_some_and(|member| member.has_second_factor))
    }

    /// Whether you have no permissions until you have a second factor, because one of your roles requires it.
    async fn must_enroll_second_factor(&self, ctx: &Context<'_>) -> Resolved<bool> {
        let directory = request(ctx).app().directory().await?;
        Ok(directory.people.get(&self.viewer.user).is_some_and(|member| directory.lacks_second_factor(member)))
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

    /// The open sessions of a user, the one that was used last first, for those who may end them; for other users the list is empty.
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
    /// A code of your app, or a recovery code. If you have a second factor and this is left out, it is refused
    /// (`SECOND_FACTOR_REQUIRED`).
    #[graphql(secret)]
    code: Option<String>,
    /// For pages in browsers: keep the tokens in cookies that no script can read, instead of returning them. Allowed for
    /// requests with the `Origin` of a page that may use the API; otherwise it is refused (`INVALID`).
    #[graphql(default)]
    as_cookies: bool,
}

/// The refresh token of the session.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token that you got last. If it is left out, that of the cookie is used.
    #[graphql(secret)]
    refresh_token: Option<String>,
    /// For pages in browsers: keep the new tokens in cookies, as in `login`. Those of a cookie stay in cookies in any case, so
    /// that no script reads them.
    #[graphql(default)]
    as_cookies: bool,
}

/// The tokens for the following requests.
#[derive(SimpleObject, Default)]
struct LoginPayload {
    /// The access token for the header `Authorization: Bearer …`, valid for 15 minutes; null if it is in a cookie, or if the
    /// input was refused.
    access_token: Option<String>,
    /// The refresh token for `refreshSession`. It is valid until the next one is used, or the session ends: 30 days
    /// after the sign-in at the latest, or when it was unused for as long as `sessionIdle` of the settings says. Null if it
    /// is in a cookie, or if the input was refused.
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
    /// For pages in browsers: keep the new tokens in cookies, as in `login`.
    #[graphql(default)]
    as_cookies: bool,
}

/// The session to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The id of the session.
    session_id: SessionId,
}

/// Whose sessions to end.
#[derive(InputObject)]
struct RevokeSessionsInput {
    /// The id of the user. For your own id, the session that you use stays open.
    user_id: UserId,
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
    pub user: Option<PlannedUser>,
    /// Why the input was refused; empty if the operation succeeded.
    pub user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about people.
#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Signs you in with e-mail address and password. After several failed attempts for the account, or from the network
    /// address, further attempts must wait (`TOO_MANY_ATTEMPTS`); those of others do not delay you where you have signed
    /// in before.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The credentials of the user who signs in.")] input: LoginInput,
    ) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let (email, password, code) = (&input.email, &input.password, input.code.as_deref());
        let login = sign_in::login(request.app(), email, password, code, request.origin());
        tokens(ctx, input.as_cookies, Box::pin(login)).await
    }

    /// Exchanges a refresh token for a new pair of tokens. If the answer is lost, send the same token again: it stays
    /// valid until the new one is used. If it comes after that, the session ends, because two clients have the tokens.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token of the session.")] input: RefreshSessionInput,
    ) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let of_cookie = request.cookies().and_then(|cookies| cookies.refresh.clone());
        // What a script can't read must not become readable by renewing it.
        let as_cookies = input.as_cookies || input.refresh_token.is_none() && of_cookie.is_some();
        let token = input.refresh_token.or(of_cookie).unwrap_or_default();
        let refresh = session::refresh(request.app(), &token, request.origin());
        tokens(ctx, as_cookies, Box::pin(refresh)).await
    }

    /// Ends the session to which your access token belongs, and removes the cookies.
    async fn logout(&self, ctx: &Context<'_>) -> Resolved<DonePayload> {
        let ended = done(ctx, Changes::Sessions, async |op| session::logout(op).await).await?;
        if request(ctx).cookies().is_some() {
            request(ctx).change_cookies(CookieChange::Clear);
        }
        Ok(ended)
    }

    /// Changes your password. It ends all your sessions and opens a new one, so continue with the tokens of the payload. A
    /// wrong old password counts like a failed sign-in: after several, further attempts must wait
    /// (`TOO_MANY_ATTEMPTS`).
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Your present password and the new one.")] input: ChangePasswordInput,
    ) -> Resolved<LoginPayload> {
        let request = request(ctx);
        let (old, new) = (&input.old_password, &input.new_password);
        let changing = user::change_password(request.app(), request.actor()?, request.origin(), old, new);
        tokens(ctx, input.as_cookies, Box::pin(changing)).await
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

    /// Ends all sessions of a user: your own except the one that you use, or, if you have the permission, those of another
    /// user. For users who may write roles or permissions, the same holds as for `revokeSession`.
    async fn revoke_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose sessions to end.")] input: RevokeSessionsInput,
    ) -> Resolved<DonePayload> {
        done(ctx, Changes::Sessions, async |op| session::revoke_all(op, input.user_id).await).await
    }

    /// Creates a user. They can sign in when they have set their password by a link: see `createPasswordLink`.
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
            is_service: input.is_service,
        };
        about_user(ctx, async |op| user::create(op, new).await).await
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

/// Signs a user in, and returns the tokens, or keeps them in cookies. What it runs is boxed, so that the futures of other
/// resolvers have no room for it.
async fn tokens(
    ctx: &Context<'_>,
    as_cookies: bool,
    signing_in: Pin<Box<dyn Future<Output = Result<SignedIn, Error>> + Send + '_>>,
) -> Resolved<LoginPayload> {
    let request = request(ctx);
    let signed_in = match as_cookies && request.cookies().is_none() {
        true => Err(no_cookies()),
        false => signing_in.await,
    };
    let (signed_in, user_errors) = refusable(ctx, signed_in)?;
    let Some(SignedIn { access_token, refresh_token, expires_at, viewer }) = signed_in else {
        return Ok(LoginPayload { user_errors, ..LoginPayload::default() });
    };
    let viewer = Some(ViewerView::of(request.app(), viewer).await?);
    let mut payload =
        LoginPayload { expires_at: Some(DateTime(expires_at)), viewer, user_errors, ..LoginPayload::default() };
    if as_cookies {
        request.change_cookies(CookieChange::Set { access: access_token, refresh: refresh_token });
    } else {
        (payload.access_token, payload.refresh_token) = (Some(access_token), Some(refresh_token));
    }
    Ok(payload)
}

fn no_cookies() -> Error {
    let (en, zh) = (
        "Cookies need a request over HTTP by POST with the Origin of a page that may use the API.",
        "使用 Cookie 登录需要通过 HTTP POST 请求，且其 Origin 必须是允许的页面来源。",
    );
    UserError::invalid(&["asCookies"], en, zh).into()
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
