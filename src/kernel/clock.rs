//! The time, which comes from outside: tests hold it in their hand, servers follow the database's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// The longest sleep at a time: the database's clock may have moved meanwhile.
const NAP: Duration = Duration::from_secs(1);

/// Tells the time, in whole microseconds, as PostgreSQL keeps it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The database's, as of when it was last looked at, carried on by a clock that nobody sets.
    Database {
        /// When this began.
        since: Instant,
        /// What the database's clock showed then, as far as is known (µs since 1970).
        origin: AtomicI64,
        /// How far it was ahead of the machine's when last looked at (µs).
        ahead: AtomicI64,
    },
    /// Stands still until told (µs since 1970).
    Manual { now: watch::Sender<i64> },
}

impl Clock {
    /// Follows the database's clock, once it has been [told](Self::follow) of it.
    pub fn database() -> Self {
        let (since, origin, ahead) = (Instant::now(), AtomicI64::new(machine_now()), AtomicI64::new(0));
        Self(Arc::new(Source::Database { since, origin, ahead }))
    }

    /// Stands at `now` until moved.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Manual { now: watch::Sender::new(now.timestamp_micros()) }))
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &*self.0 {
            Source::Database { since, origin, .. } => origin.load(Relaxed) + micros(since.elapsed()),
            Source::Manual { now } => *now.borrow(),
        };
        DateTime::from_timestamp_micros(micros).expect("a clock stands within the years that chrono knows")
    }

    /// Waits until it is `at`.
    pub async fn reached(&self, at: DateTime<Utc>) {
        match &*self.0 {
            Source::Database { .. } => loop {
                match (at - self.now()).to_std() {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(NAP)).await,
                    _ => return,
                }
            },
            Source::Manual { now } => {
                // The sender is ours: it is there as long as we wait.
                let _ = now.subscribe().wait_for(|now| *now >= at.timestamp_micros()).await;
            }
        }
    }

    /// Takes over the database's time, which was read after `asked`. A manual clock does not.
    pub fn follow(&self, database_now: DateTime<Utc>, asked: Instant) {
        if let Source::Database { since, origin, ahead } = &*self.0 {
            let database_now = database_now.timestamp_micros();
            ahead.store(database_now - machine_now(), Relaxed);
            let (asked, answered) = (micros(asked.saturating_duration_since(*since)), micros(since.elapsed()));
            origin.store(origin_after(origin.load(Relaxed), database_now, asked, answered), Relaxed);
        }
    }

    /// How far the machine's clock is from the database's.
    pub fn skew(&self) -> TimeDelta {
        match &*self.0 {
            Source::Database { ahead, .. } => TimeDelta::microseconds(ahead.load(Relaxed).abs()),
            Source::Manual { .. } => TimeDelta::zero(),
        }
    }

    /// Moves a manual clock.
    ///
    /// # Panics
    /// When it is not a manual clock: only tests and simulations move time.
    pub fn advance(&self, by: TimeDelta) {
        match &*self.0 {
            Source::Manual { now } => {
                let by = by.num_microseconds().expect("a step of less than 290,000 years");
                now.send_modify(|now| *now += by);
            }
            Source::Database { .. } => panic!("only a manual clock can be moved"),
        }
    }
}

/// The moment of a change to what last changed at `last`: after that, even where the operation began earlier than it got the
/// lock.
pub fn change_time(now: DateTime<Utc>, last: DateTime<Utc>) -> DateTime<Utc> {
    now.max(last + TimeDelta::microseconds(1))
}

/// What the database's clock showed at the beginning (µs), when it showed `database_now` somewhere between two moments since. What is
/// known and fits is left as it is, or a late answer would set the clock back.
fn origin_after(known: i64, database_now: i64, asked: i64, answered: i64) -> i64 {
    known.clamp(database_now - answered, database_now - asked)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("less than 290,000 years")
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn machine_now() -> i64 {
    Utc::now().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_does_not_set_the_clock_back() {
        // Asked at 50, answered at 150: the database's clock showed 1,100 somewhere between.
        let origin = |known| origin_after(known, 1_100, 50, 150);
        assert_eq!([950, 1_000, 1_050].map(origin), [950, 1_000, 1_050], "what fits stays");
        assert_eq!([0, 949, 1_051, 9_000].map(origin), [950, 950, 1_050, 1_050], "the database's clock was set");
    }

    #[test]
    fn a_change_is_never_before_the_last_one() {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        assert_eq!(change_time(at(10), at(20)), at(21));
        assert_eq!(change_time(at(30), at(20)), at(30));
    }
}
