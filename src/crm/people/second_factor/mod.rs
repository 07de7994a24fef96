//! The second factor of a sign-in: a code of an app (TOTP), or a recovery code.

mod store;

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Totp};

use super::attempt::{self, PasswordAttempt};
use super::link::RESET;
use super::{policy, token};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::{Changes, Op};

/// The length of the secret, in bytes: that of the hash, as RFC 4226 recommends.
const SECRET: usize = 20;
/// How many recovery codes a user gets.
const RECOVERY_CODES: usize = 10;
/// The letters of recovery codes: none that are mistaken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";

/// What the app needs.
pub struct Enrolment {
    /// The secret, in Base32.
    pub secret: String,
    /// The same as a URL, for a QR code.
    pub url: String,
}

/// Begins to give the actor a second factor. It needs the password, because somebody who has only the access token could lock
/// the owner out otherwise. A secret that was not confirmed is replaced.
pub async fn enroll(app: &App, actor: Actor, origin: &Origin, password: &str) -> Result<Enrolment, Error> {
    let user = actor.viewer()?.user;
    let attempt = check_password(app, &actor, origin, password).await?;
    let mut secret = vec![0; SECRET];
    getrandom::fill(&mut secret).map_err(|error| Error::Internal(error.to_string().into()))?;
    let directory = app.directory().await?;
    let email = &directory.people.get(&user).ok_or(Error::Unauthenticated)?.email;
    let totp = totp(secret.clone(), email)?;
    let mut op = app.begin(actor).await?;
    let now = op.now();
    if !store::save_secret(op.db(), user, &secret, now).await? {
        let (en, zh) = ("You have a second factor. Remove it first.", "你已开启两步验证，请先关闭。");
        return Err(UserError::new(Code::Conflict, Text::new(en, zh)).into());
    }
    attempt.succeed(&mut op).await?;
    op.commit().await?;
    let url = totp.to_url().map_err(|error| Error::Internal(error.to_string().into()))?;
    Ok(Enrolment { secret: totp.secret().to_base32(), url })
}

/// Confirms the second factor of the actor by a code of the app, and returns the recovery codes.
pub async fn confirm(op: &mut Op<'_>, code: &str) -> Result<Vec<String>, Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    let begun = store::lock(op.db(), user).await?.filter(|begun| begun.last_step.is_none());
    let begun = begun.ok_or_else(|| {
        let (en, zh) = ("There is nothing to confirm. Enroll first.", "没有待确认的两步验证，请先开启。");
        UserError::new(Code::Conflict, Text::new(en, zh))
    })?;
    let step = matching_step(begun.secret, None, code, now)?.ok_or_else(invalid_code)?;
    store::confirm(op.db(), user, step, now).await?;
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<_> = codes.iter().map(|code| token::hash(&bare(code)).to_vec()).collect();
    store::insert_recovery_codes(op.db(), user, &hashes).await?;
    op.audit(Entry::of(Kind::SecondFactorAdded).about(user)).await?;
    Ok(codes)
}

/// Removes the second factor of the actor, with password and code; or that of another user, with [`RESET`].
pub async fn remove(
    app: &App,
    actor: Actor,
    origin: &Origin,
    user: UserId,
    password: &str,
    code: Option<&str>,
) -> Result<(), Error> {
    let own = actor.viewer()?.user;
    if user != own {
        let mut op = app.begin_to_change(Changes::Directory, actor).await?.coming_from(origin);
        op.authorize(RESET)?;
        if !op.directory().people.contains_key(&user) {
            return Err(UserError::not_found().at(&["userId"]).into());
        }
        policy::check_account(&op, op.directory(), user)?;
        if store::delete(op.db(), user).await? {
            op.audit(Entry::of(Kind::SecondFactorRemoved).about(user)).await?;
        }
        return op.commit().await;
    }
    let attempt = check_password(app, &actor, origin, password).await?;
    let mut op = app.begin_to_change(Changes::Directory, actor.clone()).await?.coming_from(origin);
    if let Err(error) = check(&mut op, user, code).await {
        drop(op);
        if is_asked_for(&error) {
            attempt.forget(app).await?;
        } else if is_wrong_code(&error) {
            app.audit(actor, origin, Entry::of(Kind::PasswordCheckFailed).about(user).detail("code")).await?;
        }
        return Err(error);
    }
    attempt.succeed(&mut op).await?;
    if store::delete(op.db(), user).await? {
        op.audit(Entry::of(Kind::SecondFactorRemoved).about(user)).await?;
    }
    op.commit().await
}

/// Checks the code of a user who has a second factor. The caller has counted the attempt, and a wrong code leaves it counted.
pub(super) async fn check(op: &mut Op<'_>, user: UserId, code: Option<&str>) -> Result<(), Error> {
    let now = op.now();
    let factor = store::lock(op.db(), user).await?;
    let Some((secret, last_step)) = factor.and_then(|factor| Some((factor.secret, factor.last_step?))) else {
        return Ok(());
    };
    let code = code.map(bare).filter(|code| !code.is_empty()).ok_or_else(|| {
        let text = Text::new("Enter the code of your app, too.", "请同时输入验证器应用中的验证码。");
        UserError::new(Code::SecondFactorRequired, text).at(&["code"])
    })?;
    if let Some(step) = matching_step(secret, Some(last_step), &code, now)? {
        return Ok(store::use_step(op.db(), user, step).await?);
    }
    if store::use_recovery_code(op.db(), user, &token::hash(&code)).await? {
        Ok(())
    } else {
        Err(invalid_code().into())
    }
}

async fn check_password(app: &App, actor: &Actor, origin: &Origin, password: &str) -> Result<PasswordAttempt, Error> {
    let text = Text::new("The password is wrong.", "密码不正确。");
    let wrong = UserError::new(Code::InvalidCredentials, text).at(&["password"]);
    let mut attempt = attempt::of_actor(app, actor, origin, password, wrong).await?;
    attempt.end_turn();
    Ok(attempt)
}

fn totp(secret: Vec<u8>, email: &str) -> Result<Totp, Error> {
    // A colon separates the two names in the URL.
    let account = email.replace(':', "");
    let totp = Builder::new().with_secret(secret).with_issuer(Some("Tidepool")).with_account_name(account).build();
    totp.map_err(|error| Error::Internal(error.to_string().into()))
}

/// The time step of which this is the code: of the present one and its neighbours, because clocks differ, and later than the
/// last one that was used, so that nobody who has seen a code can use it again.
fn matching_step(
    secret: Vec<u8>,
    last_step: Option<i64>,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let step = totp(secret, "")?.check(&bare(code), now.timestamp().unsigned_abs());
    let step = step.and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
}

/// A code of four groups of four letters, with 80 random bits.
fn recovery_code() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(error.to_string().into()))?;
    let letters: Vec<_> = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]).collect();
    let groups: Vec<_> = letters.chunks(4).map(String::from_utf8_lossy).collect();
    Ok(groups.join("-"))
}

/// A code as people type it, without what is only for their eyes.
fn bare(code: &str) -> String {
    code.chars().filter(|letter| letter.is_ascii_alphanumeric()).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether a code was refused.
pub(super) fn is_wrong_code(error: &Error) -> bool {
    is_refused_with(error, Code::InvalidCode)
}

/// Whether a code was only asked for, which is no failure.
pub(super) fn is_asked_for(error: &Error) -> bool {
    is_refused_with(error, Code::SecondFactorRequired)
}

fn is_refused_with(error: &Error, code: Code) -> bool {
    matches!(error, Error::Refused(refusals) if refusals.iter().any(|refusal| refusal.code == code))
}

fn invalid_code() -> UserError {
    let text = Text::new("The code is wrong, or was used already.", "验证码错误或已被使用。");
    UserError::new(Code::InvalidCode, text).at(&["code"])
}
