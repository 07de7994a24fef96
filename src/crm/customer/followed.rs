//! The follow-up times of an ownership: the first follow-up and the last one.

use super::store;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, FollowUpId};
use crate::kernel::op::Op;

/// Updates the follow-up times of a customer by a new follow-up. The caller has locked the customer.
pub async fn follow_up_recorded(op: &mut Op<'_>, id: FollowUpId) -> Result<(), Error> {
    Ok(store::count_follow_up(op.db(), id).await?)
}

/// Updates the follow-up times of customers whose follow-ups were imported. The caller has locked the customers.
pub async fn follow_ups_imported(op: &mut Op<'_>, customers: &[CustomerId]) -> Result<(), Error> {
    Ok(store::count_follow_ups(op.db(), customers, false).await?)
}

/// Updates the follow-up times of customers of which imported follow-ups were removed. The caller has locked the customers.
pub async fn follow_ups_removed(op: &mut Op<'_>, customers: &[CustomerId]) -> Result<(), Error> {
    Ok(store::count_follow_ups(op.db(), customers, true).await?)
}
