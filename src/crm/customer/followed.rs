//! The clocks of an ownership: when the owner first and last talked to the customer, and means to do so next.

use super::store;
use crate::kernel::error::Error;
use crate::kernel::id::FollowUpId;
use crate::kernel::op::Op;

/// Counts a follow-up that was written of a customer that the operation holds.
pub async fn follow_up_recorded(op: &mut Op<'_>, id: FollowUpId) -> Result<(), Error> {
    Ok(store::count_follow_up(op.db(), id).await?)
}
