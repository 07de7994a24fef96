//! Accounts: links by which people set their passwords, and what an account says of its user.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change, refusable};
use super::base::inputs::field_change;
use super::base::planned::Planned;
use super::people::{DonePayload, UserPayload, done};
use crate::crm::people::edit::{self, Edit};
use crate::crm::people::link::{self, Made};
use crate::crm::people::sso::{self, IdentityProvider};
use crate::kernel::error::Language;
use crate::kernel::id::UserId;
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::DateTime;

/// For whom to make a link.
#[derive(InputObject)]
struct CreatePasswordLinkInput {
    /// The id of the user who sets their password by the link.
    user_id: UserId,
    /// Whether the server sends the link to the user's e-mail address instead of showing it. It is refused (`INVALID`)
    /// if the server sends no e-mail.
    #[graphql(default)]
    by_email: bool,
}

/// A link to hand over.
#[derive(SimpleObject)]
struct PasswordLink {
    /// The link. It begins with the address of the server only if the operator has set it (`--public-url`); otherwise
    /// put the address in front.
    url: String,
    /// When the link stops working.
    expires_at: DateTime,
}

/// The link that was made.
#[derive(SimpleObject)]
struct CreatePasswordLinkPayload {
    /// The link; null if it was sent by e-mail, or if the input was refused. It is not shown again.
    link: Option<PasswordLink>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The account whose password is forgotten.
#[derive(InputObject)]
struct RequestPasswordResetInput {
    /// The e-mail address with which you sign in.
    email: String,
}

/// The password to set by a link.
#[derive(InputObject)]
struct SetPasswordInput {
    /// The token of the link: what comes after `#`.
    #[graphql(secret)]
    token: String,
    /// The new password: 10 to 200 characters, not easy to guess, and not the old one.
    #[graphql(secret)]
    new_password: String,
}

/// What to change of an account. A field that is left out stays as it is.
#[derive(InputObject)]
struct UpdateUserInput {
    /// The id of the user: your own, or, if you have the permission, that of another user.
    user_id: UserId,
    /// The name of the user: 1 to 100 characters.
    name: Option<String>,
    /// The e-mail address with which the user signs in; at most 254 characters. If another user has it, it is refused
    /// (`DUPLICATE`). To change your own, `password` must be right; to change that of others needs the permission to reset
    /// passwords.
    email: Option<String>,
    /// The phone number of the user; at most 40 characters; null: none.
    phone: MaybeUndefined<String>,
    /// The language in which the user gets e-mail; null: in both.
    locale: MaybeUndefined<Language>,
    /// Your password, if you change your own e-mail address. A wrong one counts like a failed sign-in.
    #[graphql(secret)]
    password: Option<String>,
}

/// The account at an identity provider that belongs to a user.
#[derive(InputObject)]
struct ConnectIdentityInput {
    /// The id of the user.
    user_id: UserId,
    /// The provider.
    provider: IdentityProvider,
    /// The provider's id of the account: the claim `sub` of OpenID Connect, the member's `userid` at WeCom; at most 255
    /// characters. It replaces the one before; null: the user is disconnected. If it belongs to another user, it is
    /// refused (`DUPLICATE`).
    subject: Option<String>,
}

/// The part of `Mutation` about accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes a link by which a user sets their password: the first one, or a new one. It works once, within three days; a
    /// new link makes the one before void. A user who may create users may make the first link of a user, and have any link
    /// sent by e-mail; to see the link of a user who has a password needs the permission to reset passwords. For users
    /// who may write roles or permissions, it needs the same permissions (`FORBIDDEN`).
    async fn create_password_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom to make a link.")] input: CreatePasswordLinkInput,
    ) -> Resolved<CreatePasswordLinkPayload> {
        let make = async |op: &mut Op<'_>| link::create(op, input.user_id, input.by_email).await;
        let (made, user_errors) = perform_to_change(Changes::Directory, ctx, make).await?;
        let app = request(ctx).app();
        let link = match made {
            Some(Made::Shown(link)) => Some(PasswordLink {
                url: app.limits().link_to(&link::path(&link.token)),
                expires_at: DateTime(link.expires_at),
            }),
            Some(Made::ToSend(mail)) => {
                app.send_mail(mail);
                None
            }
            None => None,
        };
        Ok(CreatePasswordLinkPayload { link, user_errors })
    }

    /// Sends a link to set a new password to your e-mail address, if there is an account with it; the answer does not tell
    /// whether there is. The link works once, within an hour. After several requests, further ones must wait
    /// (`TOO_MANY_ATTEMPTS`).
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account whose password is forgotten.")] input: RequestPasswordResetInput,
    ) -> Resolved<DonePayload> {
        let request = request(ctx);
        let ask = link::request(request.app(), &input.email, request.origin());
        let (done, user_errors) = refusable(ctx, Box::pin(ask).await)?;
        Ok(DonePayload { done: done.is_some(), user_errors })
    }

    /// Sets your password by a link, and ends all your sessions. Sign in with the new password afterwards.
    async fn set_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password to set by a link.")] input: SetPasswordInput,
    ) -> Resolved<DonePayload> {
        let request = request(ctx);
        let set = link::set_password(request.app(), &input.token, &input.new_password, request.origin());
        let (done, user_errors) = refusable(ctx, Box::pin(set).await)?;
        Ok(DonePayload { done: done.is_some(), user_errors })
    }

    /// Says which account at an identity provider belongs to a user, who can then sign in with it. Accounts with an e-mail
    /// address that the provider has verified are connected by themselves at the first sign-in. It needs the permission to
    /// reset passwords, and for users who may write roles or permissions the same permissions (`FORBIDDEN`).
    async fn connect_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account at an identity provider that belongs to a user.")] input: ConnectIdentityInput,
    ) -> Resolved<DonePayload> {
        let (user, provider) = (input.user_id, input.provider);
        let connect = async |op: &mut Op<'_>| sso::connect(op, user, provider, input.subject.as_deref()).await;
        done(ctx, Changes::Directory, connect).await
    }

    /// Changes what your own account says of you, or, if you have the permission, that of another user. Accounts of users
    /// who may write roles or permissions are changed only by users with the same permissions (`FORBIDDEN`).
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of an account.")] input: UpdateUserInput,
    ) -> Resolved<UserPayload> {
        let request = request(ctx);
        let edit = Edit {
            email: input.email,
            name: input.name,
            phone: field_change(input.phone),
            locale: field_change(input.locale),
            password: input.password,
        };
        let update = edit::update(request.app(), request.actor()?, request.origin(), input.user_id, edit);
        let (done, user_errors) = refusable(ctx, Box::pin(update).await)?;
        Ok(UserPayload { user: done.map(|()| Planned(input.user_id)), user_errors })
    }
}
