//! Describes the sales velocity: what the pipeline brings in a day, by what was won in the last year.

use chrono::Days;

use super::asked::{AS_OF, Asked, KnownOf};
use super::cells::{figure, tables};
use super::measure::{Measure, Metric, count, frame, group, leaked, metric, metrics as of, rate};
use crate::kernel::read::describe::{Edge, Entity, Field, Root, RootKind, Type};

/// The days whose outcomes count, with the last one.
const YEAR: u64 = 365;

static PIPELINE: [Measure; 1] = [count(
    "open",
    "Opportunities that are in the pipeline at the end of the day, with and without an amount.",
    "subject = 'PIPELINE' and (is_before or not is_before)",
)];

const OPEN: &str = "Opportunities with an amount in this currency that are in the pipeline at the end of the day.";
const WIN_RATE: &str =
    "The share of the won among the won and the lost with an amount in this currency, in the last 365 days.";
const AVERAGE: &str = "The mean amount of the won ones. Null of none.";
const CYCLE: &str = "The mean time from their creation to the win, in days of 24 hours. Null of none.";
const PER_DAY: &str = "`open` times `winRate` times `averageWon` by `cycleDays` (销售速度): what the pipeline should bring in a day. Null if one of them is, \
                       or if fewer than 20 were decided. It can't be added over groups.";
const WON_PER_DAY: &str = "What was won in a day of these 365 days, to compare.";

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let amount = |name, sql: &'static str, doc| Field::new(name, Type::Decimal, sql, doc);
    vec![
        frame("SalesVelocities", "How fast the pipeline turns into money.", "SalesVelocityGroup"),
        group("SalesVelocityGroup", "The velocity of a group.", &PIPELINE).edges([
            Edge::few("velocities", "SalesVelocity", "true", "{t}.currency", "One for each currency.")
                .out_of("(select * from speed s where s.key is not distinct from {p}.key) {t}"),
        ]),
        Entity::part("SalesVelocity", "The velocity in a currency, with its factors.", "speed {t}")
            .fields([
                Field::new("currency", Type::Text, "{t}.currency", "The currency: three letters of ISO 4217."),
                Field::new("open", Type::Int, "{t}.open", OPEN),
                amount("averageWon", "round({t}.won_amount / nullif({t}.won, 0), 2)", AVERAGE).nullable(),
                amount("cycleDays", "round({t}.seconds / nullif({t}.won, 0) / 86400, 2)", CYCLE).nullable(),
                amount(
                    "perDay",
                    "case when {t}.decided >= 20 then round({t}.open * ({t}.won / {t}.decided) * {t}.won_amount / nullif({t}.seconds, 0) * 86400, 2) end",
                    PER_DAY,
                )
                .nullable(),
                amount("wonPerDay", leaked(format!("round({{t}}.won_amount / {YEAR}, 2)")), WON_PER_DAY),
            ])
            .edges([rate("winRate", "(select {p}.won::bigint as hits, {p}.decided::bigint as total) {t}", WIN_RATE)]),
    ]
}

const SPEED: &str = ", speed as materialized (\
     select key, currency, open, won, won + lost as decided, won_amount, seconds from (\
         select key, currency, coalesce(sum(n) filter (where subject = 'PIPELINE'), 0)::bigint as open, \
                coalesce(sum(n) filter (where subject = 'OUTCOME' and detail = 'WON'), 0) as won, \
                coalesce(sum(n) filter (where subject = 'OUTCOME' and detail = 'LOST'), 0) as lost, \
                coalesce(sum(amount) filter (where subject = 'OUTCOME' and detail = 'WON'), 0) as won_amount, \
                coalesce(sum(seconds) filter (where subject = 'OUTCOME' and detail = 'WON'), 0) as seconds \
         from cell where currency <> '' group by grouping sets ((key, currency), (currency))) s \
     where (open, won, lost) <> (0, 0, 0))";

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "salesVelocity",
        doc: "How fast the pipeline turns into money (销售速度): the pipeline at the end of a day, and what was won and lost in the 365 days until then. Null if you may not view figures.",
        kind: RootKind::Figure(figure("SalesVelocities", AS_OF, |scope, arguments| {
            let asked = Asked::read(arguments)?;
            asked.check_group(
                &[KnownOf::Users, KnownOf::Customers, KnownOf::Opportunities],
                "the velocity",
                "销售速度",
            )?;
            let year = asked.to - Days::new(YEAR - 1);
            let asked = asked.since(year);
            Ok(tables(scope, &asked, &["PIPELINE", "OUTCOME"], &["PIPELINE"], &PIPELINE)? + SPEED)
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    let all = [
        ("open", OPEN, "Σ n [subject = 'PIPELINE' and (is_before or not is_before)]", "COUNT"),
        ("winRate", WIN_RATE, "won ÷ (won + lost)", "SHARE"),
        ("averageWon", AVERAGE, "Σ amount ÷ Σ n [subject = 'OUTCOME' and detail = 'WON']", "MONEY"),
        ("cycleDays", CYCLE, "Σ seconds ÷ Σ n ÷ 86,400 [subject = 'OUTCOME' and detail = 'WON']", "DAYS"),
        ("perDay", PER_DAY, "open × winRate × averageWon ÷ cycleDays", "MONEY"),
        ("wonPerDay", WON_PER_DAY, "Σ amount ÷ 365 [subject = 'OUTCOME' and detail = 'WON']", "MONEY"),
    ];
    let all = all.map(|(name, doc, formula, unit)| metric("salesVelocity.velocities", name, doc, formula, unit));
    of("salesVelocity", &PIPELINE, &[]).into_iter().chain(all).collect()
}
