//! Statements about runs.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use super::{Due, Planned, Run};
use crate::crm::customer::OwnedCustomer;
use crate::crm::rule::choice::Choice;
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

/// Begins a run, unless another server has begun it already.
pub async fn begin(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    rule: &Planned,
    planned_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
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
    Ok(())
}

/// Locks and returns the run to work on next: one that is under way, or whose deadline of approval has passed. It waits
/// if another server works on this run.
pub async fn lock_next_run(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"select r.id as "id: PoolRuleRunId", r.rule_id as "rule: PoolRuleId", r.rule_version, r.planned_at, r.status, r.matched,
                  r.released, r.is_stopped, r.failed_customers, r.pass, r.after_customer, r.approved_at is not null as "is_approved!", r.approve_by
           from pool_rule_run r join customer_pool_rule p on p.id = r.rule_id
           where r.status = 'RUNNING' or r.status = 'AWAITING_APPROVAL' and r.approve_by <= $1
           order by r.planned_at, p.priority desc, r.id limit 1 for no key update of r"#,
        now
    )
    .fetch_optional(db)
    .await
}

/// Locks and returns a run.
pub async fn lock(db: &mut PgConnection, id: PoolRuleRunId) -> sqlx::Result<Option<Run>> {
    sqlx::query_as!(
        Run,
        r#"select id as "id: PoolRuleRunId", rule_id as "rule: PoolRuleId", rule_version, planned_at, status, matched,
                  released, is_stopped, failed_customers, pass, after_customer, approved_at is not null as "is_approved!", approve_by
           from pool_rule_run where id = $1 for no key update"#,
        id as PoolRuleRunId
    )
    .fetch_optional(db)
    .await
}

/// Whether there is a run to work on.
pub async fn any_open(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let first = sqlx::query_scalar!(
        "select min(planned_at) from pool_rule_run where status = 'RUNNING' or status = 'AWAITING_APPROVAL' and approve_by <= $1",
        now
    );
    Ok(first.fetch_one(db).await?.is_some())
}

/// Saves what a run has chosen, and until when it can be approved if a part of that waits.
pub async fn save_choice(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    choice: &Choice,
    approve_by: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool_rule_run set matched = released + $2, held = $3, is_stopped = $4, approve_by = $5 where id = $1",
        id as PoolRuleRunId,
        choice.matched,
        choice.waiting,
        choice.is_stopped,
        approve_by.filter(|_| choice.waiting > 0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a run wait for approval.
pub async fn await_approval(db: &mut PgConnection, id: PoolRuleRunId) -> sqlx::Result<()> {
    sqlx::query!("update pool_rule_run set status = 'AWAITING_APPROVAL' where id = $1", id as PoolRuleRunId)
        .execute(db)
        .await?;
    Ok(())
}

/// How many customers of a run wait, by owner.
pub async fn waiting(db: &mut PgConnection, id: PoolRuleRunId) -> sqlx::Result<Vec<(UserId, i64)>> {
    let rows = sqlx::query!(
        r#"select owner_user_id as "owner: UserId", count(*) as "count!" from pool_rule_run_customer
           where run_id = $1 and waits group by owner_user_id order by owner_user_id"#,
        id as PoolRuleRunId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.owner, row.count)).collect())
}

/// Lets a run go on with the customers that wait. `by` is the user who approved it; `None` at the deadline.
pub async fn release_waiting(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with released as (update pool_rule_run_customer set waits = false where run_id = $1 and waits)
         update pool_rule_run
         set status = 'RUNNING', pass = 1, after_customer = null, approved_by = $2, approved_at = case when $2::uuid is not null then $3::timestamptz end
         where id = $1",
        id as PoolRuleRunId,
        by as Option<UserId>,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a run with a status, and an error if it failed. Its list of customers is deleted.
pub async fn finish(
    db: &mut PgConnection,
    id: PoolRuleRunId,
    status: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with listed as (delete from pool_rule_run_customer where run_id = $1)
         update pool_rule_run set status = $2, error = $3, finished_at = $4 where id = $1",
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

/// Deletes customers that a run has taken from its list: if somebody gives them back, the run does not take them again.
pub async fn unlist(db: &mut PgConnection, id: PoolRuleRunId, taken: &[CustomerId]) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from pool_rule_run_customer where run_id = $1 and customer_id = any($2)",
        id as PoolRuleRunId,
        &uuids(taken)
    )
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
    let failed = binds.bind(Arg::Uuids(run.failed_customers.clone()));
    let behind = match run.after_customer {
        Some(after) => format!("c.id > {} and ", binds.bind(Arg::Uuid(after))),
        None => String::new(),
    };
    format!("{behind}{matches} and c.id <> all({failed})")
}

async fn fetch(op: &mut Op<'_>, text: String, binds: &Binds) -> sqlx::Result<Vec<PgRow>> {
    Statement::new(text.into(), binds, &[], &Rights::of_nobody(), op.now()).fetch_all(op.db()).await
}

/// SQL for the customers in the list of a run that still match and still have the same owner.
fn listed(run: &Run, matching: &Matching, binds: &mut Binds) -> Result<String, Error> {
    let taken = matching.sql("c", run.planned_at, binds)?;
    let (ahead, id) = (ahead(run, &taken, binds), binds.bind(Arg::Uuid(run.id.uuid())));
    Ok(format!(
        "pool_rule_run_customer l join customer c on c.id = l.customer_id and c.owner_user_id = l.owner_user_id
         where l.run_id = {id} and not l.waits and {ahead}"
    ))
}

/// Locks the next customers of a run, in the order of their ids, except those that another transaction has locked.
pub async fn lock_next(op: &mut Op<'_>, run: &Run, matching: &Matching, most: i64) -> Result<Vec<CustomerId>, Error> {
    let mut binds = Binds::default();
    let listed = listed(run, matching, &mut binds)?;
    let text = format!("select c.id from {listed} order by c.id limit {most} for no key update of c skip locked");
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
    let listed = listed(run, matching, &mut binds)?;
    let ids = binds.bind(Arg::Uuids(uuids(locked)));
    let text = format!("select c.id, c.owner_user_id, c.updated_at from {listed} and c.id = any({ids}) order by c.id");
    let owned = |row: &PgRow| {
        Ok(OwnedCustomer { customer: row.try_get(0)?, owner: row.try_get(1)?, updated_at: row.try_get(2)? })
    };
    let rows = fetch(op, text, &binds).await?;
    Ok(rows.iter().map(owned).collect::<sqlx::Result<_>>()?)
}

/// The next customers of a run that warns.
pub async fn next_to_warn(op: &mut Op<'_>, run: &Run, matching: &Matching, most: i64) -> Result<Vec<Due>, Error> {
    let mut binds = Binds::default();
    let taken = matching.sql("c", run.planned_at, &mut binds)?;
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
    let holds = matching.holds("c", run.planned_at, &mut binds)?;
    let (rule, notified) = (binds.bind(Arg::Uuid(run.rule.uuid())), notified_at("c", run.rule, &mut binds));
    let text = format!(
        "delete from pool_rule_notice o using customer c
         where o.rule_id = {rule} and c.id = o.customer_id and not ({holds} and {notified} is not null)"
    );
    fetch(op, text, &binds).await?;
    Ok(())
}

/// Deletes the notices of customers.
pub async fn delete_notices(db: &mut PgConnection, customers: &[CustomerId]) -> sqlx::Result<()> {
    sqlx::query!("delete from pool_rule_notice where customer_id = any($1)", &uuids(customers)).execute(db).await?;
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
    let matches = matching.matches("c", run.planned_at, &mut binds)?;
    let (ahead, notified) = (ahead(run, &matches, &mut binds), notified_at("c", run.rule, &mut binds));
    let (rule, at) = (binds.bind(Arg::Uuid(run.rule.uuid())), binds.bind(Arg::Time(Some(run.tells_as_of(op.now())))));
    let text = format!(
        "with next as (
             select c.id, c.owner_user_id, c.owned_since from customer c
             where {ahead} and {notified} is null order by c.id limit {most}),
         announced as (
             insert into pool_rule_notice (rule_id, customer_id, owner_user_id, owned_since, at)
             select {rule}, id, owner_user_id, owned_since, {at} from next
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
