//! Protection: the task that announces when the protection of customers ends, and what a change of the settings does to
//! customers that are protected.

mod store;

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::op::Op;
pub use store::lock_protection_period;

/// The most ends that are announced in one transaction.
const BATCH: i64 = 1_000;
/// The delay before a retry when the database is not reachable, or another transaction has locked a customer that is
/// due.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Computes the end of protection anew, by the present settings, for customers that are still protected after a
/// release; returns how many were changed. Customers that are claimable already stay claimable, and a protection that
/// was chosen when the customer was created stays.
pub async fn recompute(op: &mut Op<'_>) -> Result<u64, Error> {
    let now = op.now();
    Ok(store::recompute_protection(op.db(), now).await?)
}

/// Announces each end of protection at its instant, until the feed is closed. Every server runs this; the first one
/// announces an end. Ends that came due while no server ran are announced at the start.
pub async fn keep_announcing(app: Arc<App>) {
    let feed = app.feed().clone();
    let announcing = async {
        loop {
            if let Err(error) = announce_next(&app).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "ends of protection could not be announced; retrying"
                );
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    };
    tokio::select! {
        () = feed.closed() => {}
        () = announcing => {}
    }
}

/// Waits for the next end of protection and announces what is due then. Returns early if protections have changed,
/// because another end may come first now.
async fn announce_next(app: &App) -> Result<(), Error> {
    let next = store::next_end_of_protection(app.own_pool()).await?;
    let reached = async {
        match next {
            Some(next) => app.clock().reached(next).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = app.feed().protection_changed() => return Ok(()),
        () = reached => {}
    }
    loop {
        let announced = store::announce_ends_of_protection(app.own_pool(), app.clock().now(), BATCH).await?;
        app.feed().ring();
        if announced < BATCH {
            if announced == 0 {
                tokio::time::sleep(RETRY_DELAY).await;
            }
            return Ok(());
        }
    }
}
