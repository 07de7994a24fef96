//! Every statement about pool rules.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::edit::Draft;
use super::matching::{Keep, Matching};
use crate::crm::customer;
use crate::kernel::access::Rights;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, PoolRuleId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

/// A rule as it is, with its version.
pub async fn find(db: &mut PgConnection, id: PoolRuleId) -> Result<Option<(Draft, i32)>, Error> {
    let row = sqlx::query!(
        "select name, condition, action, days_ahead, max_per_run, priority, schedule, workdays, enabled, version
         from customer_pool_rule where id = $1",
        id as PoolRuleId
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let draft = Draft {
        name: row.name,
        condition: row.condition,
        action: named(&row.action)?,
        days_ahead: row.days_ahead,
        max_per_run: row.max_per_run,
        priority: row.priority,
        schedule: row.schedule,
        workdays: row.workdays,
        enabled: row.enabled,
    };
    Ok(Some((draft, row.version)))
}

/// The same, locked.
pub async fn lock(db: &mut PgConnection, id: PoolRuleId) -> Result<Option<(Draft, i32)>, Error> {
    sqlx::query!("select id from customer_pool_rule where id = $1 for no key update", id as PoolRuleId)
        .fetch_optional(&mut *db)
        .await?;
    find(db, id).await
}

/// Enters a rule.
pub async fn insert(db: &mut PgConnection, id: PoolRuleId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into customer_pool_rule (id, name, condition, action, days_ahead, priority, schedule, enabled, scheduled_since,
                                         created_at, updated_at, max_per_run, workdays)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11)",
        id as PoolRuleId,
        draft.name,
        draft.condition,
        name_of(draft.action),
        draft.days_ahead,
        draft.priority,
        draft.schedule,
        draft.enabled,
        now,
        draft.max_per_run,
        draft.workdays
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves an edit. What was missed while the rule was off, or had another schedule, is not made up.
pub async fn update(db: &mut PgConnection, id: PoolRuleId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer_pool_rule
         set name = $2, condition = $3, days_ahead = $4, priority = $5, schedule = $6, enabled = $7, updated_at = $8, max_per_run = $9,
             workdays = $10,
             scheduled_since = case when schedule is distinct from $6 or enabled <> $7 or workdays <> $10 then $8 else scheduled_since end,
             version = version + 1
         where id = $1",
        id as PoolRuleId,
        draft.name,
        draft.condition,
        draft.days_ahead,
        draft.priority,
        draft.schedule,
        draft.enabled,
        now,
        draft.max_per_run,
        draft.workdays
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The enabled rules that keep customers from one of this priority.
pub async fn keeps(db: &mut PgConnection, priority: i32) -> sqlx::Result<Vec<Keep>> {
    sqlx::query_as!(
        Keep,
        "select name, condition, workdays from customer_pool_rule
         where action = 'KEEP' and enabled and priority >= $1 order by priority desc, id",
        priority
    )
    .fetch_all(db)
    .await
}

/// What one owner has, and would lose.
#[derive(Debug, Clone, PartialEq)]
pub struct OfOwner {
    /// Who.
    pub owner: UserId,
    /// How many customers they own.
    pub owned: i64,
    /// How many of them match.
    pub matched: i64,
}

/// How many customers match at this moment, by owner; owners of none that does are there, too. What is archived is out of
/// every count.
pub async fn count(op: &mut Op<'_>, matching: &Matching) -> Result<Vec<OfOwner>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let matches = matching.sql("c", now, &mut binds)?;
    let text = format!(
        "select c.owner_user_id, count(*), count(*) filter (where {matches})
         from customer c where c.owner_user_id is not null and c.archived_at is null group by c.owner_user_id order by c.owner_user_id"
    );
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    let of_owner = |row: &sqlx::postgres::PgRow| {
        Ok(OfOwner { owner: row.try_get(0)?, owned: row.try_get(1)?, matched: row.try_get(2)? })
    };
    Ok(rows.iter().map(of_owner).collect::<sqlx::Result<_>>()?)
}

/// How many of the customers that the viewer sees match at each of these times, and at none before.
pub async fn count_ahead(op: &mut Op<'_>, matching: &Matching, times: &[DateTime<Utc>]) -> Result<Vec<i64>, Error> {
    let (now, rights, mut binds) = (op.now(), op.rights()?, Binds::default());
    if times.is_empty() {
        return Ok(Vec::new());
    }
    let seen = predicate(customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let (mut matches, mut place) = (String::new(), String::new());
    for (number, time) in times.iter().enumerate() {
        matches.push_str(&format!(", {} as m{number}", matching.matches("c", *time, &mut binds)?));
        let told = matching.told("c", *time, &mut binds);
        // Or will be told by an earlier run.
        let is_early = |earlier: DateTime<Utc>| matching.notice().is_some_and(|notice| earlier <= *time - notice);
        let by_earlier = times.iter().enumerate().filter(|(_, earlier)| is_early(**earlier));
        let told = by_earlier.fold(told, |told, (earlier, _)| format!("{told} or m{earlier}"));
        place.push_str(&format!(" when m{number} and ({told}) then {number}"));
    }
    let text = format!(
        "select count(f.place) from generate_series(0, {}) n left join (
             select case{place} end as place
             from (select c.id, c.owner_user_id, c.owned_since{matches} from customer c
                   where c.owner_user_id is not null and {seen}) c) f on f.place = n
         group by n order by n",
        times.len() - 1
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
}

/// What would be taken, as far as the viewer sees the customers.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many customers have an owner.
    pub owned: i64,
    /// How many of them match.
    pub matched: i64,
    /// Who would lose how many, the most first.
    pub by_owner: Vec<(UserId, i64)>,
    /// A page of them, the most neglected first.
    pub page: Vec<CustomerId>,
}

/// Counts what matches, and reads a page of it behind a customer, in one statement.
pub async fn preview(
    op: &mut Op<'_>,
    matching: &Matching,
    after: Option<CustomerId>,
    most: u32,
) -> Result<Seen, Error> {
    let (now, rights, mut binds) = (op.now(), op.rights()?, Binds::default());
    let seen = predicate(customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let matches = matching.sql("c", now, &mut binds)?;
    let neglected = "coalesce(c.last_followup_time, c.owned_since)";
    let behind = match after {
        Some(after) => {
            let after = binds.bind(Arg::Uuid(after.uuid()));
            format!("and (m.neglected, m.id) > (select {neglected}, c.id from customer c where c.id = {after})")
        }
        None => String::new(),
    };
    let text = format!(
        "with owned as materialized (
             select c.id, c.owner_user_id, {neglected} as neglected, {matches} as matched
             from customer c where c.owner_user_id is not null and c.archived_at is null and {seen}),
         by_owner as (
             select owner_user_id, count(*) as matched from owned where matched group by owner_user_id)
         select (select count(*) from owned), (select count(*) from owned where matched),
                (select coalesce(array_agg(owner_user_id order by matched desc, owner_user_id), '{{}}') from by_owner),
                (select coalesce(array_agg(matched order by matched desc, owner_user_id), '{{}}') from by_owner),
                array(select m.id from owned m where m.matched {behind} order by m.neglected, m.id limit {most})"
    );
    let row = Statement::new(text.into(), &binds, &[], &rights, now).fetch_one(op.db()).await?;
    let (owners, counts): (Vec<UserId>, Vec<i64>) = (row.try_get(2)?, row.try_get(3)?);
    let page: Vec<Uuid> = row.try_get(4)?;
    Ok(Seen {
        owned: row.try_get(0)?,
        matched: row.try_get(1)?,
        by_owner: owners.into_iter().zip(counts).collect(),
        page: page.into_iter().map(CustomerId::from).collect(),
    })
}
