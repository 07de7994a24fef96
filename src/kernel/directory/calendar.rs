//! Which days are worked on.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::kernel::scalar::Date;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, async_graphql::Enum)]
pub enum Weekday {
    /// 星期一
    Monday,
    /// 星期二
    Tuesday,
    /// 星期三
    Wednesday,
    /// 星期四
    Thursday,
    /// 星期五
    Friday,
    /// 星期六
    Saturday,
    /// 星期日
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

/// A day that is not as its week says: a holiday, or a working day on a weekend (调休).
#[derive(Debug, Clone, PartialEq, async_graphql::SimpleObject)]
pub struct CalendarDay {
    /// Which.
    pub day: Date,
    /// Whether it is a day off.
    pub is_off: bool,
    /// What people call it.
    pub name: String,
}

/// Which days are worked on. The table `day_off` says the same as instants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// The days off of every week.
    pub weekly: Vec<Weekday>,
    /// Days that are not as their week says.
    pub dated: BTreeMap<NaiveDate, CalendarDay>,
}

impl Calendar {
    /// Whether nobody works on a day.
    pub fn is_off(&self, day: NaiveDate) -> bool {
        match self.dated.get(&day) {
            Some(dated) => dated.is_off,
            None => self.weekly.contains(&day.weekday().into()),
        }
    }
}
