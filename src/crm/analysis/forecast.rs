//! Describes the forecast: what the pipeline should bring in each month ahead, beside what the running month has brought.

use super::asked::{AS_OF, Asked, KnownOf};
use super::cells::{figure, selected};
use super::measure::{Measure, Metric, count, frame, group, metric, metrics as of};
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Field, FigureScope, Root, RootKind, Type};
use crate::kernel::sql::Arg;

static PIPELINE: [Measure; 1] = [count(
    "open",
    "Opportunities that are in the pipeline at the end of the day, with and without an amount.",
    "subject = 'PIPELINE' and (is_before or not is_before)",
)];

const CLOSED: &str = "What was won in the month until the end of the day; 0 in later months.";
const OPEN: &str = "The amounts of the opportunities in the pipeline that are expected to close in the month.";
const WEIGHTED: &str = "These amounts times their probabilities.";

/// How many months are shown, with that of the day.
const MONTHS: usize = 12;

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let amount = |name, sql, doc| Field::new(name, Type::Decimal, sql, doc);
    let rest =
        |name, bucket: &'static str, doc| Edge::few(name, "FigureAmount", "true", "{t}.currency", doc).out_of(bucket);
    vec![
        frame("Forecasts", "What the pipeline should bring, by the month in which opportunities are expected to close.", "ForecastGroup"),
        group("ForecastGroup", "The forecast of a group.", &PIPELINE).edges([
            Edge::few("months", "ForecastMonth", "true", "{t}.bucket, {t}.currency", "The month of the day and the eleven after it, by currency; those that have something.")
                .out_of("(select * from ahead a where a.key is not distinct from {p}.key and a.bucket between a.starts and a.ends) {t}"),
            rest("overdue", "(select * from ahead a where a.key is not distinct from {p}.key and a.bucket < a.starts and a.amount <> 0) {t}", "The amounts of those that were expected to close in a month before, and are still open."),
            rest("later", "(select a.currency, sum(a.amount) as amount from ahead a where a.key is not distinct from {p}.key and a.bucket > a.ends and a.amount <> 0 group by 1) {t}", "The amounts of those that are expected to close after these months."),
            rest("undated", "(select * from ahead a where a.key is not distinct from {p}.key and a.bucket is null and a.amount <> 0) {t}", "The amounts of those without an expected day."),
        ]),
        Entity::part("ForecastMonth", "A month of the forecast in a currency.", "ahead {t}").fields([
            Field::new("month", Type::Date, "{t}.bucket", "The first day of the month."),
            Field::new("currency", Type::Text, "{t}.currency", "The currency: three letters of ISO 4217."),
            Field::new("count", Type::Int, "{t}.deals", "How many opportunities in the pipeline are expected to close in the month, with an amount in this currency."),
            amount("closed", "{t}.closed::numeric(20, 2)", CLOSED),
            amount("open", "{t}.amount::numeric(20, 2)", OPEN),
            amount("weighted", "round({t}.weighted, 2)", WEIGHTED),
        ]),
    ]
}

/// The tables. Of what is overdue, the months before are one.
fn tables(scope: &mut FigureScope<'_, '_>, asked: &Asked) -> Result<String, Error> {
    let subjects = ["PIPELINE", "OUTCOME"];
    let facts = selected(scope, asked, &subjects, &subjects, "true", "{t}.detail, {t}.close_month, {t}.weighted")?;
    let to = scope.bind(Arg::Date(asked.to));
    Ok(format!(
        "{}, \
         bounds as (select date_trunc('month', {to}::date)::date as starts, \
                           (date_trunc('month', {to}::date) + interval '{} months')::date as ends), \
         fact as materialized (\
             select f.key, f.subject, f.currency, f.n, f.amount, f.weighted, \
                    case when f.subject = 'OUTCOME' then b.starts when f.close_month < b.starts then date '-infinity' else f.close_month end as bucket \
             from ({facts}) f, bounds b \
             where f.day <= {to} and (f.subject = 'PIPELINE' or f.detail = 'WON' and f.day >= b.starts)), \
         ahead as materialized (\
             select s.*, b.starts, b.ends from bounds b, (\
                 select key, currency, bucket, coalesce(sum(n) filter (where subject = 'PIPELINE'), 0)::bigint as deals, \
                        coalesce(sum(amount) filter (where subject = 'PIPELINE'), 0) as amount, \
                        coalesce(sum(weighted) filter (where subject = 'PIPELINE'), 0) as weighted, \
                        coalesce(sum(amount) filter (where subject = 'OUTCOME'), 0) as closed \
                 from fact where currency <> '' group by grouping sets ((key, currency, bucket), (currency, bucket))) s \
             where (s.deals, s.amount, s.closed) <> (0, 0, 0)), \
         counted as (\
             select grouping(key) = 1 as is_total, key, coalesce(sum(n) filter (where subject = 'PIPELINE'), 0)::bigint as open \
             from fact group by grouping sets ((key), ())), \
         grouped as (\
             select null::date as period, key, open from counted c \
             where not is_total and (open <> 0 or exists (select from ahead a where a.key = c.key))), \
         total as (select null::date as period, null::text as key, open from counted where is_total)",
        asked.table("ROWS", &to, &to),
        MONTHS - 1,
    ))
}

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "forecast",
        doc: "What the pipeline as of the end of a day should bring in the months ahead (预测), by the expected days and the probabilities of then, beside what the month has brought already. Null if you may not view figures.",
        kind: RootKind::Figure(figure("Forecasts", AS_OF, |scope, arguments| {
            let asked = Asked::read(arguments)?;
            asked.check_group(
                &[KnownOf::Users, KnownOf::Customers, KnownOf::Opportunities, KnownOf::Stages],
                "a forecast",
                "预测",
            )?;
            tables(scope, &asked)
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    let of_month = "[subject = 'PIPELINE' and (is_before or not is_before)], by the month of the expected close";
    let all = [
        ("closed", CLOSED, "Σ amount [subject = 'OUTCOME' and detail = 'WON'] of the month".to_owned()),
        ("open", OPEN, format!("Σ amount {of_month}")),
        ("weighted", WEIGHTED, format!("Σ weighted {of_month}")),
    ];
    let months = all.map(|(name, doc, formula)| Metric {
        additivity: "ADDS",
        ..metric("forecast.months", name, doc, &formula, "MONEY")
    });
    of("forecast", &PIPELINE, &[]).into_iter().chain(months).collect()
}
