//! Statements about sessions that have open streams.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::kernel::id::SessionId;

/// Which of these sessions have ended.
pub async fn ended_among(db: impl PgExecutor<'_>, sessions: &[Uuid]) -> sqlx::Result<Vec<SessionId>> {
    sqlx::query_scalar!(
        r#"select id as "id: SessionId" from session where id = any($1) and ended_at is not null"#,
        sessions
    )
    .fetch_all(db)
    .await
}
