//! Statements that lock and write pools.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::model::{Draft, Locked};
use crate::kernel::directory::PoolMember;
use crate::kernel::id::{PoolId, UserId};

/// Locks a pool, and loads it. No customer comes into it until the operation ends.
pub async fn lock(db: &mut PgConnection, id: PoolId) -> sqlx::Result<Option<Locked>> {
    let row = sqlx::query!(
        r#"select name, administrator_user_id as "administrator: UserId", condition, priority, protection_period_seconds, max_owned_customers,
                  max_claims_per_day, version, archived_at is not null as "is_archived!"
           from pool where id = $1 for update"#,
        id as PoolId
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let members = sqlx::query_as!(
        PoolMember,
        r#"select user_id as "user: UserId", with_team from pool_member where pool_id = $1 order by user_id"#,
        id as PoolId
    )
    .fetch_all(db)
    .await?;
    let draft = Draft {
        name: row.name,
        administrator: row.administrator,
        members,
        condition: row.condition,
        priority: row.priority,
        protection_period: row.protection_period_seconds.map(TimeDelta::seconds),
        max_owned_customers: row.max_owned_customers,
        max_claims_per_day: row.max_claims_per_day,
    };
    Ok(Some(Locked { draft, version: row.version, is_archived: row.is_archived }))
}

/// Inserts a pool.
pub async fn insert(db: &mut PgConnection, id: PoolId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into pool (id, name, administrator_user_id, condition, priority, protection_period_seconds, max_owned_customers,
                           max_claims_per_day, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        id as PoolId,
        draft.name,
        draft.administrator as Option<UserId>,
        draft.condition,
        draft.priority,
        draft.protection_period.map(|period| period.num_seconds()),
        draft.max_owned_customers,
        draft.max_claims_per_day,
        now
    )
    .execute(&mut *db)
    .await?;
    set_members(db, id, &draft.members).await
}

/// Saves an edit.
pub async fn update(db: &mut PgConnection, id: PoolId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update pool
         set name = $2, administrator_user_id = $3, condition = $4, priority = $5, protection_period_seconds = $6,
             max_owned_customers = $7, max_claims_per_day = $8, updated_at = $9, version = version + 1
         where id = $1",
        id as PoolId,
        draft.name,
        draft.administrator as Option<UserId>,
        draft.condition,
        draft.priority,
        draft.protection_period.map(|period| period.num_seconds()),
        draft.max_owned_customers,
        draft.max_claims_per_day,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Replaces the members of a pool.
pub async fn set_members(db: &mut PgConnection, id: PoolId, members: &[PoolMember]) -> sqlx::Result<()> {
    sqlx::query!("delete from pool_member where pool_id = $1", id as PoolId).execute(&mut *db).await?;
    sqlx::query!(
        "insert into pool_member (pool_id, user_id, with_team) select $1, m.* from unnest($2::uuid[], $3::boolean[]) m",
        id as PoolId,
        &members.iter().map(|member| member.user.uuid()).collect::<Vec<_>>(),
        &members.iter().map(|member| member.with_team).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many customers belong to a pool, archived ones included, merged ones not.
pub async fn count_customers(db: &mut PgConnection, id: PoolId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from customer where pool_id = $1 and merged_into is null"#,
        id as PoolId
    )
    .fetch_one(db)
    .await
}

/// Archives a pool to which no customer belongs. Merged customers, which nobody sees, go to the default pool.
pub async fn archive(db: &mut PgConnection, id: PoolId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update customer set pool_id = default where pool_id = $1 and merged_into is not null", id as PoolId)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "update pool set archived_at = $2, updated_at = $2, version = version + 1 where id = $1",
        id as PoolId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
