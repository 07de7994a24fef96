//! Describes the conversion: how many of the opportunities that came to a stage were won within a time, counted when this time
//! is over. So a recent period can be compared with one long ago.

use serde_json::{Map, Value};

use super::asked::{ARGUMENTS, Asked, KnownOf, chosen_count};
use super::cells::{figure, periods, selected};
use super::measure::{Metric, frame, group, metric, rate};
use crate::kernel::directory::StageKind;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Entity, Field, FigureScope, Root, RootKind, Type};
use crate::kernel::sql::Arg;

const ENTERED: &str = "Opportunities that came to the stage in the period, each at its first arrival.";
const MATURE: &str = "Those of them whose time is over.";
const WON: &str = "Those of them that were won within the time.";
const WAITING: &str = "Those whose time is not over. They are in no rate.";
const WON_ALREADY: &str = "Those of the waiting that are won already.";
const RATE: &str = "The share of the won among those whose time is over (限期转化率). It is final but for what is opened again or written down late.";

/// The days that an opportunity has if none are given, and the most.
const DAYS: (i64, i64) = (90, 3_660);

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let count = |name, sql, doc| Field::new(name, Type::Int, sql, doc);
    vec![
        frame(
            "Conversions",
            "How many of the opportunities that came to a stage were won within a time.",
            "ConversionGroup",
        ),
        group("ConversionGroup", "The conversion of a group.", &[])
            .fields([
                count("entered", "{t}.entered", ENTERED),
                count("mature", "{t}.mature", MATURE),
                count("won", "{t}.won", WON),
                count("waiting", "{t}.entered - {t}.mature", WAITING),
                count("wonAlready", "{t}.won_already", WON_ALREADY),
            ])
            .edges([rate("rate", "(select {p}.won as hits, {p}.mature as total) {t}", RATE)]),
    ]
}

/// The tables. An arrival and a win that were taken back are none. Both are facts of the answer: a win counts for who may know it.
fn tables(scope: &mut FigureScope<'_, '_>, asked: Asked, stage: Option<String>, days: i64) -> Result<String, Error> {
    let (from, to) = (scope.bind(Arg::Date(asked.from)), scope.bind(Arg::Date(asked.to)));
    let (table, period, periods) =
        (asked.table("ROWS", &from, &to), asked.period("a.day"), periods(&asked, &from, &to));
    let asked = asked.longer_by(days);
    // The first arrival may lie long before the period.
    let subjects = ["MOVE", "OUTCOME"];
    let columns = "{t}.detail, {t}.stage, {t}.opportunity_id, {t}.at";
    let facts = selected(scope, &asked, &subjects, &subjects, "true", columns)?;
    let arrives = match stage {
        // A new opportunity comes from no stage.
        None => "f.detail = ''".to_owned(),
        Some(stage) => format!("f.stage = {}", scope.bind(Arg::Text(stage))),
    };
    let (now, time) = (asked.moment(scope), format!("interval '24 hours' * {}", scope.bind(Arg::Int(Some(days)))));
    let spine = periods
        .map_or_else(|| "entry e".to_owned(), |periods| format!("{periods} left join entry e using (period, key)"));
    let counts = "count(e.opportunity_id) as entered, count(e.opportunity_id) filter (where e.is_over) as mature, \
                  count(e.opportunity_id) filter (where e.is_over and e.is_won) as won, \
                  count(e.opportunity_id) filter (where not e.is_over and e.is_won) as won_already";
    Ok(format!(
        "{table}, \
         fact as materialized (\
             select f.subject, f.key, f.day, f.at, f.opportunity_id from ({facts}) f \
             where f.subject = 'MOVE' and {arrives} or f.subject = 'OUTCOME' and f.detail = 'WON' \
             group by 1, 2, 3, 4, 5 having sum(f.n) > 0), \
         arrival as (\
             select distinct on (opportunity_id) opportunity_id, key, day, at from fact where subject = 'MOVE' \
             order by opportunity_id, at), \
         entry as materialized (\
             select {period} as period, a.key, a.opportunity_id, a.at + {time} <= {now} as is_over, \
                    coalesce(bool_or(w.at >= a.at and w.at <= a.at + {time}), false) as is_won \
             from arrival a left join fact w on w.subject = 'OUTCOME' and w.opportunity_id = a.opportunity_id \
             where a.day between {from} and {to} group by a.opportunity_id, a.key, a.day, a.at), \
         grouped as (select period, key, {counts} from {spine} group by period, key), \
         total as (select null::date as period, null::text as key, {counts} from entry e)"
    ))
}

/// The code of an open stage.
fn stage(scope: &FigureScope<'_, '_>, arguments: &Map<String, Value>) -> Result<Option<String>, Error> {
    let Some(code) = arguments.get("stage").and_then(Value::as_str) else { return Ok(None) };
    let open: Vec<_> = scope
        .directory()
        .stages
        .iter()
        .filter(|stage| stage.kind == StageKind::Open)
        .map(|stage| &*stage.code)
        .collect();
    if open.contains(&code) {
        return Ok(Some(code.to_owned()));
    }
    let open = open.join(", ");
    Err(Error::bad_input(
        format!("`stage` is the code of an open stage: {open}"),
        format!("`stage` 必须是进行中的阶段代码：{open}"),
    ))
}

static CONVERSION_ARGUMENTS: [(&str, &str, &str); 8] = [
    ARGUMENTS[0],
    ARGUMENTS[1],
    ARGUMENTS[2],
    ARGUMENTS[3],
    ARGUMENTS[4],
    ARGUMENTS[5],
    (
        "stage",
        "String",
        "The code of the open stage to which they came. If it is left out, all opportunities count from their creation.",
    ),
    ("within", "Int", "How many days of 24 hours they have from then on: 1 to 3,660. If it is left out, 90."),
];

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "conversion",
        doc: "How many of the opportunities that came to a stage in the period were won within some days (限期转化率). Those whose days are not over are counted apart. Null if you may not view figures.",
        kind: RootKind::Figure(figure("Conversions", &CONVERSION_ARGUMENTS, |scope, arguments| {
            let asked = Asked::read(arguments)?;
            asked.check_group(
                &[KnownOf::Users, KnownOf::Customers, KnownOf::Opportunities],
                "a conversion",
                "限期转化率",
            )?;
            let days = chosen_count(arguments, "within", DAYS)?;
            let stage = stage(scope, arguments)?;
            tables(scope, asked, stage, days)
        })),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    let of = |name, doc, formula| Metric { additivity: "ADDS", ..metric("conversion", name, doc, formula, "COUNT") };
    let entered = "opportunities whose first [subject = 'MOVE' and stage = the stage] is in the period";
    vec![
        of("entered", ENTERED, entered),
        of("mature", MATURE, "entered until within days before the answer, or before knownAt"),
        of("won", WON, "mature with [subject = 'OUTCOME' and detail = 'WON'] in within days"),
        of("waiting", WAITING, "entered − mature"),
        of("wonAlready", WON_ALREADY, "waiting with [subject = 'OUTCOME' and detail = 'WON']"),
        metric("conversion", "rate", RATE, "won ÷ mature", "SHARE"),
    ]
}
