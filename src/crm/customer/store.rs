//! Every statement that writes or locks customers.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row};

use super::edit::Draft;
use super::leaving::Group;
use super::locking::Customer;
use super::pool::{Claimer, MovedCustomer, Owned, RELEASE};
use super::read::{PLACEHOLDERS, READ, describe};
use super::team::TEAM_SCOPES;
use crate::crm::rule;
use crate::kernel::access::scope::{Place, reach_columns, reach_in};
use crate::kernel::access::{Permission, Rights};
use crate::kernel::error::Error;
use crate::kernel::event::Event;
use crate::kernel::id::{CustomerId, FollowUpId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::read::filtered;
use crate::kernel::scalar::named;
use crate::kernel::sql::{Arg, Binds, Statement};

/// Customers as they are, with what the actor may see of them and do with them; without a lock.
pub async fn look(op: &mut Op<'_>, ids: &[CustomerId], permission: Permission) -> Result<Vec<Customer>, Error> {
    fetch(op, ids, permission, "").await
}

/// The same, locked; those that somebody else holds are left out.
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
         c.merged_into, c.updated_at, c.version, c.owned_since, {reach} \
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
        reach: reach_in(row, 9)?,
    })
}

/// Those customers of the actor's team that a filter asks for, at most `most`; only some of them, where ids are given.
pub async fn of_team(
    op: &mut Op<'_>,
    filter: &serde_json::Value,
    only: Option<&[CustomerId]>,
    most: usize,
) -> Result<Vec<Owned>, Error> {
    let viewpoint = op.viewpoint(PLACEHOLDERS)?;
    let reach = (RELEASE, TEAM_SCOPES);
    let statement =
        filtered(&describe(), "{t}.id, {t}.owner_user_id, {t}.updated_at", filter, reach, &viewpoint, |row, binds| {
            let only = only.map(|ids| format!("and {row}.id = any({})", binds.bind(Arg::Uuids(uuids(ids)))));
            let only = only.unwrap_or_default();
            format!(
                "{row}.owner_user_id is not null and {row}.archived_at is null {only} order by {row}.id limit {most}"
            )
        })?;
    let owned =
        |row: &PgRow| Ok(Owned { customer: row.try_get(0)?, owner: row.try_get(1)?, updated_at: row.try_get(2)? });
    Ok(statement.fetch_all(op.db()).await?.iter().map(owned).collect::<sqlx::Result<_>>()?)
}

/// Keeps somebody from departing until the operation ends; false when they are not active.
pub async fn keep_active(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let status = sqlx::query_scalar!("select status from app_user where id = $1 for share", user as UserId)
        .fetch_optional(db)
        .await?;
    Ok(status.as_deref() == Some("ACTIVE"))
}

/// What counts against the limits of the actor. Read behind [`Op::take_turn`], or the limits do not hold.
pub async fn claimer(op: &mut Op<'_>) -> Result<Claimer, Error> {
    let user = op.viewer()?.user;
    let (day_start, _) = op.settings().day_around(op.now());
    Ok(counted(op.db(), user, day_start).await?)
}

/// Claims since the start of the day, in the log, and customers owned now, archived ones not counted.
pub async fn counted<'e>(db: impl PgExecutor<'e>, user: UserId, day_start: DateTime<Utc>) -> sqlx::Result<Claimer> {
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

/// When the actor last lost each of these customers, as far as the cool-down looks back.
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

/// Those of the customers whose latest change of owner was their release by this user.
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

/// Moves customers to the owners that the events give them, from the pool or from another one. The rows are locked; one that
/// is theirs after all is a defect, not a race.
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
    all_of(events, moved.rows_affected())
}

/// Moves customers back to where they were. The rows are locked.
pub async fn move_back(db: &mut PgConnection, events: &[Event], moved: &[MovedCustomer]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let moved = sqlx::query!(
        "update customer c
         set owner_user_id = e.owner, owned_since = case when e.owner is not null then e.at end,
             pool_entry_time = case when e.owner is null then e.at end, protected_until = p.until, protection_due = p.until,
             first_followup_time = e.first, last_followup_time = e.last, next_contact_at = e.next, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
              e (id, at, owner, first, last, next, protected_until),
              lateral (select case when e.protected_until > e.at then e.protected_until end) p (until)
         where c.id = e.id and c.owner_user_id is distinct from e.owner",
        &ids,
        &times,
        &moved.iter().map(|it| it.former_owner.map(UserId::uuid)).collect::<Vec<_>>() as &[Option<uuid::Uuid>],
        &moved.iter().map(|it| it.first_followup_time).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &moved.iter().map(|it| it.last_followup_time).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &moved.iter().map(|it| it.next_contact_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &moved.iter().map(|it| it.protected_until).collect::<Vec<_>>() as &[Option<DateTime<Utc>>]
    )
    .execute(db)
    .await?;
    all_of(events, moved.rows_affected())
}

/// Keeps the protection period from changing until the operation ends. A change waits for releases under way, and they for
/// it: else one of them would rest for the old period, unseen by the change. Before customers are locked, as a change does.
pub async fn keep_period(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1)", PERIOD_LOCK).execute(db).await?;
    Ok(())
}

/// Moves owned customers to the pool, where they rest for the protection period of this moment.
pub async fn release(db: &mut PgConnection, events: &[Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let (ids, times) = columns(events);
    let moved = sqlx::query!(
        "update customer c
         set owner_user_id = null, owned_since = null, pool_entry_time = e.at,
             protected_until = p.until, protection_due = p.until,
             first_followup_time = null, last_followup_time = null, next_contact_at = null, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[]) e (id, at), lateral protected_until(e.at) p (until)
         where c.id = e.id and c.owner_user_id is not null",
        &ids,
        &times
    )
    .execute(db)
    .await?;
    all_of(events, moved.rows_affected())
}

/// Held shared by releases and alone by a change of what decides how long customers rest.
const PERIOD_LOCK: i64 = 0x7469_6465_0001;

/// Gives those that still rest after a release their new end, from when they came into the pool. What has become claimable
/// stays so. An end that is over already is announced as of now. Who came into the pool as they were created have a protection
/// of their own.
pub async fn change_protection(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<u64> {
    sqlx::query!("select pg_advisory_xact_lock($1)", PERIOD_LOCK).execute(&mut *db).await?;
    let changed = sqlx::query!(
        "update customer
         set protected_until = protected_until(pool_entry_time),
             protection_due = greatest(protected_until(pool_entry_time), $1, updated_at + interval '1 microsecond'),
             updated_at = greatest($1, updated_at + interval '1 microsecond')
         where protection_due is not null and protected_until > $1 and pool_entry_time > created_at
             and protected_until is distinct from protected_until(pool_entry_time)",
        now
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected())
}

/// When the next protection ends that has not been announced.
pub async fn next_end_of_protection(db: impl PgExecutor<'_>) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!("select min(protection_due) from customer where protection_due is not null").fetch_one(db).await
}

/// Announces ends of protection that are due, at most `most`; how many were looked at. What is blacklisted became nothing
/// that anybody can claim. What somebody holds is left for the next look: perhaps they claim it.
pub async fn announce_ends_of_protection(db: impl PgExecutor<'_>, now: DateTime<Utc>, most: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"with due as (
               select id, protection_due from customer where protection_due <= $1
               order by protection_due, id limit $2 for no key update skip locked),
           ended as (
               update customer c set protection_due = null from due d where c.id = d.id
               returning c.id, d.protection_due as at, pool_image(c) as image),
           announced as (
               insert into event_outbox (topic, kind, customer_id, occurred_at, before, after)
               select 'POOL', 'BECAME_CLAIMABLE', id, at, image, image from ended where image is not null order by at, id)
           select count(*) as "count!" from ended"#,
        now,
        most
    )
    .fetch_one(db)
    .await
}

/// SQL of the group of a row `c` of a leaver's customers.
async fn group_of(op: &mut Op<'_>, binds: &mut Binds) -> Result<String, Error> {
    let kept = rule::kept(op, "c", binds).await?;
    Ok(format!(
        "case when c.archived_at is not null then 'REST'
              when {kept} then 'KEPT'
              when exists (select from sales_order o where o.customer_id = c.id
                           and o.status not in ('DELIVERED', 'CANCELLED', 'REFUNDED')) then 'UNFINISHED_ORDERS'
              when exists (select from sales_opportunity o where o.customer_id = c.id
                           and o.stage_kind = 'OPEN' and o.archived_at is null and o.owner_user_id = c.owner_user_id) then 'LIVE_OPPORTUNITIES'
              else 'REST' end"
    ))
}

/// How many customers of each group somebody owns, of groups without any nothing.
pub async fn count_of_leaver(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, i64)>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let (whose, group) = (binds.bind(Arg::Uuid(leaver.uuid())), group_of(op, &mut binds).await?);
    let text = format!("select {group}, count(*) from customer c where c.owner_user_id = {whose} group by 1");
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    rows.iter().map(|row| Ok((named(row.try_get(0)?)?, row.try_get(1)?))).collect()
}

/// Everything that somebody owns, with its group, locked in the order of ids.
pub async fn lock_all_of_leaver(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, Owned)>, Error> {
    let (now, mut binds) = (op.now(), Binds::default());
    let (whose, group) = (binds.bind(Arg::Uuid(leaver.uuid())), group_of(op, &mut binds).await?);
    let text = format!(
        "select {group}, c.id, c.updated_at from customer c where c.owner_user_id = {whose} order by c.id
         for no key update of c"
    );
    let rows = Statement::new(text.into(), &binds, &[], &Rights::of_nobody(), now).fetch_all(op.db()).await?;
    let owned = |row: &PgRow| {
        let owned = Owned { customer: row.try_get(1)?, owner: leaver, updated_at: row.try_get(2)? };
        Ok((named(row.try_get(0)?)?, owned))
    };
    rows.iter().map(owned).collect()
}

/// Puts a customer on the blacklist, or takes it off. A protection that ended there is not announced behind that.
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

/// Counts a follow-up that was written into the present ownership, at its own time; one from before does not count. The
/// latest makes the plan, and an order makes none: all others leave the one that is there, wherever that came from. It is no
/// change of the customer: `updated_at` stays.
pub async fn count_follow_up(db: &mut PgConnection, id: FollowUpId) -> sqlx::Result<()> {
    sqlx::query!(
        "update customer c
         set first_followup_time = least(c.first_followup_time, f.at), last_followup_time = greatest(c.last_followup_time, f.at),
             next_contact_at = case when f.channel = 'ORDER' or exists (
                 select from followup l where l.customer_id = c.id and l.channel <> 'ORDER' and (l.at, l.created_at, l.id) > (f.at, f.created_at, f.id))
                 then c.next_contact_at else f.next_contact_at end
         from followup f
         where f.id = $1 and c.id = f.customer_id and c.owned_since <= f.at",
        id as FollowUpId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A company that has this name or credit code already.
pub struct Existing {
    /// Which.
    pub id: CustomerId,
    /// It has the same credit code; else, the same name.
    pub same_credit_code: bool,
}

/// The company that has this name or credit code already, other than `except`.
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

/// A customer to enter: with an owner, or into the pool.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Its id.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: CustomerId,
    /// What is known of it.
    #[serde(flatten)]
    pub draft: Draft,
    /// Who gets it.
    #[serde(serialize_with = "crate::kernel::id::as_uuid_or_null")]
    pub owner: Option<UserId>,
    /// Since when the owner has it; now, when it is not said.
    pub owned_since: Option<DateTime<Utc>>,
    /// When the owner last followed up.
    pub last_followup: Option<DateTime<Utc>>,
}

/// Enters customers; those that come into the pool may be protected for a time. In the order of their keys: two who enter the
/// same ones do not wait for each other.
pub async fn insert(
    db: &mut PgConnection,
    entries: &[Entry],
    protect_for: Option<TimeDelta>,
    creator: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into customer (id, name, name_key, credit_code, source, source_detail, industry, size, level, region,
                               owner_user_id, owned_since, pool_entry_time, protected_until, protection_due,
                               first_followup_time, last_followup_time, created_by, created_at, updated_at)
         select id, name, name_key, credit_code, source, source_detail, industry, size, level, region,
                owner, case when owner is not null then coalesce(owned_since, $3) end, case when owner is null then $3 end,
                p.ends, p.ends, last_followup, last_followup, $2, $3, $3
         from jsonb_to_recordset($1) as e (
             id uuid, name text, name_key text, credit_code text, source text, source_detail text, industry text,
             size text, level text, region text, owner uuid, owned_since timestamptz, last_followup timestamptz)
         cross join lateral (select case when owner is null then claimable_from($3::timestamptz + nullif($4::bigint, 0) * interval '1 second') end) p (ends)
         order by name_key",
        Json(entries) as _,
        creator as Option<UserId>,
        now,
        protect_for.map(|protection| protection.num_seconds())
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What can be edited of a customer, as it is.
pub async fn draft_of(db: &mut PgConnection, id: CustomerId) -> sqlx::Result<Draft> {
    sqlx::query_as!(
        Draft,
        "select name, name_key, credit_code, source, source_detail, industry, size, level, region from customer where id = $1",
        id as CustomerId
    )
    .fetch_one(db)
    .await
}

/// An edit to save.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Of which customer.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: CustomerId,
    /// What is known of it from now on.
    #[serde(flatten)]
    pub draft: Draft,
    /// When.
    pub at: DateTime<Utc>,
}

/// Saves edits.
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

fn columns(events: &[Event]) -> (Vec<uuid::Uuid>, Vec<DateTime<Utc>>) {
    events.iter().map(|event| (event.customer.uuid(), event.at)).unzip()
}

fn all_of(events: &[Event], moved: u64) -> Result<(), Error> {
    if moved == events.len() as u64 {
        return Ok(());
    }
    Err(Error::Internal(format!("{moved} of {} locked customers could be moved", events.len()).into()))
}
