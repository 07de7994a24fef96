//! The live feed: a durable log of events in one order.
//!
//! Transactions write their events to the outbox. One server at a time [moves](sequencer) committed events to the log
//! and notifies the other servers. Each server scans new events once and wakes the subscribers that they concern.
//! Subscribers read the log from their own position, so a subscriber that was disconnected, or that connects to another
//! server, continues where it stopped.

mod positions;
pub mod sequencer;
mod store;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::{Notify, watch};

use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::turns::{Turn, Turns};
use crate::kernel::watch_map::WatchMap;
use positions::Positions;
pub use store::forget;

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
    /// The last position in the log.
    head: watch::Sender<i64>,
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
    following: Arc<Turns<Option<UserId>>>,
    catching_up: Arc<Turns<Option<UserId>>>,
    closed: watch::Sender<bool>,
}

impl Feed {
    /// Follows the log of a database until it is [closed](Self::close). `backlog` is the number of recent positions
    /// about the pool that it remembers.
    pub async fn open(db: &PgPool, backlog: i64) -> sqlx::Result<Arc<Self>> {
        let (_, head) = store::bounds(db).await?;
        Ok(Arc::new(Self {
            outbox: Notify::new(),
            head: watch::Sender::new(head),
            pool: watch::Sender::new(head),
            pool_positions: Mutex::new(Positions::new(head, backlog)),
            users: WatchMap::default(),
            protection: Notify::new(),
            look: Notify::new(),
            following: Turns::new(FOLLOWING, usize::MAX),
            catching_up: Turns::new(CATCHING_UP, usize::MAX),
            closed: watch::Sender::new(false),
        }))
    }

    /// Wakes the sequencer because the outbox may have events.
    pub fn ring(&self) {
        self.outbox.notify_one();
    }

    /// Records the last position of the log, if it is later than the known one.
    pub fn advance_head(&self, head: i64) {
        self.head.send_if_modified(|known| {
            let is_later = head > *known;
            *known = head.max(*known);
            is_later
        });
    }

    /// The last position of the log that this server knows.
    pub fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// Watches the last position that may have an event of a topic.
    pub fn watch(&self, topic: Topic) -> watch::Receiver<i64> {
        match topic {
            Topic::Pool => self.pool.subscribe(),
            Topic::Notifications(user) => self.users.watch(user, || self.head()),
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

    /// Waits until there is a reason to look at the database at once: a server has said that it has changed the directory.
    pub async fn look_wanted(&self) {
        self.look.notified().await;
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

/// The position of a cursor from which a client resumes. Every later event is still in the log; otherwise the cursor is
/// refused as expired.
pub async fn resume(db: &PgPool, cursor: &str) -> Result<i64, Error> {
    let position = position_of(cursor).ok_or_else(|| Error::bad_input("this is not a cursor", "游标无效"))?;
    let (first, last) = store::bounds(db).await?;
    if (first - 1..=last).contains(&position) { Ok(position) } else { Err(Error::CursorExpired) }
}

/// The prefix of an event cursor, before the position. Descriptions write the same text in SQL.
const CURSOR_PREFIX: &str = "event_";

/// The cursor of a position, from which a client resumes.
pub fn cursor_of(position: i64) -> String {
    format!("{CURSOR_PREFIX}{position}")
}

fn position_of(cursor: &str) -> Option<i64> {
    let digits =
        cursor.strip_prefix(CURSOR_PREFIX).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

/// The time from which on events are kept: 30 days before `now`.
pub fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - chrono::TimeDelta::days(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_is_read_as_a_position() {
        assert_eq!(position_of(&cursor_of(42)), Some(42));
        for other in ["", "event_", "event_-1", "event_+1", "event_1 ", "42", "event_99999999999999999999"] {
            assert_eq!(position_of(other), None, "{other:?}");
        }
    }
}
