//! The shared settings.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::Calendar;

/// A country, by its code (ISO 3166), such as `CN`.
pub type Country = phonenumber::country::Id;

/// What separates the whole part of a number from its fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecimalMark {
    /// A point, as in 1,234.5.
    Point,
    /// A comma, as in 1.234,5.
    Comma,
}

/// The order of the parts of a date that begins with neither a year nor a name of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DateOrder {
    /// The day comes first: 31/12/2026.
    DayMonth,
    /// The month comes first: 12/31/2026.
    MonthDay,
}

/// The one row of shared settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How long a released customer is protected in the pool before it can be claimed.
    pub protection_period: TimeDelta,
    /// A rep who owns this many customers, or more, can't claim another; `None`: no limit.
    pub max_owned_customers: Option<i32>,
    /// How many customers a rep may claim in one day of the business time zone; `None`: no limit.
    pub max_claims_per_day: Option<i32>,
    /// How long a former owner must wait before claiming the same customer again.
    pub previous_owner_cooldown: Option<TimeDelta>,
    /// The length of an absence from which the manager is asked to transfer the customers of the absent user.
    pub long_absence: Option<TimeDelta>,
    /// How many contacts a user may reveal the details of in one day of the business time zone; `None`: no limit.
    pub max_reveals_per_day: Option<i32>,
    /// The time zone that decides when a business day begins and ends.
    pub business_time_zone: Tz,
    /// The working days.
    pub calendar: Calendar,
    /// Protection that would end before this time of a day, or on a day off, ends at this time of that day or of the
    /// next working day.
    pub claim_opens: Option<NaiveTime>,
    /// How long before a pool rule releases a customer its owner must be notified.
    pub notice: TimeDelta,
    /// The currencies in use. The first one is that of amounts without a currency.
    pub currencies: Vec<String>,
    /// A customer that is released so soon after its claim counts as a look at its contacts; `None`: it does not.
    pub quick_release: Option<TimeDelta>,
    /// From how many such customers in a day on the superior is told; `None`: never.
    pub quick_release_alert: Option<i32>,
    /// For how many days the audit log is kept.
    pub audit_days: i32,
    /// For how many days notifications are kept.
    pub notification_days: i32,
    /// For how long a session may be unused; `None`: until it ends for another reason.
    pub session_idle: Option<TimeDelta>,
    /// The country of phone numbers that are written without a country code.
    pub phone_country: Country,
    /// The name of a contact that is imported without a name; `None`: it is refused.
    pub nameless_contact: Option<String>,
    /// The decimal mark of imported files; `None`: a number that has two readings is refused.
    pub decimal_mark: Option<DecimalMark>,
    /// The order of the parts of dates in imported files; `None`: a date that has two readings is refused.
    pub date_order: Option<DateOrder>,
    /// For how long pool rules do not take a customer from the owner that an import gave it.
    pub import_grace: TimeDelta,
    /// Whether a user may record, take back and pay back payments of an order that they sold or handle.
    pub sellers_record_payments: bool,
    /// The number of changes, for optimistic locking.
    pub version: i32,
}

impl Settings {
    /// Whether there is a limit on claims or on owned customers.
    pub fn limits_claims(&self) -> bool {
        self.max_claims_per_day.is_some() || self.max_owned_customers.is_some()
    }

    /// The currency of amounts that are given without one.
    pub fn default_currency(&self) -> &str {
        self.currencies.first().map_or("CNY", String::as_str)
    }

    /// The start of the business day that contains `now`, and the start of the next business day.
    pub fn day_around(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let today = self.day_of(now);
        let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
        (self.midnight(today), self.midnight(tomorrow))
    }

    /// The business day that contains a moment.
    pub fn day_of(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.business_time_zone).date_naive()
    }

    /// The same time of day, a number of days later; with `workdays`, a number of working days later.
    pub fn days_later(&self, now: DateTime<Utc>, days: usize, workdays: bool) -> DateTime<Utc> {
        let today = self.day_of(now);
        let counts = |later: &i64| !(workdays && self.calendar.is_off(today + TimeDelta::days(*later)));
        now + TimeDelta::days((1..).filter(counts).take(days).last().unwrap_or(0))
    }

    /// The start of a business day.
    pub fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        // If the clocks are put forward at midnight, the day begins an hour later.
        let found = self.business_time_zone.from_local_datetime(&midnight).earliest();
        let found =
            found.or_else(|| self.business_time_zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest());
        found.map_or_else(|| midnight.and_utc(), |midnight| midnight.with_timezone(&Utc))
    }
}

#[cfg(any(test, fuzzing))]
impl Settings {
    /// Settings without limits, in a time zone.
    pub fn of_zone(zone: Tz) -> Self {
        Self {
            protection_period: TimeDelta::days(3),
            max_owned_customers: None,
            max_claims_per_day: None,
            previous_owner_cooldown: None,
            long_absence: None,
            max_reveals_per_day: None,
            business_time_zone: zone,
            calendar: Calendar::default(),
            claim_opens: None,
            notice: TimeDelta::zero(),
            currencies: vec!["CNY".to_owned()],
            quick_release: None,
            quick_release_alert: None,
            audit_days: 400,
            notification_days: 400,
            session_idle: None,
            phone_country: Country::CN,
            nameless_contact: None,
            decimal_mark: None,
            date_order: None,
            import_grace: TimeDelta::zero(),
            sellers_record_payments: true,
            version: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_in(zone: Tz, now: &str) -> (String, String) {
        let (start, end) = Settings::of_zone(zone).day_around(now.parse().expect("a time"));
        (start.to_rfc3339(), end.to_rfc3339())
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_business_time_zone() {
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
