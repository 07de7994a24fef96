//! Jobs: an adapter for each operation.

use async_graphql::{Context, Object, SimpleObject};

use super::base::context::request;
use super::base::error::Resolved;
use crate::jobs;
use crate::kernel::scalar::DateTime;

/// Something that servers do without being asked. `tidepool run-job` does it now.
#[derive(SimpleObject)]
struct Job {
    /// Its name.
    name: &'static str,
    /// What it does.
    description: &'static str,
    /// When it is due next; null: never.
    next_run_at: Option<DateTime>,
    /// When it last began with something to do; null: it never had anything to do.
    last_started_at: Option<DateTime>,
    /// When it ended.
    last_finished_at: Option<DateTime>,
    /// Why it failed; null when it did not.
    last_error: Option<String>,
}

/// The part of `Query` about jobs.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// The timetable of what servers do without being asked; for others than administrators an empty list.
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
