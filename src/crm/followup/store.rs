//! Every statement that writes follow-ups.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::record::Note;
use crate::kernel::id::{CustomerId, FollowUpId, OpportunityId, UserId};
use crate::kernel::scalar::name_of;

/// Writes a follow-up down.
pub async fn insert(
    db: &mut PgConnection,
    id: FollowUpId,
    customer: CustomerId,
    author: UserId,
    note: &Note,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into followup (id, customer_id, opportunity_id, author_user_id, channel, content, at, next_plan, next_contact_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        id as FollowUpId,
        customer as CustomerId,
        note.opportunity as Option<OpportunityId>,
        author as UserId,
        name_of(note.channel),
        note.content,
        at,
        note.next_plan,
        note.next_contact_at,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A follow-up, as far as a correction has to know it.
pub struct Written {
    /// Of which customer.
    pub customer: CustomerId,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Counts the corrections.
    pub version: i32,
}

/// A follow-up as it is, locked.
pub async fn lock(db: &mut PgConnection, id: FollowUpId) -> sqlx::Result<Option<Written>> {
    sqlx::query_as!(
        Written,
        r#"select customer_id as "customer: CustomerId", author_user_id as "author: UserId", created_at, version
           from followup where id = $1 for no key update"#,
        id as FollowUpId
    )
    .fetch_optional(db)
    .await
}

/// Saves a correction.
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
