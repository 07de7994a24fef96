//! Passwords are hashed with Argon2id on blocking threads, at most two at a time, because each hash takes 19 MiB and a
//! core.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::kernel::error::{Error, UserError};

/// Limits the hashes that are computed at the same time.
static PERMITS: Semaphore = Semaphore::const_new(2);

/// The hash that is verified for an unknown account, so that the answer takes as long as for a known one.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRmb3Jub2JvZHk$bYd4bOFGZbGUSQqZzbk3RnnH6T5nCJvmPm1Ep5Qw1mM";

/// Refuses a password that is too short or too long.
pub fn check(path: &[&str], password: &str) -> Result<(), UserError> {
    let length = password.chars().count();
    if (10..=200).contains(&length) {
        return Ok(());
    }
    Err(UserError::invalid(path, "The password must have 10 to 200 characters.", "密码长度必须为 10 到 200 个字符。"))
}

/// Hashes a password.
pub async fn hash(password: &str) -> Result<String, Error> {
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
pub async fn verify(password: &str, hashed: Option<String>) -> Result<bool, Error> {
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
    let _permit = PERMITS.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let hashed = hash("correct horse").await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(hashed.clone())).await.unwrap());
        assert!(!verify("wrong horse", Some(hashed)).await.unwrap());
        assert!(!verify("anything", None).await.unwrap());
    }

    #[test]
    fn passwords_of_other_than_10_to_200_characters_are_refused() {
        assert!(check(&[], "123456789").is_err());
        assert!(check(&[], "1234567890").is_ok());
        assert!(check(&[], &"x".repeat(201)).is_err());
    }
}
