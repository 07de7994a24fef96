//! How an operation gets hold of customers: it looks before it locks, never waits in line, and tells why it lost.
//!
//! Whoever has lost already is refused without a lock. A row that somebody else holds is looked at again shortly, for at
//! most a second; then the answer is `CONFLICT`, never a guess. So a popular customer is no queue, and as nobody waits
//! for a customer while holding one, there is no deadlock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::read::READ;
use super::store;
use crate::kernel::access::{Permission, Reach};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

const RETRY_FOR: Duration = Duration::from_secs(1);
const RETRY_DELAY: Duration = Duration::from_millis(15);

/// A customer, as decisions see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Which.
    pub id: CustomerId,
    /// Who has it; `None` in the pool.
    pub owner: Option<UserId>,
    /// Since when.
    pub owned_since: Option<DateTime<Utc>>,
    /// Nobody claims it before this.
    pub protected_until: Option<DateTime<Utc>>,
    /// On the blacklist.
    pub is_blacklisted: bool,
    /// Put away: nobody works on it.
    pub is_archived: bool,
    /// The one that it was merged into.
    pub merged_into: Option<CustomerId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the edits.
    pub version: i32,
    /// How far the actor gets with the permission that it was taken with.
    pub reach: Reach,
}

/// What became of each customer: held and to be decided on, or refused.
pub struct Candidates(HashMap<CustomerId, Result<Customer, UserError>>);

impl Candidates {
    /// Takes out what became of a customer.
    pub fn of(&mut self, id: CustomerId) -> Result<Customer, UserError> {
        self.0.remove(&id).unwrap_or_else(|| Err(UserError::not_found()))
    }

    /// Those that are still to be decided on, in the order of their ids.
    pub fn open(&self) -> Vec<CustomerId> {
        let mut open: Vec<_> = self.0.iter().filter(|(_, candidates)| candidates.is_ok()).map(|(id, _)| *id).collect();
        open.sort_unstable();
        open
    }

    /// Whether any is still to be decided on.
    pub fn any_open(&self) -> bool {
        self.0.values().any(Result::is_ok)
    }
}

/// Looks at customers without a lock, and refuses those that are lost already.
pub async fn look(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    permission: Permission,
    refuse: impl Fn(&Customer) -> Option<UserError>,
) -> Result<Candidates, Error> {
    let found = store::look(op, ids, permission).await?;
    Ok(Candidates(found.into_iter().map(|customer| (customer.id, checked(customer, &refuse))).collect()))
}

/// Locks the customers that are still open, and looks at each again under the lock.
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
        // What is lost meanwhile needs no lock.
        for customer in store::look(op, &waiting, permission).await? {
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

/// What became of one customer of a batch.
pub type Outcome = (CustomerId, Result<(), UserError>);

/// Decides on each of a batch in the order given; one that is named twice gets its first answer again.
pub fn answer_each(ids: &[CustomerId], mut decide: impl FnMut(CustomerId) -> Result<(), UserError>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(ids.len());
    for &id in ids {
        let first = outcomes.iter().find(|(known, _)| *known == id).map(|(_, answer)| answer.clone());
        outcomes.push((id, first.unwrap_or_else(|| decide(id))));
    }
    outcomes
}

/// A batch that is too large is the caller's mistake.
pub fn check_batch(op: &Op<'_>, count: usize) -> Result<(), Error> {
    let most = op.app().limits().batch_size;
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::bad_input(
        format!("a batch has 1 to {most} customers, not {count}"),
        format!("一次必须是 1 到 {most} 个客户，不能是 {count} 个"),
    ))
}

/// Whether a permission reaches a customer.
pub async fn reaches(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<bool, Error> {
    Ok(store::look(op, &[id], permission).await?.iter().any(|customer| customer.reach.is_permitted))
}

/// Holds a customer to change it, or what hangs off it: one that a permission reaches and that is not archived.
pub async fn require(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<Customer, Error> {
    let customer = require_any(op, id, permission).await?;
    check_at_work(&customer)?;
    Ok(customer)
}

/// Refuses a customer that nobody works on: it is archived, or was merged into another one.
pub fn check_at_work(customer: &Customer) -> Result<(), UserError> {
    match customer {
        Customer { merged_into: Some(_), .. } => Err(merged()),
        Customer { is_archived: true, .. } => Err(archived()),
        _ => Ok(()),
    }
}

/// The customer is archived.
pub fn archived() -> UserError {
    let text = Text::new("The customer is archived. It has to be restored first.", "该客户已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}

/// The customer was merged into another one.
pub fn merged() -> UserError {
    let text = Text::new("The customer was merged into another one; its id leads there.", "该客户已合并到其他客户。");
    UserError::new(Code::Merged, text)
}

/// Holds a customer that a permission reaches, archived or not, until the operation ends, so that it does not change hands
/// meanwhile.
pub async fn require_any(op: &mut Op<'_>, id: CustomerId, permission: Permission) -> Result<Customer, Error> {
    let refuse = move |customer: &Customer| customer.reach.check(permission).err();
    let mut candidates = look(op, &[id], permission, refuse).await?;
    lock(op, &mut candidates, permission, refuse).await?;
    Ok(candidates.of(id)?)
}

/// Holds a customer until the operation ends, for a change of what hangs off it: whether that may be changed, its own
/// permission says.
pub async fn hold(op: &mut Op<'_>, id: CustomerId) -> Result<Customer, Error> {
    let mut candidates = look(op, &[id], READ, |_| None).await?;
    lock(op, &mut candidates, READ, |_| None).await?;
    Ok(candidates.of(id)?)
}
