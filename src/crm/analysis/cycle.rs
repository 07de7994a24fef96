//! Describes the sales cycle: how long opportunities take, with medians, which no sum can give.

use super::asked::{ARGUMENTS, Asked};
use super::cells::{figure, selected};
use super::measure::{Metric, frame, group, metric};
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Field, FigureScope, Root, RootKind, Type};
use crate::kernel::sql::Arg;

const TO_WIN: &str = "The time from the creation of the opportunities to the win that stands. Times that they were lost in between count.";
const TO_LOSS: &str = "The time from the creation of the opportunities to the loss that stands.";

/// The spread of a group for one end.
macro_rules! spread_of {
    ($end:literal) => {
        concat!(
            "(select s.* from (select) x left join spread s on s.detail = '",
            $end,
            "' and s.period is not distinct from {p}.period and s.key is not distinct from {p}.key) {t}"
        )
    };
}

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let days = |name, sql, doc| Field::new(name, Type::Decimal, sql, doc).nullable();
    vec![
        frame("SalesCycles", "How long the opportunities took that ended in a period.", "SalesCycleGroup"),
        group("SalesCycleGroup", "How long the opportunities of a group took.", &[]).edges([
            Edge::one("toWin", "FigureSpread", "true", TO_WIN).out_of(spread_of!("WON")),
            Edge::one("toLoss", "FigureSpread", "true", TO_LOSS).out_of(spread_of!("LOST")),
        ]),
        Entity::part(
            "FigureSpread",
            "How durations are spread, in days of 24 hours with two decimals. Null of none.",
            "spread {t}",
        )
        .fields([
            Field::new("count", Type::Int, "coalesce({t}.count, 0)", "Of how many."),
            days("mean", "round({t}.mean / 86400, 2)", "The mean."),
            days("median", "round({t}.parts[1]::numeric / 86400, 2)", "Half of them took at most this long."),
            days("p75", "round({t}.parts[2]::numeric / 86400, 2)", "Three quarters of them took at most this long."),
            days("p90", "round({t}.parts[3]::numeric / 86400, 2)", "Nine tenths of them took at most this long."),
        ]),
    ]
}

/// The tables. Sums of facts are not enough for a median, so the facts themselves are read; an end that was taken back is none.
fn tables(scope: &mut FigureScope<'_, '_>, asked: &Asked) -> Result<String, Error> {
    let facts =
        selected(scope, asked, &["OUTCOME"], &[], "true", "{t}.detail, {t}.opportunity_id, {t}.seconds, {t}.at")?;
    let (from, to) = (scope.bind(Arg::Date(asked.from)), scope.bind(Arg::Date(asked.to)));
    let period = asked.period("f.day");
    Ok(format!(
        "{}, \
         ended as materialized (\
             select {period} as period, f.key, f.detail, sum(f.seconds) as seconds from ({facts}) f \
             where f.day between {from} and {to} and f.detail in ('WON', 'LOST') \
             group by 1, 2, 3, f.opportunity_id, f.at having sum(f.n) > 0), \
         spread as materialized (\
             select period, key, detail, count(*)::bigint as count, avg(seconds) as mean, \
                    percentile_cont(array[0.5, 0.75, 0.9]) within group (order by seconds) as parts \
             from ended group by grouping sets ((period, key, detail), (detail))), \
         grouped as (select period, key from ended group by 1, 2), \
         total as (select null::date as period, null::text as key)",
        asked.table("ROWS", &from, &to)
    ))
}

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "salesCycle",
        doc: "How long the opportunities took that were won or lost in the period (销售周期): the mean, the median and other parts. Those that are still open are not in it. Null if you may not view figures.",
        kind: RootKind::Figure(figure("SalesCycles", ARGUMENTS, |scope, arguments| {
            tables(scope, &Asked::read(arguments)?)
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    let of = |name, doc, end| {
        let formula =
            format!("seconds ÷ 86,400 of each [subject = 'OUTCOME' and detail = '{end}'] that is not taken back");
        metric("salesCycle", name, doc, &formula, "DAYS")
    };
    vec![of("toWin", TO_WIN, "WON"), of("toLoss", TO_LOSS, "LOST")]
}
