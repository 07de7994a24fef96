//! The cells of a figure: sums of facts by group, from kept sums or from the facts themselves. Both give the same.

use std::fmt::Write;

use async_graphql::resolver_utils::EnumType;
use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::measure::Measure;
use super::read::{FACT, READ, in_team};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::id::{self, Identified};
use crate::kernel::read::describe::{Figure, FigureScope};
use crate::kernel::scalar::{date_of, named, time_of};
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

/// A figure over facts.
pub fn figure(
    of: &'static str,
    arguments: &'static [(&'static str, &'static str, &'static str)],
    tables: fn(&mut FigureScope<'_, '_>, &Map<String, Value>) -> Result<String, Error>,
) -> Figure {
    Figure { of, read: Some(READ), through: &[], facts: Some(FACT), arguments, tables }
}

/// What is asked of a figure.
pub struct Asked {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub by: Option<Dimension>,
    pub per: Option<Period>,
    team_of: Option<Uuid>,
    known_at: Option<Arg>,
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

    /// The same, from another first day.
    pub fn since(self, from: NaiveDate) -> Self {
        Self { from, ..self }
    }

    /// Whether the days are whole months.
    fn is_whole_months(&self) -> bool {
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

fn unit(per: Period) -> &'static str {
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

fn bad_date(text: &str) -> Error {
    Error::bad_input(format!("not a date like 2026-03-01: {text}"), format!("不是有效的日期，应如 2026-03-01：{text}"))
}

/// SQL of the zone whose days and months are meant.
const ZONE: &str = "(select time_zone from sales_analysis_state)";

/// The tables of a figure: `asked` (what the answer rests on), `cell` (sums of facts by group), `grouped` and `total` (the
/// measures).
///
/// A cell that was taken back as a whole is none: then it makes no difference which facts it had.
///
/// `subjects` are the kinds of facts that it counts. Of those that are balances, facts before the first day are cells, too,
/// with `is_before`; measures name it where they mean them.
pub fn tables(
    scope: &mut FigureScope<'_, '_>,
    asked: &Asked,
    subjects: &[&str],
    balances: &[&str],
    measures: &[Measure],
) -> Result<String, Error> {
    let kept = kept(scope, asked, subjects, balances)?;
    let (source, cells) = match kept {
        Some(kept) => {
            let fresh = facts(scope, asked, subjects, balances, "{t}.position is null")?;
            ("KEPT", format!("{kept} union all {fresh}"))
        }
        None => ("ROWS", facts(scope, asked, subjects, balances, "true")?),
    };
    let (from, to) = (scope.bind(Arg::Date(asked.from)), scope.bind(Arg::Date(asked.to)));
    let mut text = asked.table(source, &from, &to);
    let _ = write!(
        text,
        ", cell as materialized (select period, key, is_before, subject, detail, stage, currency, sum(n)::bigint as n, sum(amount) as amount, \
         sum(weighted) as weighted, sum(seconds)::bigint as seconds from ({cells}) u group by 1, 2, 3, 4, 5, 6, 7 \
         having (sum(n), coalesce(sum(amount), 0), coalesce(sum(weighted), 0), coalesce(sum(seconds), 0)) <> (0, 0, 0, 0)), "
    );
    let inner: String = measures.iter().map(Measure::inner).collect();
    let outer: String = measures.iter().map(Measure::outer).collect();
    let spine = match asked.per {
        Some(per) if asked.by.is_none() => format!(
            "(select date_trunc('{0}', d)::date as period, '' as key from generate_series(date_trunc('{0}', {from}::date::timestamp), \
             {to}::date::timestamp, interval '{1}') d) s left join by_currency c using (period, key)",
            unit(per),
            if per == Period::Quarter { "3 months".to_owned() } else { format!("1 {}", unit(per)) },
        ),
        _ => "by_currency c".to_owned(),
    };
    let _ = write!(
        text,
        "by_currency as (select period, key, currency{inner} from cell group by period, key, currency), \
         grouped as (select period, key{outer} from {spine} group by period, key), \
         total as (select null::date as period, null::text as key{outer} from (select currency{inner} from cell group by currency) c)"
    );
    Ok(text)
}

/// The table `ranked`: the groups with their places in their period. Equal values share a place; what is nobody's has
/// none.
pub fn ranked(scope: &mut FigureScope<'_, '_>, arguments: &Map<String, Value>) -> String {
    let currency = scope.directory().settings.currencies.first().cloned().unwrap_or_default();
    let mut amount = |name: &str| {
        let currency = scope.bind(Arg::Text(currency.clone()));
        format!("coalesce((g.\"{name}\")[array_position(g.\"{name}_currency\", {currency})], 0)")
    };
    let by = match chosen(arguments, "rankBy").unwrap_or(RankBy::Booked) {
        RankBy::Booked => amount("booked"),
        RankBy::Received => amount("received"),
        RankBy::WonAmounts => amount("wonAmounts"),
        RankBy::Won => "g.\"won\"".to_owned(),
        RankBy::FollowUps => "g.\"followUps\"".to_owned(),
        RankBy::Claims => "g.\"claims\"".to_owned(),
    };
    format!(
        ", ranked as (select g.*, case when key <> '' then rank() over (partition by period, key <> '' order by {by} desc) end as rank \
         from grouped g)"
    )
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// Which days count: of balances all until the last day.
fn days(scope: &mut FigureScope<'_, '_>, asked: &Asked, balances: &[&str], day: &str) -> String {
    let (from, to) = (scope.bind(Arg::Date(asked.from)), scope.bind(Arg::Date(asked.to)));
    let since = if balances.is_empty() {
        format!("{day} >= {from}")
    } else {
        format!("({day} >= {from} or subject in ({}))", quoted(balances))
    };
    format!("{since} and {day} <= {to}")
}

/// Sums of the facts themselves.
fn facts(
    scope: &mut FigureScope<'_, '_>,
    asked: &Asked,
    subjects: &[&str],
    balances: &[&str],
    which: &'static str,
) -> Result<String, Error> {
    let columns = "{t}.detail, {t}.stage, {t}.weighted, {t}.seconds";
    let facts = selected(scope, asked, subjects, balances, which, columns)?;
    let starts = scope.bind(Arg::Date(asked.from));
    let (days, period) = (days(scope, asked, balances, "f.day"), asked.period("f.day"));
    Ok(format!(
        "select {period} as period, f.key, f.day < {starts} as is_before, f.subject, f.detail, f.stage, f.currency, \
         sum(f.n) as n, sum(f.amount) as amount, sum(f.weighted) as weighted, sum(f.seconds) as seconds \
         from ({facts}) f where {days} group by 1, 2, 3, 4, 5, 6, 7"
    ))
}

/// The facts themselves: those that hold `which`, with their keys, their days and further columns, which are templates of the
/// fact `{t}` and its customer `{c}`. Some facts of the days before and after are among them.
pub fn selected(
    scope: &mut FigureScope<'_, '_>,
    asked: &Asked,
    subjects: &[&str],
    balances: &[&str],
    which: &'static str,
    columns: &'static str,
) -> Result<String, Error> {
    let (from, mut on, fact, customer) = scope.facts()?;
    let filled = |template: &str| template.replace("{t}", &fact).replace("{c}", &customer);
    let _ = write!(on, " and {} and {fact}.subject in ({})", filled(which), quoted(subjects));
    // The days are those of the zone; these bounds let an index find them.
    let (first, last) = (asked.from - Days::new(2), asked.to + Days::new(2));
    let last = scope.bind(Arg::Date(last));
    let _ = write!(on, " and {fact}.at < {last}::date");
    if balances.is_empty() {
        let first = scope.bind(Arg::Date(first));
        let _ = write!(on, " and {fact}.at >= {first}::date");
    }
    if let Some(manager) = asked.team_of {
        let manager = scope.bind(Arg::Uuid(manager));
        let _ = write!(on, " and {fact}.placement_id{}", in_team(&manager));
    }
    if let Some(known) = &asked.known_at {
        let known = scope.bind(known.clone());
        let _ = write!(on, " and {fact}.known_at <= {known}");
    }
    let column = |name: &str| format!("coalesce({customer}.{name}, '')");
    let of_opportunity = |column: &str| {
        format!("coalesce((select o.{column} from sales_opportunity o where o.id = {fact}.opportunity_id), '')")
    };
    let key = match asked.by {
        None => "''".to_owned(),
        Some(Dimension::User) => format!("coalesce({fact}.user_id::text, '')"),
        Some(Dimension::Team) => team_key(scope, asked, &fact),
        Some(Dimension::Source) => column("source"),
        Some(Dimension::Industry) => column("industry"),
        Some(Dimension::Size) => column("size"),
        Some(Dimension::Level) => column("level"),
        Some(Dimension::Region) => column("region"),
        Some(Dimension::Product) => of_opportunity("product_id::text"),
        Some(Dimension::LostReason) => of_opportunity("lost_reason"),
        Some(Dimension::Competitor) => of_opportunity("competitor"),
        Some(Dimension::Stage) => format!("{fact}.stage"),
        Some(Dimension::CloseMonth) => format!("coalesce({fact}.close_month::text, '')"),
        Some(Dimension::PoolRule) => format!("coalesce({fact}.rule_id::text, '')"),
    };
    Ok(format!(
        "select {fact}.subject, {fact}.currency, {fact}.n, {fact}.amount, {}, {key} as key, \
                ({fact}.at at time zone {ZONE})::date as day from {from} where {on}",
        filled(columns)
    ))
}

/// The direct report below whom a fact is; the manager's own facts are of the manager.
fn team_key(scope: &mut FigureScope<'_, '_>, asked: &Asked, fact: &str) -> String {
    let root = match asked.team_of {
        Some(manager) => scope.bind(Arg::Uuid(manager)),
        None if scope.scopes().contains(Scope::All) => {
            return format!("coalesce({fact}.above[cardinality({fact}.above)], {fact}.user_id)::text");
        }
        None => scope.bind(Arg::Me),
    };
    format!(
        "coalesce(case coalesce(array_position({fact}.above, {root}), 0) when 0 then {fact}.user_id when 1 then {fact}.user_id \
         else {fact}.above[array_position({fact}.above, {root}) - 1] end::text, '')"
    )
}

/// Kept sums, if they can answer: for those who may know everything, by the days of everybody, by one attribute, by user or
/// of one team, in whole months.
fn kept(
    scope: &mut FigureScope<'_, '_>,
    asked: &Asked,
    subjects: &[&str],
    balances: &[&str],
) -> Result<Option<String>, Error> {
    if !scope.scopes().contains(Scope::All) || scope.is_filtered() || asked.known_at.is_some() {
        return Ok(None);
    }
    let by_month = asked.is_whole_months() && !matches!(asked.per, Some(Period::Day | Period::Week));
    let attribute = match asked.by {
        Some(Dimension::Source) => Some("SOURCE"),
        Some(Dimension::Industry) => Some("INDUSTRY"),
        Some(Dimension::Size) => Some("SIZE"),
        Some(Dimension::Level) => Some("LEVEL"),
        Some(Dimension::Region) => Some("REGION"),
        _ => None,
    };
    let (who, key) = match (asked.team_of, asked.by) {
        (None, None) => ("who = 'EVERYBODY' and by = 'NONE'".to_owned(), "''"),
        (None, Some(Dimension::Stage)) => ("who = 'EVERYBODY' and by = 'NONE'".to_owned(), "stage"),
        (None, Some(Dimension::User)) if by_month => ("who = 'USER'".to_owned(), "who_id::text"),
        (Some(manager), None | Some(Dimension::Stage)) if by_month => {
            let manager = scope.bind(Arg::Uuid(manager));
            let key = if asked.by.is_none() { "''" } else { "stage" };
            (format!("who in ('TEAM', 'USER') and who_id = {manager}"), key)
        }
        (None, Some(_)) => match attribute.filter(|_| by_month) {
            Some(by) => {
                (format!("who = 'EVERYBODY' and by = '{by}' and not exists (select from sales_analysis_due)"), "value")
            }
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let starts = scope.bind(Arg::Date(asked.from));
    let (days, period) = (days(scope, asked, balances, "starts"), asked.period("starts"));
    let mut text = format!(
        "select {period} as period, {key} as key, starts < {starts} as is_before, subject, detail, stage, currency, n, amount, weighted, seconds \
         from sales_analysis where subject in ({}) and {who} and {days}",
        quoted(subjects)
    );
    if asked.by == Some(Dimension::User) {
        // What is nobody's credit is in no sum of a user.
        let of_nobody = "{t}.user_id is null and {t}.position is not null";
        let _ = write!(text, " union all {}", facts(scope, asked, subjects, balances, of_nobody)?);
    }
    if attribute.is_some() {
        let due = "{t}.position is not null and exists (select from sales_analysis_due)";
        let _ = write!(text, " union all {}", facts(scope, asked, subjects, balances, due)?);
    }
    Ok(Some(text))
}
