//! The timetable: what servers do without being asked.
//!
//! | what | when | how it happens once |
//! | --- | --- | --- |
//! | ends of protection are announced | at their instants | each is a row that one server gets |
//! | pool rules run | at their planned times; missed ones once | each is a row of the ledger, worked on under its lock |
//! | imports are carried on | at once, or a second after their server died | each batch holds its import |
//! | imports are given up | a minute after the server died that read the file | it is one statement |
//! | notifications are delivered to the webhook | at once; again after 20 seconds, twice as long each time, for three days | each is a row that one server puts off, then tries |
//! | old events, deliveries and failed sign-ins are forgotten | every hour | what is forgotten is not there for the next |

mod store;

use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};
use tracing::Instrument;

use crate::crm::rule::schedule::Schedule;
use crate::crm::{customer, import, people, rule, webhook};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::app::App;
use crate::kernel::error::{Error, Text};
use crate::kernel::feed;
pub use store::LastRun;

/// To see the timetable.
pub const READ: Permission = Permission::to(Action::Read, Resource::Job);

/// How many rows are forgotten in one statement.
const BATCH: i64 = 10_000;
/// When what is old is forgotten: once an hour, by the UTC clock.
const FORGET_AT: &str = "17 * * * *";

/// Something that servers do at times, and that can be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// What pool rules have to do at their planned times; missed ones once.
    PoolRules,
    /// Forgetting old events, deliveries and failed sign-ins.
    Forget,
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::PoolRules, Self::Forget];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::PoolRules => "pool-rules",
            Self::Forget => "forget",
        }
    }

    /// The one that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// What it does.
    pub fn description(self) -> &'static str {
        match self {
            Self::PoolRules => "Runs the pool rules that are due, and carries on those that stopped.",
            Self::Forget => "Forgets old events, deliveries and failed sign-ins.",
        }
    }
}

/// Starts what a server does without being asked, until its feed is closed.
pub async fn start(app: &Arc<App>) -> Result<(), JobSchedulerError> {
    let span = tracing::info_span!("jobs");
    tokio::spawn(customer::protection::keep_announcing(app.clone()).instrument(span.clone()));
    tokio::spawn(import::run::keep_working(app.clone()).instrument(span.clone()));
    tokio::spawn(webhook::deliver::keep_delivering(app.clone()).instrument(span.clone()));
    let mut timetable = JobScheduler::new().await?;
    // It rings each second for pool rules: what is due, they decide themselves.
    for (job, rings_at) in [(Job::PoolRules, "* * * * * *".to_owned()), (Job::Forget, format!("0 {FORGET_AT}"))] {
        let (app, turn) = (app.clone(), Arc::new(tokio::sync::Mutex::new(())));
        let ring = move |_, _| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(ring(app.clone(), job, turn.clone()).instrument(tracing::info_span!("jobs")))
        };
        timetable.add(CronJob::new_async(&rings_at, ring)?).await?;
    }
    timetable.start().await?;
    let feed = app.feed().clone();
    tokio::spawn(
        async move {
            feed.closed().await;
            if let Err(error) = timetable.shutdown().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the timetable did not end");
            }
        }
        .instrument(span),
    );
    Ok(())
}

/// Does a job, and keeps what came of it where it had something to do.
pub async fn run(app: &App, job: Job) -> Result<(), Error> {
    let started_at = app.clock().now();
    let done = match job {
        Job::PoolRules => rule::run::sweep(app).await,
        Job::Forget => forget_all(app).await.map(|()| true),
    };
    if matches!(done, Ok(false)) {
        return Ok(());
    }
    // The reason is for administrators; what is wrong on our side stays in the log.
    let error = done.as_ref().err().map(|error| match error {
        Error::Unavailable(_) => Text::new("The database was out of reach.", "数据库暂时不可用。").in_both(),
        _ => Text::fault().in_both(),
    });
    let finished_at = app.clock().now();
    let kept = store::keep(app.pool(), &LastRun { job: job.name().to_owned(), started_at, finished_at, error }).await;
    done?;
    Ok(kept?)
}

/// Does a job that the timetable rings for, unless the last ring is still at it.
async fn ring(app: Arc<App>, job: Job, turn: Arc<tokio::sync::Mutex<()>>) {
    let Ok(_turn) = turn.try_lock() else { return };
    if let Err(error) = run(&app, job).await {
        tracing::warn!(job = job.name(), error = &error as &dyn std::error::Error, "a job waits for the next time");
    }
}

async fn forget_all(app: &App) -> Result<(), Error> {
    let before = feed::kept_since(app.clock().now());
    while feed::forget(app.pool(), before, BATCH).await? > 0 {}
    while people::sign_in::forget_old_failures(app, BATCH).await? > 0 {}
    while webhook::forget(app.pool(), app.clock().now(), BATCH).await? > 0 {}
    Ok(())
}

/// What is on the timetable.
#[derive(Debug)]
pub struct Entry {
    /// Which job.
    pub job: Job,
    /// When it is due next.
    pub next: Option<DateTime<Utc>>,
    /// What it did last.
    pub last: Option<LastRun>,
}

/// The timetable, with what each job did last.
pub async fn timetable(app: &App) -> Result<Vec<Entry>, Error> {
    let (now, directory) = (app.clock().now(), app.directory().await?);
    let mut last_runs = store::last_runs(app.pool()).await?;
    let entry = |job: Job| {
        let next = match job {
            Job::PoolRules => rule::run::next_planned(&directory, now),
            Job::Forget => Schedule::saved(Some(FORGET_AT), false).and_then(|hourly| hourly.next_in_utc(now)),
        };
        let last = last_runs.iter().position(|last| last.job == job.name());
        Entry { job, next, last: last.map(|place| last_runs.swap_remove(place)) }
    };
    Ok(Job::ALL.into_iter().map(entry).collect())
}
