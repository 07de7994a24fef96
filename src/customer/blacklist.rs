//! The blacklist: an owned customer keeps its owner, a pooled one leaves the public pool.

use super::store;
use super::taking;
use crate::access::{Action, Permission, Resource};
use crate::clock::change_time;
use crate::error::Error;
use crate::event::{Event, Kind};
use crate::id::CustomerId;
use crate::op::Op;

/// To put customers on the blacklist, and to take them off.
pub const BLACKLIST: Permission = Permission::to(Action::Blacklist, Resource::Customer);

/// Puts a customer on the blacklist. One that is on it stays so, with its first reason.
pub async fn blacklist(op: &mut Op<'_>, id: CustomerId, reason: String) -> Result<(), Error> {
    op.authorize(BLACKLIST)?;
    let reason = crate::text::line(&["reason"], &reason, 1, 1_000)?;
    change(op, id, Some(&reason)).await
}

/// Takes a customer off the blacklist. One that is not on it stays so.
pub async fn unblacklist(op: &mut Op<'_>, id: CustomerId) -> Result<(), Error> {
    op.authorize(BLACKLIST)?;
    change(op, id, None).await
}

async fn change(op: &mut Op<'_>, id: CustomerId, reason: Option<&str>) -> Result<(), Error> {
    let customer = taking::require_any(op, id, BLACKLIST).await?;
    if customer.is_blacklisted == reason.is_some() {
        return Ok(());
    }
    taking::check_at_work(&customer)?;
    let (at, owner) = (change_time(op.now(), customer.updated_at), customer.owner);
    store::set_blacklisted(op.db(), id, reason, at).await?;
    let kind = if reason.is_some() { Kind::Blacklisted { owner } } else { Kind::Unblacklisted { owner } };
    op.record(&[Event { customer: id, at, kind, remark: reason.map(str::to_owned) }]).await
}
