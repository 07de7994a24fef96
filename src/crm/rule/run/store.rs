//! Statements about runs.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use super::{Due, Planned, Run};
use crate::crm::customer::OwnedCustomer;
use crate::crm::rule::matching::{Matching, notified_at};
use crate::crm::rule::schedule::Schedule;
use crate::kernel::access::Rights;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, PoolRuleId, PoolRuleRunId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// The enabled rules with a schedule. A rule without a `scheduled_since` gets the present time, so planned times from
/// before do not count.
pub async fn planned(db: &PgPool, now: DateTime<Utc>) -> Result<Vec<Planned>, Error> {
    let rows = sqlx::query!(
        r#"select p.id as "id: PoolRuleId", p.version, p.schedule as "schedule!", p.workdays, p.scheduled_since,
                  (select max(r.planned_at) from pool_rule_run r where r.rule_id = p.id) as last_run
           from customer_pool_rule p where p.enabled and p.schedule is not null order by p.priority desc, p.id"#
    )
    .fetch_all(db)
    .await?;
    if rows.iter().any(|row| row.scheduled_since.is_none()) {
        sqlx::query!("update customer_pool_rule set scheduled_since = $1 where scheduled_since is null", now)
            .execute(db)
            .await?;
    }
    let mut planned = Vec::with_capacity(rows.len());
    for row in rows {
        // A saved schedule was validated, so it can be parsed.
        let schedule = Schedule::parse(&row.schedule, row.workdays).map_err(|text| Error::Internal(text.en.into()))?;
        let since = row.scheduled_since.unwrap_or(now);
        planned.push(Planned { rule: row.id, version: row.version, schedule, since, last_run: row.last_run });
    }
    Ok(planned)
}

/// Begins a run; false if another server has begun it already.
pub async fn begin(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    rule: &Planned,
    planned_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "insert into pool_rule_run (id, rule_id, rule_version, planned_at, started_at) values ($1, $2, $3, $4, $5)
         on conflict (rule_id, planned_at) do nothing",
        id as PoolRuleRunId,
        rule.rule as PoolRuleId,
        rule.version,
        planned_at,
        now
    )
    .execute(db)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Ends the runs of a rule that wait for approval and were planned before a time.
pub async fn lapse_earlier(
    db: &mut PgConnection,
    rule: PoolRuleId,
    planned_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set status = 'LAPSED', finished_at = $3
         where rule_id = $1 and status = 'AWAITING_APPROVAL' and planned_at < $2",
        rule as PoolRuleId,
        planned_at,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks and returns the run to work on next. It waits if another server works on this run.
pub async fn lock_next_run(db: &mut PgConnection) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"select r.id as "id: PoolRuleRunId", r.rule_id as "rule: PoolRuleId", r.rule_version, r.planned_at, r.status, r.matched,
                  r.released, r.held_owners, r.failed_customers, r.pass, r.after_customer, r.approved_at is not null as "is_approved!"
           from pool_rule_run r join customer_pool_rule p on p.id = r.rule_id
           where r.status = 'RUNNING' order by r.planned_at, p.priority desc, r.id limit 1 for no key update of r"#
    )
    .fetch_optional(db)
    .await
}

/// Locks and returns a run.
pub async fn lock(db: &mut PgConnection, id: PoolRuleRunId) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"select id as "id: PoolRuleRunId", rule_id as "rule: PoolRuleId", rule_version, planned_at, status, matched,
                  released, held_owners, failed_customers, pass, after_customer, approved_at is not null as "is_approved!"
           from pool_rule_run where id = $1 for no key update"#,
        id as PoolRuleRunId
    )
    .fetch_optional(db)
    .await
}

/// Whether any run is under way.
pub async fn any_running(db: &PgPool) -> sqlx::Result<bool> {
    let first = sqlx::query_scalar!("select min(planned_at) from pool_rule_run where status = 'RUNNING'");
    Ok(first.fetch_one(db).await?.is_some())
}

/// Saves the number of customers of a run, and the owners whose customers it leaves alone until somebody approves it.
pub async fn save_count(db: &mut PgConnection, id: PoolRuleRunId, matched: i64, held: &[UserId]) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set matched = $2, held_owners = $3 where id = $1",
        id as PoolRuleRunId,
        matched,
        &uuids(held)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a run that would take too many customers wait for approval.
pub async fn hold_for_approval(db: &mut PgConnection, id: PoolRuleRunId, matched: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set matched = $2, status = 'AWAITING_APPROVAL' where id = $1",
        id as PoolRuleRunId,
        matched
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a run that left some owners alone wait for approval.
pub async fn await_approval(db: &mut PgConnection, id: PoolRuleRunId) -> sqlx::Result<()> {
    sqlx::query!("update pool_rule_run set status = 'AWAITING_APPROVAL' where id = $1", id as PoolRuleRunId)
        .execute(db)
        .await?;
    Ok(())
}

/// Approves a run, which then begins again and may take all customers.
pub async fn approve(db: &mut PgConnection, id: PoolRuleRunId, by: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run
         set status = 'RUNNING', matched = null, held_owners = '{}', pass = 1, after_customer = null, approved_by = $2, approved_at = $3
         where id = $1",
        id as PoolRuleRunId,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a run with a status, and an error if it failed.
pub async fn finish(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    status: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set status = $2, error = $3, finished_at = $4 where id = $1",
        id as PoolRuleRunId,
        status,
        error,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds to the number of customers that a run has taken, or whose owners it has warned.
pub async fn add_released(db: &mut PgConnection, id: PoolRuleRunId, more: i64) -> sqlx::Result<()> {
    sqlx::query!("update pool_rule_run set released = released + $2 where id = $1", id as PoolRuleRunId, more)
        .execute(db)
        .await?;
    Ok(())
}

/// Saves how far a run has come.
pub async fn save_progress(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    pass: i32,
    after: Option<CustomerId>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set pass = $2, after_customer = $3 where id = $1",
        id as PoolRuleRunId,
        pass,
        after as Option<CustomerId>
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins a savepoint, to which [`back_to_savepoint`] returns.
pub async fn savepoint(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("savepoint one_customer").execute(db).await?;
    Ok(())
}

/// Undoes what the transaction has done since the savepoint.
pub async fn back_to_savepoint(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("rollback to savepoint one_customer").execute(db).await?;
    Ok(())
}

/// Excludes a customer from a run, because the run fails on it.
pub async fn exclude(db: &mut PgConnection, id: PoolRuleRunId, customer: CustomerId) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set failed_customers = failed_customers || $2::uuid where id = $1",
        id as PoolRuleRunId,
        customer as CustomerId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// SQL for the customers that a run has still to handle, given the SQL for those that match.
fn ahead(run: &Run, matches: &str, binds: &mut Binds) -> String {
    let held = binds.bind(Arg::Uuids(run.held_owners.clone()));
    let failed = binds.bind(Arg::Uuids(run.failed_customers.clone()));
    let behind = match run.after_customer {
        Some(after) => format!("c.id > {} and ", binds.bind(Arg::Uuid(after))),
        None => String::new(),
    };
    format!("{behind}{matches} and c.owner_user_id <> all({held}) and c.id <> all({failed})")
}

async fn fetch(op: &mut Op<'_>, text: String, binds: &Binds) -> sqlx::Result<Vec<PgRow>> {
    Statement::new(text.into(), binds, &[], &Rights::of_nobody(), op.now()).fetch_all(op.db()).await
}

/// Locks the next customers of a run, except those that another transaction has locked: in the order of their ids, or
/// those without a follow-up for the longest time first.
pub async fn lock_next(
    op: &mut Op<'_>,
    run: &Run,
    matching: &Matching,
    most: i64,
    neglected_first: bool,
) -> Result<Vec<CustomerId>, Error> {
    let mut binds = Binds::default();
    let taken = matching.sql("c", op.now(), &mut binds)?;
    let ahead = ahead(run, &taken, &mut binds);
    let first = if neglected_first { "greatest(c.last_followup_time, c.owned_since), " } else { "" };
    let text = format!(
        "select c.id from customer c where {ahead} order by {first}c.id limit {most} for no key update of c skip locked"
    );
    let rows = fetch(op, text, &binds).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
}

/// The locked customers that a run still takes. This sees what other transactions have written before the customers
/// were locked.
pub async fn still_matching(
    op: &mut Op<'_>,
    run: &Run,
    matching: &Matching,
    locked: &[CustomerId],
) -> Result<Vec<OwnedCustomer>, Error> {
    let mut binds = Binds::default();
    let taken = matching.sql("c", op.now(), &mut binds)?;
    let ahead = ahead(run, &taken, &mut binds);
    let ids = binds.bind(Arg::Uuids(uuids(locked)));
    let text = format!(
        "select c.id, c.owner_user_id, c.updated_at from customer c where c.id = any({ids}) and {ahead} order by c.id"
    );
    let owned = |row: &PgRow| {
        Ok(OwnedCustomer { customer: row.try_get(0)?, owner: row.try_get(1)?, updated_at: row.try_get(2)? })
    };
    let rows = fetch(op, text, &binds).await?;
    Ok(rows.iter().map(owned).collect::<sqlx::Result<_>>()?)
}

/// The next customers of a run that warns.
pub async fn next_to_warn(op: &mut Op<'_>, run: &Run, matching: &Matching, most: i64) -> Result<Vec<Due>, Error> {
    let mut binds = Binds::default();
    let taken = matching.sql("c", op.now(), &mut binds)?;
    let ahead = ahead(run, &taken, &mut binds);
    let rule = binds.bind(Arg::Uuid(run.rule.uuid()));
    let text = format!(
        "select c.id, c.owner_user_id,
                exists (select from notification n
                        where n.customer_id = c.id and n.rule_id = {rule} and n.user_id = c.owner_user_id
                          and n.at >= greatest(c.last_followup_time, c.owned_since))
         from customer c where {ahead} order by c.id limit {most}"
    );
    let due = |row: &PgRow| Ok(Due { customer: row.try_get(0)?, owner: row.try_get(1)?, is_warned: row.try_get(2)? });
    let rows = fetch(op, text, &binds).await?;
    Ok(rows.iter().map(due).collect::<sqlx::Result<_>>()?)
}

/// Deletes the notices of customers that a rule does not match any more, and of earlier owners. The notice of an owner
/// who is absent stays.
pub async fn delete_outdated_notices(op: &mut Op<'_>, run: &Run, matching: &Matching) -> Result<(), Error> {
    let mut binds = Binds::default();
    let holds = matching.holds("c", op.now(), &mut binds)?;
    let (rule, notified) = (binds.bind(Arg::Uuid(run.rule.uuid())), notified_at("c", run.rule, &mut binds));
    let text = format!(
        "delete from pool_rule_notice o using customer c
         where o.rule_id = {rule} and c.id = o.customer_id and not ({holds} and {notified} is not null)"
    );
    fetch(op, text, &binds).await?;
    Ok(())
}

/// Writes notices for the next customers that the rule of a run will take later; returns the customers and the owners
/// to notify.
pub async fn announce(
    op: &mut Op<'_>,
    run: &Run,
    matching: &Matching,
    most: i64,
) -> Result<Vec<(CustomerId, UserId)>, Error> {
    let mut binds = Binds::default();
    let matches = matching.matches("c", op.now(), &mut binds)?;
    let (ahead, notified) = (ahead(run, &matches, &mut binds), notified_at("c", run.rule, &mut binds));
    let (rule, now) = (binds.bind(Arg::Uuid(run.rule.uuid())), binds.now());
    let text = format!(
        "with next as (
             select c.id, c.owner_user_id, c.owned_since from customer c
             where {ahead} and {notified} is null order by c.id limit {most}),
         announced as (
             insert into pool_rule_notice (rule_id, customer_id, owner_user_id, owned_since, at)
             select {rule}, id, owner_user_id, owned_since, {now} from next
             on conflict (rule_id, customer_id) do update
             set owner_user_id = excluded.owner_user_id, owned_since = excluded.owned_since, at = excluded.at
             returning customer_id, owner_user_id)
         select customer_id, owner_user_id from announced order by customer_id"
    );
    let rows = fetch(op, text, &binds).await?;
    let notified = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<sqlx::Result<Vec<_>>>()?;
    let more = notified.len() as i64;
    sqlx::query!("update pool_rule_run set announced = announced + $2 where id = $1", run.id as PoolRuleRunId, more)
        .execute(op.db())
        .await?;
    Ok(notified)
}
