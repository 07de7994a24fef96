//! Tasks: what goes on by itself.

use std::panic::resume_unwind;

use tokio::task::JoinSet;
use tracing::Instrument;

/// Does something in a task of its own, which ends when nobody waits for it any more. Whoever waits may look away for as long as
/// they like: a lock or a connection that it holds meanwhile is given back in its own time.
pub async fn spawn_detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = JoinSet::new();
    task.spawn(work.in_current_span());
    match task.join_next().await.expect("there is one") {
        Ok(done) => done,
        // It can't be aborted while we wait.
        Err(panicked) => resume_unwind(panicked.into_panic()),
    }
}
