//! Operations on many customers at once, for files: they find, lock, insert and change customers in a constant number
//! of statements. The values of each customer are validated in [`edit`](super::edit).

mod model;
mod store;

use std::collections::HashSet;

use chrono::TimeDelta;

use super::locking;
use super::model::{Change, Customer, Entry, UPDATE};
use super::pool::entering;
use super::store as customers;
use crate::kernel::access::{Rights, Scope, Scopes};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
pub use model::{Known, KnownContact};
pub use store::{keep_active, known};

/// Locks the customers that the actor may edit until the operation ends. Customers that another transaction keeps
/// locked are left out.
pub async fn hold(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<HashSet<CustomerId>, Error> {
    let refuse = |customer: &Customer| (!customer.reach.is_permitted).then(UserError::not_found);
    let mut candidates = locking::load(op, ids, UPDATE, refuse).await?;
    locking::lock(op, &mut candidates, UPDATE, refuse).await?;
    Ok(ids.iter().copied().filter(|&id| candidates.of(id).is_ok()).collect())
}

/// The customers as [`known`] finds them, after those that the actor may edit were [locked](hold); says which are.
pub async fn hold_known(
    op: &mut Op<'_>,
    name_keys: Vec<String>,
    credit_codes: Vec<String>,
    ids: Vec<CustomerId>,
) -> Result<(Vec<Known>, HashSet<CustomerId>), Error> {
    let found = known(op, name_keys.clone(), credit_codes.clone(), ids.clone()).await?;
    let editable: Vec<_> = found.iter().filter(|known| known.may_update).map(|known| known.id).collect();
    if editable.is_empty() {
        return Ok((found, HashSet::new()));
    }
    let held = hold(op, &editable).await?;
    // They may have changed before they were locked, so they are read again.
    Ok((known(op, name_keys, credit_codes, ids).await?, held))
}

/// Inserts imported customers, each with its row of the operation log; those in the pool may be protected for a time. If
/// somebody else has created one of them meanwhile, this is a `CONFLICT` and nothing is written.
pub async fn enter(op: &mut Op<'_>, entries: &mut [Entry], protect_for: Option<TimeDelta>) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let (now, creator) = (op.now(), op.actor().user_id());
    entering::choose(op, entries).await?;
    customers::insert(op.db(), entries, protect_for, true, creator, now).await.map_err(just_created)?;
    let event = |entry: &Entry| Event {
        customer: entry.id,
        at: now,
        kind: Kind::Imported { owner: entry.owner },
        remark: None,
        pool: None,
    };
    op.record(&entries.iter().map(event).collect::<Vec<_>>()).await
}

/// Saves edits of customers that are [locked](hold). If another customer has got one of the names or credit codes
/// meanwhile, this is a `CONFLICT`.
pub async fn change(op: &mut Op<'_>, changes: &[Change]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    customers::update(op.db(), changes).await.map_err(just_created)
}

/// Archives customers that are [locked](hold), because the import that created them is undone.
pub async fn take_back(op: &mut Op<'_>, customers: &[&Known]) -> Result<(), Error> {
    if customers.is_empty() {
        return Ok(());
    }
    let event = |known: &&Known| Event {
        customer: known.id,
        at: change_time(op.now(), known.updated_at),
        kind: Kind::TakenBack { owner: known.owner },
        remark: None,
        pool: None,
    };
    let events: Vec<_> = customers.iter().map(event).collect();
    store::archive(op.db(), &events).await?;
    op.record(&events).await
}

fn just_created(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("customer_name_key_unique" | "customer_credit_code_unique") => {
            let text = Text::new("Somebody else has just created this customer.", "该客户刚刚已被他人录入。");
            UserError::new(Code::Conflict, text).into()
        }
        Some("customer_pool") => UserError::conflict().into(),
        _ => error.into(),
    }
}

/// Whether scopes would reach a new customer that the viewer creates for this owner, or in the pool.
pub fn reach_new(scopes: Scopes, rights: &Rights, owner: Option<UserId>) -> bool {
    let any = |reaching: &[Scope]| !scopes.among(reaching).is_empty();
    scopes.contains(Scope::All)
        || match owner {
            None => any(&[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled]),
            Some(owner) if owner == rights.viewer => any(&[Scope::Own, Scope::Entered]),
            Some(owner) => scopes.contains(Scope::Entered) || scopes.contains(Scope::Team) && rights.is_above(owner),
        }
}
