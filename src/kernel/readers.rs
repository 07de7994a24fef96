//! Pools of connections for planned reads.
//!
//! sqlx's own pool pings PostgreSQL whenever a connection is returned, which costs a noticeable part of a small read.
//! Here a connection whose statement has succeeded is returned without a ping; any other connection is closed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};

use crate::kernel::sql::Statement;

/// How long to wait for a connection at most.
pub const CONNECT_FOR: Duration = Duration::from_secs(5);
/// How often PostgreSQL checks during a statement whether its client has disconnected, and cancels the statement if so.
const DISCONNECT_CHECK: Duration = Duration::from_millis(500);
/// The largest age of a connection: the memory that PostgreSQL uses for it grows with time.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);
/// How long a connection may be idle: after that, a firewall on the way may have dropped it.
const MAX_IDLE: Duration = Duration::from_secs(10 * 60);

/// A pool of connections for reads.
pub struct Readers(Pool<Connector>);

struct Connector {
    options: PgConnectOptions,
    lost: Lost,
}

/// When the database was last found unreachable: older connections must not be used again.
#[derive(Clone, Default)]
pub struct Lost(Arc<Mutex<Option<Instant>>>);

impl Lost {
    /// Records that the database is unreachable now.
    pub fn now(&self) {
        *self.0.lock().expect("no panic while held") = Some(Instant::now());
    }

    /// Whether the database was unreachable at `then` or later.
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
        match connection.is_none() || self.is_stale(metrics) {
            true => Err(RecycleError::message("the connection may be broken")),
            false => Ok(()),
        }
    }
}

impl Connector {
    fn is_stale(&self, metrics: &Metrics) -> bool {
        metrics.age() > MAX_AGE || metrics.last_used() > MAX_IDLE || self.lost.since(metrics.created)
    }
}

/// A connection that runs a statement. If the caller is cancelled, the connection is closed, but its place in the pool
/// becomes free only after PostgreSQL has noticed. Otherwise clients that disconnect early could have any number of
/// statements running.
struct BusyConnection(Option<Object<Connector>>);

impl Drop for BusyConnection {
    fn drop(&mut self) {
        let Some(mut place) = self.0.take() else { return };
        drop(place.take());
        let free = async move {
            tokio::time::sleep(DISCONNECT_CHECK).await;
            drop(Object::take(place));
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(free)),
            // The runtime has already stopped.
            Err(_) => drop(free),
        }
    }
}

impl Readers {
    /// A pool of at most `most` connections, which are opened when they are needed.
    pub fn new(most: u32, options: PgConnectOptions, lost: Lost) -> Self {
        let options =
            options.options([("client_connection_check_interval", format!("{}ms", DISCONNECT_CHECK.as_millis()))]);
        let timeouts = Timeouts { wait: Some(CONNECT_FOR), create: Some(CONNECT_FOR), recycle: None };
        let pool = Pool::builder(Connector { options, lost })
            .max_size(most as usize)
            .queue_mode(QueueMode::Lifo)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1);
        Self(pool.build().expect("a runtime is given, which timeouts need"))
    }

    /// Runs a statement and returns its rows.
    pub async fn fetch_all(&self, statement: Statement) -> sqlx::Result<Vec<PgRow>> {
        self.read(async |db| statement.fetch_all(db).await).await
    }

    /// Runs a statement and returns its only row.
    pub async fn fetch_one(&self, statement: Statement) -> sqlx::Result<PgRow> {
        self.read(async |db| statement.fetch_one(db).await).await
    }

    async fn read<T>(&self, run: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let mut busy = BusyConnection(Some(self.0.get().await.map_err(sqlx_error)?));
        let connection = busy.0.as_deref_mut().and_then(Option::as_mut).expect("only the code below takes it");
        let answer = run(connection).await;
        if let Some(failed) = busy.0.take_if(|_| answer.is_err()) {
            drop(Object::take(failed));
        }
        drop(busy.0.take());
        answer
    }

    /// How many connections there are, and how many of them are idle.
    pub fn count(&self) -> (usize, usize) {
        let status = self.0.status();
        (status.size, status.available)
    }

    /// Closes idle connections now, and the others when their statements end.
    pub fn close(&self) {
        self.0.close();
    }
}

fn sqlx_error(error: PoolError<sqlx::Error>) -> sqlx::Error {
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
    fn a_connection_is_stale_if_it_is_old_or_was_idle_for_long_or_the_database_was_lost_since() {
        let connector = Connector { options: PgConnectOptions::new(), lost: Lost::default() };
        let is_stale = |created: u64, used: u64| {
            let ago = |minutes: u64| Instant::now() - Duration::from_secs(minutes * 60);
            let metrics = Metrics { created: ago(created), recycled: Some(ago(used)), recycle_count: 1 };
            connector.is_stale(&metrics)
        };
        assert_eq!([is_stale(29, 9), is_stale(31, 0), is_stale(29, 11)], [false, true, true]);
        connector.lost.now();
        assert!(is_stale(1, 0));
    }
}
