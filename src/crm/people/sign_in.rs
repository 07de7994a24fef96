//! Login by e-mail and password. Failures slow down the account and the address that they come from.

use chrono::{DateTime, TimeDelta, Utc};

use super::session::{SignedIn, open};
use super::{password, store};
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::error::{Code, Error, Text, UserError};

/// Failures that are free.
const FREE_FOR_ACCOUNT: i32 = 5;
const FREE_FOR_ADDRESS: i32 = 20;
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Signs somebody in. Whatever is wrong with the e-mail address, the password or the account is one answer.
pub async fn login(app: &App, email: &str, password: &str, address: &str) -> Result<SignedIn, Error> {
    let email = email.trim().to_lowercase();
    let is_plausible = (3..=254).contains(&email.len()) && !email.contains('\0') && password.len() <= 800;
    if !is_plausible {
        return Err(invalid());
    }
    let (account, address) = (format!("account {email}"), format!("address {address}"));
    let before = count_attempt(app, &address, FREE_FOR_ADDRESS).await?;
    count_attempt(app, &account, FREE_FOR_ACCOUNT).await?;
    let found = store::account(app.pool(), &email).await?;
    let user = found.as_ref().map(|account| account.id);
    let is_right = password::verify(password, found.and_then(|account| account.password_hash)).await?;
    let Some(user) = user.filter(|_| is_right) else { return Err(invalid()) };
    let mut op = app.begin(Actor::System("sign-in")).await?;
    let now = op.now();
    // Changes the row that a departure changes: nobody signs in behind their own.
    if !store::note_sign_in(op.db(), user, now).await? {
        return Err(invalid());
    }
    store::forget_failures(op.db(), &account).await?;
    store::take_back(&mut *op.db(), &address, before).await?;
    let tokens = open(&mut op, user).await?;
    op.commit().await?;
    tokens.signed_in(app).await
}

/// Counts an attempt before it is made, so that guesses sent all at once are counted, too. A success takes it back, and so
/// does an answer to wait. When the last one failed.
async fn count_attempt(app: &App, subject: &str, free: i32) -> Result<Option<DateTime<Utc>>, Error> {
    let now = app.clock().now();
    let attempt = store::count_attempt(app.pool(), subject, now, now - LONGEST_WAIT).await?;
    let last = attempt.last_failed_at;
    let Some(until) = waits_until(attempt.failures_before, free, last).filter(|&until| until > now) else {
        return Ok(last);
    };
    store::take_back(app.pool(), subject, last).await?;
    let text = Text::new("Too many failed attempts. Wait a little.", "失败次数过多，请稍后再试。");
    Err(UserError::new(Code::TooManyAttempts, text).until(until).into())
}

/// Forgets failures that slow nobody down any more, at most `most`; how many.
pub async fn forget_old_failures(app: &App, most: i64) -> Result<u64, Error> {
    Ok(store::forget_old_failures(app.pool(), app.clock().now() - LONGEST_WAIT, most).await?)
}

/// Until when the next attempt has to wait: twice as long for each failure, at most a quarter of an hour.
fn waits_until(failures: i32, free: i32, last: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let beyond = failures.checked_sub(free).filter(|&beyond| beyond >= 0)?;
    let wait = TimeDelta::seconds(1 << beyond.min(20)).min(LONGEST_WAIT);
    Some(last? + wait)
}

fn invalid() -> Error {
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
        let seconds = |failures| waits_until(failures, 5, Some(last)).map(|until| (until - last).num_seconds());
        assert_eq!(seconds(4), None);
        assert_eq!(seconds(5), Some(1));
        assert_eq!(seconds(8), Some(8));
        assert_eq!(seconds(1_000), Some(900));
    }
}
