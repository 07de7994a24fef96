//! The second factor of a sign-in: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform_to_change, refusable};
use super::people::DonePayload;
use crate::crm::people::second_factor;
use crate::kernel::id::UserId;
use crate::kernel::op::Changes;

/// The password with which to begin.
#[derive(InputObject)]
struct EnrollSecondFactorInput {
    /// Your password. A wrong one counts like a failed sign-in.
    #[graphql(secret)]
    password: String,
}

/// What your app needs to show codes.
#[derive(SimpleObject)]
struct EnrollSecondFactorPayload {
    /// The secret in Base32, to type into an app; null if the input was refused.
    secret: Option<String>,
    /// The same as an `otpauth:` URL, to show as a QR code; null if the input was refused.
    url: Option<String>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The code that shows that your app has the secret.
#[derive(InputObject)]
struct ConfirmSecondFactorInput {
    /// The code that the app shows now.
    #[graphql(secret)]
    code: String,
}

/// The recovery codes.
#[derive(SimpleObject)]
struct ConfirmSecondFactorPayload {
    /// Ten codes that are good once each in place of a code of the app. They are not shown again. Null if the input was
    /// refused.
    recovery_codes: Option<Vec<String>>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// Whose second factor to remove.
#[derive(InputObject)]
struct RemoveSecondFactorInput {
    /// The id of the user: your own, or, if you may reset passwords, that of another user.
    user_id: UserId,
    /// Your password, if it is your own second factor.
    #[graphql(secret)]
    password: Option<String>,
    /// A code of the app or a recovery code, if it is your own second factor.
    #[graphql(secret)]
    code: Option<String>,
}

/// The part of `Mutation` about second factors.
#[derive(Default)]
pub struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Begins to protect your sign-in with the codes of an app (TOTP). It holds from `confirmSecondFactor` on; then `login`
    /// needs a code, too. If you have a second factor already, it is refused (`CONFLICT`).
    async fn enroll_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password with which to begin.")] input: EnrollSecondFactorInput,
    ) -> Resolved<EnrollSecondFactorPayload> {
        let request = request(ctx);
        let begin = second_factor::enroll(request.app(), request.actor()?, request.origin(), &input.password);
        let (begun, user_errors) = refusable(ctx, Box::pin(begin).await)?;
        let (secret, url) = begun.map(|begun| (begun.secret, begun.url)).unzip();
        Ok(EnrollSecondFactorPayload { secret, url, user_errors })
    }

    /// Switches your second factor on, and returns recovery codes for when the app is lost.
    async fn confirm_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code that shows that your app has the secret.")] input: ConfirmSecondFactorInput,
    ) -> Resolved<ConfirmSecondFactorPayload> {
        let (recovery_codes, user_errors) =
            perform_to_change(Changes::Directory, ctx, async |op| second_factor::confirm(op, &input.code).await)
                .await?;
        Ok(ConfirmSecondFactorPayload { recovery_codes, user_errors })
    }

    /// Removes a second factor: your own, with password and code, or that of a user who has lost the app. For users who may
    /// write roles or permissions, it needs the same permissions (`FORBIDDEN`).
    async fn remove_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose second factor to remove.")] input: RemoveSecondFactorInput,
    ) -> Resolved<DonePayload> {
        let request = request(ctx);
        let password = input.password.unwrap_or_default();
        let (actor, code) = (request.actor()?, input.code.as_deref());
        let remove = second_factor::remove(request.app(), actor, request.origin(), input.user_id, &password, code);
        let (done, user_errors) = refusable(ctx, Box::pin(remove).await)?;
        Ok(DonePayload { done: done.is_some(), user_errors })
    }
}
