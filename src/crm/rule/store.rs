//! Statements that load, lock and write pool rules.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Draft, Keep};
use crate::kernel::error::Error;
use crate::kernel::id::PoolRuleId;
use crate::kernel::scalar::{name_of, named};

/// Loads a rule and its version.
pub async fn find(db: &mut PgConnection, id: PoolRuleId) -> Result<Option<(Draft, i32)>, Error> {
    let row = sqlx::query!(
        "select name, condition, action, days_ahead, max_per_run, keeps_unapproved, priority, schedule, workdays, enabled, version
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
        keeps_unapproved: row.keeps_unapproved,
        priority: row.priority,
        schedule: row.schedule,
        workdays: row.workdays,
        enabled: row.enabled,
    };
    Ok(Some((draft, row.version)))
}

/// Locks a rule and loads it like [`find`].
pub async fn lock(db: &mut PgConnection, id: PoolRuleId) -> Result<Option<(Draft, i32)>, Error> {
    sqlx::query!("select id from customer_pool_rule where id = $1 for no key update", id as PoolRuleId)
        .fetch_optional(&mut *db)
        .await?;
    find(db, id).await
}

/// Inserts a rule.
pub async fn insert(db: &mut PgConnection, id: PoolRuleId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into customer_pool_rule (id, name, condition, action, days_ahead, priority, schedule, enabled, scheduled_since,
                                         created_at, updated_at, max_per_run, workdays, keeps_unapproved)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11, $12)",
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
        draft.workdays,
        draft.keeps_unapproved
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves an edit. If the rule is switched on or off, or its schedule changes, only planned times from now on count:
/// earlier ones that were missed are not made up.
pub async fn update(db: &mut PgConnection, id: PoolRuleId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer_pool_rule
         set name = $2, condition = $3, days_ahead = $4, priority = $5, schedule = $6, enabled = $7, updated_at = $8, max_per_run = $9,
             workdays = $10, keeps_unapproved = $11,
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
        draft.workdays,
        draft.keeps_unapproved
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The enabled rules that keep customers from a rule of this priority, the highest priority first.
pub async fn load_keeps(db: &mut PgConnection, priority: i32) -> sqlx::Result<Vec<Keep>> {
    sqlx::query_as!(
        Keep,
        "select name, condition, workdays from customer_pool_rule
         where action = 'KEEP' and enabled and priority >= $1 order by priority desc, id",
        priority
    )
    .fetch_all(db)
    .await
}

/// The runs of a rule that wait because single owners would lose many customers, with their planned times.
pub async fn waiting(db: &mut PgConnection, id: PoolRuleId) -> sqlx::Result<Vec<(Uuid, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        "select id, planned_at from pool_rule_run where rule_id = $1 and status = 'AWAITING_APPROVAL' and not is_stopped order by planned_at",
        id as PoolRuleId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.planned_at)).collect())
}
