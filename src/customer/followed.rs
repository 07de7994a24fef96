//! The clocks of an ownership: when the owner first and last talked to the customer, and means to do so next.

use chrono::{DateTime, Utc};

use super::store;
use crate::error::Error;
use crate::id::CustomerId;
use crate::op::Op;

/// Counts a follow-up that was written of a customer that the operation holds.
pub async fn follow_up_recorded(op: &mut Op<'_>, id: CustomerId, at: DateTime<Utc>) -> Result<(), Error> {
    Ok(store::count_follow_up(op.db(), id, at).await?)
}
