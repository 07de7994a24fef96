//! The timetable: what servers do without being asked.
//!
//! | what | when | how it happens once |
//! | --- | --- | --- |
//! | ends of protection are announced | at their instants | each is a row that one server gets |
//! | pool rules run | at their planned times; missed ones once | each is a row of the ledger, worked on under its lock |
//! | imports are carried on | at once, or a second after their server died | each batch holds its import |
//! | old events and failed sign-ins, and files half read, are forgotten | every hour | what is forgotten is not there for the next |

use std::pin::Pin;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tracing::Instrument;

use crate::app::App;
use crate::error::Error;
use crate::{customer, feed, import, people, rule};

/// How many rows are forgotten in one statement.
const BATCH: i64 = 10_000;

/// Starts what a server does without being asked, until its feed is closed.
pub async fn start(app: &Arc<App>) -> Result<(), JobSchedulerError> {
    let span = tracing::info_span!("jobs");
    tokio::spawn(customer::protection::keep_announcing(app.clone()).instrument(span.clone()));
    tokio::spawn(import::run::keep_working(app.clone()).instrument(span.clone()));
    let mut timetable = JobScheduler::new().await?;
    let forgetful = app.clone();
    timetable.add(Job::new_async("0 17 * * * *", move |_, _| Box::pin(forget(forgetful.clone())))?).await?;
    let (sweeper, turn) = (app.clone(), Arc::new(tokio::sync::Mutex::new(())));
    let sweep = move |_, _| -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(sweep(sweeper.clone(), turn.clone()).instrument(tracing::info_span!("jobs")))
    };
    timetable.add(Job::new_async("* * * * * *", sweep)?).await?;
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

/// Does what pool rules have to do, unless the last ring is still at it.
async fn sweep(app: Arc<App>, turn: Arc<tokio::sync::Mutex<()>>) {
    let Ok(_turn) = turn.try_lock() else { return };
    if let Err(error) = rule::run::sweep(&app).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "pool rules wait for the next look");
    }
}

/// Forgets what has been kept for long enough.
pub async fn forget(app: Arc<App>) {
    if let Err(error) = forget_all(&app).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "what is old is kept for now");
    }
}

async fn forget_all(app: &App) -> Result<(), Error> {
    let before = feed::kept_since(app.clock().now());
    while feed::forget(app.pool(), before, BATCH).await? > 0 {}
    while people::sign_in::forget_old_failures(app, BATCH).await? > 0 {}
    import::forget_abandoned(app.pool(), app.clock().now() - TimeDelta::days(1)).await?;
    Ok(())
}
