//! The audit log: what matters for security. Each entry is written by [`Op::audit`](crate::kernel::op::Op::audit), in the
//! transaction of what it is about.

use crate::kernel::id::{CustomerId, UserId};

/// The most characters of one detail.
const MOST_CHARACTERS: usize = 1_000;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "AuditKind")]
#[expect(missing_docs, reason = "crm/audit/read.rs describes them")]
pub enum Kind {
    SignedIn,
    SignInFailed,
    SignedOut,
    SessionRevoked,
    SessionsRevoked,
    RefreshTokenReused,
    PasswordChanged,
    PasswordCheckFailed,
    PasswordLinkCreated,
    PasswordSetByLink,
    SecondFactorAdded,
    SecondFactorRemoved,
    IdentityConnected,
    UserCreated,
    UserChanged,
    ManagerChanged,
    RolesChanged,
    UserDeparted,
    UserReactivated,
    AbsenceRecorded,
    AbsenceCancelled,
    ApiKeyCreated,
    ApiKeyRevoked,
    RoleSaved,
    PermissionGranted,
    PermissionRevoked,
    SettingsChanged,
    CalendarChanged,
    ChoiceSaved,
    ExtraFieldSaved,
    StageSaved,
    WebhookChanged,
    PoolSaved,
    PoolRuleSaved,
    PoolRuleRunApproved,
    PoolRuleRunUndone,
    ContactRevealed,
    DetailsLookedUp,
    QuickReleases,
    Downloaded,
}

/// An entry of the log. It has no secrets and no personal data of customers.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What happened.
    pub kind: Kind,
    /// Who did it, if it is not the actor of the operation.
    pub actor: Option<UserId>,
    /// The user whom it is about.
    pub about: Option<UserId>,
    /// The customer that it is about.
    pub customer: Option<CustomerId>,
    /// What exactly.
    pub details: Vec<String>,
}

impl Entry {
    /// An entry of a kind, by the actor of the operation.
    pub fn of(kind: Kind) -> Self {
        Self { kind, actor: None, about: None, customer: None, details: Vec::new() }
    }

    /// The same, by a user who is not the actor of the operation.
    pub fn by(self, actor: Option<UserId>) -> Self {
        Self { actor, ..self }
    }

    /// The same, about a user.
    pub fn about(self, user: UserId) -> Self {
        Self { about: Some(user), ..self }
    }

    /// The same, about a customer.
    pub fn on(self, customer: CustomerId) -> Self {
        Self { customer: Some(customer), ..self }
    }

    /// The same with one more detail. A long one is cut off.
    pub fn detail(mut self, text: impl AsRef<str>) -> Self {
        self.details.push(text.as_ref().chars().take(MOST_CHARACTERS).collect());
        self
    }

    /// The same with those of the named values that differ.
    pub fn changes<const N: usize>(self, before: [(&str, String); N], after: [(&str, String); N]) -> Self {
        before
            .into_iter()
            .zip(after)
            .filter(|((_, before), (_, after))| before != after)
            .fold(self, |entry, ((name, before), (_, after))| entry.detail(format!("{name}: {before} → {after}")))
    }
}

/// A value or `null`, as a detail shows it.
pub fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
