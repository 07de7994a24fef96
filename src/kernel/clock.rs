//! The clock. Servers follow the database's clock; tests set the time themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::kernel::error::Text;

/// How long to sleep at most before the time is compared again: the database's clock may have been set meanwhile.
const MAX_SLEEP: Duration = Duration::from_secs(1);
/// How far the clock of a client may be ahead of the server's clock.
const MAX_CLIENT_SKEW: TimeDelta = TimeDelta::minutes(1);

/// A clock with a resolution of one microsecond, as PostgreSQL's times have.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The database's clock as of the last poll, continued by the machine's monotonic clock.
    Database {
        /// When this clock was made.
        since: Instant,
        /// What the database's clock showed then, as far as is known (µs since 1970).
        origin: AtomicI64,
        /// How far the database's clock was ahead of the machine's clock at the last poll (µs).
        ahead: AtomicI64,
    },
    /// A clock that only moves when it is advanced (µs since 1970).
    Manual { now: watch::Sender<i64> },
}

impl Clock {
    /// A clock that [follows](Self::follow) the database's clock.
    pub fn database() -> Self {
        let (since, origin, ahead) = (Instant::now(), AtomicI64::new(machine_now()), AtomicI64::new(0));
        Self(Arc::new(Source::Database { since, origin, ahead }))
    }

    /// A clock that shows `now` until it is [advanced](Self::advance).
    pub fn manual(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Manual { now: watch::Sender::new(now.timestamp_micros()) }))
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &*self.0 {
            Source::Database { since, origin, .. } => origin.load(Relaxed) + micros(since.elapsed()),
            Source::Manual { now } => *now.borrow(),
        };
        DateTime::from_timestamp_micros(micros).expect("the time is within the years that chrono supports")
    }

    /// Waits until the clock shows `at`.
    pub async fn reached(&self, at: DateTime<Utc>) {
        match &*self.0 {
            Source::Database { .. } => loop {
                match (at - self.now()).to_std() {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(MAX_SLEEP)).await,
                    _ => return,
                }
            },
            Source::Manual { now } => {
                // This can't fail: `self` keeps the sender alive.
                let _ = now.subscribe().wait_for(|now| *now >= at.timestamp_micros()).await;
            }
        }
    }

    /// Adopts the database's time, which was read after `asked`. A manual clock ignores it.
    pub fn follow(&self, database_now: DateTime<Utc>, asked: Instant) {
        if let Source::Database { since, origin, ahead } = &*self.0 {
            let database_now = database_now.timestamp_micros();
            ahead.store(database_now - machine_now(), Relaxed);
            let (asked, answered) = (micros(asked.saturating_duration_since(*since)), micros(since.elapsed()));
            origin.store(origin_after(origin.load(Relaxed), database_now, asked, answered), Relaxed);
        }
    }

    /// The difference between the machine's clock and the database's clock, without a sign.
    pub fn skew(&self) -> TimeDelta {
        match &*self.0 {
            Source::Database { ahead, .. } => TimeDelta::microseconds(ahead.load(Relaxed).abs()),
            Source::Manual { .. } => TimeDelta::zero(),
        }
    }

    /// Advances a manual clock.
    ///
    /// # Panics
    /// If it is not a manual clock: only tests and simulations move time.
    pub fn advance(&self, by: TimeDelta) {
        match &*self.0 {
            Source::Manual { now } => {
                let by = by.num_microseconds().expect("the step is shorter than 290,000 years");
                now.send_modify(|now| *now += by);
            }
            Source::Database { .. } => panic!("only a manual clock can be moved"),
        }
    }
}

/// The time of a change to a row that last changed at `last`: always later than `last`, even if another operation
/// changed the row between the beginning of this operation and its lock.
pub fn change_time(now: DateTime<Utc>, last: DateTime<Utc>) -> DateTime<Utc> {
    now.max(last + TimeDelta::microseconds(1))
}

/// The time that a client gave for something that has happened. If it is ahead of now, but by no more than the client's
/// clock may be, it counts as now.
///
/// # Errors
/// Says by how much the time is in the future.
pub fn past_time(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Text> {
    if at <= now + MAX_CLIENT_SKEW {
        return Ok(at.min(now));
    }
    // Part of a second counts as a whole one, so that no refusal names the minute that is accepted.
    let seconds = (at - now + TimeDelta::microseconds(999_999)).num_seconds();
    let (count, en, zh) = match seconds {
        ..120 => (seconds, "seconds", "秒"),
        120..7_200 => (seconds / 60, "minutes", "分钟"),
        7_200..172_800 => (seconds / 3_600, "hours", "小时"),
        _ => (seconds / 86_400, "days", "天"),
    };
    Err(Text::new(format!("is {count} {en} in the future"), format!("比当前时间晚 {count} {zh}")))
}

/// What the database's clock showed when this clock was made (µs), given that it showed `database_now` at some moment
/// between `asked` and `answered` (µs since this clock was made). A known value that fits is kept; otherwise a late
/// answer would set the clock back.
fn origin_after(known: i64, database_now: i64, asked: i64, answered: i64) -> i64 {
    known.clamp(database_now - answered, database_now - asked)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("the duration is shorter than 290,000 years")
}

#[expect(clippy::disallowed_methods, reason = "this is the only place that reads the machine's clock")]
fn machine_now() -> i64 {
    Utc::now().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_does_not_set_the_clock_back() {
        // The database's clock showed 1,100 at some moment between 50 and 150.
        let origin = |known| origin_after(known, 1_100, 50, 150);
        assert_eq!([950, 1_000, 1_050].map(origin), [950, 1_000, 1_050], "a value that fits is kept");
        assert_eq!([0, 949, 1_051, 9_000].map(origin), [950, 950, 1_050, 1_050], "the database's clock was set");
    }

    #[test]
    fn a_change_is_never_before_the_last_one() {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        assert_eq!(change_time(at(10), at(20)), at(21));
        assert_eq!(change_time(at(30), at(20)), at(30));
    }

    #[test]
    fn a_refused_time_is_named_with_its_distance() {
        let now = DateTime::from_timestamp_micros(0).unwrap();
        let refusal = |ahead| past_time(now + ahead, now).map_err(|text| text.en);
        assert_eq!(refusal(TimeDelta::minutes(-5)), Ok(now - TimeDelta::minutes(5)));
        assert_eq!(refusal(TimeDelta::minutes(1)), Ok(now));
        for (ahead, distance) in [
            (TimeDelta::microseconds(60_000_001), "61 seconds"),
            (TimeDelta::seconds(119), "119 seconds"),
            (TimeDelta::minutes(5), "5 minutes"),
            (TimeDelta::hours(8), "8 hours"),
            (TimeDelta::days(3), "3 days"),
        ] {
            assert_eq!(refusal(ahead), Err(format!("is {distance} in the future")));
        }
    }
}
