//! Notifications tell a user what others did with their customers. [`Op::record`](crate::kernel::op::Op::record) writes
//! them in the transaction of the change, and subscriptions deliver them.
//!
//! - [`mark_read`]: marks notifications as read
//! - [`delete_old`]: deletes what is older than the setting says

mod read;
mod store;

use chrono::TimeDelta;

use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::NotificationId;
use crate::kernel::op::Op;
pub use read::{describe, describe_event, feed, roots};
pub use store::{count_about, count_unread};

/// Marks notifications of the actor as read: those with these ids, or all. Notifications of other users, and those that
/// are read already, stay as they are. It returns how many notifications of the actor are unread afterwards.
pub async fn mark_read(op: &mut Op<'_>, ids: Option<&[NotificationId]>) -> Result<i64, Error> {
    op.authorize(read::READ)?;
    let (user, now) = (op.viewer()?.user, op.now());
    store::mark_read(op.db(), user, ids, now).await?;
    Ok(count_unread(op.db(), user).await?)
}

/// Deletes at most `limit` notifications that are older than the setting says, and returns how many it deleted.
pub async fn delete_old(app: &App, limit: i64) -> Result<u64, Error> {
    let days = TimeDelta::days(app.directory().await?.settings.notification_days.into());
    Ok(store::delete_older(app.pool(), app.clock().now() - days, limit).await?)
}
