//! Superiors and administrators move customers from one public pool to another.

use super::locking::{self, Outcome};
use super::model::Customer;
pub use super::model::MOVE;
use super::protection::lock_protection_period;
use super::store;
use crate::crm::pool::check_named;
use crate::kernel::clock::change_time;
use crate::kernel::error::Error;
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::{CustomerId, PoolId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// Moves customers to a pool, in the order given, with an outcome for each. The owner of an owned customer keeps it; it falls into that
/// pool. A customer that belongs to the pool already is a success and is not logged again.
pub async fn move_to_pool(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    pool: PoolId,
    remark: Option<String>,
) -> Result<Vec<Outcome>, Error> {
    op.authorize(MOVE)?;
    locking::check_batch(op, ids.len())?;
    let remark = text::optional(&["remark"], remark, 1_000)?;
    check_named(op.directory(), &*op.rights()?, pool)?;
    // An archived customer can be moved, because it belongs to a pool, too.
    let refuse = |customer: &Customer| match customer.merged_into {
        Some(_) if customer.reach.is_seen => Some(locking::merged()),
        _ => customer.reach.check(MOVE).err(),
    };
    let mut candidates = locking::load(op, ids, MOVE, refuse).await?;
    lock_protection_period(op.db()).await?;
    locking::lock(op, &mut candidates, MOVE, refuse).await?;
    let (now, mut events) = (op.now(), Vec::new());
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        if customer.pool != pool {
            events.push(Event {
                customer: id,
                at: change_time(now, customer.updated_at),
                kind: Kind::MovedToPool { owner: customer.owner },
                remark: remark.clone(),
                pool: Some(pool),
            });
        }
        Ok(())
    });
    op.record(&events).await?;
    store::move_to_pools(op.db(), &events).await?;
    Ok(outcomes)
}
