//! The blacklist. A blacklisted customer that has an owner keeps the owner; a pooled one is no longer shown in the
//! public pool.

use super::locking;
use super::model::BLACKLIST;
use super::store;
use crate::kernel::clock::change_time;
use crate::kernel::error::Error;
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// Puts a customer on the blacklist. If it is on it already, this is a success and the first reason stays.
pub async fn blacklist(op: &mut Op<'_>, id: CustomerId, reason: String) -> Result<(), Error> {
    op.authorize(BLACKLIST)?;
    let reason = crate::kernel::text::line(&["reason"], &reason, 1, 1_000)?;
    change(op, id, Some(&reason)).await
}

/// Takes a customer off the blacklist. If it is not on it, this is a success and changes nothing.
pub async fn unblacklist(op: &mut Op<'_>, id: CustomerId) -> Result<(), Error> {
    op.authorize(BLACKLIST)?;
    change(op, id, None).await
}

async fn change(op: &mut Op<'_>, id: CustomerId, reason: Option<&str>) -> Result<(), Error> {
    let customer = locking::require_any(op, id, BLACKLIST).await?;
    if customer.is_blacklisted == reason.is_some() {
        return Ok(());
    }
    locking::check_not_archived(&customer)?;
    let (at, owner) = (change_time(op.now(), customer.updated_at), customer.owner);
    store::set_blacklisted(op.db(), id, reason, at).await?;
    let kind = if reason.is_some() { Kind::Blacklisted { owner } } else { Kind::Unblacklisted { owner } };
    op.record(&[Event { customer: id, at, kind, remark: reason.map(str::to_owned), pool: None }]).await
}
