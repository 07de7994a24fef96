//! The types of sessions.

use crate::kernel::id::SessionId;
use crate::kernel::scalar::DateTime;
use crate::kernel::session::TokenHash;

/// How many tokens are kept that were given for one. If more answers are lost, the client has the latest at best.
const MOST_NEXT: usize = 8;

/// The refresh tokens of a session that are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The token that was used last; `None` after the sign-in.
    pub used: Option<TokenHash>,
    /// The tokens that were given for it, the latest last. None of them was used yet.
    pub next: Vec<TokenHash>,
}

impl Chain {
    /// The chain after a token was used; `None` if the token is none of these, and so an old one.
    pub fn use_token(self, token: &TokenHash) -> Option<Self> {
        if self.used.as_ref() == Some(token) {
            return Some(self);
        }
        self.next.contains(token).then(|| Self { used: Some(*token), next: Vec::new() })
    }

    /// The chain after a new token was given for the one that was used last.
    pub fn give(mut self, token: TokenHash) -> Self {
        if self.next.len() == MOST_NEXT {
            self.next.remove(0);
        }
        self.next.push(token);
        self
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy)]
pub enum EndReason {
    /// Its user signed out.
    Logout,
    /// Its user, or somebody with the permission, revoked it.
    Revoked,
    /// The password was changed.
    PasswordChanged,
    /// The user departed.
    Departed,
    /// A refresh token was used after one that was given for it, so two clients have the tokens.
    RefreshTokenReused,
}

impl EndReason {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logout => "LOGOUT",
            Self::Revoked => "REVOKED",
            Self::PasswordChanged => "PASSWORD_CHANGED",
            Self::Departed => "DEPARTED",
            Self::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
        }
    }
}

/// A sign-in that has not ended.
#[derive(Debug, async_graphql::SimpleObject)]
#[graphql(name = "Session")]
pub struct OpenSession {
    /// The id of the sign-in. `revokeSession` takes it.
    pub id: SessionId,
    /// When the user signed in.
    pub created_at: DateTime,
    /// When the sign-in ends at the latest. It ends earlier if it is not used for as long as `sessionIdle` of the settings
    /// says.
    pub expires_at: DateTime,
    /// When it was used last: a client that is in use renews its tokens at least every 15 minutes.
    pub last_used_at: DateTime,
    /// What the browser or the program said that it is when it was used last (the header `User-Agent`): at most 200
    /// characters. Null if it said nothing.
    pub user_agent: Option<String>,
    /// The network address that it was used from last. Null if it is not known.
    pub address: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn token(number: u8) -> TokenHash {
        [number; 32]
    }

    #[test]
    fn a_token_is_valid_until_one_that_was_given_for_it_is_used() {
        let begun = Chain { used: None, next: vec![token(1)] };
        let given = begun.clone().use_token(&token(1)).unwrap().give(token(2));
        let again = given.clone().use_token(&token(1)).unwrap().give(token(3));
        assert_eq!(again, Chain { used: Some(token(1)), next: vec![token(2), token(3)] });
        let on = again.use_token(&token(2)).unwrap().give(token(4));
        for old in [token(1), token(3), token(9)] {
            assert_eq!(on.clone().use_token(&old), None);
        }
        assert_eq!(begun.use_token(&token(2)), None);
    }

    #[test]
    fn of_many_lost_answers_the_latest_are_kept() {
        let mut chain = Chain { used: Some(token(0)), next: vec![token(1)] };
        for number in 2..=20 {
            chain = chain.give(token(number));
        }
        assert_eq!((chain.next.len(), chain.next.first(), chain.next.last()), (8, Some(&token(13)), Some(&token(20))));
    }
}
