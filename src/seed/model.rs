//! What to generate, what was generated, and why nothing was generated.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How often progress is logged.
pub(super) const LOG_EVERY: Duration = Duration::from_secs(5);

/// What to generate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many customers.
    pub customers: u32,
    /// The same seed generates the same data for the same `now`.
    pub seed: u64,
    /// The present: the generated history ends here.
    pub now: DateTime<Utc>,
}

impl Plan {
    /// The plan of `serve --demo`.
    pub fn demo(now: DateTime<Utc>) -> Self {
        Self { customers: 2_500, seed: 1, now }
    }
}

/// How many rows were generated.
#[derive(Debug, Default, Clone, PartialEq)]
#[expect(missing_docs, reason = "they are counts of what they are named after")]
pub struct Report {
    pub users: usize,
    pub products: usize,
    pub customers: usize,
    pub contacts: usize,
    pub operations: usize,
    pub extras: usize,
    pub opportunities: usize,
    pub followups: usize,
    pub tasks: usize,
    pub orders: usize,
    pub feedback: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, products, customers, contacts, operations, extras, .. } = self;
        write!(
            f,
            "{users} users, {products} products, {customers} customers, {contacts} contacts, {operations} operations, "
        )?;
        let Self { opportunities, followups, tasks, orders, feedback, .. } = self;
        write!(
            f,
            "{extras} extras, {opportunities} opportunities, {followups} follow-ups, {tasks} tasks, {orders} orders, {feedback} feedback"
        )
    }
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The installation has customers or users.
    #[error("demo data needs an empty installation, but this one has customers or users")]
    NotEmpty,
    /// A password could not be hashed.
    #[error("the password of the demo accounts can't be hashed")]
    Password(#[source] crate::kernel::error::Error),
    /// The generated data breaks a rule that triggers hold otherwise.
    #[error("the demo data breaks the rule: {0}")]
    BrokenRule(&'static str),
    /// The task that generates rows has failed.
    #[error("the demo data can't be generated")]
    Generation(#[from] tokio::task::JoinError),
    /// The database refused.
    #[error("the demo data can't be written to the database")]
    Database(#[from] sqlx::Error),
}
