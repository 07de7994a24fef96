//! Every statement about the last runs of jobs.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// The last run of a job.
#[derive(Debug)]
pub struct LastRun {
    /// The name of the job.
    pub job: String,
    /// When the run began.
    pub started_at: DateTime<Utc>,
    /// When the run ended.
    pub finished_at: DateTime<Utc>,
    /// Why the run failed; `None` if it succeeded.
    pub error: Option<String>,
}

/// Saves a run as the last one of its job, unless a later run is saved.
pub async fn save_last_run(db: &PgPool, run: &LastRun) -> sqlx::Result<()> {
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

/// Returns the last run of each job.
pub async fn last_runs(db: &PgPool) -> sqlx::Result<Vec<LastRun>> {
    sqlx::query_as!(LastRun, "select job, started_at, finished_at, error from job_last_run").fetch_all(db).await
}
