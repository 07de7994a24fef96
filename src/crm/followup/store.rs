//! Every statement that writes or locks follow-ups.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Draft;
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId, UserId};
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
