//! Every statement that writes or locks follow-ups.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Draft;
use super::entry::{Entry, Identity};
use crate::kernel::id::{CustomerId, FollowUpId, ImportId, OpportunityId, UserId, uuids};
use crate::kernel::scalar::name_of;

/// Inserts a follow-up.
pub async fn insert(
    db: &mut PgConnection,
    id: FollowUpId,
    customer: CustomerId,
    author: UserId,
    draft: &Draft,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into followup (id, customer_id, opportunity_id, author_user_id, channel, content, at, next_plan, next_contact_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        id as FollowUpId,
        customer as CustomerId,
        draft.opportunity as Option<OpportunityId>,
        author as UserId,
        name_of(draft.channel),
        draft.content,
        at,
        draft.next_plan,
        draft.next_contact_at,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A row of a follow-up, as far as a correction needs it.
pub struct FollowUp {
    /// The customer.
    pub customer: CustomerId,
    /// The user who recorded it.
    pub author: UserId,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// The number of the present version.
    pub version: i32,
}

/// Locks a follow-up.
pub async fn lock(db: &mut PgConnection, id: FollowUpId) -> sqlx::Result<Option<FollowUp>> {
    sqlx::query_as!(
        FollowUp,
        r#"select customer_id as "customer: CustomerId", author_user_id as "author: UserId", created_at, version
           from followup where id = $1 for no key update"#,
        id as FollowUpId
    )
    .fetch_optional(db)
    .await
}

/// Replaces the text of a follow-up.
pub async fn correct(db: &mut PgConnection, id: FollowUpId, content: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update followup set content = $2, updated_at = $3, version = version + 1 where id = $1",
        id as FollowUpId,
        content,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts follow-ups that an import brought.
pub async fn insert_all(
    db: &mut PgConnection,
    import: ImportId,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (ids, customers): (Vec<_>, Vec<_>) = entries.iter().map(|it| (it.id.uuid(), it.customer.uuid())).unzip();
    sqlx::query!(
        "insert into followup (id, customer_id, author_user_id, channel, content, at, next_plan, next_contact_at, opportunity_id,
                               created_at, updated_at, import_id)
         select e.*, $9, $9, $10
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::timestamptz[],
                     $11::uuid[]) e",
        &ids,
        &customers,
        &entries.iter().map(|it| it.author.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|it| name_of(it.channel).to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.content.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.at).collect::<Vec<_>>(),
        &entries.iter().map(|it| it.next_plan.clone()).collect::<Vec<_>>() as &[Option<String>],
        &entries.iter().map(|it| it.next_contact_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        now,
        import as ImportId,
        &entries.iter().map(|it| it.opportunity.map(OpportunityId::uuid)).collect::<Vec<_>>() as &[Option<uuid::Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The follow-ups of customers at these times.
pub async fn present(db: &mut PgConnection, times: &[(CustomerId, DateTime<Utc>)]) -> sqlx::Result<HashSet<Identity>> {
    if times.is_empty() {
        return Ok(HashSet::new());
    }
    let (customers, times): (Vec<_>, Vec<_>) = times.iter().map(|(customer, at)| (customer.uuid(), *at)).unzip();
    let rows = sqlx::query!(
        r#"select f.customer_id as "customer: CustomerId", f.at, f.content
           from (select distinct * from unnest($1::uuid[], $2::timestamptz[]) t (customer_id, at)) t
           join followup f on f.customer_id = t.customer_id and f.at = t.at"#,
        &customers,
        &times
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer, row.at, row.content)).collect())
}

/// The customers of follow-ups that an import brought.
pub async fn customers_of(
    db: &mut PgConnection,
    import: ImportId,
    ids: &[FollowUpId],
) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select distinct customer_id as "customer: CustomerId" from followup where import_id = $1 and id = any($2)"#,
        import as ImportId,
        &uuids(ids)
    )
    .fetch_all(db)
    .await
}

/// Removes those of the follow-ups that an import brought that nobody has corrected and whose customer is one of these;
/// returns them. What they planned is cancelled, and what they completed is open again.
pub async fn remove(
    db: &mut PgConnection,
    import: ImportId,
    ids: &[FollowUpId],
    customers: &[CustomerId],
    by: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<FollowUpId>> {
    sqlx::query_scalar!(
        r#"with removed as (
               delete from followup where import_id = $1 and id = any($2) and customer_id = any($3) and version = 1 returning id),
           touched as (
               select t.*, case when planned and (status = 'OPEN' or completed) then 'CANCELLED' when completed then 'OPEN' else status end as next
               from (select id, status, coalesce(followup_id in (select id from removed), false) as planned,
                            coalesce(completed_in_id in (select id from removed), false) as completed
                     from task where followup_id in (select id from removed) or completed_in_id in (select id from removed)) t),
           changed as (
               update task k
               set followup_id = case when not t.planned then k.followup_id end, followup_at = case when not t.planned then k.followup_at end,
                   completed_in_id = case when not t.completed then k.completed_in_id end,
                   completed_in_at = case when not t.completed then k.completed_in_at end,
                   status = t.next,
                   ended_at = case when t.next = t.status then k.ended_at when t.next = 'CANCELLED' then $4::timestamptz end,
                   ended_by = case when t.next = t.status then k.ended_by when t.next = 'CANCELLED' then $5::uuid end,
                   reminder_due = case when t.next = 'OPEN' and k.due_at > $4 then k.due_at end,
                   updated_by = $5, updated_at = $4, version = k.version + 1
               from touched t where k.id = t.id)
           select id as "id: FollowUpId" from removed"#,
        import as ImportId,
        &uuids(ids),
        &uuids(customers),
        now,
        by as UserId
    )
    .fetch_all(db)
    .await
}

/// Removes the last follow-ups that an import of customers gave to these customers.
pub async fn remove_last_known(db: &mut PgConnection, import: ImportId, customers: &[CustomerId]) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from followup where import_id = $1 and customer_id = any($2) and version = 1",
        import as ImportId,
        &uuids(customers)
    )
    .execute(db)
    .await?;
    Ok(())
}
