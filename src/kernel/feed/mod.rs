//! The live feed: a durable log of events in one order.
//!
//! Transactions write their events to the outbox. One server at a time [moves](sequencer) committed events to the log
//! and notifies the other servers. Each server scans new events once and wakes the subscribers that they concern.
//! Subscribers read the log from their own position, so a subscriber that was disconnected, or that connects to another
//! server, continues where it stopped.

mod cursor;
mod positions;
pub mod sequencer;
mod store;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use tokio::sync::{Notify, watch};

use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::turns::{Turn, Turns};
use crate::kernel::watch_map::WatchMap;
pub use cursor::{Cursor, Epoch};
use positions::Positions;
pub use store::{SEQUENCER_LOCK, forget};

/// How many reads of new events run at once.
const FOLLOWING: usize = 3;
/// How many reads of older events run at once, so that subscribers who catch up do not delay those who follow new
/// events.
const CATCHING_UP: usize = 2;
/// How many reads of the log run at once. Each has a connection.
pub const READS: usize = FOLLOWING + CATCHING_UP;

/// The topic of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The public pool, which all its subscribers share.
    Pool,
    /// The notifications of one user.
    Notifications(UserId),
}

/// What one server knows about the log of events.
pub struct Feed {
    /// Notified when the outbox may have events.
    outbox: Notify,
    /// The end of the log.
    head: watch::Sender<Cursor>,
    /// The last event that subscribers may have been told of, by which the server recognises the log.
    known: Mutex<Known>,
    /// The last position about the pool.
    pool: watch::Sender<i64>,
    /// For each user who subscribes to their notifications: the last position that was scanned for them.
    users: WatchMap<UserId, i64>,
    /// The recent positions about the pool.
    pool_positions: Mutex<Positions>,
    /// Notified when the protection of a customer began or changed.
    protection: Notify,
    /// Notified when there is a reason to look at the database at once.
    look: Notify,
    /// How many recent positions about the pool are remembered.
    backlog: i64,
    following: Arc<Turns<Option<UserId>>>,
    catching_up: Arc<Turns<Option<UserId>>>,
    /// Whether events can't be moved to the log because the disk of the database is full.
    is_disk_full: AtomicBool,
    closed: watch::Sender<bool>,
}

/// An event that a server knows of, by which it recognises the log.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its place. Nothing is known of the first one of an epoch.
    pub cursor: Cursor,
    /// What it is, as a number.
    image: Option<i64>,
}

impl Known {
    /// Whether the log can be recognised by it.
    pub fn is_recognised(&self) -> bool {
        self.image.is_some()
    }

    /// Whether a log can't be the one with this event: it ends before, or has another event there. If the event is forgotten, the
    /// log goes on behind it.
    pub fn is_contradicted(&self, head: i64, image: Option<i64>) -> bool {
        head < self.cursor.position || self.image.zip(image).is_some_and(|(known, found)| known != found)
    }
}

impl Feed {
    /// Follows the log of a database until it is [closed](Self::close). `backlog` is the number of recent positions
    /// about the pool that it remembers.
    pub async fn open(db: &PgPool, backlog: i64) -> sqlx::Result<Arc<Self>> {
        let (_, head) = store::bounds(db).await?;
        Ok(Arc::new(Self {
            outbox: Notify::new(),
            head: watch::Sender::new(head),
            known: Mutex::new(Known { cursor: head, image: None }),
            pool: watch::Sender::new(head.position),
            pool_positions: Mutex::new(Positions::new(head.position, backlog)),
            backlog,
            users: WatchMap::default(),
            protection: Notify::new(),
            look: Notify::new(),
            following: Turns::new(FOLLOWING, usize::MAX),
            catching_up: Turns::new(CATCHING_UP, usize::MAX),
            is_disk_full: AtomicBool::new(false),
            closed: watch::Sender::new(false),
        }))
    }

    /// Wakes the sequencer because the outbox may have events.
    pub fn ring(&self) {
        self.outbox.notify_one();
    }

    /// Records the end of the log, if it is later than the known one. The end of another log is looked at first.
    pub fn advance_head(&self, head: Cursor) {
        if head.epoch != self.head().epoch {
            return self.look.notify_one();
        }
        self.head.send_if_modified(|known| {
            let is_later = head.epoch == known.epoch && head.position > known.position;
            if is_later {
                *known = head;
            }
            is_later
        });
    }

    /// Begins to follow a log of another epoch, at its end.
    pub fn begin_anew(&self, head: Cursor) {
        {
            let mut known = self.known.lock().expect("no panic while held");
            *known = Known { cursor: head, image: None };
            *self.pool_positions.lock().expect("no panic while held") = Positions::new(head.position, self.backlog);
        }
        self.head.send_replace(head);
        self.pool.send_replace(head.position);
        for user in self.users.keys() {
            self.users.send(user, head.position);
        }
    }

    /// The end of the log that this server knows.
    pub fn head(&self) -> Cursor {
        *self.head.borrow()
    }

    /// The last event that subscribers may have been told of.
    pub fn known(&self) -> Known {
        *self.known.lock().expect("no panic while held")
    }

    /// Watches the last position that may have an event of a topic.
    pub fn watch(&self, topic: Topic) -> watch::Receiver<i64> {
        match topic {
            Topic::Pool => self.pool.subscribe(),
            Topic::Notifications(user) => self.users.watch(user, || self.head().position),
        }
    }

    /// How many events about the pool lie after `after`, up to `upto`. Where the topic of a position is not known, it
    /// counts.
    pub fn pool_events(&self, after: i64, upto: i64) -> i64 {
        self.pool_positions.lock().expect("no panic while held").count(after, upto)
    }

    /// The last position, at most `upto`, up to which no event about the pool lies after `after`.
    pub fn pool_is_quiet_to(&self, after: i64, upto: i64) -> i64 {
        self.pool_positions.lock().expect("no panic while held").quiet_to(after, upto)
    }

    /// Waits until the protection of a customer has begun or changed since the last call.
    pub async fn protection_changed(&self) {
        self.protection.notified().await;
    }

    /// Records what the event at a place is, if nothing later is known.
    pub fn learn(&self, cursor: Cursor, image: Option<i64>) {
        let mut known = self.known.lock().expect("no panic while held");
        if known.cursor == cursor {
            known.image = known.image.or(image);
        }
    }

    /// Waits until there is a reason to look at the database at once: a server has said that it has changed the directory, or
    /// the log is not the one that was known.
    pub async fn look_wanted(&self) {
        self.look.notified().await;
    }

    /// Whether events can't be moved to the log because the disk of the database is full.
    pub fn is_disk_full(&self) -> bool {
        self.is_disk_full.load(Relaxed)
    }

    /// Waits for a turn to read new events. A user with many subscriptions waits in a queue of their own; all others share one.
    pub async fn turn(&self, queue: Option<UserId>) -> Turn<Option<UserId>> {
        self.following.wait(&queue).await.expect("any number may wait")
    }

    /// Waits for a turn to read older events.
    pub async fn turn_to_catch_up(&self, queue: Option<UserId>) -> Turn<Option<UserId>> {
        self.catching_up.wait(&queue).await.expect("any number may wait")
    }

    /// A guard for work that continues after the feed is closed: [`Self::ended`] waits until it is dropped.
    pub fn hold(&self) -> impl Drop + use<> {
        self.closed.subscribe()
    }

    /// Whether the feed is closed.
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Ends the tasks of the feed and every stream.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Waits until the feed is closed.
    pub async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Waits until nothing waits for [`Self::closed`] any more, and all [guards](Self::hold) are dropped.
    pub async fn ended(&self) {
        self.closed.closed().await;
    }
}

/// The place from which a client resumes. Every later event is still in the log; otherwise the cursor is refused as expired.
pub async fn resume(db: impl PgExecutor<'_>, cursor: &str) -> Result<Cursor, Error> {
    let cursor: Cursor = cursor.parse()?;
    let (first, head) = store::bounds(db).await?;
    let is_kept = cursor.epoch == head.epoch && (first - 1..=head.position).contains(&cursor.position);
    if is_kept { Ok(cursor) } else { Err(Error::CursorExpired) }
}

/// The time from which on events are kept: 30 days before `now`.
pub fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - chrono::TimeDelta::days(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_ends_before_what_is_known_or_has_another_event_there_is_another_one() {
        let known = |image| Known { cursor: Cursor { epoch: Epoch::random(), position: 7 }, image };
        for (image, head, found, is_another) in [
            (Some(1), 7, Some(1), false),
            (Some(1), 9, Some(1), false),
            (Some(1), 6, None, true),
            (Some(1), 7, Some(2), true),
            (Some(1), 9, Some(2), true),
            (Some(1), 9, None, false),
            (None, 9, Some(2), false),
            (None, 6, None, true),
        ] {
            assert_eq!(known(image).is_contradicted(head, found), is_another, "{image:?} {head} {found:?}");
        }
    }
}
