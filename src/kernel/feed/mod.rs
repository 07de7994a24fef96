//! The live feed, from the outbox to whoever watches: one durable log, in one order.
//!
//! Writers leave events in the outbox, in their own transactions. One server at a time [moves](sequencer) what has become
//! visible to the log, and tells all the others. Each server looks once at what is new and wakes those whom it concerns;
//! they read it from the log, from their own position on. So it makes no difference whether somebody watches, was away,
//! or comes to another server.

mod positions;
pub mod sequencer;
mod store;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};

use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::watch_map::WatchMap;
use positions::Positions;
pub use store::forget;

/// How many reads of the log run at once: those who watch never take all connections from those who ask, and those who
/// were away none from those who watch.
const READERS: u32 = 3;
const CATCHING_UP: u32 = 2;
/// How many reads of the log run at once, and have a connection each.
pub const READS: u32 = READERS + CATCHING_UP;

/// What the events in the log are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The public pool: the same for all who watch it.
    Pool,
    /// What one user is told.
    Notifications(UserId),
}

/// What one server knows of the log.
pub struct Feed {
    /// Rung when there may be something in the outbox.
    bell: Notify,
    /// The last position in the log.
    head: watch::Sender<i64>,
    /// The last position about the pool.
    pool: watch::Sender<i64>,
    /// The same for each user who watches their notifications: the last that was looked at.
    users: WatchMap<UserId, i64>,
    /// The positions about the pool of late.
    pool_positions: Mutex<Positions>,
    /// Rung when a customer came to rest, or its rest was changed.
    protection: Notify,
    readers: Semaphore,
    catching_up: Semaphore,
    closed: watch::Sender<bool>,
}

impl Feed {
    /// Begins to follow the log of a database, until [closed](Self::close). Of a backlog of events it knows which are about the
    /// pool.
    pub async fn open(db: &PgPool, backlog: i64) -> sqlx::Result<Arc<Self>> {
        let (_, head) = store::bounds(db).await?;
        Ok(Arc::new(Self {
            bell: Notify::new(),
            head: watch::Sender::new(head),
            pool: watch::Sender::new(head),
            pool_positions: Mutex::new(Positions::new(head, backlog)),
            users: WatchMap::default(),
            protection: Notify::new(),
            readers: Semaphore::new(READERS as usize),
            catching_up: Semaphore::new(CATCHING_UP as usize),
            closed: watch::Sender::new(false),
        }))
    }

    /// Says that something was committed that may have left events.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Says how far the log goes.
    pub fn saw(&self, head: i64) {
        self.head.send_if_modified(|known| {
            let is_news = head > *known;
            *known = head.max(*known);
            is_news
        });
    }

    /// How far the log goes, as far as this server knows.
    pub fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// Tells the last position that has something about a topic, whenever there is something new.
    pub fn watch(&self, topic: Topic) -> watch::Receiver<i64> {
        match topic {
            Topic::Pool => self.pool.subscribe(),
            Topic::Notifications(user) => self.users.watch(user, || self.head()),
        }
    }

    /// How many events about the pool there are behind one position, up to another; where it is not known, all are counted.
    pub fn pool_events(&self, after: i64, upto: i64) -> i64 {
        self.pool_positions.lock().expect("no panic while held").count(after, upto)
    }

    /// The position up to which nothing about the pool lies behind this one, as far as another.
    pub fn pool_is_quiet_to(&self, after: i64, upto: i64) -> i64 {
        self.pool_positions.lock().expect("no panic while held").quiet_to(after, upto)
    }

    /// Returns when a customer has come to rest, or its rest was changed, since the last time.
    pub async fn protection_changed(&self) {
        self.protection.notified().await;
    }

    /// A place among those who read the log.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        self.readers.acquire().await.expect("it is never closed")
    }

    /// A place among those who were away and read it from further back.
    pub async fn turn_to_catch_up(&self) -> SemaphorePermit<'_> {
        self.catching_up.acquire().await.expect("it is never closed")
    }

    /// To be held by what goes on after it is closed, until that [has ended](Self::ended).
    pub fn hold(&self) -> impl Drop + use<> {
        self.closed.subscribe()
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Ends what runs for it, and every stream.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Returns when it is closed.
    pub async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Returns when nothing waits for it to be closed any more, and all that [holds](Self::hold) it has ended.
    pub async fn ended(&self) {
        self.closed.closed().await;
    }
}

/// The place in the log of a client that was away: everything behind it is still there.
pub async fn resume(db: &PgPool, cursor: &str) -> Result<i64, Error> {
    let position = position_of(cursor).ok_or_else(|| Error::bad_input("this is not a cursor", "游标无效"))?;
    let (first, last) = store::bounds(db).await?;
    if (first - 1..=last).contains(&position) { Ok(position) } else { Err(Error::CursorExpired) }
}

/// What a client resumes from: this before the position. Descriptions write the same in SQL.
const CURSOR_PREFIX: &str = "event_";

/// What a client resumes from.
pub fn cursor_of(position: i64) -> String {
    format!("{CURSOR_PREFIX}{position}")
}

fn position_of(cursor: &str) -> Option<i64> {
    let digits =
        cursor.strip_prefix(CURSOR_PREFIX).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

/// For how long events are kept.
pub fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - chrono::TimeDelta::days(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_its_position_and_nothing_else_does() {
        assert_eq!(position_of(&cursor_of(42)), Some(42));
        for other in ["", "event_", "event_-1", "event_+1", "event_1 ", "42", "event_99999999999999999999"] {
            assert_eq!(position_of(other), None, "{other:?}");
        }
    }
}
