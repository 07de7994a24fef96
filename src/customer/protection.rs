//! What a change of the protection period does to the customers that rest.

use chrono::TimeDelta;

use super::store;
use crate::error::Error;
use crate::op::Op;

/// Gives every customer that still rests its new end, counted from when it came into the pool. What has become
/// claimable stays claimable. How many were changed.
pub async fn change_period(op: &mut Op<'_>, period: TimeDelta) -> Result<u64, Error> {
    let now = op.now();
    Ok(store::change_protection(op.db(), period.num_seconds(), now).await?)
}
