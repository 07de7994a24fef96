//! Pools of connections for planned reads.
//!
//! sqlx's own pool pings PostgreSQL whenever a connection is returned, which costs a noticeable part of a small read.
//! Here a connection whose statement has succeeded is returned without a ping; any other connection is closed.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts};
use lru::LruCache;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::timeout;

use crate::kernel::connecting::{Settings, Way};
use crate::kernel::id::UserId;
use crate::kernel::schema::{self, CONNECT_FOR};
use crate::kernel::sql::Statement;
use crate::kernel::turns::Turns;

/// How often PostgreSQL checks during a statement whether its client has disconnected, and cancels the statement if so.
const DISCONNECT_CHECK: Duration = Duration::from_millis(500);
/// The largest age of a connection: the memory that PostgreSQL uses for it grows with time.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);
/// How long a connection may be idle: after that, a firewall on the way may have dropped it.
const MAX_IDLE: Duration = Duration::from_secs(10 * 60);
/// How many reads, or operations, of one user may wait for a connection: more are refused at once.
pub const WAITING: usize = 200;
/// How many statements are remembered after they have run once, to recognise those that come again.
const REMEMBERED: usize = 10_000;
/// The longest statement that is kept prepared, in bytes.
const LONGEST_PREPARED: usize = 50_000;

/// A pool of connections for reads.
///
/// A prepared statement takes memory of PostgreSQL on every connection, about 160 times as much as its text. So a statement is
/// prepared only when it comes again, and what a connection keeps has a budget.
pub struct Readers {
    pool: Pool<Connector>,
    /// Who gets the next connection: users take turns.
    turns: Arc<Turns<Option<UserId>>>,
    /// The hashes of the statements that have run lately.
    asked: Mutex<LruCache<u64, ()>>,
    hasher: lru::DefaultHasher,
    /// The most bytes of statements that a connection keeps prepared.
    prepared_bytes: usize,
    /// How a transaction begins, if each statement needs one.
    begin: Option<Arc<str>>,
}

struct Connector {
    options: ArcSwap<PgConnectOptions>,
    lost: Lost,
}

/// A connection, with the statements that it keeps prepared.
struct Reader {
    connection: PgConnection,
    /// The hashes of their texts, and how many bytes these have together.
    prepared: HashSet<u64>,
    prepared_bytes: usize,
}

impl Reader {
    /// Makes room for a statement that is to be kept. Without room, all that were kept are forgotten: those in use are prepared
    /// again when they come.
    async fn make_room(&mut self, hash: u64, bytes: usize, most: usize) -> sqlx::Result<()> {
        if self.prepared.contains(&hash) {
            return Ok(());
        }
        if self.prepared_bytes + bytes > most {
            self.connection.clear_cached_statements().await?;
            self.prepared.clear();
            self.prepared_bytes = 0;
        }
        self.prepared.insert(hash);
        self.prepared_bytes += bytes;
        Ok(())
    }
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
    type Type = Option<Reader>;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Option<Reader>> {
        // It is boxed because it runs seldom: each read would otherwise reserve the memory for it.
        let options = self.options.load_full();
        let connection = Box::pin(options.connect()).await?;
        Ok(Some(Reader { connection, prepared: HashSet::new(), prepared_bytes: 0 }))
    }

    async fn recycle(&self, reader: &mut Option<Reader>, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        match reader.is_none() || self.is_stale(metrics) {
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
    /// A pool of at most `most` connections, which are opened when they are needed, and each of which keeps at most
    /// `prepared_bytes` of statements prepared.
    pub fn new(most: usize, prepared_bytes: usize, way: &Way, settings: Settings, lost: Lost) -> Self {
        let settings = settings.and("client_connection_check_interval", format!("{}ms", DISCONNECT_CHECK.as_millis()));
        let options = way.options(&settings);
        let timeouts = Timeouts { wait: Some(CONNECT_FOR), create: Some(CONNECT_FOR), recycle: None };
        let pool = Pool::builder(Connector { options: ArcSwap::from_pointee(options), lost })
            .max_size(most)
            .queue_mode(QueueMode::Lifo)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1);
        Self {
            pool: pool.build().expect("a runtime is given, which timeouts need"),
            turns: Turns::new(most, WAITING),
            hasher: lru::DefaultHasher::default(),
            asked: Mutex::new(LruCache::new(NonZeroUsize::new(REMEMBERED).expect("more than none"))),
            prepared_bytes,
            begin: way.begin(&settings),
        }
    }

    /// The same, of which one user has at most three quarters at the same time.
    pub fn shared(most: usize, prepared_bytes: usize, way: &Way, settings: Settings, lost: Lost) -> Self {
        Self { turns: Turns::shared(most, WAITING), ..Self::new(most, prepared_bytes, way, settings, lost) }
    }

    /// Runs a statement for a user and returns its rows.
    pub async fn fetch_all(&self, user: Option<UserId>, statement: Statement) -> sqlx::Result<Vec<PgRow>> {
        self.read(user, statement, async |statement, db| statement.fetch_all(db).await).await
    }

    /// Runs a statement for a user and returns its only row.
    pub async fn fetch_one(&self, user: Option<UserId>, statement: Statement) -> sqlx::Result<PgRow> {
        self.read(user, statement, async |statement, db| statement.fetch_one(db).await).await
    }

    async fn read<T>(
        &self,
        user: Option<UserId>,
        statement: Statement,
        run: impl AsyncFnOnce(Statement, &mut PgConnection) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        let (hash, bytes) = (self.hasher.hash_one(statement.text()), statement.text().len());
        let has_run = self.asked.lock().expect("no panic while held").put(hash, ()).is_some();
        let turn = timeout(CONNECT_FOR, self.turns.wait(&user)).await.ok().flatten();
        let _turn = turn.ok_or(sqlx::Error::PoolTimedOut)?;
        let mut busy = BusyConnection(Some(self.pool.get().await.map_err(sqlx_error)?));
        let reader = busy.0.as_deref_mut().and_then(Option::as_mut).expect("only the code below takes it");
        let is_kept = has_run && self.begin.is_none() && bytes <= LONGEST_PREPARED.min(self.prepared_bytes);
        let ready = if is_kept { reader.make_room(hash, bytes, self.prepared_bytes).await } else { Ok(()) };
        let answer = match (ready, &self.begin) {
            (Err(error), _) => Err(error),
            (Ok(()), None) if is_kept => run(statement.prepared(), &mut reader.connection).await,
            (Ok(()), None) => run(statement, &mut reader.connection).await,
            (Ok(()), Some(begin)) => {
                // Boxed, so that reads without a pooler keep no room for it.
                let reading = async {
                    let mut transaction = reader.connection.begin_with(AssertSqlSafe(begin.clone())).await?;
                    let answer = run(statement, &mut transaction).await?;
                    transaction.commit().await?;
                    Ok(answer)
                };
                Box::pin(reading).await
            }
        };
        if let Some(failed) = busy.0.take_if(|_| answer.is_err()) {
            drop(Object::take(failed));
        }
        drop(busy.0.take());
        answer
    }

    /// How many connections there are, and how many of them are idle.
    pub fn count(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.available)
    }

    /// Closes idle connections that would not be used again: nobody asks for those at the bottom of the pool, and the other end of a
    /// connection may be gone.
    pub fn sweep(&self) {
        self.pool.retain(|reader, metrics| reader.is_some() && !self.pool.manager().is_stale(&metrics));
    }

    /// Makes new connections to another place.
    pub fn move_to(&self, place: &PgConnectOptions) {
        self.pool.manager().options.rcu(|options| schema::at(place, options));
    }

    /// Closes idle connections now, and the others when their statements end.
    pub fn close(&self) {
        self.pool.close();
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
        let connector = Connector { options: ArcSwap::from_pointee(PgConnectOptions::new()), lost: Lost::default() };
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
