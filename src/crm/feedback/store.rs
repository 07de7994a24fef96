//! Every statement that writes or locks feedback.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};

use super::read::READ;
use super::{Draft, WRITE};
use crate::kernel::access::Reach;
use crate::kernel::access::scope::{Place, reach_columns, reach_in};
use crate::kernel::error::Error;
use crate::kernel::id::{FeedbackId, OrderId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};
use crate::kernel::sql::{Arg, Binds, Statement};

/// A row of feedback, as far as a change needs it.
pub struct Feedback {
    /// The editable data.
    pub draft: Draft,
    /// The number of the present version.
    pub version: i32,
    /// Whether the actor may see and change the feedback.
    pub reach: Reach,
}

/// Locks feedback. Whether the actor reaches it depends on its order.
pub async fn lock(op: &mut Op<'_>, id: FeedbackId) -> Result<Option<Feedback>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let which = binds.bind(Arg::Uuid(id.uuid()));
    let reach = reach_columns(&rights, READ, WRITE, Place::of("o", "c"), &mut binds);
    let text = format!(
        "select f.rating, f.category, f.content, f.version, {reach} \
         from order_feedback f join sales_order o on o.id = f.order_id join customer c on c.id = f.customer_id \
         where f.id = {which} for no key update of f"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Feedback {
        draft: Draft { rating: row.try_get(0)?, category: named(row.try_get(1)?)?, content: row.try_get(2)? },
        version: row.try_get(3)?,
        reach: reach_in(row, 4)?,
    }))
}

/// Inserts feedback.
pub async fn insert(
    db: &mut PgConnection,
    id: FeedbackId,
    order: OrderId,
    author: UserId,
    draft: &Draft,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into order_feedback (id, order_id, customer_id, service_user_id, rating, category, content, created_at, updated_at)
         select $1, id, customer_id, $3, $4, $5, $6, $7, $7 from sales_order where id = $2",
        id as FeedbackId,
        order as OrderId,
        author as UserId,
        draft.rating,
        name_of(draft.category),
        draft.content,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Updates feedback.
pub async fn update(db: &mut PgConnection, id: FeedbackId, draft: &Draft, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update order_feedback set rating = $2, category = $3, content = $4, updated_at = $5, version = version + 1 where id = $1",
        id as FeedbackId,
        draft.rating,
        name_of(draft.category),
        draft.content,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the text of the resolution, and the time of the first one.
pub async fn resolve(db: &mut PgConnection, id: FeedbackId, resolution: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update order_feedback
         set resolution = $2, resolved_at = coalesce(resolved_at, $3), updated_at = $3, version = version + 1 where id = $1",
        id as FeedbackId,
        resolution,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
