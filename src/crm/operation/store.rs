//! Statements about operation batches.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::Reached;
use super::batch::READ;
use crate::crm::customer::MovedCustomer;
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::event::BatchKind;
use crate::kernel::id::{CustomerId, OperationBatchId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::named;
use crate::kernel::sql::{Arg, Binds, Statement};

/// The kind of a batch; `None` if there is none or the actor may not see it.
pub async fn find_batch(op: &mut Op<'_>, id: OperationBatchId) -> Result<Option<BatchKind>, Error> {
    let (rights, now, mut binds) = (op.rights()?, op.now(), Binds::default());
    let id = binds.bind(Arg::Uuid(id.uuid()));
    let seen = predicate(&rights, READ, rights.scopes(READ), Place::itself("b"), &mut binds);
    let text = format!("select b.kind from operation_batch b where b.id = {id} and {seen}");
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    rows.first().map(|row| named(row.try_get(0)?)).transpose()
}

/// The last one of the next `most` entries of a batch after `after`, and whether it is the last entry of the batch;
/// `None` if there are no more entries.
pub async fn end_of_part(
    db: &mut PgConnection,
    id: OperationBatchId,
    after: Reached,
    most: usize,
) -> sqlx::Result<Option<(Reached, bool)>> {
    let last = sqlx::query!(
        r#"select p.at, p.id, count(*) over () as "count!"
           from (select at, id from customer_operation_log
                 where batch_id = $1 and cause <> 'UNDO' and (at, id) > ($2, $3)
                 order by at, id limit $4) p
           order by p.at desc, p.id desc limit 1"#,
        id as OperationBatchId,
        after.at,
        after.id,
        most as i64
    )
    .fetch_optional(db)
    .await?;
    Ok(last.map(|last| (Reached { at: last.at, id: last.id }, last.count < most as i64)))
}

/// Locks the active users that a part of a batch took customers from, in the order of their ids, so that they can't
/// depart; returns their ids.
pub async fn lock_former_owners(
    db: &mut PgConnection,
    id: OperationBatchId,
    after: Reached,
    to: Reached,
) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"select id as "id: UserId" from app_user
           where status = 'ACTIVE'
             and id in (select previous_owner_user_id from customer_operation_log
                        where batch_id = $1 and cause <> 'UNDO' and (at, id) > ($2, $3) and (at, id) <= ($4, $5))
           order by id for share"#,
        id as OperationBatchId,
        after.at,
        after.id,
        to.at,
        to.id
    )
    .fetch_all(db)
    .await
}

/// Locks the customers of a part of a batch that are still where the batch moved them. A customer counts only if it was
/// in the pool before, or its owner was one of `returning`, and if it is in the pool now, or its owner is one of
/// `losing`; without `losing`, any owner counts. Rows that another transaction has locked are left out.
pub async fn lock_moved(
    db: &mut PgConnection,
    id: OperationBatchId,
    after: Reached,
    to: Reached,
    returning: &[Uuid],
    losing: Option<&[Uuid]>,
) -> sqlx::Result<Vec<MovedCustomer>> {
    sqlx::query_as!(
        MovedCustomer,
        r#"select c.id as "customer: CustomerId", c.owner_user_id as "owner: UserId", c.updated_at,
                  l.previous_owner_user_id as "former_owner: UserId",
                  coalesce(l.owned_since, l.pool_entry_time) as since,
                  l.first_followup_time, l.last_followup_time, l.protected_until
           from customer_operation_log l join customer c on c.id = l.customer_id
           where l.batch_id = $1 and l.cause <> 'UNDO' and l.merged_from is null and (l.at, l.id) > ($2, $3) and (l.at, l.id) <= ($4, $5)
             and c.owner_user_id is not distinct from l.new_owner_user_id and coalesce(c.owned_since, c.pool_entry_time) = l.at
             and c.merged_into is null
             and (l.previous_owner_user_id is null or l.previous_owner_user_id = any($6))
             and (l.new_owner_user_id is null or $7::uuid[] is null or l.new_owner_user_id = any($7))
           for no key update of c skip locked"#,
        id as OperationBatchId,
        after.at,
        after.id,
        to.at,
        to.id,
        returning,
        losing
    )
    .fetch_all(db)
    .await
}

/// Adds to the number of customers that were moved back, and notes who did it.
pub async fn add_returned(
    db: &mut PgConnection,
    id: OperationBatchId,
    more: usize,
    by: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update operation_batch set returned = returned + $2, undone_by = $3, undone_at = $4 where id = $1",
        id as OperationBatchId,
        more as i64,
        by as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
