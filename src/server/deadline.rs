//! The time that a request may take, for what it waits for outside its execution: who sends it, and the beginning of a file.

use tokio::time::timeout;

use crate::kernel::app::App;
use crate::kernel::error::Error;

/// What some work returns, or that the database does not answer, if the work takes longer than a request may.
pub async fn in_time<T>(app: &App, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = timeout(app.limits().request_time, work).await;
    done.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut.into()))
}
