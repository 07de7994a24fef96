//! Jobs: an adapter for each operation.

use async_graphql::{Context, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use crate::jobs;
use crate::kernel::scalar::DateTime;

/// A job: a task that the servers run on a schedule. The command `tidepool run-job` runs it at once.
#[derive(SimpleObject)]
struct Job {
    /// The name of the job.
    name: &'static str,
    /// What the job does.
    description: &'static str,
    /// When the job is due next; null: never.
    next_run_at: Option<DateTime>,
    /// When the last run that had something to do began; null: no run had anything to do yet.
    last_started_at: Option<DateTime>,
    /// When this run ended.
    last_finished_at: Option<DateTime>,
    /// Why this run failed; null if it succeeded.
    last_error: Option<String>,
}

/// The part of `Query` about jobs.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// The jobs and when they run, for administrators; for other users the list is empty.
    async fn jobs(&self, ctx: &Context<'_>) -> Resolved<Vec<Job>> {
        let request = request(ctx);
        if request.viewer()?.rights.scopes(jobs::READ).is_empty() {
            return Ok(Vec::new());
        }
        let timetable = jobs::timetable(request.app()).await?;
        let job = |entry: jobs::Entry| Job {
            name: entry.job.name(),
            description: entry.job.description(),
            next_run_at: entry.next.map(DateTime),
            last_started_at: entry.last.as_ref().map(|last| DateTime(last.started_at)),
            last_finished_at: entry.last.as_ref().map(|last| DateTime(last.finished_at)),
            last_error: entry.last.and_then(|last| last.error),
        };
        Ok(timetable.into_iter().map(job).collect())
    }
}
