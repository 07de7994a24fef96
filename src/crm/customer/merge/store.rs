//! Statements that merge two customers. The caller has locked both.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::crm::customer::model::Customer;
use crate::kernel::event::Moved;
use crate::kernel::id::{CustomerId, UserId};

/// Moves everything that belongs to a customer to the survivor, and returns how much was moved. The survivor keeps its
/// own primary contact, and its own value of an extra that both have.
pub async fn move_all(
    db: &mut PgConnection,
    survivor: CustomerId,
    merged: CustomerId,
    at: DateTime<Utc>,
) -> sqlx::Result<Moved> {
    // Counted before anything moves, because follow-ups, tasks, orders and feedback move together with their opportunities
    // and orders.
    let mut moved = sqlx::query_as!(
        Moved,
        r#"select (select count(*) from contact where customer_id = $1) as "contacts!",
                  0::bigint as "extras!",
                  (select count(*) from sales_opportunity where customer_id = $1) as "opportunities!",
                  (select count(*) from followup where customer_id = $1) as "follow_ups!",
                  (select count(*) from task where customer_id = $1) as "tasks!",
                  (select count(*) from sales_order where customer_id = $1) as "orders!",
                  (select count(*) from order_feedback where customer_id = $1) as "feedback!""#,
        merged as CustomerId
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "update contact c
         set customer_id = $1, updated_at = $3, version = c.version + 1,
             is_primary = c.is_primary and not exists (select from contact p where p.customer_id = $1 and p.is_primary)
         where c.customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId,
        at
    )
    .execute(&mut *db)
    .await?;
    let extras = sqlx::query!(
        "update customer_extra x set customer_id = $1
         where x.customer_id = $2 and not exists (select from customer_extra o where o.customer_id = $1 and o.key = x.key)",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    moved.extras = extras.rows_affected().cast_signed();
    sqlx::query!(
        "update sales_opportunity set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update sales_order set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update followup set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update task set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update enquiry set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(db)
    .await?;
    Ok(moved)
}

/// Gives what the owner of the merged customer has to do about it to the owner of the survivor, or cancels it if the survivor
/// is in the pool. Tasks about orders stay with their owner.
pub async fn hand_over_tasks(
    db: &mut PgConnection,
    survivor: &Customer,
    merged: &Customer,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "select hand_over_tasks(
             array(select id from task
                   where customer_id = $1 and owner_user_id = $3 and owner_user_id is distinct from $2 and status = 'OPEN'
                       and order_id is null), $2, null, $4)",
        merged.id as CustomerId,
        survivor.owner as Option<UserId>,
        merged.owner as Option<UserId>,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Marks a customer as merged: it has no owner, is archived for good, and its id leads to the survivor; so do the ids
/// of customers that were merged into it before. The survivor gets its credit code if it has none, and is blacklisted
/// if the other was.
pub async fn end(
    db: &mut PgConnection,
    survivor: CustomerId,
    merged: CustomerId,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer
         set merged_into = $1, archived_at = coalesce(archived_at, $3), updated_at = $3,
             owner_user_id = null, owned_since = null, pool_entry_time = case when owner_user_id is null then pool_entry_time else $3 end,
             protected_until = null, protection_due = null, first_followup_time = null, last_followup_time = null, next_contact_at = null
         where id = $2",
        survivor as CustomerId,
        merged as CustomerId,
        at
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update customer set merged_into = $1 where merged_into = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(&mut *db)
    .await?;
    // Only after the other customer is merged, because two customers that are not merged can't have the same credit
    // code.
    sqlx::query!(
        "update customer s
         set credit_code = coalesce(s.credit_code, m.credit_code), blacklisted_at = coalesce(s.blacklisted_at, m.blacklisted_at),
             blacklist_reason = coalesce(s.blacklist_reason, m.blacklist_reason), has_ordered = s.has_ordered or m.has_ordered,
             updated_at = $3, version = s.version + 1
         from customer m
         where s.id = $1 and m.id = $2",
        survivor as CustomerId,
        merged as CustomerId,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Moves the operation log of a merged customer to the survivor.
pub async fn move_history(db: &mut PgConnection, survivor: CustomerId, merged: CustomerId) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer_operation_log set customer_id = $1, merged_from = coalesce(merged_from, customer_id) where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes the notifications about a merged customer lead to the survivor.
pub async fn move_notifications(db: &mut PgConnection, survivor: CustomerId, merged: CustomerId) -> sqlx::Result<()> {
    sqlx::query!(
        "update notification set customer_id = $1 where customer_id = $2",
        survivor as CustomerId,
        merged as CustomerId
    )
    .execute(db)
    .await?;
    Ok(())
}
