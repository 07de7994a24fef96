//! Sign-in by e-mail address and password, and with a code if the account has a second factor.

use super::attempt::PasswordAttempt;
use super::session::{SignedIn, open};
use super::{second_factor, store};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};

/// Signs a user in. A wrong e-mail address, a wrong password and a closed account get the same refusal, so it does not
/// reveal which accounts exist.
pub async fn login(
    app: &App,
    email: &str,
    password: &str,
    code: Option<&str>,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let email = email.trim().to_lowercase();
    let is_plausible = (3..=254).contains(&email.len()) && !email.contains('\0') && password.len() <= 800;
    if !is_plausible {
        return Err(invalid_credentials());
    }
    let mut attempt = PasswordAttempt::begin(app, &email, origin).await?;
    let verified = attempt.verify(password).await?;
    attempt.end_turn();
    // Without the address that was typed: it may be a password, or that of a customer.
    let failed = Entry { about: attempt.user(), ..Entry::of(Kind::SignInFailed) };
    let Some(user) = verified else {
        app.audit(Actor::stranger("sign-in", origin), origin, failed).await?;
        return Err(invalid_credentials());
    };
    let mut op = app.begin(Actor::stranger("sign-in", origin)).await?.coming_from(origin);
    let now = op.now();
    // It locks the row that a departure locks, so nobody signs in after their departure.
    if !store::save_sign_in(op.db(), user, now).await? {
        return Err(invalid_credentials());
    }
    // Nor with a password that was changed meanwhile.
    if store::password_hash_of(&mut *op.db(), user).await?.as_deref() != attempt.password_hash() {
        return Err(invalid_credentials());
    }
    if let Err(error) = second_factor::check(&mut op, user, code).await {
        drop(op);
        if second_factor::is_asked_for(&error) {
            attempt.forget(app).await?;
        } else if second_factor::is_wrong_code(&error) {
            app.audit(Actor::stranger("sign-in", origin), origin, failed.detail("code")).await?;
        }
        return Err(error);
    }
    attempt.succeed(&mut op).await?;
    let tokens = open(&mut op, user, origin).await?;
    op.audit(Entry::of(Kind::SignedIn).by(Some(user))).await?;
    op.commit().await?;
    tokens.into_signed_in(app).await
}

fn invalid_credentials() -> Error {
    let text = Text::new(
        "The e-mail address or the password is wrong, or the account is closed.",
        "邮箱或密码错误，或账号已停用。",
    );
    UserError::new(Code::InvalidCredentials, text).into()
}
