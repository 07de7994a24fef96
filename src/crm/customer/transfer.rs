//! Customers go from one rep to another. What hangs off them stays where it is: opportunities and orders have owners of their
//! own.

use super::assign::check_owner;
use super::locking::{self, Customer, Outcome};
use super::pool::Owned;
use super::store;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause, Event, Kind};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// To give the customer of one rep to another.
pub const TRANSFER: Permission = Permission::to(Action::Transfer, Resource::Customer);

/// Gives customers of the actor's team to another rep of it, in the order given, with an answer for each. Limits do not stand
/// in the way. What the rep owns already is a success and is not logged again.
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
        Some(_) => customer.reach.check(TRANSFER).and_then(|()| locking::check_at_work(customer)).err(),
    };
    let mut candidates = locking::look(op, ids, TRANSFER, refuse).await?;
    locking::lock(op, &mut candidates, TRANSFER, refuse).await?;
    let mut owned = Vec::new();
    let outcomes = locking::answer_each(ids, |id| {
        let Customer { owner, updated_at, .. } = candidates.of(id)?;
        let of_another = owner.filter(|owner| *owner != to);
        owned.extend(of_another.map(|owner| Owned { customer: id, owner, updated_at }));
        Ok(())
    });
    op.begin_batch(BatchKind::Transfer, Some(to), None);
    hand_over(op, &owned, to, Cause::Manager, remark.as_deref()).await?;
    Ok(outcomes)
}

/// Moves customers to another owner. The caller holds that one and the customers.
pub(super) async fn hand_over(
    op: &mut Op<'_>,
    owned: &[Owned],
    to: UserId,
    cause: Cause,
    remark: Option<&str>,
) -> Result<(), Error> {
    let now = op.now();
    let event = |owned: &Owned| Event {
        customer: owned.customer,
        at: change_time(now, owned.updated_at),
        kind: Kind::Transferred { from: owned.owner, to, cause },
        remark: remark.map(str::to_owned),
    };
    let events: Vec<_> = owned.iter().map(event).collect();
    op.record(&events).await?;
    store::give(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("transferred", events.len());
    Ok(())
}

fn pooled() -> UserError {
    let text = Text::new("The customer is in the pool: assign it.", "该客户在公海中，请使用分配。");
    UserError::new(Code::NotOwned, text)
}
