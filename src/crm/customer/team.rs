//! A superior takes back all customers of the team that a filter asks for (主管上级主动释放), as one operation.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::locking::{self, Customer, Outcome};
use super::pool::{Owned, RELEASE, reclaim};
use super::store;
use crate::kernel::access::Scope;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// The scopes through which customers are the team's, not one's own.
pub(super) const TEAM_SCOPES: &[Scope] = &[Scope::Team, Scope::All];
/// How many are taken at once.
const MOST: usize = 5_000;

/// Takes all customers of the team that a filter asks for from their owners, with an answer for each. They are asked again
/// once they are held: who followed one up a moment ago keeps it. `expected` is how many the superior saw: where others match
/// now, nothing is done.
pub async fn release(
    op: &mut Op<'_>,
    filter: &Json,
    expected: usize,
    remark: Option<String>,
) -> Result<Vec<Outcome>, Error> {
    op.authorize(RELEASE)?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    if expected > MOST {
        let (en, zh) = (format!("is at most {MOST}: ask for fewer"), format!("一次最多 {MOST} 个，请缩小范围"));
        return Err(UserError::invalid(&["expected"], en, zh).into());
    }
    let ids: Vec<_> = store::of_team(op, filter, None, MOST + 1).await?.iter().map(|owned| owned.customer).collect();
    if ids.len() != expected {
        return Err(changed(ids.len()).into());
    }
    let refuse = |customer: &Customer| customer.reach.check(RELEASE).err();
    let mut candidates = locking::look(op, &ids, RELEASE, refuse).await?;
    store::keep_period(op.db()).await?;
    locking::lock(op, &mut candidates, RELEASE, refuse).await?;
    let held: HashSet<_> = candidates.open().into_iter().collect();
    let mut still = store::of_team(op, filter, Some(&ids), MOST).await?;
    still.retain(|owned| held.contains(&owned.customer));
    op.begin_batch(BatchKind::TeamRelease, None, Some(filter.clone()));
    reclaim(op, &still, Cause::Manager, remark.as_deref()).await?;
    let released: HashSet<CustomerId> = still.iter().map(|owned: &Owned| owned.customer).collect();
    let outcome = |id: CustomerId| {
        let refusal = candidates.of(id).err().or_else(|| (!released.contains(&id)).then(UserError::conflict));
        (id, refusal.map_or(Ok(()), Err))
    };
    Ok(ids.into_iter().map(outcome).collect())
}

fn changed(matching: usize) -> UserError {
    let matching = if matching > MOST { format!("> {MOST}") } else { matching.to_string() };
    let text = Text::new(
        format!("{matching} customers match now: look again."),
        format!("现在有 {matching} 个客户符合条件，请重新查看。"),
    );
    UserError::new(Code::Conflict, text).at(&["expected"])
}
