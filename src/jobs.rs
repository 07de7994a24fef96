//! The timetable: what servers do without being asked.
//!
//! | what | when | how it happens once |
//! | --- | --- | --- |
//! | ends of protection are announced | at their instants | each is a row that one server gets |
//! | old events are forgotten | every hour | what is forgotten is not there for the next |

use std::sync::Arc;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tracing::Instrument;

use crate::app::App;
use crate::{customer, feed};

/// How many events are forgotten in one statement.
const BATCH: i64 = 10_000;

/// Starts what a server does without being asked, until its feed is closed.
pub async fn start(app: &Arc<App>) -> Result<(), JobSchedulerError> {
    let span = tracing::info_span!("jobs");
    tokio::spawn(customer::protection::keep_announcing(app.clone()).instrument(span.clone()));
    let mut timetable = JobScheduler::new().await?;
    let forgetful = app.clone();
    timetable.add(Job::new_async("0 17 * * * *", move |_, _| Box::pin(forget_old_events(forgetful.clone())))?).await?;
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

/// Forgets what has been in the log for longer than it is kept.
pub async fn forget_old_events(app: Arc<App>) {
    let before = feed::kept_since(app.clock().now());
    loop {
        match feed::forget(app.pool(), before, BATCH).await {
            Ok(0) => return,
            Ok(forgotten) => tracing::info!(forgotten, "old events forgotten"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "old events stay for now");
                return;
            }
        }
    }
}
