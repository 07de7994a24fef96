//! The tasks of the feed on every server: moving the outbox to the log, listening to the other servers, and waking the
//! subscribers that new events concern.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tracing::Instrument;

use super::{Cursor, Feed, Known, store};
use crate::kernel::clock::Clock;
use crate::kernel::error::full_disk;
use crate::kernel::id::UserId;

/// How many events are moved in one transaction.
const BATCH: i64 = 5_000;
/// How many positions one statement scans for the topics and users that they concern.
const SCAN_LIMIT: i64 = 50_000;
/// How long to wait after moving events, so that under load one transaction moves many.
const COALESCE_DELAY: Duration = Duration::from_millis(3);
/// How long to wait after a failure.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// Starts the tasks, which run until the feed is closed.
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
    tokio::spawn(until_closed(feed.clone(), Box::pin(scan(feed.clone(), db.clone()))));
}

/// Moves the outbox to the log whenever it may have events.
async fn sequence(feed: Arc<Feed>, db: PgPool, clock: Clock) {
    loop {
        feed.outbox.notified().await;
        loop {
            match store::sequence(&db, clock.now(), BATCH).await {
                Ok(moved) => {
                    feed.is_disk_full.store(false, Relaxed);
                    if moved.is_unsettled {
                        feed.look.notify_one();
                    }
                    if let Some(head) = moved.head {
                        feed.advance_head(head);
                        crate::kernel::metrics::events_logged(moved.count);
                    }
                    if moved.count < BATCH {
                        break;
                    }
                }
                Err(error) => {
                    feed.is_disk_full.store(full_disk(&error).is_some(), Relaxed);
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "events can't be moved from the outbox to the log; trying again"
                    );
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
        tokio::time::sleep(COALESCE_DELAY).await;
    }
}

/// Listens to the other servers for new events and changes of the directory. What is missed while the connection is down is found by the poll of the
/// directory.
async fn listen(feed: Arc<Feed>, db: PgPool) {
    loop {
        let Err(error) = listen_once(&feed, &db).await;
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "notifications of other servers can't be received; trying again"
        );
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn listen_once(feed: &Feed, db: &PgPool) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(db).await?;
    listener.ignore_pool_close_event(true);
    listener.listen_all([store::CHANNEL, store::DIRECTORY_CHANNEL]).await?;
    loop {
        let told = listener.recv().await?;
        if told.channel() == store::DIRECTORY_CHANNEL {
            feed.look.notify_one();
        } else if let Ok(head) = told.payload().parse() {
            feed.advance_head(head);
        }
    }
}

/// Scans new events once, and wakes the subscribers that they concern. It goes on only behind the event that it has seen last: if
/// there is another one at that position, the log is another one.
async fn scan(feed: Arc<Feed>, db: PgPool) {
    let mut head = feed.head.subscribe();
    loop {
        let (end, known) = (head.borrow_and_update().position, feed.known());
        let Cursor { epoch, position: scanned } = known.cursor;
        let upto = end.min(scanned + SCAN_LIMIT);
        if upto <= scanned {
            if head.changed().await.is_err() {
                return;
            }
            continue;
        }
        match store::concerned(&db, scanned, upto).await {
            Ok(concerned) if known.is_contradicted(upto, concerned.before) => {
                feed.look.notify_one();
                tokio::time::sleep(RETRY_DELAY).await;
            }
            Ok(concerned) => wake(&feed, &concerned, Cursor { epoch, position: upto }),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the log of events can't be read; trying again"
                );
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

fn wake(feed: &Feed, concerned: &store::Concerned, cursor: Cursor) {
    {
        let mut known = feed.known.lock().expect("no panic while held");
        if known.cursor.epoch != cursor.epoch {
            return;
        }
        *known = Known { cursor, image: concerned.last };
        feed.pool_positions.lock().expect("no panic while held").extend(&concerned.pool, cursor.position);
    }
    let upto = cursor.position;
    if let Some(last) = concerned.pool.last() {
        feed.pool.send_replace(*last);
    }
    if concerned.protection {
        feed.protection.notify_one();
    }
    for user in &concerned.users {
        feed.users.send(UserId::from(*user), upto);
    }
}
