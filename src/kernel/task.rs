//! Background tasks.

use std::panic::resume_unwind;

use tokio::task::JoinSet;
use tracing::Instrument;

/// Runs work in a task of its own, which is aborted when the caller is dropped. The work makes progress even while the
/// caller is not polled, so a lock or a connection that it holds is released in time.
pub async fn spawn_detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = JoinSet::new();
    task.spawn(work.in_current_span());
    match task.join_next().await.expect("the set has one task") {
        Ok(done) => done,
        // The task can't have been aborted, because the caller still waits.
        Err(panicked) => resume_unwind(panicked.into_panic()),
    }
}
