//! Statements that load, lock, insert and change customers. Those that one verb alone needs stand in the `store.rs` of
//! its folder.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use super::draft::Draft;
use super::model::{Change, Customer, Entry, Existing, MovedCustomer, READ};
use crate::kernel::access::Permission;
use crate::kernel::access::scope::{Place, reach_columns, reach_in};
use crate::kernel::error::{Error, UserError, violated};
use crate::kernel::event::Event;
use crate::kernel::id::{CustomerId, DEFAULT_POOL, FollowUpId, PoolId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// Loads customers without a lock, with what the actor may see of them and do with them by a permission.
pub async fn load(op: &mut Op<'_>, ids: &[CustomerId], permission: Permission) -> Result<Vec<Customer>, Error> {
    fetch(op, ids, permission, "").await
}

/// Loads customers like [`load`] and locks them. Rows that another transaction has locked are left out.
pub async fn lock(op: &mut Op<'_>, ids: &[CustomerId], permission: Permission) -> Result<Vec<Customer>, Error> {
    fetch(op, ids, permission, "order by c.id for no key update of c skip locked").await
}

async fn fetch(op: &mut Op<'_>, ids: &[CustomerId], permission: Permission, how: &str) -> Result<Vec<Customer>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let ids = binds.bind(Arg::Uuids(uuids(ids)));
    let reach = reach_columns(&rights, READ, permission, Place::itself("c"), &mut binds);
    let text = format!(
        "select c.id, c.owner_user_id, c.protected_until, c.blacklisted_at is not null, c.archived_at is not null, \
         c.merged_into, c.updated_at, c.version, c.owned_since, c.pool_id, {reach} \
         from customer c where c.id = any({ids}) {how}"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    Ok(rows.iter().map(customer_of).collect::<sqlx::Result<_>>()?)
}

fn customer_of(row: &PgRow) -> sqlx::Result<Customer> {
    Ok(Customer {
        id: row.try_get(0)?,
        owner: row.try_get(1)?,
        protected_until: row.try_get(2)?,
        is_blacklisted: row.try_get(3)?,
        is_archived: row.try_get(4)?,
        merged_into: row.try_get(5)?,
        updated_at: row.try_get(6)?,
        version: row.try_get(7)?,
        owned_since: row.try_get(8)?,
        pool: row.try_get(9)?,
        reach: reach_in(row, 10)?,
    })
}

/// Locks the row of a user, so that they can't depart until the operation ends; false if they are not active.
pub async fn keep_active(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let status = sqlx::query_scalar!("select status from app_user where id = $1 for share", user as UserId)
        .fetch_optional(db)
        .await?;
    Ok(status.as_deref() == Some("ACTIVE"))
}

/// Moves customers to the new owners of the events, from the pool or from another owner. The caller has locked the
/// rows, so a customer that the new owner has already is a defect, not a race.
pub async fn give(db: &mut PgConnection, events: &[Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let owners: Vec<_> = events.iter().map(|event| event.kind.log_entry().new_owner.map(UserId::uuid)).collect();
    let moved = sqlx::query!(
        "update customer c
         set owner_user_id = e.owner, owned_since = e.at, pool_entry_time = null, protected_until = null, protection_due = null,
             first_followup_time = null, last_followup_time = null, next_contact_at = null, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) e (id, at, owner)
         where c.id = e.id and c.owner_user_id is distinct from e.owner",
        &ids,
        &times,
        &owners as &[Option<uuid::Uuid>]
    )
    .execute(db)
    .await?;
    check_all_moved(events, moved.rows_affected())
}

/// Moves customers back to where they were before a batch, with the times that they had there. The caller has locked the
/// rows.
pub async fn move_back(db: &mut PgConnection, events: &[Event], moved: &[MovedCustomer]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let moved = sqlx::query!(
        "update customer c
         set owner_user_id = e.owner, owned_since = case when e.owner is not null then e.since end,
             pool_entry_time = case when e.owner is null then e.since end,
             protected_until = case when e.protected_until >= e.since then e.protected_until end,
             protection_due = case when e.protected_until > e.at then e.protected_until end,
             first_followup_time = e.first, last_followup_time = e.last, next_contact_at = null, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
              e (id, at, owner, first, last, protected_until, since)
         where c.id = e.id and c.owner_user_id is distinct from e.owner",
        &ids,
        &times,
        &moved.iter().map(|it| it.former_owner.map(UserId::uuid)).collect::<Vec<_>>() as &[Option<uuid::Uuid>],
        &moved.iter().map(|it| it.first_followup_time).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &moved.iter().map(|it| it.last_followup_time).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &moved.iter().map(|it| it.protected_until).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &events.iter().zip(moved).map(|(event, it)| it.since.unwrap_or(event.at)).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    check_all_moved(events, moved.rows_affected())
}

/// Moves owned customers to the pools of the events, where the present protection period of the pool protects them. The caller has
/// locked the rows.
pub async fn release(db: &mut PgConnection, events: &[Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let moved = sqlx::query!(
        "update customer c
         set owner_user_id = null, owned_since = null, pool_entry_time = e.at,
             pool_id = coalesce(e.pool, c.pool_id),
             (protected_until, protection_due) = (select until, until from protected_until(e.at, coalesce(e.pool, c.pool_id)) until),
             first_followup_time = null, last_followup_time = null, next_contact_at = null, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) e (id, at, pool)
         where c.id = e.id and c.owner_user_id is not null",
        &ids,
        &times,
        &pools(events) as &[Option<uuid::Uuid>]
    )
    .execute(db)
    .await
    .map_err(explain_archived_pool)?;
    check_all_moved(events, moved.rows_affected())
}

/// Moves customers to the pools of the events. Those that are still protected after a release are protected by the period of that pool,
/// counted from when they came into the pool. The caller has locked the rows, and before them the protection period.
pub async fn move_to_pools(db: &mut PgConnection, events: &[Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let moved = sqlx::query!(
        "update customer c
         set pool_id = e.pool, updated_at = e.at,
             (protected_until, protection_due) = (
                 select case when p.changes then p.until else c.protected_until end,
                        case when p.changes then greatest(p.until, e.at) else c.protection_due end
                 from (select u.until, c.protection_due is not null and c.protected_until > e.at and c.pool_entry_time > c.created_at
                                       and c.protected_until is distinct from u.until as changes
                       from protected_until(c.pool_entry_time, e.pool) u (until)) p)
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) e (id, at, pool)
         where c.id = e.id and c.pool_id <> e.pool",
        &ids,
        &times,
        &pools(events) as &[Option<uuid::Uuid>]
    )
    .execute(db)
    .await
    .map_err(explain_archived_pool)?;
    check_all_moved(events, moved.rows_affected())
}

/// Puts a customer on the blacklist, or takes it off. If its protection ended while it was on the blacklist, that end
/// is not announced afterwards.
pub async fn set_blacklisted(
    db: &mut PgConnection,
    id: CustomerId,
    reason: Option<&str>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer
         set blacklisted_at = case when $2::text is null then null else $3::timestamptz end, blacklist_reason = $2, updated_at = $3,
             protection_due = case when $2::text is not null or protection_due > $3 then protection_due end
         where id = $1",
        id as CustomerId,
        reason,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Archives a customer, or restores it.
pub async fn set_archived(
    db: &mut PgConnection,
    id: CustomerId,
    is_archived: bool,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer set archived_at = case when $2::boolean then $3::timestamptz end, updated_at = $3 where id = $1",
        id as CustomerId,
        is_archived,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Updates the follow-up times of the present ownership by a new follow-up; one that is dated before this ownership
/// does not count. A first one that is not known, while the last one is, stays unknown. `updated_at` stays, because this is
/// no change of the customer.
pub async fn count_follow_up(db: &mut PgConnection, id: FollowUpId) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer c
         set first_followup_time = case when c.first_followup_time is not null or c.last_followup_time is null
                                        then least(c.first_followup_time, f.at) end,
             last_followup_time = greatest(c.last_followup_time, f.at)
         from followup f
         where f.id = $1 and c.id = f.customer_id and c.owned_since <= f.at",
        id as FollowUpId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the follow-up times of the present ownership to those of its follow-ups, after some were imported or removed. If
/// nothing was removed, the last one stays where it is later. Of the first one nothing is known while only the last one
/// was imported.
pub async fn count_follow_ups(db: &mut PgConnection, customers: &[CustomerId], removed: bool) -> sqlx::Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update customer c
         set first_followup_time = f.first, last_followup_time = case when $2 then f.last else greatest(c.last_followup_time, f.last) end
         from (select k.id,
                      case when coalesce(bool_or(i.kind = 'FOLLOW_UPS'), false) or not coalesce(bool_or(i.kind = 'CUSTOMERS'), false)
                           then min(f.at) end as first,
                      max(f.at) as last
               from customer k
               left join followup f on f.customer_id = k.id and f.at >= k.owned_since
               left join import i on i.id = f.import_id
               where k.id = any($1) and k.owner_user_id is not null group by k.id) f
         where c.id = f.id",
        &uuids(customers),
        removed
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The customer that has this name or credit code already, other than `except`. One with the credit code comes first.
pub async fn existing(
    db: &mut PgConnection,
    name_key: &str,
    credit_code: Option<&str>,
    except: Option<CustomerId>,
) -> sqlx::Result<Option<Existing>> {
    sqlx::query_as!(
        Existing,
        r#"select id as "id: CustomerId", coalesce(credit_code = $2, false) as "same_credit_code!"
           from customer where (name_key = $1 or credit_code = $2) and merged_into is null and id is distinct from $3
           order by 2 desc limit 1"#,
        name_key,
        credit_code,
        except as Option<CustomerId>
    )
    .fetch_optional(db)
    .await
}

/// Inserts customers; those in the pool may be protected for a time. Of the follow-ups of an imported one only the last
/// is known. They are inserted in the order of their name keys, so two transactions that insert the same companies do not
/// deadlock.
pub async fn insert(
    db: &mut PgConnection,
    entries: &[Entry],
    protect_for: Option<TimeDelta>,
    is_import: bool,
    creator: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into customer (id, name, name_key, credit_code, source, source_detail, industry, size, level, region,
                               pool_id, owner_user_id, owned_since, pool_entry_time, protected_until, protection_due,
                               last_followup_time, created_by, created_at, updated_at, imported_at)
         select id, name, name_key, credit_code, source, source_detail, industry, size, level, region,
                coalesce(pool, $6), owner, case when owner is not null then coalesce(owned_since, $3) end, case when owner is null then $3 end,
                p.ends, p.ends, last_followup, $2, $3, $3, case when $5 then $3 end
         from jsonb_to_recordset($1) as e (
             id uuid, name text, name_key text, credit_code text, source text, source_detail text, industry text,
             size text, level text, region text, pool uuid, owner uuid, owned_since timestamptz, last_followup timestamptz)
         cross join lateral (select case when owner is null then claimable_from($3::timestamptz + nullif($4::bigint, 0) * interval '1 second') end) p (ends)
         order by name_key",
        Json(entries) as _,
        creator as Option<UserId>,
        now,
        protect_for.map(|protection| protection.num_seconds()),
        is_import,
        DEFAULT_POOL as PoolId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The present values of the fields that users edit.
pub async fn draft_of(db: &mut PgConnection, id: CustomerId) -> sqlx::Result<Draft> {
    sqlx::query_as!(
        Draft,
        "select name, name_key, credit_code, source, source_detail, industry, size, level, region from customer where id = $1",
        id as CustomerId
    )
    .fetch_one(db)
    .await
}

/// Saves edits, and counts them in `version`.
pub async fn update(db: &mut PgConnection, changes: &[Change]) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer c
         set name = e.name, name_key = e.name_key, credit_code = e.credit_code, source = e.source,
             source_detail = e.source_detail, industry = e.industry, size = e.size, level = e.level, region = e.region,
             updated_at = e.at, version = c.version + 1
         from jsonb_to_recordset($1) as e (
             id uuid, at timestamptz, name text, name_key text, credit_code text, source text, source_detail text,
             industry text, size text, level text, region text)
         where c.id = e.id",
        Json(changes) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The customers and times of events, as the two arrays that the statements take.
fn columns(events: &[Event]) -> (Vec<uuid::Uuid>, Vec<DateTime<Utc>>) {
    events.iter().map(|event| (event.customer.uuid(), event.at)).unzip()
}

/// The pools of events.
fn pools(events: &[Event]) -> Vec<Option<uuid::Uuid>> {
    events.iter().map(|event| event.pool.map(PoolId::uuid)).collect()
}

/// Turns the reference to a pool that was archived just now into a refusal.
fn explain_archived_pool(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("customer_pool") => UserError::conflict().into(),
        _ => error.into(),
    }
}

/// Fails unless every event has moved its customer.
fn check_all_moved(events: &[Event], moved: u64) -> Result<(), Error> {
    if moved == events.len() as u64 {
        return Ok(());
    }
    Err(Error::Internal(format!("{moved} of {} locked customers could be moved", events.len()).into()))
}
