//! Predicts when a pool rule will take a customer if nobody acts, and which rule.
//!
//! The prediction uses the same compiled conditions as the runs, and looks at the planned times within a horizon. It
//! does not know whether a run, or a part of it, will be stopped.

use chrono::TimeDelta;
use uuid::Uuid;

use super::Action;
use super::condition::{Condition, Refusal};
use super::matching::{end_of_first_day_back, end_of_grace, grace_of, is_away, notified_at};
use super::read::NOT_AS_OWNER_OR_SUPERIOR;
use super::schedule::Schedule;
use crate::kernel::directory::PoolRule;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Filter, Order, Type};
use crate::kernel::read::{Maker, Placeholder, Viewpoint};
use crate::kernel::scalar::time_of;
use crate::kernel::sql::Arg;

/// The most planned times of a rule that a prediction looks at.
const HORIZON_RUNS: usize = 1_000;
/// How far ahead a prediction looks, in days.
const HORIZON_DAYS: i64 = 366;

static REASON: Enum = Enum {
    name: "PoolReturnReason",
    doc: "Why there is no time at which a rule takes a customer.",
    values: &[
        ("KEPT", "Another rule keeps the customer; see `keptBy`."),
        (
            "NOT_PREDICTABLE",
            "The time can't be predicted: the condition negates a day count or computes with it, a rule that keeps customers depends on a day count, or a rule must be corrected.",
        ),
        ("NOT_IN_SIGHT", "The rule does not take the customer within a year, or within its next 1,000 planned times."),
    ],
};

/// Describes what one rule means for one customer.
pub fn describe() -> Entity {
    Entity::part(
        "PoolReturn",
        "What a pool rule that releases customers will do with one customer if nobody acts.",
        "({returns of p}) {t}",
    )
    .fields([
        Field::new(
            "at",
            Type::DateTime,
            "{t}.at",
            "The planned time at which the rule takes the customer; null if there is none, see `reason`.",
        )
        .nullable(),
        Field::new("reason", Type::Enum(&REASON), "{t}.reason", "Why there is no such time; null if there is one.")
            .nullable(),
        Field::new(
            "isMatched",
            Type::Boolean,
            "{t}.is_matched",
            "Whether the condition of the rule matches the customer now.",
        ),
    ])
    .edges([
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "The rule."),
        Edge::to_one(
            "keptBy",
            "PoolRule",
            "{t}.id = {p}.kept_by",
            "The rule that keeps the customer now; null if none does.",
        ),
    ])
}

/// The first time at which any rule takes a customer, as a field of the customer.
pub fn field() -> Field {
    Field::new(
        "returnsToPoolAt",
        Type::DateTime,
        "(select min(r.at) from ({returns of t}) r)",
        "When a pool rule will take the customer from its owner if nobody acts; null if no rule will take it within a year, if the time \
         can't be predicted (see `returnsByRule`), or if you are neither the owner nor a superior.",
    )
    .beyond(NOT_AS_OWNER_OR_SUPERIOR)
}

/// What each rule means for a customer, as a field of the customer.
pub fn edge() -> Edge {
    Edge::few(
        "returnsByRule",
        "PoolReturn",
        "true",
        "{t}.priority desc, {t}.rule_id",
        "What each pool rule that releases customers will do with the customer, the highest priority first. The list is empty for customers in the pool, and if you are neither the owner nor a superior.",
    )
    .beyond(NOT_AS_OWNER_OR_SUPERIOR)
}

/// The filter of customers that a rule takes before a time.
pub fn filter() -> Filter {
    Filter {
        name: "returnsToPoolBefore",
        doc: "Customers of yours and your team whose `returnsToPoolAt` is earlier than this time.",
        ty: "DateTime",
        sql: |scope, value| {
            let before = Arg::Time(Some(time_of(value.as_str().unwrap_or_default())?));
            let (reached, before) = (scope.holds_beyond(NOT_AS_OWNER_OR_SUPERIOR), scope.bind(before));
            let at = scope.render("(select min(r.at) from ({returns of t}) r)");
            Ok(format!("({reached} and coalesce({at} < {before}, false))"))
        },
        of_others: true,
    }
}

/// The order of customers by the time at which a rule takes them.
pub fn order() -> Order {
    Order {
        name: "RETURNS_TO_POOL_AT",
        doc: "`returnsToPoolAt`. Customers without it come last in both directions.",
        key: "coalesce((select min(r.at) from ({returns of t}) r), '9999-12-31T00:00:00Z')",
        ty: Type::DateTime,
        newest_first: false,
    }
}

/// The planned times of a rule within the horizon.
pub fn runs(viewpoint: &Viewpoint, rule: Uuid) -> Arg {
    let (directory, now) = (&viewpoint.directory, viewpoint.now);
    let found = directory.pool_rules.iter().find(|known| known.id.uuid() == rule);
    let schedule = found.and_then(|rule| Schedule::saved(rule.schedule.as_deref(), rule.workdays));
    let times = schedule.map(|schedule| {
        let horizon = now + TimeDelta::days(HORIZON_DAYS);
        schedule.upcoming(now, &directory.settings).take_while(|at| *at <= horizon).take(HORIZON_RUNS).collect()
    });
    Arg::Times(times.unwrap_or_default())
}

/// SQL that gives a row for each rule that releases customers, about an owned customer.
pub fn sql(maker: &mut Maker<'_, '_>) -> String {
    let directory = maker.directory();
    let mut rows = Vec::new();
    for rule in directory.pool_rules.iter().filter(|rule| rule.action == Action::ReleaseToPool) {
        let keeps = |keep: &&PoolRule| keep.action == Action::Keep && keep.priority >= rule.priority;
        let keeps: Vec<_> = directory.pool_rules.iter().filter(keeps).collect();
        let prediction = predict(maker, rule, &keeps).unwrap_or_else(|_| Prediction::unknown());
        let (id, priority) = (maker.bind(Arg::Uuid(rule.id.uuid())), rule.priority);
        let Prediction { is_matched, kept_by, at } = prediction;
        let otherwise = if at.is_some() { "NOT_IN_SIGHT" } else { "NOT_PREDICTABLE" };
        let at = at.unwrap_or_else(|| "null::timestamptz".to_owned());
        rows.push(format!(
            "select {id}::uuid as rule_id, {priority} as priority, f.is_matched, f.kept_by,
                    case when f.kept_by is null then f.at end as at,
                    case when f.kept_by is not null then 'KEPT' when f.at is null then '{otherwise}' end as reason
             from (select {is_matched} as is_matched, {kept_by} as kept_by, {at} as at) f
             where {0}.owner_user_id is not null and {0}.archived_at is null",
            maker.row()
        ));
    }
    if rows.is_empty() {
        return "select null::uuid as rule_id, 0 as priority, false as is_matched, null::uuid as kept_by,
                       null::timestamptz as at, null as reason where false"
            .to_owned();
    }
    rows.join(" union all ")
}

/// What a rule will do with a customer, as SQL expressions.
struct Prediction {
    /// Whether the condition matches now.
    is_matched: String,
    /// The rule that keeps the customer now.
    kept_by: String,
    /// The planned time; `None` if it can't be predicted.
    at: Option<String>,
}

impl Prediction {
    /// The prediction for a rule that must be corrected first.
    fn unknown() -> Self {
        Self { is_matched: "false".to_owned(), kept_by: "null::uuid".to_owned(), at: None }
    }
}

fn predict(maker: &mut Maker<'_, '_>, rule: &PoolRule, keeps: &[&PoolRule]) -> Result<Prediction, Refusal> {
    let (directory, row, now) = (maker.directory(), maker.row().to_owned(), maker.now());
    let condition = Condition::parse(&rule.condition, rule.workdays, directory)?;
    let matches = condition.predicate(directory, &row, &now, maker.binds())?;
    let mut instant = condition.instant(directory, &row, &now, maker.binds())?;
    let mut kept_by = String::new();
    for keep in keeps {
        let condition = Condition::parse(&keep.condition, keep.workdays, directory)?;
        let keeps = condition.predicate(directory, &row, &now, maker.binds())?;
        kept_by.push_str(&format!(" when {keeps} then {}::uuid", maker.bind(Arg::Uuid(keep.id.uuid()))));
        // A `KEEP` rule with a day count may begin or stop keeping the customer as time passes.
        instant = instant.filter(|_| !condition.asks_for_days());
    }
    let at = instant.map(|instant| {
        let instant = match grace_of(&directory.settings) {
            Some(grace) => format!("greatest({instant}, {})", end_of_grace(&row, grace)),
            None => instant,
        };
        let runs =
            format!("{}::timestamptz[]", maker.placeholder(Placeholder { name: "runs", of: Some(rule.id.uuid()) }));
        let run_from = |from: &str| match directory.has_absences {
            true => run_outside_absences(&row, &runs, from, rule.workdays),
            false => first_run(&runs, from),
        };
        let notice = directory.settings.notice;
        if notice == TimeDelta::zero() {
            return run_from(&instant);
        }
        // A run that does not match the customer removes the notice; the first run that matches notifies the owner
        // again.
        let notified_at = notified_at(&row, rule.id, maker.binds());
        let notice_at =
            format!("coalesce(case when {instant} <= ({runs})[1] then {notified_at} end, {})", run_from(&instant));
        run_from(&format!("greatest({instant}, {notice_at} + interval '{} seconds')", notice.num_seconds()))
    });
    Ok(Prediction {
        is_matched: format!("coalesce({matches}, false)"),
        kept_by: if kept_by.is_empty() { "null::uuid".to_owned() } else { format!("case{kept_by} end") },
        at,
    })
}

/// SQL for the first of the planned times that is not before a moment. The times are sorted. `width_bucket` fails on an
/// empty array, so that case is excluded.
fn first_run(runs: &str, from: &str) -> String {
    format!(
        "case when cardinality({runs}) > 0 then ({runs})[width_bucket({from} - interval '1 microsecond', {runs}) + 1] end"
    )
}

/// SQL for the first of the planned times that is not before a moment and at which the owner is not absent: it is the
/// first one after the moment, or the first one after an absence.
fn run_outside_absences(customer: &str, runs: &str, from: &str, workdays: bool) -> String {
    let back = end_of_first_day_back(workdays);
    format!(
        "(select min(r.at)
          from (select {from} as from) f,
               lateral (select {} as at
                        union all
                        select {} from absence a where a.user_id = {customer}.owner_user_id and {back} > f.from) r
          where not {})",
        first_run(runs, "f.from"),
        first_run(runs, &back),
        is_away(customer, "r.at", workdays)
    )
}
