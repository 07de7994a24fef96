//! What runs on every server for the feed: moving the outbox to the log, hearing of others who did, and waking those whom
//! it concerns.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tracing::Instrument;

use super::{Feed, store};
use crate::kernel::clock::Clock;
use crate::kernel::id::UserId;

/// How many events are moved in one transaction.
const BATCH: i64 = 5_000;
/// How many positions are looked at at once for whom they concern.
const SCAN_LIMIT: i64 = 50_000;
/// How long to wait after moving: under load, many changes share one transaction.
const COALESCE_DELAY: Duration = Duration::from_millis(3);
/// How long to wait after a failure.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// Starts what runs until the feed is closed.
pub fn start(feed: &Arc<Feed>, db: &PgPool, clock: Clock) {
    let span = tracing::info_span!("feed");
    let until_closed = |feed: Arc<Feed>, work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        async move {
            tokio::select! {
                () = feed.closed() => {}
                () = work => {}
            }
        }
        .instrument(span.clone())
    };
    tokio::spawn(until_closed(feed.clone(), Box::pin(sequence(feed.clone(), db.clone(), clock))));
    tokio::spawn(until_closed(feed.clone(), Box::pin(listen(feed.clone(), db.clone()))));
    tokio::spawn(until_closed(feed.clone(), Box::pin(wake(feed.clone(), db.clone()))));
}

/// Moves the outbox to the log whenever the bell rings.
async fn sequence(feed: Arc<Feed>, db: PgPool, clock: Clock) {
    loop {
        feed.bell.notified().await;
        loop {
            match store::sequence(&db, clock.now(), BATCH).await {
                Ok(moved) => {
                    if let Some(head) = moved.head {
                        feed.saw(head);
                        crate::kernel::metrics::events_logged(moved.count);
                    }
                    if moved.count < BATCH {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "events wait in the outbox");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
        tokio::time::sleep(COALESCE_DELAY).await;
    }
}

/// Hears from other servers that the log has grown. What is missed while deaf is found by the look at the directory.
async fn listen(feed: Arc<Feed>, db: PgPool) {
    loop {
        let Err(error) = listen_once(&feed, &db).await;
        tracing::warn!(error = &error as &dyn std::error::Error, "deaf for other servers");
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn listen_once(feed: &Feed, db: &PgPool) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(db).await?;
    listener.ignore_pool_close_event(true);
    listener.listen(store::CHANNEL).await?;
    loop {
        if let Ok(head) = listener.recv().await?.payload().parse() {
            feed.saw(head);
        }
    }
}

/// Looks once at what is new, and wakes those whom it concerns.
async fn wake(feed: Arc<Feed>, db: PgPool) {
    let mut head = feed.head.subscribe();
    let mut seen = *head.borrow_and_update();
    loop {
        let upto = (*head.borrow_and_update()).min(seen + SCAN_LIMIT);
        if upto == seen {
            if head.changed().await.is_err() {
                return;
            }
            continue;
        }
        match store::concerned(&db, seen, upto).await {
            Ok(concerned) => {
                seen = upto;
                tell(&feed, &concerned, upto);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the log can't be read");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

fn tell(feed: &Feed, concerned: &store::Concerned, upto: i64) {
    feed.pool_positions.lock().expect("no panic while held").extend(&concerned.pool, upto);
    if let Some(last) = concerned.pool.last() {
        feed.pool.send_replace(*last);
    }
    if concerned.protection {
        feed.protection.notify_one();
    }
    for user in &concerned.users {
        feed.users.tell(UserId::from(*user), upto);
    }
}
