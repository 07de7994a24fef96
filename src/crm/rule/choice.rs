//! What runs of a rule do, one after another, as SQL: which customers match, which of them a run chooses, and what stops
//! it for safety. A run and its forecast are the same text, so they can't disagree.
//!
//! - A run chooses from what matches at its planned time; if it has a limit, the longest neglected customers.
//! - If it would take more than 20 customers and more than a fifth of all owned ones, all of them wait for approval.
//! - Otherwise the customers of an owner who would lose more than 10 and more than half of theirs wait.

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::matching::Matching;
use super::model::Limits;
use crate::crm::customer;
use crate::kernel::access::Rights;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::id::PoolRuleRunId;
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// SQL for since when a customer is neglected.
pub(super) const NEGLECTED: &str = "greatest(c.last_followup_time, c.owned_since)";

/// What a run has chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// How many customers match.
    pub matched: i64,
    /// How many of them the run would take.
    pub chosen: i64,
    /// How many of those wait for approval.
    pub waiting: i64,
    /// How many customers are owned.
    pub owned: i64,
    /// Whether all of the chosen ones wait.
    pub is_stopped: bool,
}

/// What a run will do, among the customers that a user may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    /// The planned time.
    pub at: DateTime<Utc>,
    /// How many customers match.
    pub matched: i64,
    /// How many of them the run releases at once.
    pub released: i64,
    /// How many wait for approval.
    pub held: i64,
}

/// Chooses the customers of a run at a moment. If the run is given, it keeps them as its list.
pub async fn choose(
    op: &mut Op<'_>,
    matching: &Matching,
    at: DateTime<Utc>,
    limits: Limits,
    run: Option<PoolRuleRunId>,
) -> Result<Choice, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let course = course(matching, &[at], limits, "true", "false", &mut binds)?;
    let listed = match run {
        None => String::new(),
        Some(run) => format!(
            ", listed as (
                 insert into pool_rule_run_customer (run_id, customer_id, owner_user_id, waits)
                 select {}, id, owner, stopped0 or held0 from run0 where chosen0)",
            binds.bind(Arg::Uuid(run.uuid()))
        ),
    };
    let text = format!(
        "with {course}{listed}
         select count(*) filter (where matched0), count(*) filter (where chosen0),
                count(*) filter (where chosen0 and (stopped0 or held0)),
                (select coalesce(sum(owned), 0)::bigint from holdings), coalesce(bool_or(stopped0), false)
         from run0"
    );
    let row = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_one(op.db()).await?;
    Ok(Choice {
        matched: row.try_get(0)?,
        chosen: row.try_get(1)?,
        waiting: row.try_get(2)?,
        owned: row.try_get(3)?,
        is_stopped: row.try_get(4)?,
    })
}

/// A run that waits, whose customers are released at the deadline: the run, and the moment as of which it takes them.
pub type Waiting = (Uuid, DateTime<Utc>);

/// Foretells what the runs at these times will do if nobody acts. Other rules are left out.
pub async fn foretell(
    op: &mut Op<'_>,
    matching: &Matching,
    times: &[DateTime<Utc>],
    limits: Limits,
    waiting: &[Waiting],
) -> Result<Vec<Foretold>, Error> {
    if times.is_empty() {
        return Ok(Vec::new());
    }
    let (now, rights, mut binds) = (op.now(), op.rights()?, Binds::default());
    let seen = predicate(&rights, customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let mut gone = "(false".to_owned();
    for (run, at) in waiting {
        let (run, still) = (binds.bind(Arg::Uuid(*run)), matching.sql("c", *at, &mut binds)?);
        gone.push_str(&format!(
            " or exists (select from pool_rule_run_customer l where l.run_id = {run} and l.customer_id = c.id
                             and l.owner_user_id = c.owner_user_id and l.waits) and {still}"
        ));
    }
    gone.push(')');
    let course = course(matching, times, limits, &seen, &gone, &mut binds)?;
    let counts = (0..times.len()).map(|k| {
        format!(
            "count(*) filter (where seen and matched{k}),
             count(*) filter (where seen and chosen{k} and not (stopped{k} or held{k})),
             count(*) filter (where seen and chosen{k} and (stopped{k} or held{k}))"
        )
    });
    let (counts, last) = (counts.collect::<Vec<_>>().join(", "), times.len() - 1);
    let text = format!("with {course} select {counts} from run{last}");
    let row = Statement::new(text.into(), &binds, &[], &rights, now).fetch_one(op.db()).await?;
    let foretold = times.iter().enumerate().map(|(k, at)| {
        Ok(Foretold {
            at: *at,
            matched: row.try_get(3 * k)?,
            released: row.try_get(3 * k + 1)?,
            held: row.try_get(3 * k + 2)?,
        })
    });
    Ok(foretold.collect::<sqlx::Result<_>>()?)
}

/// SQL for the runs at these times, as the parts of a `with`. The last one, `run0` for one time, has a row for each
/// customer that any run matches, with columns numbered by run: `matched`, `chosen`, `stopped`, `held`. `seen` and
/// `gone` are predicates over the customer `c`: whether to count it, and whether it is gone before the first run.
fn course(
    matching: &Matching,
    times: &[DateTime<Utc>],
    limits: Limits,
    seen: &str,
    gone: &str,
    binds: &mut Binds,
) -> Result<String, Error> {
    let told = matching.told("c", binds);
    let (mut columns, mut any) = (String::new(), "gone0".to_owned());
    for (k, at) in times.iter().enumerate() {
        let matches = matching.matches("c", *at, binds)?;
        let holds = match matching.notice() {
            Some(_) => matching.holds("c", *at, binds)?,
            None => "true".to_owned(),
        };
        columns.push_str(&format!(", {matches} as matches{k}, {holds} as holds{k}"));
        any.push_str(&format!(" or matches{k}"));
    }
    let mut sql = format!(
        "facts as materialized (
             select c.id, c.owner_user_id as owner, {NEGLECTED} as neglected, {seen} as seen, {gone} as gone0, {told} as told0{columns}
             from customer c where c.owner_user_id is not null and c.archived_at is null),
         holdings as materialized (select owner, count(*) as owned from facts group by owner),
         before0 as (select * from facts where {any})"
    );
    for (k, at) in times.iter().enumerate() {
        sql.push_str(&step(k, *at, matching, limits, binds));
    }
    Ok(sql)
}

/// One run, from the state before it, `before` and its number, to the state after it.
fn step(k: usize, at: DateTime<Utc>, matching: &Matching, limits: Limits, binds: &mut Binds) -> String {
    let time = binds.bind(Arg::Time(Some(at)));
    let notified = match matching.notice() {
        Some(notice) => format!("coalesce(told{k} <= {}, false)", binds.bind(Arg::Time(Some(at - notice)))),
        None => "true".to_owned(),
    };
    let within = match limits.most {
        Some(most) => {
            format!(" and row_number() over (partition by matched{k} order by neglected, id) <= {most}")
        }
        None => String::new(),
    };
    let (stopped, held) = match limits.stops {
        true => (
            format!("total{k} > 20 and total{k} * 5 > (select sum(owned) from holdings) - away{k}"),
            format!(
                "chosen{k} and not stopped{k} and of_owner{k} > 10 and of_owner{k} * 2 > h.owned - away_of_owner{k}"
            ),
        ),
        false => ("false".to_owned(), "false".to_owned()),
    };
    let stays = if limits.keeps_unapproved { format!("not held{k}") } else { "true".to_owned() };
    let (taken, next) = (format!("(gone{k} or chosen{k} and not stopped{k} and {stays})"), k + 1);
    format!(
        ", matched{k} as (select *, matches{k} and not gone{k} and {notified} as matched{k} from before{k}),
         chosen{k} as (select *, matched{k}{within} as chosen{k} from matched{k}),
         counted{k} as (
             select *, count(*) filter (where chosen{k}) over () as total{k}, count(*) filter (where gone{k}) over () as away{k},
                    count(*) filter (where chosen{k}) over mine as of_owner{k}, count(*) filter (where gone{k}) over mine as away_of_owner{k}
             from chosen{k} window mine as (partition by owner)),
         stopped{k} as (select *, {stopped} as stopped{k} from counted{k}),
         run{k} as (select s.*, {held} as held{k} from stopped{k} s join holdings h on h.owner = s.owner),
         before{next} as (
             select *, {taken} as gone{next},
                    case when holds{k} then case when told{k} is null and matches{k} and not {taken} and not stopped{k} then {time}
                                                 else told{k} end end as told{next}
             from run{k})"
    )
}
