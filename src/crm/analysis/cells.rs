//! The cells of a figure: sums of facts by group, from kept sums or from the facts themselves. Both give the same.

use std::fmt::Write;

use chrono::Days;
use serde_json::{Map, Value};

use super::asked::{Asked, Dimension, Period, RankBy, ZONE, chosen, unit};
use super::measure::Measure;
use super::read::{FACT, READ, in_team};
use crate::kernel::access::Scope;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Figure, FigureScope};
use crate::kernel::sql::Arg;

/// A figure over facts.
pub fn figure(
    of: &'static str,
    arguments: &'static [(&'static str, &'static str, &'static str)],
    tables: fn(&mut FigureScope<'_, '_>, &Map<String, Value>) -> Result<String, Error>,
) -> Figure {
    Figure { of, read: Some(READ), through: &[], facts: Some(FACT), arguments, tables }
}

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
    let spine = periods(asked, &from, &to).map_or_else(
        || "by_currency c".to_owned(),
        |periods| format!("{periods} left join by_currency c using (period, key)"),
    );
    let _ = write!(
        text,
        "by_currency as (select period, key, currency{inner} from cell group by period, key, currency), \
         grouped as (select period, key{outer} from {spine} group by period, key), \
         total as (select null::date as period, null::text as key{outer} from (select currency{inner} from cell group by currency) c)"
    );
    Ok(text)
}

/// SQL of all periods, if a figure is grouped by nothing else: a line chart skips none.
pub fn periods(asked: &Asked, from: &str, to: &str) -> Option<String> {
    let per = asked.per.filter(|_| asked.by.is_none())?;
    Some(format!(
        "(select date_trunc('{0}', d)::date as period, '' as key from generate_series(date_trunc('{0}', {from}::date::timestamp), \
         {to}::date::timestamp, interval '{1}') d) s",
        unit(per),
        if per == Period::Quarter { "3 months".to_owned() } else { format!("1 {}", unit(per)) },
    ))
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
    let key = key(scope, asked, &fact, &customer);
    Ok(format!(
        "select {fact}.subject, {fact}.currency, {fact}.n, {fact}.amount, {}, {key} as key, \
                ({fact}.at at time zone {ZONE})::date as day from {from} where {on}",
        filled(columns)
    ))
}

/// SQL of the key of a fact and its customer.
pub fn key(scope: &mut FigureScope<'_, '_>, asked: &Asked, fact: &str, customer: &str) -> String {
    let column = |name: &str| format!("coalesce({customer}.{name}, '')");
    let of_opportunity = |column: &str| {
        format!("coalesce((select o.{column} from sales_opportunity o where o.id = {fact}.opportunity_id), '')")
    };
    match asked.by {
        None => "''".to_owned(),
        Some(Dimension::User) => format!("coalesce({fact}.user_id::text, '')"),
        Some(Dimension::Team) => team_key(scope, asked, fact),
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
    }
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
