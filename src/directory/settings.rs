//! The shared settings.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The one row of shared settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How long a released customer rests before anyone may claim it.
    pub protection_period: TimeDelta,
    /// How many customers a rep may own and still claim another.
    pub max_owned_customers: Option<i32>,
    /// How many customers a rep may claim on one day of the business time zone.
    pub max_claims_per_day: Option<i32>,
    /// How long a former owner waits before claiming a customer again.
    pub previous_owner_cooldown: Option<TimeDelta>,
    /// How many contacts' details a user may reveal on one day of the business time zone.
    pub max_reveals_per_day: Option<i32>,
    /// Decides what a day is.
    pub business_time_zone: Tz,
    /// Counts the changes.
    pub version: i32,
}

impl Settings {
    /// Whether there is a limit to what a rep may claim or own.
    pub fn limits_claims(&self) -> bool {
        self.max_claims_per_day.is_some() || self.max_owned_customers.is_some()
    }

    /// The start of the business day that `now` lies in, and the start of the next one.
    pub fn day_around(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let today = now.with_timezone(&self.business_time_zone).date_naive();
        let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
        (self.midnight(today), self.midnight(tomorrow))
    }

    /// The start of a business day.
    pub fn midnight(&self, day: chrono::NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        // Where a clock is put forward at midnight the day begins an hour later.
        let found = self.business_time_zone.from_local_datetime(&midnight).earliest();
        let found =
            found.or_else(|| self.business_time_zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest());
        found.map_or_else(|| midnight.and_utc(), |midnight| midnight.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_in(zone: Tz, now: &str) -> (String, String) {
        let settings = Settings {
            protection_period: TimeDelta::days(3),
            max_owned_customers: None,
            max_claims_per_day: None,
            previous_owner_cooldown: None,
            max_reveals_per_day: None,
            business_time_zone: zone,
            version: 1,
        };
        let (start, end) = settings.day_around(now.parse().expect("a time"));
        (start.to_rfc3339(), end.to_rfc3339())
    }

    #[test]
    fn a_day_is_one_of_the_business_time_zone() {
        let day = ("2026-03-01T16:00:00+00:00".to_owned(), "2026-03-02T16:00:00+00:00".to_owned());
        assert_eq!(day_in(Tz::Asia__Shanghai, "2026-03-02T15:59:59.999999Z"), day);
        assert_eq!(day_in(Tz::Asia__Shanghai, "2026-03-01T16:00:00Z"), day);
    }

    #[test]
    fn a_day_may_have_23_hours() {
        let (start, end) = day_in(Tz::Europe__Berlin, "2026-03-29T12:00:00Z");
        assert_eq!((start.as_str(), end.as_str()), ("2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"));
    }
}
