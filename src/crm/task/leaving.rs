//! The tasks of a user who leaves. Those about their customers went with the customers before; what is left is about orders,
//! or about customers of others.

use super::store;
use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// Gives the open tasks of a leaver to a successor, or cancels them if there is none. The caller has locked the rows of both.
pub async fn hand_over(op: &mut Op<'_>, leaver: UserId, successor: Option<UserId>) -> Result<(), Error> {
    let (now, by) = (op.now(), op.viewer()?.user);
    Ok(store::hand_over(op.db(), leaver, successor, by, now).await?)
}
