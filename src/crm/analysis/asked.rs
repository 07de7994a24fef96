//! What is asked of a figure: its arguments.

use async_graphql::resolver_utils::EnumType;
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::kernel::error::Error;
use crate::kernel::id::{self, Identified};
use crate::kernel::read::describe::FigureScope;
use crate::kernel::scalar::{date_of, name_of, named, time_of};
use crate::kernel::sql::Arg;

/// By what a figure is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "SalesDimension")]
pub enum Dimension {
    /// The user to whose credit it is.
    User,
    /// The direct reports of the manager (`teamOf`, else you), each with everybody below at the time of the fact. For
    /// those who may know everything, without `teamOf`: the users at the top of the tree.
    Team,
    /// The present source of the customer.
    Source,
    /// The present industry of the customer.
    Industry,
    /// The present size of the customer.
    Size,
    /// The present level of the customer.
    Level,
    /// The present region of the customer.
    Region,
    /// The present product of the opportunity.
    Product,
    /// Why the opportunity is lost at present: a code; empty for what is not lost.
    LostReason,
    /// Who competes for the opportunity at present, or won it if it is lost: a code; empty if nobody is known.
    Competitor,
    /// The stage of the opportunity at the time of the fact.
    Stage,
    /// The month in which the opportunity was expected to close, at the time of the fact.
    CloseMonth,
    /// The pool rule that took the customer.
    PoolRule,
}

/// What a dimension is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOf {
    Users,
    Customers,
    Opportunities,
    /// Opportunities, as of the fact.
    Stages,
    CloseMonths,
    PoolRules,
}

impl Dimension {
    fn known_of(self) -> KnownOf {
        match self {
            Self::User | Self::Team => KnownOf::Users,
            Self::Source | Self::Industry | Self::Size | Self::Level | Self::Region => KnownOf::Customers,
            Self::Product | Self::LostReason | Self::Competitor => KnownOf::Opportunities,
            Self::Stage => KnownOf::Stages,
            Self::CloseMonth => KnownOf::CloseMonths,
            Self::PoolRule => KnownOf::PoolRules,
        }
    }
}

/// The periods of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "SalesPeriod")]
pub enum Period {
    /// Days of the business time zone.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

/// The longest time that a figure covers, in days.
const LONGEST: i64 = 3_660;
/// The most days or weeks that a figure is divided into.
const MOST_PERIODS: i64 = 400;

/// How the funnel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum FunnelMode {
    /// A stage counts the opportunities that came to it or to a later open stage, or were won: skipped stages count as
    /// passed. It never grows along the funnel.
    Reached,
    /// A stage counts those that went through every active open stage up to it, in order and without a skip.
    Strict,
}

/// By what users and teams are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "PerformanceRank")]
pub enum RankBy {
    /// What was ordered, in the first currency of the settings.
    Booked,
    /// What was received, in the first currency of the settings.
    Received,
    /// The amounts won, in the first currency of the settings.
    WonAmounts,
    /// The opportunities won.
    Won,
    /// The follow-ups.
    FollowUps,
    /// The claims.
    Claims,
}

/// The arguments of figures that can be grouped.
pub const ARGUMENTS: &[(&str, &str, &str)] = &[FROM, TO, TEAM_OF, BY, PER, KNOWN_AT];
const FROM: (&str, &str, &str) = ("from", "Date!", "The first day, in the business time zone.");
const TO: (&str, &str, &str) = ("to", "Date!", "The last day, included.");
const TEAM_OF: (&str, &str, &str) =
    ("teamOf", "ID", "Only facts of this user, and of everybody who was below them at the time of the fact.");
const BY: (&str, &str, &str) = ("by", "SalesDimension", "By what the facts are grouped.");
const PER: (&str, &str, &str) = (
    "per",
    "SalesPeriod",
    "The periods by which the facts are grouped; without `by`, periods without facts are there, too.",
);
const KNOWN_AT: (&str, &str, &str) =
    ("knownAt", "DateTime", "As it was known at this moment: facts that became known later do not count.");
/// The arguments of figures whose groups are ranked.
pub const RANKED: &[(&str, &str, &str)] = &[
    FROM,
    TO,
    TEAM_OF,
    BY,
    PER,
    KNOWN_AT,
    ("rankBy", "PerformanceRank", "By what the groups are ranked. If it is left out, it is BOOKED."),
];
/// The arguments of balances between two days.
pub const BETWEEN: &[(&str, &str, &str)] = &[FROM, TO, TEAM_OF, BY, KNOWN_AT];
/// The arguments of balances of a day.
pub const AS_OF: &[(&str, &str, &str)] =
    &[("asOf", "Date!", "As of the end of this day, in the business time zone."), TEAM_OF, BY, KNOWN_AT];

/// What is asked of a figure.
pub struct Asked {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub by: Option<Dimension>,
    pub per: Option<Period>,
    pub team_of: Option<Uuid>,
    pub known_at: Option<Arg>,
}

impl Asked {
    /// Reads the arguments. With `asOf`, it is that day.
    pub fn read(arguments: &Map<String, Value>) -> Result<Self, Error> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str);
        let day = |name: &str| text(name).map(|text| date_of(text).ok_or_else(|| bad_date(text))).transpose();
        let as_of = day("asOf")?;
        let (from, to) = match (as_of, day("from")?, day("to")?) {
            (Some(day), ..) => (day, day),
            (_, Some(from), Some(to)) => (from, to),
            _ => return Err(bad_date("")),
        };
        if from > to {
            return Err(Error::bad_input("`from` must not be after `to`", "`from` 不能晚于 `to`"));
        }
        if (to - from).num_days() >= LONGEST {
            return Err(Error::bad_input(
                format!("a figure covers at most {LONGEST} days"),
                format!("分析的时间范围最多 {LONGEST} 天"),
            ));
        }
        let asked = Self {
            from,
            to,
            by: chosen(arguments, "by"),
            per: chosen(arguments, "per"),
            team_of: text("teamOf").map(|id| id::parse_as(id, id::User::PREFIX)).transpose()?,
            known_at: text("knownAt").map(|at| Ok::<_, Error>(Arg::Time(Some(time_of(at)?)))).transpose()?,
        };
        let days = (to - from).num_days() + 1;
        let periods = match asked.per {
            Some(Period::Day) => days,
            Some(Period::Week) => days / 7,
            _ => 0,
        };
        if periods > MOST_PERIODS {
            return Err(Error::bad_input(
                format!("a figure has at most {MOST_PERIODS} periods"),
                format!("分析最多 {MOST_PERIODS} 个时间段"),
            ));
        }
        Ok(asked)
    }

    /// Refuses to group a figure, which has a name in both languages, by what is not known of these.
    pub fn check_group(&self, known: &[KnownOf], en: &str, zh: &str) -> Result<(), Error> {
        let Some(by) = self.by.filter(|by| !known.contains(&by.known_of())) else { return Ok(()) };
        let may = Dimension::items().iter().filter(|item| known.contains(&item.value.known_of()));
        let (by, may) = (name_of(by), may.map(|item| item.name).collect::<Vec<_>>());
        Err(Error::bad_input(
            format!("{en} can't be grouped by {by}, only by {}", may.join(", ")),
            format!("{zh}不能按 {by} 分组，只能按 {} 分组", may.join("、")),
        ))
    }

    /// The same, from another first day.
    pub fn since(self, from: NaiveDate) -> Self {
        Self { from, ..self }
    }

    /// The same, until so many days later.
    pub fn longer_by(self, days: i64) -> Self {
        Self { to: self.to + TimeDelta::days(days), ..self }
    }

    /// SQL of the moment up to which facts are known.
    pub fn moment(&self, scope: &mut FigureScope<'_, '_>) -> String {
        match &self.known_at {
            Some(known) => scope.bind(known.clone()),
            None => scope.render("{now}", ""),
        }
    }

    /// All facts of getting and losing customers until the end of the last day, no matter who may know them, as `f`; and SQL of that end.
    pub fn hands(&self, scope: &mut FigureScope<'_, '_>, to: &str) -> (String, String) {
        let end = format!("(({to}::date + 1)::timestamp at time zone {ZONE})");
        let known = match &self.known_at {
            Some(known) => format!(" and f.known_at <= {}", scope.bind(known.clone())),
            None => String::new(),
        };
        // The day is that of the zone; the bound lets an index find it.
        let days = format!("f.at < {to}::date + 2 and (f.at at time zone {ZONE})::date <= {to}");
        (format!("sales_fact f where f.subject = 'HAND' and {days}{known}"), end)
    }

    /// Whether the days are whole months.
    pub fn is_whole_months(&self) -> bool {
        self.from.day() == 1 && self.to.checked_add_days(Days::new(1)).is_some_and(|next| next.day() == 1)
    }

    /// The table `asked`: what the answer rests on.
    pub fn table(&self, source: &str, from: &str, to: &str) -> String {
        let by = self.by.map_or_else(String::new, |by| format!("{by:?}"));
        format!(
            "asked as (select '{by}'::text as by, '{source}'::text as source, {from}::date as starts, {to}::date as ends)"
        )
    }

    /// SQL of the first day of the period of a day; null without periods.
    pub fn period(&self, day: &str) -> String {
        match self.per {
            None => "null::date".to_owned(),
            Some(Period::Day) => day.to_owned(),
            Some(per) => format!("date_trunc('{}', {day})::date", unit(per)),
        }
    }
}

/// The unit of PostgreSQL that a period has.
pub fn unit(per: Period) -> &'static str {
    match per {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Quarter => "quarter",
        Period::Year => "year",
    }
}

/// The value of an enum that an argument has. The document was validated, so no other text is there.
pub fn chosen<E: EnumType>(arguments: &Map<String, Value>, name: &str) -> Option<E> {
    named(arguments.get(name)?.as_str()?).ok()
}

/// A whole number that an argument has, or the first of `limits` if it is left out; it is at least 1 and at most the second.
pub fn chosen_count(arguments: &Map<String, Value>, name: &str, limits: (i64, i64)) -> Result<i64, Error> {
    let count = arguments.get(name).and_then(Value::as_i64).unwrap_or(limits.0);
    if !(1..=limits.1).contains(&count) {
        return Err(Error::bad_input(
            format!("`{name}` must be from 1 to {}", limits.1),
            format!("`{name}` 必须为 1 到 {}", limits.1),
        ));
    }
    Ok(count)
}

fn bad_date(text: &str) -> Error {
    Error::bad_input(format!("not a date like 2026-03-01: {text}"), format!("不是有效的日期，应如 2026-03-01：{text}"))
}

/// SQL of the zone whose days and months are meant.
pub const ZONE: &str = "(select time_zone from sales_analysis_state)";
