//! Reminders: the owner of an open task is notified when it is due, once, whichever server does it. What came due while no
//! server ran is made up for at the next start.

use chrono::{DateTime, Utc};

use super::store;
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::event::{About, Notice, Notification};

/// The most reminders of one transaction.
const BATCH: i64 = 1_000;

/// When the next reminder is due.
pub async fn next(app: &App) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(store::next_due(app.own_pool()).await?)
}

/// Notifies the owners of all tasks that are due; false if there were none.
pub async fn remind(app: &App) -> Result<bool, Error> {
    if next(app).await?.is_none_or(|next| next > app.clock().now()) {
        return Ok(false);
    }
    loop {
        let mut op = app.begin(Actor::System("reminders")).await?;
        let now = op.now();
        let due = store::take_due(op.db(), now, BATCH).await?;
        let notification = |due: &store::DueTask| Notification {
            user: due.owner,
            notice: Notice::TaskDue,
            about: About::Task { task: due.id, customer: due.customer },
            at: now,
            rule: None,
        };
        op.notify(&due.iter().map(notification).collect::<Vec<_>>()).await?;
        op.commit().await?;
        if due.len() < usize::try_from(BATCH).unwrap_or_default() {
            return Ok(true);
        }
    }
}
