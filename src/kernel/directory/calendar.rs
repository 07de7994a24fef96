//! The calendar of working days.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::kernel::scalar::Date;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, async_graphql::Enum)]
pub enum Weekday {
    /// Monday (星期一).
    Monday,
    /// Tuesday (星期二).
    Tuesday,
    /// Wednesday (星期三).
    Wednesday,
    /// Thursday (星期四).
    Thursday,
    /// Friday (星期五).
    Friday,
    /// Saturday (星期六).
    Saturday,
    /// Sunday (星期日).
    Sunday,
}

impl From<chrono::Weekday> for Weekday {
    fn from(day: chrono::Weekday) -> Self {
        match day {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}

/// An exception to the weekly days off: a public holiday, or a working day on a weekend (调休).
#[derive(Debug, Clone, PartialEq, async_graphql::SimpleObject)]
pub struct CalendarDay {
    /// The date.
    pub day: Date,
    /// `true`: a day off. `false`: a working day.
    pub is_off: bool,
    /// Its name, such as the name of the holiday.
    pub name: String,
}

/// The calendar of working days. The table `day_off` has the same days off as ranges of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// The days off of every week.
    pub weekly: Vec<Weekday>,
    /// The exceptions to the weekly days off.
    pub dated: BTreeMap<NaiveDate, CalendarDay>,
}

impl Calendar {
    /// Whether a day is a day off.
    pub fn is_off(&self, day: NaiveDate) -> bool {
        match self.dated.get(&day) {
            Some(dated) => dated.is_off,
            None => self.weekly.contains(&day.weekday().into()),
        }
    }
}
