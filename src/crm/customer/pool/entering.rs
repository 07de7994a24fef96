//! Into which public pool a customer comes: the first one whose condition matches it. If none does, it stays in the pool that it
//! belongs to if that one has no condition, and comes into the default pool otherwise.

use std::collections::HashMap;

use super::store;
use crate::crm::customer::model::{Entry, OwnedCustomer};
use crate::crm::rule::condition::Condition;
use crate::kernel::directory::Directory;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, PoolId};
use crate::kernel::op::Op;

/// The pools with a condition, in the order in which they are tried. A condition that has become invalid, because it names a user by an
/// e-mail address that the user does not have any more, matches no customer: a release must not fail by it.
fn conditions(directory: &Directory) -> Vec<(PoolId, Condition)> {
    let parsed = directory.pools.iter().filter_map(|pool| {
        let condition = Condition::parse(pool.condition.as_deref()?, false, directory);
        if condition.is_err() {
            tracing::warn!(pool.id = %pool.id, "the condition of a pool is not valid any more, so it matches no customer");
        }
        Some((pool.id, condition.ok()?))
    });
    parsed.collect()
}

/// The pools into which owned customers fall; of the customers that are not in the result it stays what it is.
pub async fn of_owned(op: &mut Op<'_>, owned: &[OwnedCustomer]) -> Result<HashMap<CustomerId, PoolId>, Error> {
    let directory = op.directory_handle();
    let conditions = conditions(&directory);
    if owned.is_empty() || conditions.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = owned.iter().map(|owned| owned.customer).collect();
    store::pools_of_owned(op, &ids, &conditions).await
}

/// Chooses the pool of each new customer that has no owner and for which no pool is given.
pub async fn choose(op: &mut Op<'_>, entries: &mut [Entry]) -> Result<(), Error> {
    let directory = op.directory_handle();
    let mut open: Vec<_> = entries.iter_mut().filter(|entry| entry.owner.is_none() && entry.pool.is_none()).collect();
    let conditions = conditions(&directory);
    if open.is_empty() || conditions.is_empty() {
        return Ok(());
    }
    let pools = store::pools_of_new(op, &open, &conditions).await?;
    for entry in &mut open {
        entry.pool = pools.get(&entry.id).copied();
    }
    Ok(())
}
