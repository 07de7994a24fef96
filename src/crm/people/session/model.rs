//! The types of sessions.

use crate::kernel::id::SessionId;
use crate::kernel::scalar::DateTime;

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
    /// A refresh token was used after it had been replaced, so somebody else has it.
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
    /// When the sign-in ends at the latest.
    pub expires_at: DateTime,
}
