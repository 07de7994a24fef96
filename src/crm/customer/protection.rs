//! Protection: what a change of the settings does to the customers that rest, and the clock that announces its end.

use std::sync::Arc;
use std::time::Duration;

use super::store;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::op::Op;

/// How many ends are announced in one transaction.
const BATCH: i64 = 1_000;
/// How long to wait where something stands in the way: the database is away, or somebody holds a customer just now.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Gives every customer that still rests after a release the end that it has by the settings of this moment, counted from
/// when it came into the pool. What has become claimable stays claimable, and a protection that was given at an entry stays as
/// it was given. How many were changed.
pub async fn count_anew(op: &mut Op<'_>) -> Result<u64, Error> {
    let now = op.now();
    Ok(store::change_protection(op.db(), now).await?)
}

/// Announces each end of protection at its instant, until the feed is closed. Every server does; each end is announced by
/// the one that gets there first, and what came due while all were down at once.
pub async fn keep_announcing(app: Arc<App>) {
    let feed = app.feed().clone();
    let announcing = async {
        loop {
            if let Err(error) = announce_the_next(&app).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "ends of protection can't be announced");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    };
    tokio::select! {
        () = feed.closed() => {}
        () = announcing => {}
    }
}

/// Waits for the next end and announces what is due then. Returns early when another may have come before it.
async fn announce_the_next(app: &App) -> Result<(), Error> {
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
