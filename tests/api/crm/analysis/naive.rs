//! What the ledger must say, worked out by loops over plain rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::World;

pub type Time = DateTime<Utc>;

/// What a posting is about: subject, detail, time, user, customer, opportunity, stage, currency.
pub type Key = (String, String, Time, Option<Uuid>, Uuid, Option<Uuid>, String, String);

/// What postings add: count, amount, weighted amount, seconds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    pub n: i64,
    pub amount: Decimal,
    pub weighted: Decimal,
    pub seconds: i64,
}

impl Sum {
    pub fn add(&mut self, other: Self) {
        self.n += other.n;
        self.amount += other.amount;
        self.weighted += other.weighted;
        self.seconds += other.seconds;
    }
}

pub type Ledger = BTreeMap<Key, Sum>;

fn post(ledger: &mut Ledger, key: Key, sum: Sum) {
    ledger.entry(key).or_default().add(sum);
}

fn count(n: i64) -> Sum {
    Sum { n, ..Sum::default() }
}

/// A row of the operation log: customer of then, type, cause, owner before, owner after, time, batch.
type Operation = (Uuid, String, String, Option<Uuid>, Option<Uuid>, Time, Option<Uuid>);
/// A version: opportunity, customer, from, to, stage, kind, owner, amount, currency.
type Version = (Uuid, Uuid, Time, Option<Time>, String, String, Uuid, Option<Decimal>, Option<String>);

/// Everything but the pipeline, which rows of today do not tell: what was archived and restored has left no trace.
pub async fn ledger(world: &World) -> Ledger {
    let mut ledger = Ledger::new();
    hands(world, &mut ledger).await;
    ways(world, &mut ledger).await;
    orders(world, &mut ledger).await;
    let talks: Vec<(String, Time, Uuid, Uuid, Option<Uuid>)> =
        sqlx::query_as("select channel, at, author_user_id, customer_id, opportunity_id from followup")
            .fetch_all(&world.db)
            .await
            .unwrap();
    for (channel, at, author, customer, opportunity) in talks {
        let key = ("FOLLOW_UP".into(), channel, at, Some(author), customer, opportunity, String::new(), String::new());
        post(&mut ledger, key, count(1));
    }
    ledger.retain(|_, sum| *sum != Sum::default());
    ledger
}

/// Who got and lost customers.
async fn hands(world: &World, ledger: &mut Ledger) {
    let log: Vec<Operation> = sqlx::query_as(
        "select coalesce(merged_from, customer_id), type, cause, previous_owner_user_id, new_owner_user_id, at, batch_id
         from customer_operation_log order by at, id",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut since: BTreeMap<Uuid, Time> = BTreeMap::new();
    let mut archived: BTreeMap<Uuid, bool> = BTreeMap::new();
    for (place, (customer, kind, cause, before, after, at, batch)) in log.iter().enumerate() {
        let moves = ["CREATE", "CLAIM", "RELEASE", "RECLAIM", "ASSIGN", "TRANSFER"].contains(&kind.as_str());
        let was_archived = archived.get(customer).copied().unwrap_or_default();
        let key = |kind: &str, cause: &str, at: Time, holder: Option<Uuid>, side: &str| -> Key {
            let subject = if holder.is_some() { "HAND" } else { "POOL" };
            let side = if kind == "TRANSFER" { side } else { "" };
            let nothing = String::new;
            (subject.into(), format!("{kind}{side}:{cause}"), at, holder, *customer, None, nothing(), nothing())
        };
        let loses = (moves && kind != "CREATE") || kind == "ARCHIVE" || kind == "MERGE";
        if loses && !was_archived {
            let seconds = (*at - since[customer]).num_seconds_rounded();
            post(ledger, key(kind, cause, *at, *before, "_OUT"), Sum { n: -1, seconds, ..Sum::default() });
        }
        if (moves && !was_archived) || (kind == "RESTORE" && was_archived) {
            post(ledger, key(kind, cause, *at, *after, "_IN"), count(1));
        }
        if cause == "UNDO" {
            let undone = log[..place].iter().rev().find(|(of, was, why, .., in_batch)| {
                of == customer
                    && if kind == "ARCHIVE" {
                        was == "CREATE"
                    } else {
                        why != "UNDO" && batch.is_some() && in_batch == batch
                    }
            });
            if let Some((_, kind, cause, before, after, at, _)) = undone {
                let undo = |mut key: Key| {
                    key.0 = "UNDONE".into();
                    key
                };
                if before.is_some() {
                    post(ledger, undo(key(kind, cause, *at, *before, "_OUT")), count(1));
                }
                if after.is_some() || kind == "CREATE" {
                    post(ledger, undo(key(kind, cause, *at, *after, "_IN")), count(-1));
                }
            }
        }
        if moves {
            since.insert(*customer, *at);
        }
        if kind == "ARCHIVE" || kind == "RESTORE" {
            archived.insert(*customer, kind == "ARCHIVE");
        }
    }
}

trait Seconds {
    fn num_seconds_rounded(&self) -> i64;
}

impl Seconds for chrono::TimeDelta {
    fn num_seconds_rounded(&self) -> i64 {
        (self.num_microseconds().unwrap() as f64 / 1e6).round() as i64
    }
}

/// Moves, the ways of cohorts, and how opportunities ended.
async fn ways(world: &World, ledger: &mut Ledger) {
    let versions: Vec<Version> = sqlx::query_as(
        "select opportunity_id, customer_id, valid_from, valid_to, stage, stage_kind, owner_user_id, amount, currency
         from opportunity_history order by opportunity_id, valid_from",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    for versions in versions.chunk_by(|one, next| one.0 == next.0) {
        let (opportunity, customer, created, _, _, _, first_owner, ..) = versions[0].clone();
        let mut way: Vec<&str> = Vec::new();
        let mut entered = created;
        let mut closed: Option<&Version> = None;
        for (place, version) in versions.iter().enumerate() {
            let (_, _, from, _, stage, kind, owner, amount, currency) = version;
            let before = place.checked_sub(1).map(|place| &versions[place]);
            if before.is_none_or(|before| before.4 != *stage) {
                let seconds = before.map_or(0, |_| (*from - entered).num_seconds_rounded());
                let detail = before.map_or(String::new(), |before| before.4.clone());
                let key = (
                    "MOVE".into(),
                    detail,
                    *from,
                    Some(*owner),
                    customer,
                    Some(opportunity),
                    stage.clone(),
                    currency.clone().unwrap_or_default(),
                );
                post(ledger, key, Sum { n: 1, amount: amount.unwrap_or_default(), seconds, ..Sum::default() });
                entered = *from;
            }
            if kind == "OPEN" {
                closed = None;
                if !way.contains(&stage.as_str()) {
                    way.push(stage);
                }
            } else if closed.is_none_or(|closed| closed.5 != *kind) {
                closed = Some(version);
            }
        }
        let mut detail = way.join(">");
        if let Some((_, _, at, _, stage, kind, owner, amount, currency)) = closed {
            detail = format!("{detail}={kind}");
            let currency = currency.clone().unwrap_or_default();
            let key = (
                "OUTCOME".into(),
                kind.clone(),
                *at,
                Some(*owner),
                customer,
                Some(opportunity),
                stage.clone(),
                currency,
            );
            let seconds = (*at - created).num_seconds_rounded();
            post(ledger, key, Sum { n: 1, amount: amount.unwrap_or_default(), seconds, ..Sum::default() });
        }
        let nothing = String::new;
        let key =
            ("COHORT".into(), detail, created, Some(first_owner), customer, Some(opportunity), nothing(), nothing());
        post(ledger, key, count(1));
    }
}

/// What was ordered, changed, called off, paid and paid back.
async fn orders(world: &World, ledger: &mut Ledger) {
    type Step = (String, Time, Option<Decimal>, Option<Decimal>);
    type Payment = (Uuid, Option<Uuid>, Time, Decimal);
    type Order = (Uuid, Uuid, Option<Uuid>, Uuid, String, Decimal);
    let orders: Vec<Order> = sqlx::query_as(
        "select id, customer_id, opportunity_id, sold_by_user_id, currency, total_amount from sales_order",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    for (order, customer, opportunity, seller, currency, total) in orders {
        let steps: Vec<Step> = sqlx::query_as(
            "select action, at, total_before, total_after from order_history where order_id = $1 order by id",
        )
        .bind(order)
        .fetch_all(&world.db)
        .await
        .unwrap();
        let first = steps.iter().find_map(|step| step.2).unwrap_or(total);
        let mut booked = Decimal::ZERO;
        let key = |subject: &str, detail: &str, at: Time| {
            (
                subject.into(),
                detail.to_owned(),
                at,
                Some(seller),
                customer,
                opportunity,
                String::new(),
                currency.clone(),
            )
        };
        for (action, at, before, after) in steps {
            let (n, change) = match action.as_str() {
                "CREATE" => (1, first),
                "CHANGE_LINES" => (0, after.unwrap() - before.unwrap()),
                "CANCEL" | "REFUND" => (-1, -booked),
                _ => (0, Decimal::ZERO),
            };
            booked += change;
            post(ledger, key("BOOK", &action, at), Sum { n, amount: change, ..Sum::default() });
        }
        let payments: Vec<Payment> = sqlx::query_as(
            "select id, reverses_id, received_at, amount from payment where order_id = $1 order by recorded_at, id",
        )
        .bind(order)
        .fetch_all(&world.db)
        .await
        .unwrap();
        // What stands of each payment counts on its own day; a refund pays back all that stands.
        let stands = |id: &Uuid| !payments.iter().any(|(_, reverses, ..)| reverses.as_ref() == Some(id));
        let mut received = Decimal::ZERO;
        for (id, reverses, at, amount) in &payments {
            match (reverses, amount.is_sign_positive()) {
                (None, true) if stands(id) => {
                    received += amount;
                    post(ledger, key("CASH", "PAY", *at), Sum { n: 1, amount: *amount, ..Sum::default() });
                }
                (None, false) => {
                    post(ledger, key("CASH", "REFUND", *at), Sum { n: -1, amount: -received, ..Sum::default() });
                }
                _ => {}
            }
        }
    }
}

/// What the server has posted, with the customers of today where the fact moves with a merge.
pub async fn posted(world: &World) -> Ledger {
    type Row = (String, String, Time, Option<Uuid>, Uuid, Option<Uuid>, String, String, i64, Decimal, Decimal, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "select f.subject, f.detail, f.at, f.user_id, case when f.subject in ('HAND', 'POOL', 'UNDONE') then c.id else coalesce(c.merged_into, c.id) end,
                f.opportunity_id, f.stage, f.currency,
                f.n::bigint, coalesce(f.amount, 0), coalesce(f.weighted, 0), coalesce(f.seconds, 0)
         from sales_fact f join customer c on c.id = f.customer_id where f.subject <> 'PIPELINE'",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut ledger = Ledger::new();
    for (subject, detail, at, user, customer, opportunity, stage, currency, n, amount, weighted, seconds) in rows {
        let key = (subject, detail, at, user, customer, opportunity, stage, currency);
        post(&mut ledger, key, Sum { n, amount, weighted, seconds });
    }
    ledger.retain(|_, sum| *sum != Sum::default());
    ledger
}

/// The key of a kept sum: subject, who, whose, by, value, first day, stage, detail, currency.
pub type Cell = (String, String, Uuid, String, String, NaiveDate, String, String, String);

/// The sums as the server keeps them, without those that are nothing.
pub async fn kept(world: &World) -> BTreeMap<Cell, Sum> {
    type Row = (String, String, Uuid, String, String, NaiveDate, String, String, String, i64, Decimal, Decimal, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "select subject, who, who_id, by, value, starts, stage, detail, currency, n, amount, weighted, seconds from sales_analysis",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut sums = BTreeMap::new();
    for (subject, who, whose, by, value, starts, stage, detail, currency, n, amount, weighted, seconds) in rows {
        let sum = Sum { n, amount, weighted, seconds };
        if sum != Sum::default() {
            sums.insert((subject, who, whose, by, value, starts, stage, detail, currency), sum);
        }
    }
    sums
}

/// The same sums, by loops over the facts.
pub async fn sums(world: &World, zone: Tz) -> BTreeMap<Cell, Sum> {
    type Fact = (String, String, Time, Option<Uuid>, Uuid, String, String, i64, Decimal, Decimal, i64);
    let facts: Vec<Fact> = sqlx::query_as(
        "select subject, detail, at, user_id, customer_id, stage, currency, n::bigint, coalesce(amount, 0), coalesce(weighted, 0), coalesce(seconds, 0)
         from sales_fact",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    type Managed = (Uuid, Option<Uuid>, Time, Option<Time>);
    let tree: Vec<Managed> = sqlx::query_as(
        "select user_id, manager_id, valid_from, valid_to from user_manager_history order by valid_from",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    type Attributes = (Uuid, Option<Uuid>, String, Option<String>, Option<String>, Option<String>, Option<String>);
    let customers: Vec<Attributes> =
        sqlx::query_as("select id, merged_into, source, industry, size, level, region from customer")
            .fetch_all(&world.db)
            .await
            .unwrap();
    let customers: BTreeMap<Uuid, Attributes> = customers.into_iter().map(|customer| (customer.0, customer)).collect();
    let manager_at = |user: Uuid, at: Time| {
        let row = tree.iter().find(|(of, _, _, to)| *of == user && to.is_none_or(|to| to > at));
        row.and_then(|row| row.1)
    };
    let mut sums: BTreeMap<Cell, Sum> = BTreeMap::new();
    for (subject, detail, at, user, customer, stage, currency, n, amount, weighted, seconds) in facts {
        let day = at.with_timezone(&zone).date_naive();
        let month = day.with_day(1).unwrap();
        let mut add = |who: &str, whose: Uuid, by: &str, value: String, starts: NaiveDate| {
            let cell = (
                subject.clone(),
                who.to_owned(),
                whose,
                by.to_owned(),
                value,
                starts,
                stage.clone(),
                detail.clone(),
                currency.clone(),
            );
            sums.entry(cell).or_default().add(Sum { n, amount, weighted, seconds });
        };
        add("EVERYBODY", Uuid::nil(), "NONE", String::new(), day);
        let today = &customers[&customer];
        let today = today.1.map_or(today, |survivor| &customers[&survivor]);
        let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
        add("EVERYBODY", Uuid::nil(), "SOURCE", today.2.clone(), month);
        for (by, value) in [("INDUSTRY", &today.3), ("SIZE", &today.4), ("LEVEL", &today.5), ("REGION", &today.6)] {
            add("EVERYBODY", Uuid::nil(), by, or_empty(value), month);
        }
        if let Some(user) = user {
            add("USER", user, "NONE", String::new(), month);
            let mut above = manager_at(user, at);
            while let Some(manager) = above {
                add("TEAM", manager, "NONE", String::new(), month);
                above = manager_at(manager, at);
            }
        }
    }
    sums.retain(|_, sum| *sum != Sum::default());
    sums
}
