//! Pages: the messages of a range of the event log for one group of subscribers.
//!
//! Groups that are woken by the same event read at the same moment, many of them with statements of the same text but with
//! other values or viewers. Such statements run together as one. Of each text only one statement runs at a time, so a large
//! number of personal subscriptions does not delay the others. A user with many subscriptions has lanes of their own, which
//! wait in a queue of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::sync::oneshot;
use tracing::Instrument;

use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::UserId;
use crate::kernel::read::EventRange;
use crate::kernel::sql::Statement;
use crate::kernel::sql::json_of;

/// The longest range of one statement: positions of the log, or events if an index finds them.
const RANGE_LENGTH: i64 = 1_000;
/// How many events are read at once if an index finds them. It is small, because the statements of many viewers run
/// together.
const INDEXED_EVENTS: i64 = 32;
/// The intended size of one page, in bytes. A larger one would only wait in memory.
const PAGE_BYTES: usize = 1 << 20;
/// From this duration on, a read counts as slow, and others do not wait for it.
const SLOW_READ: Duration = Duration::from_millis(100);
/// The largest number of values that statements which run together bind.
const MAX_VALUES: usize = 2_000;
/// How long a page may be sent after it was read, because `customer` is as of the delivery.
pub const FRESH: Duration = Duration::from_secs(1);

/// A message for all of a group.
pub struct Message {
    /// The position of its event.
    pub position: i64,
    /// The answer, as JSON.
    pub json: Box<str>,
}

/// The messages of a range of the log.
pub struct Page {
    pub range: EventRange,
    pub messages: Vec<Message>,
    /// How long the messages are, in bytes.
    pub bytes: usize,
    /// Whether reading it was slow.
    pub is_slow: bool,
    /// When it was read. The duration of its statement does not count, because a slow page could otherwise never be sent.
    read_at: Instant,
}

impl Page {
    fn new(mut range: EventRange, messages: Vec<Message>, took: Duration) -> Self {
        // If the limit was reached, there may be more events in the range.
        if let Some(last) = messages.last()
            && messages.len() as i64 >= range.most
        {
            range.upto = last.position;
        }
        let bytes = messages.iter().map(|message| message.json.len()).sum();
        Self { range, messages, bytes, is_slow: took > SLOW_READ, read_at: Instant::now() }
    }

    /// Whether it may still be sent.
    pub fn is_fresh(&self) -> bool {
        self.read_at.elapsed() < FRESH
    }

    /// Whether it has the messages that follow a position.
    pub fn continues_at(&self, position: i64) -> bool {
        self.range.after <= position && position < self.range.upto
    }
}

/// How much of the log is read at once. It shrinks after a page that was too large or too slow, and grows again.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    now: i64,
    at_most: i64,
}

impl Step {
    /// Through all positions.
    pub fn through() -> Self {
        Self { now: RANGE_LENGTH, at_most: RANGE_LENGTH }
    }

    /// From one event to the next, by an index.
    pub fn by_index() -> Self {
        Self { now: INDEXED_EVENTS, at_most: INDEXED_EVENTS }
    }

    /// How many events are read at most.
    pub fn events(self) -> i64 {
        self.now
    }

    /// The position to read to on the way from one to another, through all of them.
    pub fn limit(self, after: i64, upto: i64) -> i64 {
        upto.min(after + self.now)
    }

    /// Adapts to a page that was read.
    pub fn read(&mut self, page: &Page) {
        self.now = if page.bytes > PAGE_BYTES { (self.now / 2).max(1) } else { (self.now * 2).min(self.at_most) };
    }

    /// Shrinks after a read that took too long, or a page that could not be sent in time.
    pub fn was_too_much(&mut self) {
        self.now = (self.now / 4).max(1);
    }
}

/// The kind of a read: following the log as it grows, or catching up from further back, which takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadKind {
    Following,
    CatchingUp,
}

/// Reads that can be run together: statements of the same text, of the same kind, that wait in the same queue.
type Lane = (Arc<str>, ReadKind, Option<UserId>);

/// A read that waits.
struct Waiting {
    statement: Statement,
    range: EventRange,
    reply: oneshot::Sender<Result<Page, Arc<Error>>>,
}

/// Reads pages for the subscriptions of one server.
pub struct Pages {
    app: Arc<App>,
    lanes: Mutex<HashMap<Lane, Vec<Waiting>>>,
}

impl Pages {
    /// No read waits yet.
    pub fn new(app: Arc<App>) -> Arc<Self> {
        Arc::new(Self { app, lanes: Mutex::default() })
    }

    /// Reads the page of a statement and a range, together with others. A caller that no longer waits drops the future; a
    /// statement that already runs goes on. `queue` is a user with many subscriptions.
    pub async fn read(
        self: &Arc<Self>,
        statement: Statement,
        range: EventRange,
        kind: ReadKind,
        queue: Option<UserId>,
    ) -> Result<Page, Arc<Error>> {
        let lane = (statement.text().clone(), kind, queue);
        let (reply, told) = oneshot::channel();
        let waiting = Waiting { statement, range, reply };
        let is_idle = {
            let mut lanes = self.lanes.lock().expect("no panic while held");
            let is_idle = !lanes.contains_key(&lane);
            lanes.entry(lane.clone()).or_default().push(waiting);
            is_idle
        };
        if is_idle {
            tokio::spawn(self.clone().serve(lane).in_current_span());
        }
        told.await.unwrap_or_else(|_| Err(Arc::new(Error::Internal("a read was given up".into()))))
    }

    /// Runs the waiting reads of a lane until there are none.
    async fn serve(self: Arc<Self>, lane: Lane) {
        self.gather(&lane).await;
        let feed = self.app.feed();
        loop {
            let _turn = match lane.1 {
                ReadKind::Following => feed.turn(lane.2).await,
                ReadKind::CatchingUp => feed.turn_to_catch_up(lane.2).await,
            };
            match self.next_of(&lane) {
                Some(waiting) => self.run(waiting).await,
                None => return,
            }
        }
    }

    /// Waits until all reads that one event has caused are here, or as many as can run together.
    async fn gather(&self, lane: &Lane) {
        let mut come = 0;
        loop {
            tokio::task::yield_now().await;
            let waiting = self.lanes.lock().expect("no panic while held").get(lane).map_or(0, Vec::len);
            if waiting == come || waiting >= Statement::MOST_TOGETHER {
                return;
            }
            come = waiting;
        }
    }

    /// The reads of a lane that run next; `None` if the lane is idle from now on.
    fn next_of(&self, lane: &Lane) -> Option<Vec<Waiting>> {
        let mut lanes = self.lanes.lock().expect("no panic while held");
        let waiting = lanes.get_mut(lane)?;
        waiting.retain(|waiting| !waiting.reply.is_closed());
        if waiting.is_empty() {
            lanes.remove(lane);
            return None;
        }
        let (mut events, mut values) = (0, 0);
        let fits = |waiting: &&Waiting| {
            let EventRange { after, upto, most } = waiting.range;
            events += most.min(upto - after);
            values += waiting.statement.weight();
            events <= RANGE_LENGTH && values <= MAX_VALUES
        };
        let count = waiting.iter().take(Statement::MOST_TOGETHER).take_while(fits).count();
        Some(waiting.drain(..count.max(1)).collect())
    }

    async fn run(&self, mut waiting: Vec<Waiting>) {
        let started = Instant::now();
        match self.messages(&waiting).await {
            Ok(messages) => {
                let took = started.elapsed();
                for (waiting, messages) in waiting.into_iter().zip(messages) {
                    // The receiver may be gone.
                    let _ = waiting.reply.send(Ok(Page::new(waiting.range, messages, took)));
                }
            }
            // It may have been too much at once, or one of them is at fault: both halves are tried separately.
            Err(Error::Internal(_) | Error::Unavailable(sqlx::Error::Database(_))) if waiting.len() > 1 => {
                let others = waiting.split_off(waiting.len() / 2);
                Box::pin(self.run(waiting)).await;
                Box::pin(self.run(others)).await;
            }
            Err(error) => {
                let error = Arc::new(error);
                for waiting in waiting {
                    let _ = waiting.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// The messages of each.
    async fn messages(&self, waiting: &[Waiting]) -> Result<Vec<Vec<Message>>, Error> {
        if let [one] = waiting {
            let rows = self.app.live_readers().fetch_all(None, one.statement.clone()).await?;
            return Ok(vec![rows.iter().map(|row| message(row, 0)).collect::<sqlx::Result<_>>()?]);
        }
        let statements: Vec<_> = waiting.iter().map(|waiting| &waiting.statement).collect();
        let mut messages: Vec<Vec<Message>> = waiting.iter().map(|_| Vec::new()).collect();
        for row in &self.app.live_readers().fetch_all(None, Statement::together(&statements)).await? {
            let place: i32 = row.try_get(0)?;
            messages[place as usize].push(message(row, 1)?);
        }
        Ok(messages)
    }
}

/// The message in a row, from this column on.
fn message(row: &PgRow, column: usize) -> sqlx::Result<Message> {
    Ok(Message { position: row.try_get(column)?, json: json_of(row, column + 1)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_read_in_smaller_steps() {
        let page = |length: usize| {
            let message = Message { position: 1, json: "x".repeat(length).into() };
            Page::new(EventRange { after: 0, upto: 9, most: 9 }, vec![message], Duration::ZERO)
        };
        let mut step = Step::through();
        assert_eq!([step.limit(7, 5_000), step.limit(7, 10)], [1_007, 10]);
        step.read(&page(PAGE_BYTES + 1));
        assert_eq!(step.limit(0, 5_000), 500);
        step.was_too_much();
        assert_eq!(step.limit(0, 5_000), 125);
        (0..9).for_each(|_| step.was_too_much());
        assert_eq!(step.limit(0, 5_000), 1, "it goes on");
        (0..11).for_each(|_| step.read(&page(PAGE_BYTES)));
        assert_eq!(step.limit(0, 5_000), 1_000);
        let mut found = Step::by_index();
        (0..3).for_each(|_| found.was_too_much());
        assert_eq!(found.events(), 1, "so do those that are found by an index");
    }

    #[test]
    fn a_page_ends_where_its_statement_stopped() {
        let range = EventRange { after: 0, upto: 9_000, most: 32 };
        let page = |count: i64| {
            let messages = (1..=count).map(|position| Message { position, json: "{}".into() }).collect();
            Page::new(range, messages, SLOW_READ * 2)
        };
        assert_eq!([page(31).range.upto, page(32).range.upto], [9_000, 32]);
        assert!(page(1).is_slow);
    }
}
