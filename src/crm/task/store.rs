//! Every statement that writes or locks tasks. Triggers write their steps.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, Row};
use uuid::Uuid;

use super::read::READ;
use super::{Draft, Status, WRITE};
use crate::crm::customer;
use crate::kernel::access::scope::{Place, predicate, reach_columns, reach_in};
use crate::kernel::access::{Reach, Rights};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, FollowUpId, ImportId, OpportunityId, OrderId, TaskId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

/// A row of a task, as far as a change needs it.
pub struct Task {
    /// The customer.
    pub customer: CustomerId,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// Whether it is to be done.
    pub status: Status,
    /// The number of the present version.
    pub version: i32,
    /// Whether the actor may see and change the task.
    pub reach: Reach,
}

/// Reads a task without a lock.
pub async fn load(op: &mut Op<'_>, id: TaskId) -> Result<Option<Task>, Error> {
    fetch(op, id, "").await
}

/// Reads as [`load`] does, and locks the task. The caller has locked the customer, so it does not wait here.
pub async fn lock(op: &mut Op<'_>, id: TaskId) -> Result<Option<Task>, Error> {
    fetch(op, id, "for no key update of k").await
}

async fn fetch(op: &mut Op<'_>, id: TaskId, lock: &str) -> Result<Option<Task>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let which = binds.bind(Arg::Uuid(id.uuid()));
    let reach = reach_columns(&rights, READ, WRITE, Place::of("k", "c"), &mut binds);
    let text = format!(
        "select k.customer_id, k.due_at, k.status, k.version, {reach} \
         from task k join customer c on c.id = k.customer_id where k.id = {which} {lock}"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Task {
        customer: row.try_get(0)?,
        due_at: row.try_get(1)?,
        status: named(row.try_get(2)?)?,
        version: row.try_get(3)?,
        reach: reach_in(row, 4)?,
    }))
}

/// Whether a user with these rights may see a customer.
pub async fn sees(op: &mut Op<'_>, rights: &Rights, id: CustomerId) -> Result<bool, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let which = binds.bind(Arg::Uuid(id.uuid()));
    let seen = predicate(rights, customer::READ, rights.scopes(customer::READ), Place::itself("c"), &mut binds);
    let text = format!("select from customer c where c.id = {which} and {seen}");
    Ok(!Statement::new(text.into(), &binds, &[], rights, now).fetch_all(op.db()).await?.is_empty())
}

/// Inserts a task.
pub async fn insert(
    db: &mut PgConnection,
    id: TaskId,
    owner: UserId,
    creator: UserId,
    draft: &Draft,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into task (id, customer_id, opportunity_id, order_id, owner_user_id, subject, due_at, reminder_due,
                           created_by, updated_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $8, $9, $9)",
        id as TaskId,
        draft.customer as CustomerId,
        draft.opportunity as Option<OpportunityId>,
        draft.order as Option<OrderId>,
        owner as UserId,
        draft.subject,
        draft.due_at,
        creator as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Moves a task to another time.
pub async fn move_to(
    db: &mut PgConnection,
    id: TaskId,
    due_at: DateTime<Utc>,
    by: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update task set due_at = $2, reminder_due = $2, updated_by = $3, updated_at = $4, version = version + 1 where id = $1",
        id as TaskId,
        due_at,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a task: it was done, in a follow-up if there is one, or it is cancelled.
pub async fn end(
    db: &mut PgConnection,
    id: TaskId,
    status: Status,
    followup: Option<FollowUpId>,
    by: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update task k
         set status = $2, ended_at = $5, ended_by = $4, completed_in_id = f.id, completed_in_at = f.at, reminder_due = null,
             updated_by = $4, updated_at = $5, version = k.version + 1
         from (select) one left join followup f on f.id = $3
         where k.id = $1",
        id as TaskId,
        name_of(status),
        followup as Option<FollowUpId>,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Completes what earlier follow-ups planned about the customer of a follow-up, if this one is the latest of the present
/// ownership. One that an order wrote completes nothing.
pub async fn complete_plans(db: &mut PgConnection, id: FollowUpId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update task k
         set status = 'DONE', ended_at = $2, ended_by = f.author_user_id, completed_in_id = f.id, completed_in_at = f.at,
             reminder_due = null, updated_by = f.author_user_id, updated_at = $2, version = k.version + 1
         from followup f join customer c on c.id = f.customer_id
         where f.id = $1 and f.channel <> 'ORDER' and (c.owned_since is null or c.owned_since <= f.at)
             and k.customer_id = f.customer_id and k.status = 'OPEN' and k.followup_id is not null
             and not exists (select from followup l where l.customer_id = f.customer_id and l.channel <> 'ORDER'
                                 and (l.at, l.created_at, l.id) > (f.at, f.created_at, f.id))",
        id as FollowUpId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Creates the task that a follow-up plans, if it plans one: for the owner of its customer, or in the pool for its author.
pub async fn plan(db: &mut PgConnection, id: TaskId, followup: FollowUpId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into task (id, customer_id, opportunity_id, owner_user_id, subject, due_at, reminder_due, followup_id, followup_at,
                           created_by, updated_by, created_at, updated_at)
         select $1, f.customer_id, f.opportunity_id, coalesce(c.owner_user_id, f.author_user_id), f.next_plan, f.next_contact_at,
                f.next_contact_at, f.id, f.at, f.author_user_id, f.author_user_id, $3, $3
         from followup f join customer c on c.id = f.customer_id
         where f.id = $2 and f.next_contact_at is not null",
        id as TaskId,
        followup as FollowUpId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets the plan of each customer be that of the latest follow-up of the present ownership, if this import brought it: what
/// earlier ones planned is done. Nobody is reminded of what was due before.
pub async fn plan_of_import(
    db: &mut PgConnection,
    import: ImportId,
    customers: &[CustomerId],
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "with latest as (
             select n.id as task_id, c.owner_user_id, f.*
             from unnest($2::uuid[], $3::uuid[]) n (customer_id, id)
             join customer c on c.id = n.customer_id and c.owner_user_id is not null
             cross join lateral (
                 select f.id, f.customer_id, f.opportunity_id, f.author_user_id, f.at, f.next_plan, f.next_contact_at, f.import_id
                 from followup f where f.customer_id = c.id and f.at >= c.owned_since and f.channel <> 'ORDER'
                 order by f.at desc, f.created_at desc, f.id desc limit 1) f
             where f.import_id = $1),
         completed as (
             update task k
             set status = 'DONE', ended_at = $4, ended_by = l.author_user_id, completed_in_id = l.id, completed_in_at = l.at,
                 reminder_due = null, updated_by = l.author_user_id, updated_at = $4, version = k.version + 1
             from latest l
             where k.customer_id = l.customer_id and k.status = 'OPEN' and k.followup_id <> l.id)
         insert into task (id, customer_id, opportunity_id, owner_user_id, subject, due_at, reminder_due, followup_id, followup_at,
                           created_by, updated_by, created_at, updated_at)
         select l.task_id, l.customer_id, l.opportunity_id, l.owner_user_id, l.next_plan, l.next_contact_at,
                case when l.next_contact_at > $4 then l.next_contact_at end, l.id, l.at, l.author_user_id, l.author_user_id, $4, $4
         from latest l
         where l.next_contact_at is not null and not exists (select from task k where k.followup_id = l.id)",
        import as ImportId,
        &uuids(customers),
        ids,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the open tasks of a user to a successor, or cancels them if there is none.
pub async fn hand_over(
    db: &mut PgConnection,
    leaver: UserId,
    successor: Option<UserId>,
    by: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "select hand_over_tasks(array(select id from task where owner_user_id = $1 and status = 'OPEN'), $2, $3, $4)",
        leaver as UserId,
        successor as Option<UserId>,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A task whose owner is to be reminded.
pub struct DueTask {
    /// Its id.
    pub id: TaskId,
    /// Its customer.
    pub customer: CustomerId,
    /// Its owner.
    pub owner: UserId,
}

/// The time of the next reminder.
pub async fn next_due(db: impl PgExecutor<'_>) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!("select min(reminder_due) from task where reminder_due is not null").fetch_one(db).await
}

/// Takes at most `most` reminders that are due, so that nobody else takes them, the earliest first. A task that is just being changed is left for
/// the next call.
pub async fn take_due(db: &mut PgConnection, now: DateTime<Utc>, most: i64) -> sqlx::Result<Vec<DueTask>> {
    sqlx::query_as!(
        DueTask,
        r#"with due as (
               select id from task where reminder_due <= $1 order by reminder_due, id limit $2 for no key update skip locked),
           taken as (
               update task k set reminder_due = null from due where k.id = due.id
               returning k.id, k.customer_id, k.owner_user_id, k.due_at)
           select id as "id: TaskId", customer_id as "customer: CustomerId", owner_user_id as "owner: UserId"
           from taken order by due_at, id"#,
        now,
        most
    )
    .fetch_all(db)
    .await
}
