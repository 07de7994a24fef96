//! Attempts to get in. Every check of a password is one that counts as failed until it succeeds, also that of the old
//! password when it is changed. After failed attempts the next ones have to wait.
//!
//! Guesses from elsewhere must not keep the owner of an account out. So attempts from a network that the account was
//! signed in from before are counted by themselves, and only guesses from this same network slow them down.

mod store;

use chrono::{DateTime, TimeDelta, Utc};

use super::password::{self, Turn};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// The longest wait.
const MAX_WAIT: TimeDelta = TimeDelta::minutes(15);
/// When to try again if too many passwords are being checked.
const BUSY_WAIT: TimeDelta = TimeDelta::seconds(3);

/// How the failures of a subject are counted.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// How many failures have no wait.
    free: i32,
    /// The count starts again if there was no failure for so long.
    forgotten_after: TimeDelta,
}

/// Attempts for an account from a network that it was signed in from before. NIST SP 800-63B allows 100 failures in a row.
const KNOWN: Rule = Rule { free: 100, forgotten_after: TimeDelta::days(1) };
/// Attempts for an account from all other networks.
const ACCOUNT: Rule = Rule { free: 5, forgotten_after: MAX_WAIT };
/// Attempts for any account from a network that the account was not signed in from before.
const NETWORK: Rule = Rule { free: 20, forgotten_after: MAX_WAIT };

/// E-mails that are asked for an account, and from a network.
const MAILS: Rule = Rule { free: 2, forgotten_after: TimeDelta::hours(1) };
const MAILS_OF_NETWORK: Rule = Rule { free: 20, ..MAILS };

/// An attempt to verify a password, which counts as failed until it succeeds.
pub(super) struct PasswordAttempt {
    /// The account, if there is an active one with this e-mail address.
    account: Option<store::Account>,
    counted: Vec<Counted>,
    /// The turn at hashing.
    pub(super) turn: Turn,
}

/// A count that includes the present attempt.
struct Counted {
    subject: String,
    /// When the attempt before failed.
    last_failed_at: Option<DateTime<Utc>>,
    /// Whether the count starts again when the attempt succeeds.
    is_of_account: bool,
}

impl PasswordAttempt {
    /// Counts the attempt before the password is verified, so that simultaneous guesses are counted, too. A refusal if it
    /// must wait, which counts nothing, because otherwise each refused attempt would extend the wait.
    pub(super) async fn begin(app: &App, email: &str, origin: &Origin) -> Result<Self, Error> {
        let network = origin.network();
        let account = store::find_account(app.pool(), email, &network).await?;
        let subjects = match &account {
            // A transport that tells no address shows no network.
            Some(account) if account.is_known && origin.address.is_some() => {
                vec![(format!("account {email} from {network}"), KNOWN, true)]
            }
            _ => vec![(format!("address {network}"), NETWORK, false), (format!("account {email}"), ACCOUNT, true)],
        };
        let counted = count_all(app, &subjects).await?;
        // Networks take turns, and so does each account where it was signed in from before.
        let Some(turn) = app.hashing().wait(&subjects[0].0).await else {
            revert(app, &counted).await?;
            return Err(busy(app));
        };
        Ok(Self { account, counted, turn })
    }

    /// The active user with the e-mail address.
    pub(super) fn user(&self) -> Option<UserId> {
        self.account.as_ref().map(|account| account.id)
    }

    /// The hash that the password was verified against.
    pub(super) fn password_hash(&self) -> Option<&str> {
        self.account.as_ref()?.password_hash.as_deref()
    }

    /// The user, if the password is right.
    pub(super) async fn verify(&self, password: &str) -> Result<Option<UserId>, Error> {
        let hash = self.account.as_ref().and_then(|account| account.password_hash.clone());
        let is_right = password::verify(password, hash, &self.turn).await?;
        Ok(self.user().filter(|_| is_right))
    }

    /// Ends the turn at hashing, so that nobody waits for it while this attempt waits for the database.
    pub(super) fn end_turn(&mut self) {
        self.turn = Turn::alone();
    }

    /// Takes this attempt out of all counts: a password was right, and only a code is missing.
    pub(super) async fn forget(self, app: &App) -> Result<(), Error> {
        revert(app, &self.counted).await
    }

    /// Forgets the failures of the account from here, and takes this attempt out of the count of the network.
    pub(super) async fn succeed(self, op: &mut Op<'_>) -> Result<(), Error> {
        for Counted { subject, last_failed_at, is_of_account } in &self.counted {
            match is_of_account {
                true => store::delete_failures(op.db(), subject).await?,
                false => store::revert_attempt(&mut *op.db(), subject, *last_failed_at).await?,
            }
        }
        Ok(())
    }
}

/// An attempt of the actor to show their own password, because somebody who has only the access token must not do what it allows.
/// If it is wrong, that is logged, and `wrong` is the refusal.
pub(super) async fn of_actor(
    app: &App,
    actor: &Actor,
    origin: &Origin,
    password: &str,
    wrong: UserError,
) -> Result<PasswordAttempt, Error> {
    let user = actor.viewer()?.user;
    let directory = app.directory().await?;
    let email = &directory.people.get(&user).ok_or(Error::Unauthenticated)?.email;
    let attempt = PasswordAttempt::begin(app, email, origin).await?;
    if attempt.verify(password).await? == Some(user) {
        return Ok(attempt);
    }
    app.audit(actor.clone(), origin, Entry::of(Kind::PasswordCheckFailed).about(user)).await?;
    Err(wrong.into())
}

/// Counts an attempt for all its subjects, or a refusal that counts it for none.
async fn count_all(app: &App, subjects: &[(String, Rule, bool)]) -> Result<Vec<Counted>, Error> {
    let mut counted = Vec::with_capacity(subjects.len());
    for (subject, rule, is_of_account) in subjects {
        match count_attempt(app, subject, *rule).await? {
            Ok(last_failed_at) => {
                counted.push(Counted { subject: subject.clone(), last_failed_at, is_of_account: *is_of_account });
            }
            Err(until) => {
                revert(app, &counted).await?;
                let text = Text::new("There were too many attempts. Try again later.", "尝试次数过多，请稍后再试。");
                return Err(UserError::new(Code::TooManyAttempts, text).until(until).into());
            }
        }
    }
    Ok(counted)
}

/// Counts a request for an e-mail to an address, so that nobody's letter box is flooded.
pub(super) async fn count_mail(app: &App, email: &str, origin: &Origin) -> Result<(), Error> {
    let subjects = [
        (format!("mails from {}", origin.network()), MAILS_OF_NETWORK, false),
        (format!("mails to {email}"), MAILS, true),
    ];
    count_all(app, &subjects).await.map(drop)
}

/// Waits for a turn at hashing a password of somebody who is not signed in, and is known by a secret.
pub(super) async fn turn_at_hashing(app: &App, origin: &Origin) -> Result<Turn, Error> {
    let network = format!("address {}", origin.network());
    app.hashing().wait(&network).await.ok_or_else(|| busy(app))
}

/// Forgets the failures of an account from networks that it was not signed in from.
pub(super) async fn forget_failures(op: &mut Op<'_>, email: &str) -> Result<(), Error> {
    Ok(store::delete_failures(op.db(), &format!("account {email}")).await?)
}

/// A refusal because too many passwords are being checked.
fn busy(app: &App) -> Error {
    let text = Text::new(
        "Too many passwords are being checked at the moment. Try again in a few seconds.",
        "当前登录人数过多，请稍后再试。",
    );
    UserError::new(Code::TooManyAttempts, text).until(app.clock().now() + BUSY_WAIT).into()
}

/// Counts an attempt as failed. Returns when the last one failed, or until when it must wait; then it is not counted.
async fn count_attempt(
    app: &App,
    subject: &str,
    rule: Rule,
) -> Result<Result<Option<DateTime<Utc>>, DateTime<Utc>>, Error> {
    let now = app.clock().now();
    let attempt = store::count_attempt(app.pool(), subject, now, now - rule.forgotten_after).await?;
    let last = attempt.last_failed_at;
    let Some(until) = next_attempt_at(attempt.failures_before, rule.free, last).filter(|&until| until > now) else {
        return Ok(Ok(last));
    };
    store::revert_attempt(app.pool(), subject, last).await?;
    Ok(Err(until))
}

async fn revert(app: &App, counted: &[Counted]) -> Result<(), Error> {
    for Counted { subject, last_failed_at, .. } in counted {
        store::revert_attempt(app.pool(), subject, *last_failed_at).await?;
    }
    Ok(())
}

/// Deletes at most `limit` failures that are too old to count, and returns how many it deleted.
pub async fn delete_old_failures(app: &App, limit: i64) -> Result<u64, Error> {
    Ok(store::delete_old_failures(app.pool(), app.clock().now() - KNOWN.forgotten_after, limit).await?)
}

/// Returns when the next attempt is allowed. The wait is one second after `free` failures, doubles with each further
/// failure, and is at most [`MAX_WAIT`].
fn next_attempt_at(failures: i32, free: i32, last: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let beyond = failures.checked_sub(free).filter(|&beyond| beyond >= 0)?;
    let wait = TimeDelta::seconds(1 << beyond.min(20)).min(MAX_WAIT);
    Some(last? + wait)
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
