//! What a rule would take now, without touching any of it.

use super::Action;
use super::matching::{Matching, Terms};
use super::store;
use crate::access::{self, Permission, Resource};
use crate::error::{Error, UserError};
use crate::id::{CustomerId, PoolRuleId};
use crate::op::Op;
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
    },
}

/// What a rule would take of the customers that the actor may see: counts, and at most `most` of them behind one.
pub async fn preview(op: &mut Op<'_>, which: Which, after: Option<CustomerId>, most: u32) -> Result<Seen, Error> {
    op.authorize(PREVIEW)?;
    let terms = match which {
        Which::Rule(id) => {
            let (rule, _) = store::find(op.db(), id).await?.ok_or_else(UserError::not_found)?;
            rule.terms()
        }
        Which::Draft { condition, priority } => {
            Terms { condition, action: Action::ReleaseToPool, priority, days_ahead: None }
        }
    };
    let matching = Matching::of(op, &terms).await?;
    store::preview(op, &matching, after, most).await
}
