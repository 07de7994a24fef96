//! Connections that planned reads go over.
//!
//! sqlx's own pool asks PostgreSQL for a sign of life whenever a connection comes back, which a small read feels. Here one that
//! has answered goes back as it is, and one that has not is closed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};

use crate::kernel::sql::Statement;

/// How long a connection may be waited for.
pub const CONNECT_FOR: Duration = Duration::from_secs(5);
/// After how long PostgreSQL ends a statement whose client has gone.
const GONE_AFTER: Duration = Duration::from_millis(500);
/// How old a connection may be: what PostgreSQL keeps for one grows.
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// How long it may have been idle: what lies between may have forgotten it.
const LONGEST_IDLE: Duration = Duration::from_secs(10 * 60);

/// Connections to read with.
pub struct Readers(Pool<Connector>);

struct Connector {
    options: PgConnectOptions,
    lost: Lost,
}

/// When the database was last lost: connections from before are of no use.
#[derive(Clone, Default)]
pub struct Lost(Arc<Mutex<Option<Instant>>>);

impl Lost {
    /// It is lost now.
    pub fn now(&self) {
        *self.0.lock().expect("no panic while held") = Some(Instant::now());
    }

    /// Whether it was lost after that.
    pub fn since(&self, then: Instant) -> bool {
        self.0.lock().expect("no panic while held").is_some_and(|lost| then <= lost)
    }
}

impl Manager for Connector {
    type Type = Option<PgConnection>;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Option<PgConnection>> {
        self.options.connect().await.map(Some)
    }

    async fn recycle(&self, connection: &mut Option<PgConnection>, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        match connection.is_none() || self.may_have_forgotten(metrics) {
            true => Err(RecycleError::message("it may not answer any more")),
            false => Ok(()),
        }
    }
}

impl Connector {
    fn may_have_forgotten(&self, metrics: &Metrics) -> bool {
        metrics.age() > OLDEST || metrics.last_used() > LONGEST_IDLE || self.lost.since(metrics.created)
    }
}

/// A connection that is at work. If nobody waits for its answer any more, it is closed, and its place is free when PostgreSQL has
/// noticed: else those who ask and go away would have any number of statements run.
struct AtWork(Option<Object<Connector>>);

impl Drop for AtWork {
    fn drop(&mut self) {
        let Some(mut place) = self.0.take() else { return };
        drop(place.take());
        let free = async move {
            tokio::time::sleep(GONE_AFTER).await;
            drop(Object::take(place));
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(free)),
            // Nothing runs any more.
            Err(_) => drop(free),
        }
    }
}

impl Readers {
    /// At most so many connections, opened when they are needed.
    pub fn new(most: u32, options: PgConnectOptions, lost: Lost) -> Self {
        let options = options.options([("client_connection_check_interval", format!("{}ms", GONE_AFTER.as_millis()))]);
        let timeouts = Timeouts { wait: Some(CONNECT_FOR), create: Some(CONNECT_FOR), recycle: None };
        let pool = Pool::builder(Connector { options, lost })
            .max_size(most as usize)
            .queue_mode(QueueMode::Lifo)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1);
        Self(pool.build().expect("timeouts have a runtime"))
    }

    /// Runs a statement.
    pub async fn fetch_all(&self, statement: Statement) -> sqlx::Result<Vec<PgRow>> {
        self.read(async |db| statement.fetch_all(db).await).await
    }

    /// Runs a statement, for one row.
    pub async fn fetch_one(&self, statement: Statement) -> sqlx::Result<PgRow> {
        self.read(async |db| statement.fetch_one(db).await).await
    }

    async fn read<T>(&self, run: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let mut at_work = AtWork(Some(self.0.get().await.map_err(told)?));
        let connection = at_work.0.as_deref_mut().and_then(Option::as_mut).expect("it is taken below");
        let answer = run(connection).await;
        if let Some(failed) = at_work.0.take_if(|_| answer.is_err()) {
            drop(Object::take(failed));
        }
        drop(at_work.0.take());
        answer
    }

    /// How many connections there are, and how many of them are idle.
    pub fn count(&self) -> (usize, usize) {
        let status = self.0.status();
        (status.size, status.available)
    }

    /// Closes those that are idle, and the others when they have answered.
    pub fn close(&self) {
        self.0.close();
    }
}

fn told(error: PoolError<sqlx::Error>) -> sqlx::Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Closed => sqlx::Error::PoolClosed,
        _ => sqlx::Error::PoolTimedOut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_used_again_unless_it_is_old_was_idle_for_long_or_is_from_before_a_loss() {
        let connector = Connector { options: PgConnectOptions::new(), lost: Lost::default() };
        let dropped = |created: u64, used: u64| {
            let ago = |minutes: u64| Instant::now() - Duration::from_secs(minutes * 60);
            let metrics = Metrics { created: ago(created), recycled: Some(ago(used)), recycle_count: 1 };
            connector.may_have_forgotten(&metrics)
        };
        assert_eq!([dropped(29, 9), dropped(31, 0), dropped(29, 11)], [false, true, true]);
        connector.lost.now();
        assert!(dropped(1, 0));
    }
}
