//! The time, which comes from outside: tests hold it in their hand, servers follow the database's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// The longest sleep at a time: the database's clock may have moved meanwhile.
const NAP: Duration = Duration::from_secs(1);

/// Tells the time, in whole microseconds, as PostgreSQL keeps it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The machine's clock, and how far the database's was ahead of it when last looked at (µs).
    Database { ahead: AtomicI64 },
    /// Stands still until told (µs since 1970).
    Manual { now: watch::Sender<i64> },
}

impl Clock {
    /// Follows the database's clock, once it has been [told](Self::follow) of it.
    pub fn database() -> Self {
        Self(Arc::new(Source::Database { ahead: AtomicI64::new(0) }))
    }

    /// Stands at `now` until moved.
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Manual { now: watch::Sender::new(now.timestamp_micros()) }))
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &*self.0 {
            Source::Database { ahead } => machine_now() + ahead.load(Relaxed),
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

    /// Takes over the database's time, which was read just now. A manual clock does not.
    pub fn follow(&self, database_now: DateTime<Utc>) {
        if let Source::Database { ahead } = &*self.0 {
            ahead.store(database_now.timestamp_micros() - machine_now(), Relaxed);
        }
    }

    /// How far the machine's clock is from the database's.
    pub fn skew(&self) -> TimeDelta {
        match &*self.0 {
            Source::Database { ahead } => TimeDelta::microseconds(ahead.load(Relaxed).abs()),
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

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn machine_now() -> i64 {
    Utc::now().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_never_before_the_last_one() {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        assert_eq!(change_time(at(10), at(20)), at(21));
        assert_eq!(change_time(at(30), at(20)), at(30));
    }
}
