//! Passwords: Argon2id, hashed beside the server's work and at most two at a time, for each takes 19 MiB and a core.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::kernel::error::{Error, UserError};

static TURNS: Semaphore = Semaphore::const_new(2);

/// What an unknown account is checked against, so that the answer takes as long as for a known one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRmb3Jub2JvZHk$bYd4bOFGZbGUSQqZzbk3RnnH6T5nCJvmPm1Ep5Qw1mM";

/// Whether a password may be one.
pub fn check(path: &[&str], password: &str) -> Result<(), UserError> {
    let length = password.chars().count();
    if (10..=200).contains(&length) {
        return Ok(());
    }
    Err(UserError::invalid(path, "must have 10 to 200 characters", "长度必须是 10 到 200 个字符"))
}

/// Hashes a password.
pub async fn hash(password: &str) -> Result<String, Error> {
    let password = password.to_owned();
    beside(move || {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| Error::Internal(error.to_string().into()))?;
        let salt = SaltString::encode_b64(&salt).map_err(|error| Error::Internal(error.to_string().into()))?;
        let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
        hashed.map(|hash| hash.to_string()).map_err(|error| Error::Internal(error.to_string().into()))
    })
    .await
}

/// Whether a password is the one that was hashed; never, where nothing was.
pub async fn verify(password: &str, hashed: Option<String>) -> Result<bool, Error> {
    let password = password.to_owned();
    beside(move || {
        let is_somebody = hashed.is_some();
        let hashed = hashed.as_deref().unwrap_or(NOBODY);
        let hashed = PasswordHash::new(hashed).map_err(|error| Error::Internal(error.to_string().into()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hashed).is_ok() && is_somebody)
    })
    .await
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let _turn = TURNS.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let hashed = hash("correct horse").await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(hashed.clone())).await.unwrap());
        assert!(!verify("wrong horse", Some(hashed)).await.unwrap());
        assert!(!verify("anything", None).await.unwrap());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(check(&[], "123456789").is_err());
        assert!(check(&[], "1234567890").is_ok());
        assert!(check(&[], &"x".repeat(201)).is_err());
    }
}
