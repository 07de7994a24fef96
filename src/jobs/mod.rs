//! The jobs that servers run on their own, and their schedule.
//!
//! | job | when | why it is done once |
//! | --- | --- | --- |
//! | announce ends of protection | at their instants | each is a row that one server claims |
//! | run pool rules | at their planned times; missed times once | each run is a row, which is locked while a server works on it |
//! | run imports | at once, or a second after their server died | each batch locks its import |
//! | fail imports whose file is no longer being read | a minute after the server that read it died | it is one statement |
//! | deliver events to webhooks | at once; then after 20 seconds and twice as long after each further attempt, at most an hour, for three days | one server claims the webhook and sets the next attempt first |
//! | remind of tasks | within a second of the time at which they are due; missed times at the next start | each is a row that one server takes |
//! | number the postings of figures and keep their sums | each second | one server at a time holds a lock |
//! | delete old events, notifications, failed sign-ins, sessions, access tokens, idempotency keys and entries of the audit log | every hour | rows can be deleted only once |

mod store;

use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};
use tracing::Instrument;

use crate::crm::rule::schedule::Schedule;
use crate::crm::{analysis, audit, contact, customer, import, notification, people, rule, task, webhook};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Text};
use crate::kernel::{feed, metrics, op};
pub use store::LastRun;

/// The permission to see the jobs.
pub const READ: Permission = Permission::to(Action::Read, Resource::Job);

/// The maximum number of rows that one statement deletes.
const DELETE_BATCH: i64 = 10_000;
/// When old rows are deleted: a cron expression of five fields, in UTC.
const FORGET_SCHEDULE: &str = "17 * * * *";

/// A job with a schedule, which can also be run at once by the command `run-job`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Runs the pool rules that are due. Times that were missed are made up for once.
    PoolRules,
    /// Reminds the owners of tasks that are due.
    Reminders,
    /// Deletes what is kept for a time only: events, notifications and their deliveries, failed sign-ins, sessions and their tokens,
    /// idempotency keys, entries of the audit log.
    Forget,
}

impl Job {
    /// All jobs.
    pub const ALL: [Self; 3] = [Self::PoolRules, Self::Reminders, Self::Forget];

    /// Returns the name of the job.
    pub fn name(self) -> &'static str {
        match self {
            Self::PoolRules => "pool-rules",
            Self::Reminders => "reminders",
            Self::Forget => "forget",
        }
    }

    /// Returns the job with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// Returns what the job does, for administrators.
    pub fn description(self) -> &'static str {
        match self {
            Self::PoolRules => "Runs the pool rules that are due, and continues runs that were interrupted.",
            Self::Reminders => "Reminds the owners of tasks that are due.",
            Self::Forget => {
                "Deletes old events, notifications, failed sign-ins, sessions, access tokens, idempotency keys and entries of the audit log."
            }
        }
    }
}

/// Starts the jobs of a server, which run until its feed is closed.
pub async fn start(app: &Arc<App>) -> Result<(), JobSchedulerError> {
    let span = tracing::info_span!("jobs");
    tokio::spawn(customer::protection::keep_announcing(app.clone()).instrument(span.clone()));
    tokio::spawn(import::run::keep_working(app.clone()).instrument(span.clone()));
    tokio::spawn(webhook::deliver::keep_delivering(app.clone()).instrument(span.clone()));
    tokio::spawn(analysis::keep_working(app.clone()).instrument(span.clone()));
    let mut scheduler = JobScheduler::new().await?;
    // Every second, pool rules and reminders themselves find out what is due.
    let each_second = "* * * * * *";
    let schedule = [
        (Job::PoolRules, each_second.to_owned()),
        (Job::Reminders, each_second.to_owned()),
        (Job::Forget, format!("0 {FORGET_SCHEDULE}")),
    ];
    for (job, cron) in schedule {
        let (app, lock) = (app.clone(), Arc::new(tokio::sync::Mutex::new(())));
        let run = move |_, _| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(run_scheduled(app.clone(), job, lock.clone()).instrument(tracing::info_span!("jobs")))
        };
        scheduler.add(CronJob::new_async(&cron, run)?).await?;
    }
    scheduler.start().await?;
    let feed = app.feed().clone();
    tokio::spawn(
        async move {
            feed.closed().await;
            if let Err(error) = scheduler.shutdown().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot stop the job scheduler");
            }
        }
        .instrument(span),
    );
    Ok(())
}

/// Runs a job. If it had something to do, the run is saved as its last one. While the installation is [held](App::is_held), rules
/// take no customers.
pub async fn run(app: &App, job: Job) -> Result<(), Error> {
    if job == Job::PoolRules && app.is_held() {
        return Ok(());
    }
    let started_at = app.clock().now();
    let outcome = match job {
        Job::PoolRules => rule::run::sweep(app).await,
        Job::Reminders => task::remind::remind(app).await,
        Job::Forget => delete_old_rows(app).await.map(|()| true),
    };
    if matches!(outcome, Ok(false)) {
        return Ok(());
    }
    // Administrators read this text. The details of a fault of the server are only in the log.
    let error = outcome.as_ref().err().map(|error| match error {
        Error::Unavailable(_) => Text::new("The database was not available.", "数据库暂时不可用。").in_both(),
        _ => Text::fault().in_both(),
    });
    metrics::job_done(job.name(), outcome.is_err());
    let finished_at = app.clock().now();
    let last_run = LastRun { job: job.name().to_owned(), started_at, finished_at, error };
    let saved = store::save_last_run(app.pool(), &last_run).await;
    outcome?;
    Ok(saved?)
}

/// Runs a job at its scheduled time, unless this server is still running it.
async fn run_scheduled(app: Arc<App>, job: Job, lock: Arc<tokio::sync::Mutex<()>>) {
    let Ok(_guard) = lock.try_lock() else { return };
    if let Err(error) = run(&app, job).await {
        tracing::warn!(
            job = job.name(),
            error = &error as &dyn std::error::Error,
            "a job failed; it runs again at its next scheduled time"
        );
    }
}

async fn delete_old_rows(app: &App) -> Result<(), Error> {
    let before = feed::kept_since(app.clock().now());
    while feed::forget(app.pool(), before, DELETE_BATCH).await? > 0 {}
    while contact::look_up::delete_old(app.pool(), app.clock().now(), DELETE_BATCH).await? > 0 {}
    while audit::delete_old(app, DELETE_BATCH).await? > 0 {}
    while people::attempt::delete_old_failures(app, DELETE_BATCH).await? > 0 {}
    while people::session::delete_expired_tokens(app, DELETE_BATCH).await? > 0 {}
    while people::session::delete_ended(app, DELETE_BATCH).await? > 0 {}
    while notification::delete_old(app, DELETE_BATCH).await? > 0 {}
    while op::delete_old_keys(app, DELETE_BATCH).await? > 0 {}
    Ok(())
}

/// A job with its next and its last run.
#[derive(Debug)]
pub struct Entry {
    /// The job.
    pub job: Job,
    /// When it runs next; `None` if no run is planned.
    pub next: Option<DateTime<Utc>>,
    /// Its last run that had something to do.
    pub last: Option<LastRun>,
}

/// Returns every job with its next and its last run.
pub async fn timetable(app: &App) -> Result<Vec<Entry>, Error> {
    let (now, directory) = (app.clock().now(), app.directory().await?);
    let mut last_runs = store::last_runs(app.pool()).await?;
    let next_reminder = task::remind::next(app).await?;
    let entry = |job: Job| {
        let next = match job {
            Job::PoolRules => rule::run::next_planned(&directory, now),
            Job::Reminders => next_reminder,
            Job::Forget => Schedule::saved(Some(FORGET_SCHEDULE), false).and_then(|hourly| hourly.next_in_utc(now)),
        };
        let last = last_runs.iter().position(|last| last.job == job.name());
        Entry { job, next, last: last.map(|place| last_runs.swap_remove(place)) }
    };
    Ok(Job::ALL.into_iter().map(entry).collect())
}
