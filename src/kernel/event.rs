//! Every event of a customer's ownership: the operation log records them, and notifications follow from them.

use chrono::{DateTime, Utc};

use crate::kernel::id::{CustomerId, OperationBatchId, PoolId, PoolRuleId, PoolRuleRunId, TaskId, UserId, WebhookId};

/// An event of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The customer.
    pub customer: CustomerId,
    /// The time, which is always after the customer's last change, even if the operation began before it got the lock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: Kind,
    /// The remark of the operator.
    pub remark: Option<String>,
    /// The pool to which the customer belongs from now on; `None`: the one to which it belonged.
    pub pool: Option<PoolId>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the fields are the owners before and after")]
pub enum Kind {
    /// Created with an owner, or in the public pool.
    Created { owner: Option<UserId> },
    /// Created although a customer with a similar name existed: the operator's manager is notified.
    CreatedLike { owner: Option<UserId>, superior: UserId },
    /// Created by an import.
    Imported { owner: Option<UserId> },
    /// Claimed from the pool by a rep.
    Claimed { owner: UserId },
    /// Released to the pool by its owner.
    Released { from: UserId },
    /// Returned to the pool by a manager or the system.
    Reclaimed { from: UserId, cause: Cause },
    /// Assigned from the pool to a rep.
    Assigned { owner: UserId },
    /// Transferred from one owner to another.
    Transferred { from: UserId, to: UserId, cause: Cause },
    /// Returned to the owner, or to the pool, that it had before a batch.
    Undone { batch: OperationBatchId, from: Option<UserId>, to: Option<UserId> },
    /// Moved to another pool, in it or owned.
    MovedToPool { owner: Option<UserId> },
    /// Put on the blacklist.
    Blacklisted { owner: Option<UserId> },
    /// Removed from the blacklist.
    Unblacklisted { owner: Option<UserId> },
    /// Archived.
    Archived { owner: Option<UserId> },
    /// Archived because the import that created it was undone.
    TakenBack { owner: Option<UserId> },
    /// Restored from the archive.
    Restored { owner: Option<UserId> },
    /// Merged into another customer. The former owner is notified if that customer has another owner.
    Merged { from: Option<UserId>, notified: Option<UserId>, moved: Moved },
}

/// The numbers of rows that a merge moved to the remaining customer.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[expect(missing_docs, reason = "each is the number of rows of its name")]
pub struct Moved {
    pub contacts: i64,
    pub extras: i64,
    pub opportunities: i64,
    pub follow_ups: i64,
    pub tasks: i64,
    pub orders: i64,
    pub feedback: i64,
}

/// Why a customer was taken from its owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// A manager took it.
    Manager,
    /// The owner left the company.
    Departure,
    /// A pool rule took it.
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

/// A batch: one operation on many customers, which is undone as a whole.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its id.
    pub id: OperationBatchId,
    /// What it does.
    pub kind: BatchKind,
    /// The user who left, or the user who gets all the customers.
    pub about: Option<UserId>,
    /// The filter that selected the customers, if they were not named one by one.
    pub filter: Option<serde_json::Value>,
}

/// The kind of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum BatchKind {
    /// A manager released customers of the team to the public pool.
    TeamRelease,
    /// Customers were assigned from the public pool to reps.
    Assignment,
    /// Customers were transferred to another owner.
    Transfer,
    /// The owner of the customers left the company.
    Departure,
    /// A run of a pool rule released customers to the public pool.
    PoolRule,
}

/// An event as columns of the operation log.
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

/// A notification of one user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Notification {
    /// The recipient.
    pub user: UserId,
    /// Its kind.
    pub notice: Notice,
    /// Its subject.
    pub about: About,
    /// The time of the event.
    pub at: DateTime<Utc>,
    /// The pool rule that caused it.
    pub rule: Option<PoolRuleId>,
}

/// The subject of a notification.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum About {
    /// A customer.
    Customer(CustomerId),
    /// A task about a customer.
    Task {
        /// The task.
        task: TaskId,
        /// Its customer.
        customer: CustomerId,
    },
    /// A user below the recipient.
    User(UserId),
    /// A run of a pool rule that waits for approval.
    Run {
        /// The run.
        run: PoolRuleRunId,
        /// The user below the recipient who would lose the customers; `None` for those who may approve the run.
        owner: Option<UserId>,
        /// How many customers wait.
        customers: i64,
        /// Until when the run can be approved.
        due: Option<DateTime<Utc>>,
    },
    /// What an import gave to the recipient.
    Import {
        /// What the file had rows of, as it is stored.
        kind: &'static str,
        /// How many records it gave.
        records: i32,
    },
    /// A webhook.
    Webhook(WebhookId),
}

impl About {
    /// The customer, if the subject is one or something about one.
    pub fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Customer(customer) | Self::Task { customer, .. } => Some(customer),
            Self::User(_) | Self::Run { .. } | Self::Import { .. } | Self::Webhook(_) => None,
        }
    }

    /// The task, if the subject is one.
    pub fn task(self) -> Option<TaskId> {
        if let Self::Task { task, .. } = self { Some(task) } else { None }
    }

    /// The user whom it is about, if there is one.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Run { owner, .. } => owner,
            Self::Customer(_) | Self::Task { .. } | Self::Import { .. } | Self::Webhook(_) => None,
        }
    }

    /// The run, if the subject is one, with the number of customers and the deadline.
    pub fn run(self) -> Option<(PoolRuleRunId, i64, Option<DateTime<Utc>>)> {
        if let Self::Run { run, customers, due, .. } = self { Some((run, customers, due)) } else { None }
    }

    /// The kind of the import and the number of records, if the subject is what it gave.
    pub fn import(self) -> Option<(&'static str, i32)> {
        if let Self::Import { kind, records } = self { Some((kind, records)) } else { None }
    }

    /// The webhook, if the subject is one.
    pub fn webhook(self) -> Option<WebhookId> {
        if let Self::Webhook(webhook) = self { Some(webhook) } else { None }
    }
}

/// The kind of a notification.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice {
    /// The recipient got a customer.
    Assigned,
    /// A customer of the recipient was returned to the pool.
    Taken,
    /// A customer of the recipient was transferred to somebody else.
    Transferred,
    /// A customer of the recipient was merged into a customer of somebody else.
    Merged,
    /// A user below the recipient created a customer although one with a similar name existed.
    SimilarEntered,
    /// A pool rule will soon return a customer of the recipient to the pool.
    ReleaseDue,
    /// A user below the recipient owns customers and is absent for a long time.
    LongAbsence,
    /// A run of a pool rule waits for approval.
    ApprovalDue,
    /// A user below the recipient has released many customers soon after claiming them.
    QuickReleases,
    /// A user has another superior, who sees the customers of this user and their team now.
    SuperiorChanged,
    /// An import has given records to the recipient.
    Imported,
    /// Somebody has created a task for the recipient.
    TaskGiven,
    /// A task of the recipient is due.
    TaskDue,
    /// A webhook has failed for so long that it was paused.
    WebhookPaused,
    /// A customer of the recipient, or of a user below them, asked for something.
    Enquiry,
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
            Self::ApprovalDue => "APPROVAL_DUE",
            Self::QuickReleases => "QUICK_RELEASES",
            Self::SuperiorChanged => "SUPERIOR_CHANGED",
            Self::Imported => "IMPORTED",
            Self::TaskGiven => "TASK_GIVEN",
            Self::TaskDue => "TASK_DUE",
            Self::WebhookPaused => "WEBHOOK_PAUSED",
            Self::Enquiry => "ENQUIRY",
        }
    }
}

impl Event {
    /// The notifications that follow from the event. The operator is still among the recipients; a user who left is
    /// not.
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
            Kind::Merged { notified: Some(owner), .. } => vec![notification(owner, Notice::Merged, None)],
            _ => Vec::new(),
        }
    }
}

impl Kind {
    /// The event as columns of the operation log.
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
            Self::MovedToPool { owner } => ("MOVE", "MANAGER", owner, owner),
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
