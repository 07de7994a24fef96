//! Sign-in by e-mail address and password. After failed attempts the account, and the network address of the client,
//! have to wait. Every check of a password is such an attempt, also that of the old password when it is changed.

mod store;

use chrono::{DateTime, TimeDelta, Utc};

use super::password;
use super::session::{SignedIn, open};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::op::Op;

/// How many failures of an account have no wait.
const FREE_FAILURES_OF_ACCOUNT: i32 = 5;
/// How many failures from an address have no wait.
const FREE_FAILURES_OF_ADDRESS: i32 = 20;
/// The longest wait. A failure that is older than this counts no more.
const MAX_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Signs a user in. A wrong e-mail address, a wrong password and a closed account get the same refusal, so it does not
/// reveal which accounts exist.
pub async fn login(app: &App, email: &str, password: &str, origin: &Origin) -> Result<SignedIn, Error> {
    let email = email.trim().to_lowercase();
    let is_plausible = (3..=254).contains(&email.len()) && !email.contains('\0') && password.len() <= 800;
    if !is_plausible {
        return Err(invalid_credentials());
    }
    let attempt = PasswordAttempt::begin(app, &email, &origin.address_text()).await?;
    let found = store::find_account(app.pool(), &email).await?;
    let user = found.as_ref().map(|account| account.id);
    let is_right = password::verify(password, found.and_then(|account| account.password_hash)).await?;
    let Some(user) = user.filter(|_| is_right) else {
        // Without the address that was typed: it may be a password, or that of a customer.
        let failed = Entry { about: user, ..Entry::of(Kind::SignInFailed) };
        app.audit(Actor::System("sign-in"), origin, failed).await?;
        return Err(invalid_credentials());
    };
    let mut op = app.begin(Actor::System("sign-in")).await?.coming_from(origin);
    let now = op.now();
    // It locks the row that a departure locks, so nobody signs in after their departure.
    if !store::save_sign_in(op.db(), user, now).await? {
        return Err(invalid_credentials());
    }
    attempt.succeed(&mut op).await?;
    let tokens = open(&mut op, user).await?;
    op.audit(Entry::of(Kind::SignedIn).by(Some(user))).await?;
    op.commit().await?;
    tokens.into_signed_in(app).await
}

/// An attempt to verify a password, which counts as failed for the account and for the address until it succeeds.
pub(super) struct PasswordAttempt {
    account: String,
    address: String,
    /// When the last attempt from the address failed.
    last_from_address: Option<DateTime<Utc>>,
}

impl PasswordAttempt {
    /// Counts the attempt before the password is verified; a refusal if the account or the address must wait.
    pub(super) async fn begin(app: &App, email: &str, address: &str) -> Result<Self, Error> {
        let (account, address) = (format!("account {email}"), format!("address {address}"));
        let last_from_address = count_attempt(app, &address, FREE_FAILURES_OF_ADDRESS).await?;
        count_attempt(app, &account, FREE_FAILURES_OF_ACCOUNT).await?;
        Ok(Self { account, address, last_from_address })
    }

    /// Deletes the failures of the account, and reverts the count of this attempt for the address.
    pub(super) async fn succeed(self, op: &mut Op<'_>) -> Result<(), Error> {
        store::delete_failures(op.db(), &self.account).await?;
        store::revert_attempt(&mut *op.db(), &self.address, self.last_from_address).await?;
        Ok(())
    }
}

/// Counts an attempt as failed before the password is verified, so that simultaneous guesses are counted, too. A
/// successful attempt reverts it, and so does a refusal to wait, because otherwise each refused attempt would extend
/// the wait. It returns when the last attempt failed.
async fn count_attempt(app: &App, subject: &str, free: i32) -> Result<Option<DateTime<Utc>>, Error> {
    let now = app.clock().now();
    let attempt = store::count_attempt(app.pool(), subject, now, now - MAX_WAIT).await?;
    let last = attempt.last_failed_at;
    let Some(until) = next_attempt_at(attempt.failures_before, free, last).filter(|&until| until > now) else {
        return Ok(last);
    };
    store::revert_attempt(app.pool(), subject, last).await?;
    let text = Text::new("There were too many failed attempts. Try again later.", "失败次数过多，请稍后再试。");
    Err(UserError::new(Code::TooManyAttempts, text).until(until).into())
}

/// Deletes at most `limit` failures that are too old to count, and returns how many it deleted.
pub async fn delete_old_failures(app: &App, limit: i64) -> Result<u64, Error> {
    Ok(store::delete_old_failures(app.pool(), app.clock().now() - MAX_WAIT, limit).await?)
}

/// Returns when the next attempt is allowed. The wait is one second after `free` failures, doubles with each further
/// failure, and is at most [`MAX_WAIT`].
fn next_attempt_at(failures: i32, free: i32, last: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let beyond = failures.checked_sub(free).filter(|&beyond| beyond >= 0)?;
    let wait = TimeDelta::seconds(1 << beyond.min(20)).min(MAX_WAIT);
    Some(last? + wait)
}

fn invalid_credentials() -> Error {
    let text = Text::new(
        "The e-mail address or the password is wrong, or the account is closed.",
        "邮箱或密码错误，或账号已停用。",
    );
    UserError::new(Code::InvalidCredentials, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let last = DateTime::from_timestamp(0, 0).unwrap();
        let seconds = |failures| next_attempt_at(failures, 5, Some(last)).map(|until| (until - last).num_seconds());
        assert_eq!(seconds(4), None);
        assert_eq!(seconds(5), Some(1));
        assert_eq!(seconds(8), Some(8));
        assert_eq!(seconds(1_000), Some(900));
    }
}
