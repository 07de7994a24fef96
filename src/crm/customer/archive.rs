//! Archive and restore. An archived customer is not deleted: it keeps its owner or its place in the pool, and histories
//! and figures still contain it.

use super::locking;
pub use super::model::ARCHIVE;
use super::store;
use crate::kernel::clock::change_time;
use crate::kernel::error::Error;
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// Archives a customer. Archiving an archived customer is a success and changes nothing.
pub async fn archive(op: &mut Op<'_>, id: CustomerId, remark: Option<String>) -> Result<(), Error> {
    change(op, id, true, remark).await
}

/// Restores an archived customer to where it was: to its owner, or into the pool. Restoring one that is not archived is
/// a success and changes nothing.
pub async fn restore(op: &mut Op<'_>, id: CustomerId, remark: Option<String>) -> Result<(), Error> {
    change(op, id, false, remark).await
}

async fn change(op: &mut Op<'_>, id: CustomerId, is_archived: bool, remark: Option<String>) -> Result<(), Error> {
    op.authorize(ARCHIVE)?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    let customer = locking::require_any(op, id, ARCHIVE).await?;
    if customer.merged_into.is_some() {
        return Err(locking::merged().into());
    }
    if customer.is_archived == is_archived {
        return Ok(());
    }
    let (at, owner) = (change_time(op.now(), customer.updated_at), customer.owner);
    store::set_archived(op.db(), id, is_archived, at).await?;
    let kind = if is_archived { Kind::Archived { owner } } else { Kind::Restored { owner } };
    op.record(&[Event { customer: id, at, kind, remark, pool: None }]).await
}
