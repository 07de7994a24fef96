//! What follow-ups plan. The next contact of a follow-up is a task of the customer's owner, until a later talk completes it.
//! Neither an order nor an earlier talk that is written down late completes anything.

use super::store;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, FollowUpId, ImportId, new_uuid};
use crate::kernel::op::Op;

/// Completes what earlier follow-ups planned, and creates what this one plans. The caller has locked the customer.
pub async fn follow(op: &mut Op<'_>, followup: FollowUpId) -> Result<(), Error> {
    let (id, now) = (op.new_id(), op.now());
    store::complete_plans(op.db(), followup, now).await?;
    Ok(store::plan(op.db(), id, followup, now).await?)
}

/// The same for follow-ups that an import brought to these customers: only the latest talk of the present ownership says
/// what comes. The caller has locked the customers.
pub async fn follow_import(op: &mut Op<'_>, import: ImportId, customers: &[CustomerId]) -> Result<(), Error> {
    if customers.is_empty() {
        return Ok(());
    }
    let now = op.now();
    let ids: Vec<_> = customers.iter().map(|_| new_uuid(now)).collect();
    Ok(store::plan_of_import(op.db(), import, customers, &ids, now).await?)
}
