//! Statements that read the audit log for downloads, and delete its old entries.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// An entry as a line of the downloaded file.
pub struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub kind: String,
    pub actor: Option<String>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub about: Option<String>,
    pub customer: Option<Uuid>,
    pub details: Vec<String>,
}

/// The entries from a time on and before another one, from the first one behind `after` on; at most `most`.
pub async fn lines(
    db: &PgPool,
    [from, before]: [Option<DateTime<Utc>>; 2],
    after: (DateTime<Utc>, Uuid),
    most: i64,
) -> sqlx::Result<Vec<Line>> {
    sqlx::query_as!(
        Line,
        r#"select e.id, e.at, e.kind, a.email as "actor?", e.address, e.user_agent, s.email as "about?", e.customer_id as customer, e.details
           from audit_entry e left join app_user a on a.id = e.actor_user_id left join app_user s on s.id = e.about_user_id
           where (e.at, e.id) > ($3, $4) and ($1::timestamptz is null or e.at >= $1) and ($2::timestamptz is null or e.at < $2)
           order by e.at, e.id limit $5"#,
        from,
        before,
        after.0,
        after.1,
        most
    )
    .fetch_all(db)
    .await
}

/// Deletes at most `limit` entries that are older than the latest one by a period, and returns how many it deleted.
pub async fn delete_older_than(db: &PgPool, period: TimeDelta, limit: i64) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from audit_entry where (id, at) in (
             select id, at from audit_entry where at < (select max(at) from audit_entry) - make_interval(secs => $1)
             order by at, id limit $2)",
        period.num_seconds() as f64,
        limit
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
