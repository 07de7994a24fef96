//! The schedule of a rule: a cron line in the business time zone, or a period; on every day, or on working days only.

use chrono::{DateTime, Days, NaiveDate, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::kernel::directory::Settings;
use crate::kernel::duration;
use crate::kernel::error::Text;

/// The prefix of a period.
const EVERY: &str = "every:";
/// The shortest and the longest period.
const PERIODS: [TimeDelta; 2] = [TimeDelta::hours(1), TimeDelta::days(366)];
/// The hour at which periods of whole days begin. It is at night, like the daily check.
const HOUR: u32 = 3;

/// The most days off that the search for a planned time skips.
const MOST_DAYS_OFF: usize = 400;

/// When a rule runs.
#[derive(Debug, Clone)]
pub struct Schedule {
    form: Form,
    /// Whether the rule does not run on days off.
    workdays: bool,
}

#[derive(Debug, Clone)]
enum Form {
    /// At the times of a cron line.
    Cron(Box<Cron>),
    /// Once in each period, counted from 03:00 on Monday, 3 January 2000 in the business time zone.
    Every(TimeDelta),
}

impl Schedule {
    /// Parses a schedule. The error is a sentence for the user.
    pub fn parse(text: &str, workdays: bool) -> Result<Self, Text> {
        Ok(Self { form: Form::parse(text)?, workdays })
    }

    /// The schedule of a saved rule, which can be parsed because it was validated. Rules that keep customers have none.
    pub fn saved(text: Option<&str>, workdays: bool) -> Option<Self> {
        Self::parse(text?, workdays).ok()
    }

    /// The next planned time after `now`, with the schedule in UTC and on every day.
    pub fn next_in_utc(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.form.next_after(now, Tz::UTC)
    }

    /// The last planned time that is not after `now`.
    pub fn last_until(&self, now: DateTime<Utc>, settings: &Settings) -> Option<DateTime<Utc>> {
        self.search(now, settings, Form::last_until, 0)
    }

    /// The next planned time after `now`.
    pub fn next_after(&self, now: DateTime<Utc>, settings: &Settings) -> Option<DateTime<Utc>> {
        self.search(now, settings, Form::next_after, 1)
    }

    /// The planned times after `now`, in order.
    pub fn upcoming(&self, now: DateTime<Utc>, settings: &Settings) -> impl Iterator<Item = DateTime<Utc>> {
        std::iter::successors(self.next_after(now, settings), |last| self.next_after(*last, settings))
    }

    /// Searches from `now` for a planned time that is not on an excluded day off. After a day off it continues from
    /// just before the beginning of that day (`days_later` 0) or from its end (`days_later` 1).
    fn search(
        &self,
        mut now: DateTime<Utc>,
        settings: &Settings,
        search: fn(&Form, DateTime<Utc>, Tz) -> Option<DateTime<Utc>>,
        days_later: u64,
    ) -> Option<DateTime<Utc>> {
        for _ in 0..MOST_DAYS_OFF {
            let found = search(&self.form, now, settings.business_time_zone)?;
            let day = settings.day_of(found);
            if !self.workdays || !settings.calendar.is_off(day) {
                return Some(found);
            }
            now = settings.midnight(day + Days::new(days_later)) - TimeDelta::microseconds(1);
        }
        None
    }
}

impl Form {
    fn parse(text: &str) -> Result<Self, Text> {
        if let Some(period) = text.strip_prefix(EVERY) {
            let period = duration::parse(period.trim());
            let period = period.filter(|period| (PERIODS[0]..=PERIODS[1]).contains(period));
            return period.map(Self::Every).ok_or_else(|| {
                let (en, zh) = (
                    "A period is `every: ` and a duration from PT1H to P366D, like `every: P3D`.",
                    "周期应写作 `every: ` 加上 PT1H 到 P366D 的时长，例如 `every: P3D`（每 3 天）。",
                );
                Text::new(en, zh)
            });
        }
        let refusal = || {
            let (en, zh) = (
                "A schedule is a cron line of five fields, like `0 3 * * *`, or a period, like `every: P3D`.",
                "执行时间应为五段 cron 表达式，例如 `0 3 * * *`（每天 3 点），或周期，例如 `every: P3D`（每 3 天）。",
            );
            Text::new(en, zh)
        };
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let is_plain = text.split_whitespace().count() == 5 && text.is_ascii();
        let cron = parser.parse(text).ok().filter(|_| is_plain).ok_or_else(refusal)?;
        let form = Self::Cron(Box::new(cron));
        // A cron line may have only dates that do not exist, such as 30 February.
        match form.next_after(DateTime::UNIX_EPOCH, Tz::UTC) {
            Some(_) => Ok(form),
            None => Err(Text::new("The cron line has no date that exists.", "该 cron 表达式对应的日期不存在。")),
        }
    }

    fn last_until(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Cron(cron) => utc(cron.find_previous_occurrence(&second_of(now, zone), true)),
            Self::Every(period) => {
                let start = start_of_periods(zone);
                let past = (now - start).num_seconds().div_euclid(period.num_seconds());
                start.checked_add_signed(TimeDelta::try_seconds(past * period.num_seconds())?)
            }
        }
    }

    fn next_after(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Cron(cron) => utc(cron.find_next_occurrence(&second_of(now, zone), false)),
            Self::Every(period) => self.last_until(now, zone)?.checked_add_signed(*period),
        }
    }
}

/// A moment without fractions of a second. Croner would keep the fractions in the time that it finds, so two servers
/// that search within one second would find different planned times.
fn second_of(now: DateTime<Utc>, zone: Tz) -> DateTime<Tz> {
    now.trunc_subsecs(0).with_timezone(&zone)
}

fn utc(found: Result<DateTime<Tz>, croner::errors::CronError>) -> Option<DateTime<Utc>> {
    found.ok().map(|time| time.with_timezone(&Utc))
}

/// The moment from which periods are counted.
fn start_of_periods(zone: Tz) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2000, 1, 3).unwrap_or_default();
    let local = day.and_hms_opt(HOUR, 0, 0).unwrap_or_default();
    zone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |start| start.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::directory::{Calendar, CalendarDay, Weekday};
    use crate::kernel::scalar::Date;

    fn around(schedule: &str, now: &str) -> [String; 2] {
        around_with(schedule, now, false, &Settings::of_zone(Tz::Asia__Shanghai))
    }

    fn around_with(schedule: &str, now: &str, workdays: bool, settings: &Settings) -> [String; 2] {
        let schedule = Schedule::parse(schedule, workdays).expect(schedule);
        let now = now.parse().expect("a time");
        let planned = [schedule.last_until(now, settings), schedule.next_after(now, settings)];
        planned.map(|time| time.expect("the schedule has times before and after").format("%F %T%.f").to_string())
    }

    #[test]
    fn a_cron_line_is_in_the_business_time_zone() {
        assert_eq!(around("0 3 * * *", "2026-03-01T19:00:00Z"), ["2026-03-01 19:00:00", "2026-03-02 19:00:00"]);
        assert_eq!(around("0 3 * * *", "2026-03-01T18:59:59.999999Z"), ["2026-02-28 19:00:00", "2026-03-01 19:00:00"]);
        assert_eq!(around("0 3 * * *", "2026-03-01T19:00:00.003Z"), ["2026-03-01 19:00:00", "2026-03-02 19:00:00"]);
        assert_eq!(around("30 9 * * MON", "2026-03-02T01:00:00Z"), ["2026-02-23 01:30:00", "2026-03-02 01:30:00"]);
    }

    #[test]
    fn periods_continue_across_months() {
        assert_eq!(around("every: P3D", "2026-02-28T20:00:00Z"), ["2026-02-26 19:00:00", "2026-03-01 19:00:00"]);
        assert_eq!(around("every: P3D", "2026-03-01T19:00:00Z"), ["2026-03-01 19:00:00", "2026-03-04 19:00:00"]);
        assert_eq!(around("every:P1W", "2026-03-02T01:00:00Z"), ["2026-03-01 19:00:00", "2026-03-08 19:00:00"]);
    }

    #[test]
    fn a_schedule_of_working_days_skips_days_off() {
        let day = |day: &str, is_off| {
            let day = day.parse().expect("a day");
            (day, CalendarDay { day: Date(day), is_off, name: "调休".to_owned() })
        };
        let dated = [day("2026-02-28", false), day("2026-03-02", true)].into();
        let calendar = Calendar { weekly: vec![Weekday::Saturday, Weekday::Sunday], dated };
        let settings = Settings { calendar, ..Settings::of_zone(Tz::Asia__Shanghai) };
        let nightly = |now, workdays| around_with("0 3 * * *", now, workdays, &settings);
        // The night before Monday, the 2nd, which is a holiday; the Saturday before is none.
        let now = "2026-03-01T20:00:00Z";
        assert_eq!(nightly(now, true), ["2026-02-27 19:00:00", "2026-03-02 19:00:00"]);
        assert_eq!(nightly(now, false), ["2026-03-01 19:00:00", "2026-03-02 19:00:00"]);
        let each_minute = around_with("* * * * *", now, true, &settings);
        assert_eq!(each_minute, ["2026-02-28 15:59:00", "2026-03-02 16:00:00"]);
        let sundays = Schedule::parse("0 3 * * SUN", true).expect("a cron line");
        assert_eq!(sundays.next_after(now.parse().expect("a time"), &settings), None);
    }

    #[test]
    fn invalid_schedules_are_refused() {
        for text in [
            "",
            "daily",
            "@daily",
            "0 3 * *",
            "0 0 3 * * *",
            "0 3 * * * 2026",
            "0 25 * * *",
            "0 3 30 2 *",
            "every: P1M",
            "every: PT59M",
            "every: P400D",
            "every:",
            "０ 3 * * *",
        ] {
            assert!(Schedule::parse(text, false).is_err(), "{text}");
        }
    }
}
