//! Every statement about what jobs did last.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// What a job did last.
#[derive(Debug)]
pub struct LastRun {
    /// Which job.
    pub job: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Why it failed, if so.
    pub error: Option<String>,
}

/// Keeps what a job did, unless a server kept something later.
pub async fn keep(db: &PgPool, run: &LastRun) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into job_last_run (job, started_at, finished_at, error) values ($1, $2, $3, $4)
         on conflict (job) do update set started_at = $2, finished_at = $3, error = $4
         where job_last_run.started_at <= $2",
        run.job,
        run.started_at,
        run.finished_at,
        run.error
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What each job did last.
pub async fn last_runs(db: &PgPool) -> sqlx::Result<Vec<LastRun>> {
    sqlx::query_as!(LastRun, "select job, started_at, finished_at, error from job_last_run").fetch_all(db).await
}
