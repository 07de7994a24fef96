//! Previews a rule: what it would take now and at its next planned times. Nothing is changed.

use chrono::{DateTime, Utc};

use super::Action;
use super::count::{VisibleMatches, count_ahead, list};
use super::matching::Matching;
pub use super::model::PREVIEW;
use super::model::Terms;
use super::schedule::Schedule;
use super::store;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, PoolRuleId};
use crate::kernel::op::Op;

/// The rule to preview.
#[derive(Debug, Clone)]
pub enum Which {
    /// A saved rule, switched on or off.
    Rule(PoolRuleId),
    /// A rule that is not saved and would release customers.
    Draft {
        /// The condition.
        condition: String,
        /// The priority. It decides which rules keep customers from this one.
        priority: i32,
        /// Whether days off are left out of every day count.
        workdays: bool,
    },
}

/// The number of planned times that are previewed.
const RUNS_AHEAD: usize = 5;

/// What a rule would take, among the customers that the actor may see.
#[derive(Debug, Default)]
pub struct Preview {
    /// What the rule would take now.
    pub now: VisibleMatches,
    /// How many customers the rule would take at its next planned times, if nobody acts. A customer is counted only at
    /// the first time that takes it.
    pub next_runs: Vec<(DateTime<Utc>, i64)>,
}

/// Previews a rule on the customers that the actor may see: counts, and a page of at most `most` customers behind
/// `after`.
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
    let counts = count_ahead(op, &matching, &times).await?;
    let next_runs = times.into_iter().zip(counts).collect();
    Ok(Preview { now: list(op, &matching, after, most).await?, next_runs })
}
