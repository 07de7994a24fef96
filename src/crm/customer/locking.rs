//! How an operation locks customers: it loads them first without a lock, then locks those that it may still change, and
//! never waits inside PostgreSQL for a lock.
//!
//! A customer that must be refused is refused without a lock. A row that another transaction has locked is tried again
//! for at most a second; then the outcome is `CONFLICT`. So operations on a popular customer do not queue up, and they
//! can't deadlock, because none of them makes PostgreSQL wait for the lock of a customer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::model::{Customer, READ};
use super::store;
use crate::kernel::access::Permission;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// How long a locked row is tried again.
const RETRY_FOR: Duration = Duration::from_secs(1);
/// The delay between two tries.
const RETRY_DELAY: Duration = Duration::from_millis(15);

/// The customers of an operation: each is still a candidate for the change, or refused.
pub struct Candidates(HashMap<CustomerId, Result<Customer, UserError>>);

impl Candidates {
    /// Removes and returns a customer, or why it was refused.
    pub fn of(&mut self, id: CustomerId) -> Result<Customer, UserError> {
        self.0.remove(&id).unwrap_or_else(|| Err(UserError::not_found()))
    }

    /// The customers that are not refused, in the order of their ids.
    pub fn open(&self) -> Vec<CustomerId> {
        let mut open: Vec<_> = self.0.iter().filter(|(_, candidates)| candidates.is_ok()).map(|(id, _)| *id).collect();
        open.sort_unstable();
        open
    }

    /// Whether any customer is not refused.
    pub fn any_open(&self) -> bool {
        self.0.values().any(Result::is_ok)
    }
}

/// Loads customers without a lock, and refuses those that `refuse` has a reason for.
pub async fn load(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    permission: Permission,
    refuse: impl Fn(&Customer) -> Option<UserError>,
) -> Result<Candidates, Error> {
    let found = store::load(op, ids, permission).await?;
    Ok(Candidates(found.into_iter().map(|customer| (customer.id, checked(customer, &refuse))).collect()))
}

/// Locks the customers that are not refused yet, and checks each again under the lock.
pub async fn lock(
    op: &mut Op<'_>,
    candidates: &mut Candidates,
    permission: Permission,
    refuse: impl Fn(&Customer) -> Option<UserError>,
) -> Result<(), Error> {
    let mut waiting = candidates.open();
    let deadline = Instant::now() + RETRY_FOR;
    while !waiting.is_empty() {
        for customer in store::lock(op, &waiting, permission).await? {
            waiting.retain(|id| *id != customer.id);
            candidates.0.insert(customer.id, checked(customer, &refuse));
        }
        if waiting.is_empty() {
            break;
        }
        if Instant::now() >= deadline {
            for id in waiting.drain(..) {
                candidates.0.insert(id, Err(UserError::conflict()));
            }
            break;
        }
        tokio::time::sleep(RETRY_DELAY).await;
        // A customer that must be refused by now needs no lock.
        for customer in store::load(op, &waiting, permission).await? {
            if let Some(refusal) = refuse(&customer) {
                waiting.retain(|id| *id != customer.id);
                candidates.0.insert(customer.id, Err(refusal));
            }
        }
    }
    Ok(())
}

fn checked(customer: Customer, refuse: &impl Fn(&Customer) -> Option<UserError>) -> Result<Customer, UserError> {
    match refuse(&customer) {
        Some(refusal) => Err(refusal),
        None => Ok(customer),
    }
}

/// The outcome of one customer of a batch.
pub type Outcome = (CustomerId, Result<(), UserError>);

/// Decides on each customer of a batch in the order given. An id that is given twice gets its first outcome again.
pub fn answer_each(ids: &[CustomerId], mut decide: impl FnMut(CustomerId) -> Result<(), UserError>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(ids.len());
    for &id in ids {
        let first = outcomes.iter().find(|(known, _)| *known == id).map(|(_, answer)| answer.clone());
        outcomes.push((id, first.unwrap_or_else(|| decide(id))));
    }
    outcomes
}

/// Refuses a batch that is empty or too large.
pub fn check_batch(op: &Op<'_>, count: usize) -> Result<(), Error> {
    let most = op.app().limits().batch_size;
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::bad_input(
        format!("a batch has 1 to {most} customers, not {count}"),
        format!("一次只能处理 1 到 {most} 家客户，目前为 {count} 家"),
    ))
}

/// Whether a permission of the actor reaches a customer.
pub async fn reaches(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<bool, Error> {
    Ok(store::load(op, &[id], permission).await?.iter().any(|customer| customer.reach.is_permitted))
}

/// Locks a customer to change it or what belongs to it. The permission must reach it, and it must not be archived.
pub async fn require(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<Customer, Error> {
    let customer = require_any(op, id, permission).await?;
    check_not_archived(&customer)?;
    Ok(customer)
}

/// Refuses a customer that is archived or was merged into another one.
pub fn check_not_archived(customer: &Customer) -> Result<(), UserError> {
    match customer {
        Customer { merged_into: Some(_), .. } => Err(merged()),
        Customer { is_archived: true, .. } => Err(archived()),
        _ => Ok(()),
    }
}

/// The refusal of an archived customer.
pub fn archived() -> UserError {
    let text = Text::new("The customer is archived. Restore it first.", "该客户已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}

/// The refusal of a customer that was merged into another one.
pub fn merged() -> UserError {
    let text = Text::new(
        "The customer was merged into another customer. Its id leads to that one.",
        "该客户已合并到其他客户，请查看合并后的客户。",
    );
    UserError::new(Code::Merged, text)
}

/// Locks a customer that a permission reaches, archived or not, until the operation ends, so that its owner does not
/// change meanwhile.
pub async fn require_any(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<Customer, Error> {
    let refuse = move |customer: &Customer| customer.reach.check(permission).err();
    let mut candidates = load(op, &[id], permission, refuse).await?;
    lock(op, &mut candidates, permission, refuse).await?;
    Ok(candidates.of(id)?)
}

/// Locks a customer until the operation ends, to change what belongs to it. The caller checks the permission for that
/// change.
pub async fn hold(op: &mut Op<'_>, id: CustomerId) -> Result<Customer, Error> {
    let mut candidates = load(op, &[id], READ, |_| None).await?;
    lock(op, &mut candidates, READ, |_| None).await?;
    Ok(candidates.of(id)?)
}
