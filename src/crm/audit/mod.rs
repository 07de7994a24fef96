//! The audit log (审计日志): who did what that matters for security. Operations write it with
//! [`Op::audit`](crate::kernel::op::Op::audit).
//!
//! - [`download`]: the entries as a CSV file
//! - [`delete_old`]: deletes what is older than the setting says

pub mod download;
mod read;
mod store;

use chrono::TimeDelta;

use crate::kernel::app::App;
use crate::kernel::error::Error;
pub use read::{READ, describe, roots};

/// Deletes at most `limit` entries that are older than the setting says, and returns how many it deleted. The time is
/// that of the latest entry, so a wrong clock deletes nothing.
pub async fn delete_old(app: &App, limit: i64) -> Result<u64, Error> {
    let days = TimeDelta::days(app.directory().await?.settings.audit_days.into());
    Ok(store::delete_older_than(app.pool(), days, limit).await?)
}
