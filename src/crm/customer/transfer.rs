//! Transfer moves customers from one rep to another. Their opportunities and orders keep their own owners.

use super::assign::check_owner;
use super::locking::{self, Outcome};
pub use super::model::TRANSFER;
use super::model::{Customer, OwnedCustomer};
use super::store;
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause, Event, Kind};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// Moves customers of the actor's team to another rep of the team, in the order given, with an outcome for each. The
/// claim limits do not apply. A customer that the rep owns already is a success and is not logged again.
pub async fn transfer(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    to: UserId,
    remark: Option<String>,
) -> Result<Vec<Outcome>, Error> {
    let grant = op.authorize(TRANSFER)?;
    locking::check_batch(op, ids.len())?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    check_owner(op, &grant, to).await?;
    let refuse = |customer: &Customer| match customer.owner {
        None if customer.reach.is_seen => Some(pooled()),
        None => Some(UserError::not_found()),
        Some(_) => customer.reach.check(TRANSFER).and_then(|()| locking::check_not_archived(customer)).err(),
    };
    let mut candidates = locking::load(op, ids, TRANSFER, refuse).await?;
    locking::lock(op, &mut candidates, TRANSFER, refuse).await?;
    let mut owned = Vec::new();
    let outcomes = locking::answer_each(ids, |id| {
        let Customer { owner, updated_at, .. } = candidates.of(id)?;
        let of_another = owner.filter(|owner| *owner != to);
        owned.extend(of_another.map(|owner| OwnedCustomer { customer: id, owner, updated_at }));
        Ok(())
    });
    op.begin_batch(BatchKind::Transfer, Some(to), None);
    hand_over(op, &owned, to, Cause::Manager, remark.as_deref()).await?;
    Ok(outcomes)
}

/// Moves locked customers to another owner, whose row the caller has locked, too.
pub(super) async fn hand_over(
    op: &mut Op<'_>,
    owned: &[OwnedCustomer],
    to: UserId,
    cause: Cause,
    remark: Option<&str>,
) -> Result<(), Error> {
    let now = op.now();
    let event = |owned: &OwnedCustomer| Event {
        customer: owned.customer,
        at: change_time(now, owned.updated_at),
        kind: Kind::Transferred { from: owned.owner, to, cause },
        remark: remark.map(str::to_owned),
        pool: None,
    };
    let events: Vec<_> = owned.iter().map(event).collect();
    op.record(&events).await?;
    store::give(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("transferred", events.len());
    Ok(())
}

fn pooled() -> UserError {
    let text = Text::new("The customer is in the pool. Assign it instead.", "该客户在公海中，请使用“分配”。");
    UserError::new(Code::NotOwned, text)
}
