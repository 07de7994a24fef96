//! All that can happen to a customer's ownership, in one list: what the operation log and the live feed tell.

use chrono::{DateTime, Utc};

use crate::id::{CustomerId, UserId};

/// Something that happened to a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// To which one.
    pub customer: CustomerId,
    /// When: never before the customer's last change, even where clocks and locks disagree.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: Kind,
    /// What the one who did it said about it.
    pub remark: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the fields are the owners before and after")]
pub enum Kind {
    /// Entered: with an owner, or into the pool.
    Created { owner: Option<UserId> },
    /// Taken from the pool by a rep.
    Claimed { owner: UserId },
    /// Given back by its owner.
    Released { from: UserId },
    /// Taken from its owner by a superior or the system.
    Reclaimed { from: UserId, cause: Cause },
    /// Given from the pool to a rep.
    Assigned { owner: UserId },
    /// Put on the blacklist.
    Blacklisted { owner: Option<UserId> },
    /// Taken off the blacklist.
    Unblacklisted { owner: Option<UserId> },
}

/// Why a customer was taken from its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// A superior did.
    Manager,
    /// The owner left.
    Departure,
}

/// How an event stands in the operation log.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "they are the columns of the log")]
pub struct LogEntry {
    pub kind: &'static str,
    pub cause: &'static str,
    pub previous_owner: Option<UserId>,
    pub new_owner: Option<UserId>,
}

/// What somebody is told about a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice {
    /// It was given to them.
    Assigned,
    /// It was taken from them.
    Taken,
}

impl Notice {
    /// How it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assigned => "ASSIGNED",
            Self::Taken => "TAKEN",
        }
    }
}

impl Kind {
    /// Who is told, unless they did it themselves. Who has left is told nothing.
    pub fn notice(self) -> Option<(UserId, Notice)> {
        match self {
            Self::Assigned { owner } => Some((owner, Notice::Assigned)),
            Self::Reclaimed { from, cause: Cause::Manager } => Some((from, Notice::Taken)),
            _ => None,
        }
    }

    /// How it stands in the operation log.
    pub fn log_entry(self) -> LogEntry {
        let (kind, cause, previous_owner, new_owner) = match self {
            Self::Created { owner } => ("CREATE", "MANUAL", None, owner),
            Self::Claimed { owner } => ("CLAIM", "MANUAL", None, Some(owner)),
            Self::Released { from } => ("RELEASE", "MANUAL", Some(from), None),
            Self::Reclaimed { from, cause: Cause::Manager } => ("RECLAIM", "MANAGER", Some(from), None),
            Self::Reclaimed { from, cause: Cause::Departure } => ("RECLAIM", "DEPARTURE", Some(from), None),
            Self::Assigned { owner } => ("ASSIGN", "MANAGER", None, Some(owner)),
            Self::Blacklisted { owner } => ("BLACKLIST", "MANUAL", owner, owner),
            Self::Unblacklisted { owner } => ("UNBLACKLIST", "MANUAL", owner, owner),
        };
        LogEntry { kind, cause, previous_owner, new_owner }
    }
}
