//! Random choices, all from the generator that is passed in, so that the same seed generates the same data.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::{Builder, Uuid};

/// A UUIDv7 of this moment.
pub fn id_at(rng: &mut Rng, at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    let mut bytes = [0; 10];
    rng.fill(&mut bytes);
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// One of several values; a value that occurs twice is twice as likely.
pub fn one_of<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

/// True in so many of 100 cases.
pub fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}

/// A moment from `start` on, before `end`.
pub fn time_between(rng: &mut Rng, start: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    start + TimeDelta::microseconds(rng.i64(0..(end - start).num_microseconds().unwrap_or(0).max(1)))
}

/// A moment that is later by a number of hours in the range.
pub fn hours_after(rng: &mut Rng, at: DateTime<Utc>, hours: Range<i64>) -> DateTime<Utc> {
    const HOUR: i64 = 3_600_000_000;
    at + TimeDelta::microseconds(rng.i64(hours.start * HOUR..hours.end * HOUR))
}
