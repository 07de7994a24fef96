//! A server records a heartbeat while it reads a file. If an import has no heartbeat for a minute, its server has
//! stopped, and other servers let the import fail.

use std::convert::Infallible;
use std::time::Duration;

use chrono::TimeDelta;

use super::message::Message;
use super::store;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;

/// How often a server records that it is reading a file.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
/// After how long without a heartbeat an import fails.
const HEARTBEAT_TIMEOUT: TimeDelta = TimeDelta::minutes(1);

/// Records heartbeats of an import until the caller drops the future.
pub async fn keep_alive(app: &App, import: ImportId) -> Infallible {
    loop {
        tokio::time::sleep(HEARTBEAT_EVERY).await;
        if let Err(error) = store::record_heartbeat(app.pool(), import, app.clock().now()).await {
            tracing::debug!(import = %import, error = &error as &dyn std::error::Error, "the heartbeat of an import can't be recorded");
        }
    }
}

/// Lets the imports fail that have no heartbeat.
pub async fn fail_abandoned(app: &App) -> Result<(), Error> {
    let reason = Message::ServerStopped.text();
    Ok(store::fail_abandoned(app.pool(), app.clock().now() - HEARTBEAT_TIMEOUT, &reason).await?)
}
