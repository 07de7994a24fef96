//! The timetable: what servers do without being asked.
//!
//! | what | when | how it happens once |
//! | --- | --- | --- |
//! | ends of protection are announced | at their instants | each is a row that one server gets |
//! | old events and failed sign-ins are forgotten | every hour | what is forgotten is not there for the next |

use std::sync::Arc;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tracing::Instrument;

use crate::app::App;
use crate::error::Error;
use crate::{customer, feed, people};

/// How many rows are forgotten in one statement.
const BATCH: i64 = 10_000;

/// Starts what a server does without being asked, until its feed is closed.
pub async fn start(app: &Arc<App>) -> Result<(), JobSchedulerError> {
    let span = tracing::info_span!("jobs");
    tokio::spawn(customer::protection::keep_announcing(app.clone()).instrument(span.clone()));
    let mut timetable = JobScheduler::new().await?;
    let forgetful = app.clone();
    timetable.add(Job::new_async("0 17 * * * *", move |_, _| Box::pin(forget(forgetful.clone())))?).await?;
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
    Ok(())
}
