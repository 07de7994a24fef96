//! Statements that read what a claim or a release depends on: the limits of the claimer, and earlier owners.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::crm::customer::model::Claimer;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, UserId, uuids};
use crate::kernel::op::Op;

/// Counts what the claim limits limit, for the actor. The caller must have taken [its turn](Op::take_turn): without
/// that, two claims at once could both fit under a limit.
pub async fn load_claimer(op: &mut Op<'_>) -> Result<Claimer, Error> {
    let user = op.viewer()?.user;
    let (day_start, _) = op.settings().day_around(op.now());
    Ok(count_claims(op.db(), user, day_start).await?)
}

/// Counts the claims of a user since the start of the day, and the customers that they own now, except archived ones.
pub async fn count_claims<'e>(
    db: impl PgExecutor<'e>,
    user: UserId,
    day_start: DateTime<Utc>,
) -> sqlx::Result<Claimer> {
    sqlx::query_as!(
        Claimer,
        r#"select (select count(*) from customer_operation_log
                   where operator_user_id = $1 and type = 'CLAIM' and at >= $2) as "claims_today!",
                  (select count(*) from customer where owner_user_id = $1 and archived_at is null) as "owned!""#,
        user as UserId,
        day_start
    )
    .fetch_one(db)
    .await
}

/// When a user last lost each of these customers, within the cool-down of the settings; empty if there is no cool-down.
pub async fn last_owned(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    user: UserId,
) -> Result<HashMap<CustomerId, DateTime<Utc>>, Error> {
    let Some(cooldown) = op.settings().previous_owner_cooldown else { return Ok(HashMap::new()) };
    let since = op.now() - cooldown;
    let rows = sqlx::query!(
        r#"select customer_id as "customer_id: CustomerId", max(at) as "at!" from customer_operation_log
           where customer_id = any($1) and merged_from is null and previous_owner_user_id = $2 and new_owner_user_id is distinct from $2 and at > $3
           group by customer_id"#,
        &uuids(ids),
        user as UserId,
        since
    )
    .fetch_all(op.db())
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.at)).collect())
}

/// The customers whose latest change of owner is a release by this user.
pub async fn last_released_by(
    db: &mut PgConnection,
    ids: &[CustomerId],
    user: UserId,
) -> sqlx::Result<HashSet<CustomerId>> {
    let rows = sqlx::query_scalar!(
        r#"select c.id as "id: CustomerId" from unnest($1::uuid[]) c (id)
           cross join lateral (
               select l.type, l.operator_user_id from customer_operation_log l
               where l.customer_id = c.id and l.merged_from is null and l.previous_owner_user_id is distinct from l.new_owner_user_id
               order by l.at desc, l.id desc limit 1) l
           where l.operator_user_id = $2 and l.type in ('RELEASE', 'RECLAIM')"#,
        &uuids(ids),
        user as UserId
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().flatten().collect())
}

/// Those of some customers that a user owns by a claim of their own since a moment.
pub async fn claimed_since(
    db: &mut PgConnection,
    ids: &[CustomerId],
    user: UserId,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select c.id as "id: CustomerId" from customer c
           join customer_operation_log l on l.customer_id = c.id and l.at = c.owned_since
           where c.id = any($1) and c.owned_since > $3 and l.type = 'CLAIM' and l.operator_user_id = $2
           order by c.id"#,
        &uuids(ids),
        user as UserId,
        since
    )
    .fetch_all(db)
    .await
}
