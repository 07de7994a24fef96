//! Merge (撞单) makes one customer of two that are the same company. One of them, the survivor, keeps its owner, its
//! protection and its follow-up times. Everything that belongs to the other one moves to the survivor, and the other id
//! leads to the survivor from then on.

mod store;

use super::locking;
use super::model::{Customer, MERGE};
use crate::crm::external_id;
use crate::kernel::clock::change_time;
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// Merges a customer into the survivor. The permission must reach both. If the two were merged so before, this is a
/// success and changes nothing.
pub async fn merge(
    op: &mut Op<'_>,
    survivor: CustomerId,
    merged: CustomerId,
    remark: Option<String>,
) -> Result<(), Error> {
    op.authorize(MERGE)?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    if survivor == merged {
        let (en, zh) = ("A customer can't be merged into itself.", "不能将客户与其自身合并。");
        return Err(UserError::invalid(&["mergedId"], en, zh).into());
    }
    let (survivor, merged) = hold_both(op, survivor, merged).await?;
    if merged.merged_into == Some(survivor.id) {
        return Ok(());
    }
    check(&survivor, &merged)?;
    let at = change_time(op.now(), survivor.updated_at.max(merged.updated_at));
    // The merged customer ends before anything moves, because the pool events of both must show the state before the
    // merge.
    store::end(op.db(), survivor.id, merged.id, at).await?;
    store::hand_over_tasks(op.db(), &survivor, &merged, at).await?;
    let moved = store::move_all(op.db(), survivor.id, merged.id, at).await?;
    let former_owner = merged.owner.filter(|owner| survivor.owner != Some(*owner));
    let kind = Kind::Merged { from: merged.owner, notified: former_owner, moved };
    op.record(&[Event { customer: merged.id, at, kind, remark, pool: None }]).await?;
    store::move_history(op.db(), survivor.id, merged.id).await?;
    external_id::move_to(op.db(), external_id::Kind::Customer, merged.id.uuid(), survivor.id.uuid()).await?;
    Ok(store::move_notifications(op.db(), survivor.id, merged.id).await?)
}

/// Locks both customers in the order of their ids, so that two merges of the same customers can't lock one each.
async fn hold_both(op: &mut Op<'_>, survivor: CustomerId, merged: CustomerId) -> Result<(Customer, Customer), Error> {
    let mut both = [(survivor, "survivorId"), (merged, "mergedId")];
    both.sort_unstable();
    let mut held = Vec::new();
    for (id, path) in both {
        // A merged customer that the actor sees is not refused here: it gets its own answer after both are locked.
        let refuse = |customer: &Customer| {
            let is_merged = customer.merged_into.is_some() && customer.reach.is_seen;
            customer.reach.check(MERGE).err().filter(|_| !is_merged).map(|refusal| refusal.at(&[path]))
        };
        let mut candidates = locking::load(op, &[id], MERGE, refuse).await?;
        locking::lock(op, &mut candidates, MERGE, refuse).await?;
        held.push(candidates.of(id).map_err(|refusal| refusal.at(&[path]))?);
    }
    let [one, other] = <[Customer; 2]>::try_from(held).expect("the loop above locks both or returns");
    Ok(if one.id == survivor { (one, other) } else { (other, one) })
}

/// Refuses a survivor that is archived or merged, and a customer that is merged already. An archived customer can be
/// merged, because the merge archives it anyway.
fn check(survivor: &Customer, merged: &Customer) -> Result<(), UserError> {
    if merged.merged_into.is_some() {
        return Err(locking::merged().at(&["mergedId"]));
    }
    locking::check_not_archived(survivor).map_err(|refusal| refusal.at(&["survivorId"]))
}
