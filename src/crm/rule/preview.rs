//! What a rule would take now, without touching any of it.

use chrono::{DateTime, Utc};

use super::Action;
use super::matching::{Matching, Terms};
use super::schedule::Schedule;
use super::store;
use crate::kernel::access::{self, Permission, Resource};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, PoolRuleId};
use crate::kernel::op::Op;
pub use store::Seen;

/// To see what a rule would do.
pub const PREVIEW: Permission = Permission::to(access::Action::Preview, Resource::PoolRule);

/// Which rule.
#[derive(Debug, Clone)]
pub enum Which {
    /// One that is there, on or off.
    Rule(PoolRuleId),
    /// One that would release customers.
    Draft {
        /// Its condition.
        condition: String,
        /// Its priority: what keeps customers from it depends on that.
        priority: i32,
        /// Whether days off are left out of every day count.
        workdays: bool,
    },
}

/// How many runs are looked ahead to.
const RUNS_AHEAD: usize = 5;

/// What a rule would do, as far as the actor may see the customers.
#[derive(Debug, Default)]
pub struct Preview {
    /// What it would take now.
    pub now: Seen,
    /// How many it would take at its next planned times, if nobody acts. What an earlier one takes is not counted again.
    pub next_runs: Vec<(DateTime<Utc>, i64)>,
}

/// What a rule would take of the customers that the actor may see: counts, and at most `most` of them behind one.
pub async fn preview(op: &mut Op<'_>, which: Which, after: Option<CustomerId>, most: u32) -> Result<Preview, Error> {
    op.authorize(PREVIEW)?;
    let (matching, schedule) = match which {
        Which::Rule(id) => {
            let (rule, _) = store::find(op.db(), id).await?.ok_or_else(UserError::not_found)?;
            let schedule = Schedule::saved(rule.schedule.as_deref(), rule.workdays);
            (Matching::of_rule(op, id, &rule).await?, schedule)
        }
        Which::Draft { condition, priority, workdays } => {
            let terms = Terms { condition, action: Action::ReleaseToPool, priority, days_ahead: None, workdays };
            (Matching::of(op, &terms).await?, None)
        }
    };
    let upcoming = |schedule: Schedule| schedule.upcoming(op.now(), op.settings()).take(RUNS_AHEAD).collect();
    let times: Option<Vec<_>> = schedule.map(upcoming);
    let times = times.unwrap_or_default();
    let counts = store::count_ahead(op, &matching, &times).await?;
    let next_runs = times.into_iter().zip(counts).collect();
    Ok(Preview { now: store::preview(op, &matching, after, most).await?, next_runs })
}
