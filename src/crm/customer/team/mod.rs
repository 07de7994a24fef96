//! A superior sees the team at a glance, and releases all its customers that match a filter (主管上级主动释放), as one
//! operation.

mod read;
mod store;

use std::collections::HashSet;

use serde_json::Value as Json;

use super::locking::{self, Outcome};
use super::model::{Customer, OwnedCustomer, RELEASE};
use super::pool::reclaim;
use super::protection::lock_protection_period;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;
pub use read::{describe_all, roots};

/// The most customers that are released at once.
const MOST: usize = 5_000;

/// Releases all customers of the team that match a filter, with an outcome for each. The filter is evaluated again
/// after the customers are locked, so an owner who has just followed up keeps the customer. `expected` is the number
/// that the superior saw: if another number matches now, nothing is changed and the answer is a `CONFLICT`.
pub async fn release(
    op: &mut Op<'_>,
    filter: &Json,
    expected: usize,
    remark: Option<String>,
) -> Result<Vec<Outcome>, Error> {
    op.authorize(RELEASE)?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    if expected > MOST {
        let (en, zh) = (
            format!("must be at most {MOST}: narrow the filter"),
            format!("一次最多释放 {MOST} 家客户，请缩小筛选范围"),
        );
        return Err(UserError::invalid(&["expected"], en, zh).into());
    }
    let ids: Vec<_> = store::of_team(op, filter, None, MOST + 1).await?.iter().map(|owned| owned.customer).collect();
    if ids.len() != expected {
        return Err(other_count(ids.len()).into());
    }
    let refuse = |customer: &Customer| customer.reach.check(RELEASE).err();
    let mut candidates = locking::load(op, &ids, RELEASE, refuse).await?;
    lock_protection_period(op.db()).await?;
    locking::lock(op, &mut candidates, RELEASE, refuse).await?;
    let held: HashSet<_> = candidates.open().into_iter().collect();
    let mut still = store::of_team(op, filter, Some(&ids), MOST).await?;
    still.retain(|owned| held.contains(&owned.customer));
    op.begin_batch(BatchKind::TeamRelease, None, Some(filter.clone()));
    reclaim(op, &still, Cause::Manager, remark.as_deref()).await?;
    let released: HashSet<CustomerId> = still.iter().map(|owned: &OwnedCustomer| owned.customer).collect();
    let outcome = |id: CustomerId| {
        let refusal = candidates.of(id).err().or_else(|| (!released.contains(&id)).then(UserError::conflict));
        (id, refusal.map_or(Ok(()), Err))
    };
    Ok(ids.into_iter().map(outcome).collect())
}

/// Why nothing was released: another number of customers matches now.
fn other_count(matching: usize) -> UserError {
    let matching = if matching > MOST { format!("> {MOST}") } else { matching.to_string() };
    let text = Text::new(
        format!("{matching} customers match the filter now. Check the list again."),
        format!("现在有 {matching} 家客户符合筛选条件，请重新确认。"),
    );
    UserError::new(Code::Conflict, text).at(&["expected"])
}
