//! Notifications: what somebody has to know that others did with their customers. They are kept by
//! [`Op::record`](crate::kernel::op::Op::record), with what they are about, and told live.
//!
//! - [`mark_read`]: they have been seen

mod read;
mod store;

use crate::kernel::error::Error;
use crate::kernel::id::NotificationId;
use crate::kernel::op::Op;
pub use read::{describe, describe_event, feed, roots};
pub use store::unread;

/// Marks notifications of the actor as read: these, or all. What is not theirs, or read already, stays as it is. How many
/// are unread then.
pub async fn mark_read(op: &mut Op<'_>, ids: Option<&[NotificationId]>) -> Result<i64, Error> {
    op.authorize(read::READ)?;
    let (user, now) = (op.viewer()?.user, op.now());
    store::mark_read(op.db(), user, ids, now).await?;
    Ok(unread(op.db(), user).await?)
}
