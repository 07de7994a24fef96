//! Work that takes the processor for long, apart from the threads that serve everybody.

use std::sync::{Arc, LazyLock};

use super::budget::Holder;
use crate::kernel::turns::Turns;

/// How many threads do such work at once: the other cores stay for everybody else. Users take turns. Who waits is a request,
/// which gives up at the end of its time; requests are bounded by the connections.
static TURNS: LazyLock<Arc<Turns<Holder>>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Turns::new((cores / 2).max(1), usize::MAX)
});

/// Does work of a user on a thread of its own.
///
/// A thread can't be interrupted: if the request gives up, its work goes on to its end and keeps its turn. What it works on is
/// bounded before: the tokens of a document, the cost of a query, the values that introspection answers with.
pub async fn on_own_thread<T: Send + 'static>(whose: Holder, work: impl FnOnce() -> T + Send + 'static) -> T {
    let turn = TURNS.wait(&whose).await.expect("any number may wait");
    let done = tokio::task::spawn_blocking(move || (turn, work())).await;
    match done {
        Ok((_turn, done)) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_thread_that_serves_everybody_goes_on_meanwhile() {
        let (sender, receiver) = mpsc::channel();
        // On the same thread nobody would send what the work waits for.
        let work = on_own_thread(Holder::of_address(None), move || receiver.recv_timeout(Duration::from_secs(30)));
        let (done, sent) = tokio::join!(work, async { sender.send(()) });
        assert_eq!((done, sent), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn work_that_panics_ends_its_turn() {
        let whose = Holder::of_address(None);
        for _ in 0..100 {
            let panics = std::panic::AssertUnwindSafe(on_own_thread(whose, || panic!("a fault of the work")));
            assert!(panics.catch_unwind().await.is_err());
        }
        assert_eq!(on_own_thread(whose, || 1).await, 1, "the next one has a turn");
    }
}
