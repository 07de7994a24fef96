//! Merge (撞单): two customers turn out to be one company. One of them stays, with its owner, its protection and its clocks;
//! everything moves to it, and the other's id leads there from then on.

mod store;

use super::locking::{self, Customer};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// To merge customers.
pub const MERGE: Permission = Permission::to(Action::Merge, Resource::Customer);

/// Merges a customer into the one that stays. The permission has to reach both. What was merged so before stays so.
pub async fn merge(
    op: &mut Op<'_>,
    survivor: CustomerId,
    merged: CustomerId,
    remark: Option<String>,
) -> Result<(), Error> {
    op.authorize(MERGE)?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    if survivor == merged {
        let (en, zh) = ("is the customer that stays", "不能与保留的客户相同");
        return Err(UserError::invalid(&["mergedId"], en, zh).into());
    }
    let (survivor, merged) = hold_both(op, survivor, merged).await?;
    if merged.merged_into == Some(survivor.id) {
        return Ok(());
    }
    check(&survivor, &merged)?;
    let at = change_time(op.now(), survivor.updated_at.max(merged.updated_at));
    // In this order: what those who watch the pool are told of the two is what they were like before.
    store::end(op.db(), survivor.id, merged.id, at).await?;
    let moved = store::move_all(op.db(), survivor.id, merged.id, at).await?;
    let told = merged.owner.filter(|owner| survivor.owner != Some(*owner));
    let kind = Kind::Merged { from: merged.owner, notified: told, moved };
    op.record(&[Event { customer: merged.id, at, kind, remark }]).await?;
    store::move_history(op.db(), survivor.id, merged.id).await?;
    Ok(store::move_notifications(op.db(), survivor.id, merged.id).await?)
}

/// Holds both, one after the other in the order of their ids: two merges of the same two never hold one each.
async fn hold_both(op: &mut Op<'_>, survivor: CustomerId, merged: CustomerId) -> Result<(Customer, Customer), Error> {
    let mut both = [(survivor, "survivorId"), (merged, "mergedId")];
    both.sort_unstable();
    let mut held = Vec::new();
    for (id, path) in both {
        // That it was merged already is told below.
        let refuse = |customer: &Customer| {
            let is_told_below = customer.merged_into.is_some() && customer.reach.is_seen;
            customer.reach.check(MERGE).err().filter(|_| !is_told_below).map(|refusal| refusal.at(&[path]))
        };
        let mut candidates = locking::look(op, &[id], MERGE, refuse).await?;
        locking::lock(op, &mut candidates, MERGE, refuse).await?;
        held.push(candidates.of(id).map_err(|refusal| refusal.at(&[path]))?);
    }
    let [one, other] = <[Customer; 2]>::try_from(held).expect("both were held");
    Ok(if one.id == survivor { (one, other) } else { (other, one) })
}

/// The one that stays is at work, and the other was not merged before. An archived one can be merged: it is put away already.
fn check(survivor: &Customer, merged: &Customer) -> Result<(), UserError> {
    if merged.merged_into.is_some() {
        return Err(locking::merged().at(&["mergedId"]));
    }
    locking::check_at_work(survivor).map_err(|refusal| refusal.at(&["survivorId"]))
}
