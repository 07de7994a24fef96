//! Previews a rule: what it would take now and at its next planned times. Nothing is changed.

use super::Action;
pub use super::choice::Foretold;
use super::choice::foretell;
use super::count::{VisibleMatches, list};
use super::matching::Matching;
pub use super::model::PREVIEW;
use super::model::{Draft, Terms};
use super::schedule::Schedule;
use super::store;
use crate::kernel::error::{Error, Text, UserError};
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
    /// What the next runs of the rule will do if nobody acts, other rules left out.
    pub next_runs: Vec<Foretold>,
    /// The customers that the condition can never match.
    pub warnings: Vec<Text>,
}

/// Previews a rule on the customers that the actor may see: counts, and a page of at most `most` customers behind
/// `after`.
pub async fn preview(op: &mut Op<'_>, which: Which, after: Option<CustomerId>, most: u32) -> Result<Preview, Error> {
    op.authorize(PREVIEW)?;
    let (matching, next_runs) = match which {
        Which::Rule(id) => {
            let (rule, _) = store::find(op.db(), id).await?.ok_or_else(UserError::not_found)?;
            let matching = Matching::of_rule(op, id, &rule).await?;
            let next_runs = next_runs(op, id, &rule, &matching).await?;
            (matching, next_runs)
        }
        Which::Draft { condition, priority, workdays } => {
            let terms = Terms { condition, action: Action::ReleaseToPool, priority, days_ahead: None, workdays };
            (Matching::of(op, &terms).await?, Vec::new())
        }
    };
    let warnings = matching.never_matched();
    Ok(Preview { now: list(op, &matching, after, most).await?, next_runs, warnings })
}

/// What the next runs of a rule will do, those that wait for approval included.
async fn next_runs(op: &mut Op<'_>, id: PoolRuleId, rule: &Draft, matching: &Matching) -> Result<Vec<Foretold>, Error> {
    let Some(schedule) = Schedule::saved(rule.schedule.as_deref(), rule.workdays) else { return Ok(Vec::new()) };
    let times: Vec<_> = schedule.upcoming(op.now(), op.settings()).take(RUNS_AHEAD).collect();
    let waiting = if rule.keeps_unapproved { Vec::new() } else { store::waiting(op.db(), id).await? };
    foretell(op, matching, &times, rule.limits(), &waiting).await
}
