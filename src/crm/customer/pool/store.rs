//! Statements that read what a claim or a release depends on: the limits of the claimer, earlier owners, and the pools into which
//! customers come.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, Row};

use crate::crm::customer::model::{Claimer, Counted, Entry};
use crate::crm::rule::condition::Condition;
use crate::kernel::access::Rights;
use crate::kernel::directory::Directory;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, DEFAULT_POOL, PoolId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// Counts what the claim limits limit, for the actor. The caller must have taken [its turn](Op::take_turn): without
/// that, two claims at once could both fit under a limit.
pub async fn load_claimer(op: &mut Op<'_>) -> Result<Claimer, Error> {
    let user = op.viewer()?.user;
    let (day_start, _) = op.settings().day_around(op.now());
    Ok(count_claims(op.db(), user, day_start).await?)
}

/// Counts the claims of a user since the start of the day, and the customers that they own now, except archived ones, by pool.
pub async fn count_claims<'e>(
    db: impl PgExecutor<'e>,
    user: UserId,
    day_start: DateTime<Utc>,
) -> sqlx::Result<Claimer> {
    let counted = sqlx::query_as!(
        Counted,
        r#"select n.pool_id as "pool!: PoolId", sum(n.claims)::bigint as "claims_today!", sum(n.owned)::bigint as "owned!"
           from (select coalesce(pool_id, $3) as pool_id, 1 as claims, 0 as owned from customer_operation_log
                 where operator_user_id = $1 and type = 'CLAIM' and at >= $2
                 union all
                 select pool_id, 0, 1 from customer where owner_user_id = $1 and archived_at is null) n
           group by n.pool_id"#,
        user as UserId,
        day_start,
        DEFAULT_POOL as PoolId
    )
    .fetch_all(db)
    .await?;
    Ok(Claimer(counted))
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

/// The pools into which owned customers fall, where it is another one than the one that they belong to.
pub async fn pools_of_owned(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    conditions: &[(PoolId, Condition)],
) -> Result<HashMap<CustomerId, PoolId>, Error> {
    let (directory, now, mut binds) = (op.directory_handle(), op.now(), Binds::default());
    let among = binds.bind(Arg::Uuids(uuids(ids)));
    let chosen = chosen(conditions, &directory, &mut binds)?;
    let with_condition = conditions.iter().map(|(pool, _)| pool.uuid()).collect();
    let (with_condition, default) =
        (binds.bind(Arg::Uuids(with_condition)), binds.bind(Arg::Uuid(DEFAULT_POOL.uuid())));
    let text = format!(
        "select p.id, p.pool_id from (
             select c.id, c.pool_id as before,
                    coalesce({chosen}, case when c.pool_id = any({with_condition}) then {default} else c.pool_id end) as pool_id
             from customer c where c.id = any({among})) p
         where p.pool_id <> p.before"
    );
    fetch(op, Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now)).await
}

/// The pools into which new customers come, where a condition says it.
pub async fn pools_of_new(
    op: &mut Op<'_>,
    entries: &[&mut Entry],
    conditions: &[(PoolId, Condition)],
) -> Result<HashMap<CustomerId, PoolId>, Error> {
    let (directory, now, mut binds) = (op.directory_handle(), op.now(), Binds::default());
    let entries = serde_json::to_string(entries).map_err(|error| Error::Internal(error.into()))?;
    let entries = binds.bind(Arg::Text(entries));
    let chosen = chosen(conditions, &directory, &mut binds)?;
    let text = format!(
        "select p.id, p.pool_id from (
             select c.id, {chosen} as pool_id from jsonb_populate_recordset(null::customer, {entries}::jsonb) c) p
         where p.pool_id is not null"
    );
    fetch(op, Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now)).await
}

/// SQL for the first pool whose condition matches a row `c` of `customer`; null if there is none.
fn chosen(conditions: &[(PoolId, Condition)], directory: &Directory, binds: &mut Binds) -> Result<String, Error> {
    let now = binds.now();
    let mut chosen = "case".to_owned();
    for (pool, condition) in conditions {
        let matches = condition.predicate(directory, "c", &now, binds)?;
        let pool = binds.bind(Arg::Uuid(pool.uuid()));
        chosen.push_str(&format!(" when {matches} is true then {pool}"));
    }
    chosen.push_str(" end");
    Ok(chosen)
}

async fn fetch(op: &mut Op<'_>, statement: Statement) -> Result<HashMap<CustomerId, PoolId>, Error> {
    let rows = statement.fetch_all(op.db()).await?;
    Ok(rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<sqlx::Result<_>>()?)
}
