//! Passwords are hashed with Argon2id on blocking threads. Each hash takes 19 MiB and a core, so it needs a [`Turn`].

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

use crate::kernel::error::{Error, UserError};
use crate::kernel::turns;

/// A turn at hashing.
pub type Turn = turns::Turn<String>;

/// The hash that is verified for an unknown account, so that the answer takes as long as for a known one.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRmb3Jub2JvZHk$bYd4bOFGZbGUSQqZzbk3RnnH6T5nCJvmPm1Ep5Qw1mM";

/// Common passwords of at least 10 characters, in lower case, one a line.
const COMMON: &str = include_str!("common_passwords.txt");

/// Refuses a password that is too short, too long or easy to guess for the user with an e-mail address.
pub fn check(path: &[&str], password: &str, email: &str) -> Result<(), UserError> {
    let length = password.chars().count();
    if !(10..=200).contains(&length) {
        let (en, zh) = ("The password must have 10 to 200 characters.", "密码长度必须为 10 到 200 个字符。");
        return Err(UserError::invalid(path, en, zh));
    }
    let lower = password.to_lowercase();
    if contains_name(&lower, email) {
        let (en, zh) =
            ("The password must not contain the name of the e-mail address.", "密码不能包含邮箱的用户名部分。");
        return Err(UserError::invalid(path, en, zh));
    }
    if COMMON.lines().any(|common| common == lower) || is_simple(&lower) {
        let (en, zh) = ("This password is easy to guess. Choose another one.", "该密码过于简单或常见，请换一个密码。");
        return Err(UserError::invalid(path, en, zh));
    }
    Ok(())
}

/// Whether a password in lower case contains the part of the e-mail address before the `@`. A part of less than four
/// characters does not count, because it is also in words that have nothing to do with the user.
fn contains_name(password: &str, email: &str) -> bool {
    let name = email.split('@').next().unwrap_or_default().to_lowercase();
    name.chars().count() >= 4 && password.contains(&name)
}

/// Whether a password repeats one to four characters (`aaaaaaaaaa`, `abcabcabcabc`), or is an ascending or descending
/// sequence of digits or letters (`1234567890`, `zyxwvutsrq`).
fn is_simple(password: &str) -> bool {
    let letters: Vec<char> = password.chars().collect();
    let repeats = |unit: usize| letters.iter().zip(&letters[unit..]).all(|(letter, later)| letter == later);
    let ascends = |from: char, to: char| (from, to) == ('9', '0') || u32::from(from) + 1 == u32::from(to);
    let pairs = || letters.iter().zip(&letters[1..]);
    (1..=4).any(repeats)
        || pairs().all(|(&one, &next)| ascends(one, next))
        || pairs().all(|(&one, &next)| ascends(next, one))
}

/// Hashes a password.
pub async fn hash(password: &str, _turn: &Turn) -> Result<String, Error> {
    let password = password.to_owned();
    run_blocking(move || {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| Error::Internal(error.to_string().into()))?;
        let salt = SaltString::encode_b64(&salt).map_err(|error| Error::Internal(error.to_string().into()))?;
        let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
        hashed.map(|hash| hash.to_string()).map_err(|error| Error::Internal(error.to_string().into()))
    })
    .await
}

/// Returns whether a password matches a hash; false if there is no hash.
pub async fn verify(password: &str, hashed: Option<String>, _turn: &Turn) -> Result<bool, Error> {
    let password = password.to_owned();
    run_blocking(move || {
        let has_password = hashed.is_some();
        let hashed = hashed.as_deref().unwrap_or(DUMMY_HASH);
        let hashed = PasswordHash::new(hashed).map_err(|error| Error::Internal(error.to_string().into()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hashed).is_ok() && has_password)
    })
    .await
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let turn = &Turn::alone();
        let hashed = hash("correct horse", turn).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(hashed.clone()), turn).await.unwrap());
        assert!(!verify("wrong horse", Some(hashed), turn).await.unwrap());
        assert!(!verify("anything", None, turn).await.unwrap());
    }

    #[test]
    fn passwords_that_are_too_short_too_long_or_easy_to_guess_are_refused() {
        let is_refused = |password: &str| check(&[], password, "ann@example.com").is_err();
        let long = "correct horse battery ".repeat(10);
        for refused in
            ["battery s", &long[..201], "QwertyUiop", "xxxxxxxxxx", "78901234567", "zyxwvutsrq", "12ab12ab12a"]
        {
            assert!(is_refused(refused), "{refused}");
        }
        for accepted in ["battery st", &long[..200], "tidepool-demo", "planned well"] {
            assert!(!is_refused(accepted), "{accepted}");
        }
        assert!(check(&[], "Marianne-2026", "marianne@example.com").is_err());
    }

    #[test]
    fn each_common_password_would_be_accepted_otherwise() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= 10 && common.to_lowercase() == common && !is_simple(common), "{common}");
        }
    }
}
