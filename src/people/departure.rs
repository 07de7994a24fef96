//! Somebody leaves: account, sessions and customers in one operation.

use super::session::Ended;
use super::{policy, store};
use crate::access::{Action, Permission, Resource};
use crate::customer;
use crate::error::{Error, UserError};
use crate::id::UserId;
use crate::op::Op;

/// To close accounts.
pub const DEPART: Permission = Permission::to(Action::Depart, Resource::User);

/// Closes the account, ends its sessions, moves those who answered to the leaver up, and releases every customer. How
/// many were released. Whoever has left stays so.
pub async fn depart(op: &mut Op<'_>, leaver: UserId) -> Result<usize, Error> {
    op.authorize(DEPART)?;
    policy::keep_an_administrator(op, |people, _| {
        if let Some(member) = people.get_mut(&leaver) {
            member.is_active = false;
        }
    })
    .await?;
    // People before customers. This waits for whatever the leaver is in the middle of; nothing begins behind it.
    let is_active = store::lock_leaver(op.db(), leaver).await?.ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    if !is_active {
        return Ok(0);
    }
    let now = op.now();
    let directory = crate::directory::read(op.db()).await?;
    let manager = directory.people.get(&leaver).and_then(|member| member.manager);
    store::set_manager(op.db(), &directory.reports_of(leaver), manager, now).await?;
    store::set_departed(op.db(), leaver, now).await?;
    store::end_sessions(op.db(), leaver, None, Ended::Departed, now).await?;
    let released = customer::release_all_of(op, leaver).await?;
    Ok(released)
}
