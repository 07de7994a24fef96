//! All that can happen to a customer's ownership, in one list: what the operation log and the live feed tell.

use chrono::{DateTime, Utc};

use crate::kernel::id::{CustomerId, OperationBatchId, PoolRuleId, UserId};

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
    /// Entered though one like it was there: the superior of who did it is told.
    CreatedLike { owner: Option<UserId>, superior: UserId },
    /// The same, from a file.
    Imported { owner: Option<UserId> },
    /// Taken from the pool by a rep.
    Claimed { owner: UserId },
    /// Given back by its owner.
    Released { from: UserId },
    /// Taken from its owner by a superior or the system.
    Reclaimed { from: UserId, cause: Cause },
    /// Given from the pool to a rep.
    Assigned { owner: UserId },
    /// Given from one rep to another.
    Transferred { from: UserId, to: UserId, cause: Cause },
    /// Put back where it was before a batch.
    Undone { batch: OperationBatchId, from: Option<UserId>, to: Option<UserId> },
    /// Put on the blacklist.
    Blacklisted { owner: Option<UserId> },
    /// Taken off the blacklist.
    Unblacklisted { owner: Option<UserId> },
    /// Put away.
    Archived { owner: Option<UserId> },
    /// Put away, for the import that entered it is undone.
    TakenBack { owner: Option<UserId> },
    /// Taken out again.
    Restored { owner: Option<UserId> },
    /// Merged into another one. Who had it is told, where somebody else has that one.
    Merged { from: Option<UserId>, told: Option<UserId>, moved: Moved },
}

/// How much a merge moved to the customer that stays.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[expect(missing_docs, reason = "they are what hangs off a customer")]
pub struct Moved {
    pub contacts: i64,
    pub extras: i64,
    pub opportunities: i64,
    pub follow_ups: i64,
    pub orders: i64,
    pub feedback: i64,
}

/// Why a customer was taken from its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// A superior did.
    Manager,
    /// The owner left.
    Departure,
    /// A pool rule did.
    Rule(PoolRuleId),
}

impl Cause {
    /// How it is stored.
    fn name(self) -> &'static str {
        match self {
            Self::Manager => "MANAGER",
            Self::Departure => "DEPARTURE",
            Self::Rule(_) => "RULE",
        }
    }
}

/// A mass act: what happens to customers at once, and is undone together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Which.
    pub id: OperationBatchId,
    /// What.
    pub kind: BatchKind,
    /// Who left, or who gets all of them.
    pub about: Option<UserId>,
    /// What was asked for, where customers were not named one by one.
    pub filter: Option<serde_json::Value>,
}

/// What many customers can go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum BatchKind {
    /// A superior took them from their owners.
    TeamRelease,
    /// They were given from the pool to reps.
    Assignment,
    /// They were given to another rep.
    Transfer,
    /// Their owner left.
    Departure,
    /// A pool rule took them.
    PoolRule,
}

/// How an event stands in the operation log.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "they are the columns of the log")]
pub struct LogEntry {
    pub kind: &'static str,
    pub cause: &'static str,
    pub previous_owner: Option<UserId>,
    pub new_owner: Option<UserId>,
    pub moved: Option<Moved>,
    pub rule: Option<PoolRuleId>,
    pub undone: Option<OperationBatchId>,
}

/// Somebody is told something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Notification {
    /// Who.
    pub user: UserId,
    /// What.
    pub notice: Notice,
    /// About what.
    pub about: About,
    /// As of when.
    pub at: DateTime<Utc>,
    /// Because of which rule.
    pub rule: Option<PoolRuleId>,
}

/// What a telling is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum About {
    /// A customer.
    Customer(CustomerId),
    /// Somebody of theirs.
    User(UserId),
}

impl About {
    /// The customer, if it is one.
    pub fn customer(self) -> Option<CustomerId> {
        if let Self::Customer(customer) = self { Some(customer) } else { None }
    }

    /// The user, if it is one.
    pub fn user(self) -> Option<UserId> {
        if let Self::User(user) = self { Some(user) } else { None }
    }
}

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice {
    /// A customer was given to them.
    Assigned,
    /// One was taken from them.
    Taken,
    /// One was given from them to somebody else.
    Transferred,
    /// One was merged into one that somebody else has.
    Merged,
    /// Somebody of theirs entered one though one like it was there.
    SimilarEntered,
    /// A rule is about to take one from them.
    ReleaseDue,
    /// Somebody of theirs who owns customers is away for long.
    LongAbsence,
}

impl Notice {
    /// How it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assigned => "ASSIGNED",
            Self::Taken => "TAKEN",
            Self::Transferred => "TRANSFERRED",
            Self::Merged => "MERGED",
            Self::SimilarEntered => "SIMILAR_ENTERED",
            Self::ReleaseDue => "RELEASE_DUE",
            Self::LongAbsence => "LONG_ABSENCE",
        }
    }
}

impl Event {
    /// Who is told, unless they did it themselves. Who has left is told nothing.
    pub fn notifications(&self) -> Vec<Notification> {
        let about = About::Customer(self.customer);
        let notification = |user, notice, rule| Notification { user, notice, about, at: self.at, rule };
        match self.kind {
            Kind::Assigned { owner } | Kind::Undone { from: None, to: Some(owner), .. } => {
                vec![notification(owner, Notice::Assigned, None)]
            }
            Kind::Transferred { to, cause: Cause::Departure, .. } => vec![notification(to, Notice::Assigned, None)],
            Kind::Transferred { from, to, .. } | Kind::Undone { from: Some(from), to: Some(to), .. } => {
                vec![notification(from, Notice::Transferred, None), notification(to, Notice::Assigned, None)]
            }
            Kind::Reclaimed { from, cause: Cause::Manager } | Kind::Undone { from: Some(from), to: None, .. } => {
                vec![notification(from, Notice::Taken, None)]
            }
            Kind::Reclaimed { from, cause: Cause::Rule(rule) } => vec![notification(from, Notice::Taken, Some(rule))],
            Kind::CreatedLike { superior, .. } => vec![notification(superior, Notice::SimilarEntered, None)],
            Kind::Merged { told: Some(told), .. } => vec![notification(told, Notice::Merged, None)],
            _ => Vec::new(),
        }
    }
}

impl Kind {
    /// How it stands in the operation log.
    pub fn log_entry(self) -> LogEntry {
        let (kind, cause, previous_owner, new_owner) = match self {
            Self::Created { owner } | Self::CreatedLike { owner, .. } => ("CREATE", "MANUAL", None, owner),
            Self::Imported { owner } => ("CREATE", "IMPORT", None, owner),
            Self::Claimed { owner } => ("CLAIM", "MANUAL", None, Some(owner)),
            Self::Released { from } => ("RELEASE", "MANUAL", Some(from), None),
            Self::Reclaimed { from, cause } => ("RECLAIM", cause.name(), Some(from), None),
            Self::Assigned { owner } => ("ASSIGN", "MANAGER", None, Some(owner)),
            Self::Transferred { from, to, cause } => ("TRANSFER", cause.name(), Some(from), Some(to)),
            Self::Undone { from, to, .. } => {
                let kind = match (from, to) {
                    (_, None) => "RECLAIM",
                    (None, _) => "ASSIGN",
                    _ => "TRANSFER",
                };
                (kind, "UNDO", from, to)
            }
            Self::Blacklisted { owner } => ("BLACKLIST", "MANUAL", owner, owner),
            Self::Unblacklisted { owner } => ("UNBLACKLIST", "MANUAL", owner, owner),
            Self::Archived { owner } => ("ARCHIVE", "MANUAL", owner, owner),
            Self::TakenBack { owner } => ("ARCHIVE", "UNDO", owner, owner),
            Self::Restored { owner } => ("RESTORE", "MANUAL", owner, owner),
            Self::Merged { from, .. } => ("MERGE", "MANAGER", from, None),
        };
        let moved = if let Self::Merged { moved, .. } = self { Some(moved) } else { None };
        let rule = match self {
            Self::Reclaimed { cause: Cause::Rule(rule), .. } => Some(rule),
            _ => None,
        };
        let undone = if let Self::Undone { batch, .. } = self { Some(batch) } else { None };
        LogEntry { kind, cause, previous_owner, new_owner, moved, rule, undone }
    }
}
