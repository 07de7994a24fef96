//! When a customer will fall back into the pool if nobody acts, and by which rule: for one customer, what sweeps do for all.
//!
//! It is foreseen with the conditions that sweeps compile, for planned times in sight. What stops a run, or a part of it, is
//! not foreseen.

use chrono::TimeDelta;
use uuid::Uuid;

use super::Action;
use super::condition::{Condition, Refusal};
use super::matching::{is_away, settled, told_at};
use super::read::ELSEWHERE;
use super::schedule::Schedule;
use crate::kernel::directory::PoolRule;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Filter, Order, Type};
use crate::kernel::read::{Maker, Placeholder, Viewpoint};
use crate::kernel::scalar::time_of;
use crate::kernel::sql::Arg;

/// How many planned times of a rule are in sight, and how far it is.
const IN_SIGHT: usize = 1_000;
const DAYS_IN_SIGHT: i64 = 366;

static REASON: Enum = Enum {
    name: "PoolReturnReason",
    doc: "Why it is not told when a rule takes a customer.",
    values: &[
        ("KEPT", "Another rule keeps it from this one: `keptBy`."),
        (
            "NOT_PREDICTABLE",
            "The condition asks for more than that days go by: a day count is negated, computed with, or asked by a rule that keeps; or a rule has to be corrected.",
        ),
        ("NOT_IN_SIGHT", "Not by the time that goes by within a year, or the rule's next 1,000 planned times."),
    ],
};

/// What one rule means for one customer, to readers.
pub fn describe() -> Entity {
    Entity::part(
        "PoolReturn",
        "What a pool rule that takes customers means for one of them, if nobody acts.",
        "({returns of p}) {t}",
    )
    .fields([
        Field::new("at", Type::DateTime, "{t}.at", "The planned time at which it takes the customer; null: `reason`.")
            .nullable(),
        Field::new("reason", Type::Enum(&REASON), "{t}.reason", "Why there is no such time; null where there is one.")
            .nullable(),
        Field::new("isMatched", Type::Boolean, "{t}.is_matched", "Whether the condition matches now."),
    ])
    .edges([
        Edge::to_one("poolRule", "PoolRule", "{t}.id = {p}.rule_id", "Which rule."),
        Edge::to_one("keptBy", "PoolRule", "{t}.id = {p}.kept_by", "The rule that keeps the customer from it now."),
    ])
}

/// The first instant at which any rule takes a customer.
pub fn field() -> Field {
    Field::new(
        "returnsToPoolAt",
        Type::DateTime,
        "(select min(r.at) from ({returns of t}) r)",
        "When a pool rule will take it from its owner if nobody acts; null where that is not in sight, can't be told (`returnsByRule` says why), \
         or is not for you to know.",
    )
    .beyond(ELSEWHERE)
}

/// Each rule that takes customers, for one of them.
pub fn edge() -> Edge {
    Edge::few(
        "returnsByRule",
        "PoolReturn",
        "true",
        "{t}.priority desc, {t}.rule_id",
        "What each pool rule that takes customers means for it, the highest priority first; empty in the pool, and for those who see it neither as owner nor superior.",
    )
    .beyond(ELSEWHERE)
}

/// Those that are about to fall.
pub fn filter() -> Filter {
    Filter {
        name: "returnsToPoolBefore",
        doc: "Customers of yours and your team whose `returnsToPoolAt` is earlier than this.",
        ty: "DateTime",
        sql: |scope, value| {
            let before = Arg::Time(Some(time_of(value.as_str().unwrap_or_default())?));
            let (reached, before) = (scope.holds_beyond(ELSEWHERE), scope.bind(before));
            let at = scope.render("(select min(r.at) from ({returns of t}) r)");
            Ok(format!("({reached} and coalesce({at} < {before}, false))"))
        },
        of_others: true,
    }
}

/// Those that fall first come first.
pub fn order() -> Order {
    Order {
        name: "RETURNS_TO_POOL_AT",
        doc: "`returnsToPoolAt`; those without come last.",
        key: "coalesce((select min(r.at) from ({returns of t}) r), '9999-12-31T00:00:00Z')",
        ty: Type::DateTime,
        newest_first: false,
    }
}

/// The planned times of a rule that are in sight.
pub fn runs(viewpoint: &Viewpoint, rule: Uuid) -> Arg {
    let (directory, now) = (&viewpoint.directory, viewpoint.now);
    let found = directory.pool_rules.iter().find(|known| known.id.uuid() == rule);
    let schedule = found.and_then(|rule| Schedule::saved(rule.schedule.as_deref(), rule.workdays));
    let times = schedule.map(|schedule| {
        let in_sight = now + TimeDelta::days(DAYS_IN_SIGHT);
        schedule.upcoming(now, &directory.settings).take_while(|at| *at <= in_sight).take(IN_SIGHT).collect()
    });
    Arg::Times(times.unwrap_or_default())
}

/// A row for each rule that takes customers, about an owned one.
pub fn sql(maker: &mut Maker<'_, '_>) -> String {
    let directory = maker.directory();
    let mut rows = Vec::new();
    for rule in directory.pool_rules.iter().filter(|rule| rule.action == Action::ReleaseToPool) {
        let keeps = |keep: &&PoolRule| keep.action == Action::Keep && keep.priority >= rule.priority;
        let keeps: Vec<_> = directory.pool_rules.iter().filter(keeps).collect();
        let foreseen = foreseen(maker, rule, &keeps).unwrap_or_else(|_| Foreseen::nothing());
        let (id, priority) = (maker.bind(Arg::Uuid(rule.id.uuid())), rule.priority);
        let Foreseen { is_matched, kept_by, at } = foreseen;
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

struct Foreseen {
    is_matched: String,
    kept_by: String,
    /// None where it can't be told.
    at: Option<String>,
}

impl Foreseen {
    /// What a rule takes that has to be corrected first.
    fn nothing() -> Self {
        Self { is_matched: "false".to_owned(), kept_by: "null::uuid".to_owned(), at: None }
    }
}

fn foreseen(maker: &mut Maker<'_, '_>, rule: &PoolRule, keeps: &[&PoolRule]) -> Result<Foreseen, Refusal> {
    let (directory, row, now) = (maker.directory(), maker.row().to_owned(), maker.now());
    let condition = Condition::read(&rule.condition, rule.workdays, directory)?;
    let matches = condition.predicate(directory, &row, &now, maker.binds())?;
    let mut instant = condition.instant(directory, &row, &now, maker.binds())?;
    let mut kept_by = String::new();
    for keep in keeps {
        let condition = Condition::read(&keep.condition, keep.workdays, directory)?;
        let keeps = condition.predicate(directory, &row, &now, maker.binds())?;
        kept_by.push_str(&format!(" when {keeps} then {}::uuid", maker.bind(Arg::Uuid(keep.id.uuid()))));
        // What keeps it now may not do so then.
        instant = instant.filter(|_| !condition.asks_for_days());
    }
    let at = instant.map(|instant| {
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
        // What the owner was told is forgotten by a run that does not match; the first one that does tells them anew.
        let told_at = told_at(&row, rule.id, maker.binds());
        let told = format!("coalesce(case when {instant} <= ({runs})[1] then {told_at} end, {})", run_from(&instant));
        run_from(&format!("greatest({instant}, {told} + interval '{} seconds')", notice.num_seconds()))
    });
    Ok(Foreseen {
        is_matched: format!("coalesce({matches}, false)"),
        kept_by: if kept_by.is_empty() { "null::uuid".to_owned() } else { format!("case{kept_by} end") },
        at,
    })
}

/// The first of the planned times that is not before a moment. They are sorted; an array without any has no buckets.
fn first_run(runs: &str, from: &str) -> String {
    format!(
        "case when cardinality({runs}) > 0 then ({runs})[width_bucket({from} - interval '1 microsecond', {runs}) + 1] end"
    )
}

/// The same, at which the owner is there: the first one, or the first one behind an absence.
fn run_outside_absences(customer: &str, runs: &str, from: &str, workdays: bool) -> String {
    let settled = settled(workdays);
    format!(
        "(select min(r.at)
          from (select {from} as from) f,
               lateral (select {} as at
                        union all
                        select {} from absence a where a.user_id = {customer}.owner_user_id and {settled} > f.from) r
          where not {})",
        first_run(runs, "f.from"),
        first_run(runs, &settled),
        is_away(customer, "r.at", workdays)
    )
}
