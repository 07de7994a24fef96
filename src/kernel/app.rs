//! One server's hold on everything: the database, the clock, what is kept in memory.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::watch;
use tracing::Instrument;

use crate::kernel::clock::Clock;
use crate::kernel::config::Limits;
use crate::kernel::directory::{self, Directory};
use crate::kernel::error::Error;
use crate::kernel::feed::{self, Feed};
use crate::kernel::readers::{CONNECT_FOR, Lost, Readers};
use crate::kernel::session::{HeldSessions, SessionCache};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How often a server looks whether the directory changed.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// For how long it trusts what it saw last: nobody keeps a right for longer than this after it was taken.
const TRUST_FOR: Duration = Duration::from_millis(900);
/// How many connections a server keeps for what it does by itself: looking at the directory, moving events, waking those whom they
/// concern, the end of protection, hearing of other servers. Requests never make it wait.
const OWN_CONNECTIONS: u32 = 5;
/// How far the machine's clock may be from the database's.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(1);

/// What PostgreSQL is told that a row costs to those who read, three times as much as it supposes. What they read is in memory,
/// where a row beside its page costs more than on a disk: it would read a small table from end to end for each row of
/// another, where an index is quicker.
const ROW_COST: &str = "0.03";

/// What a server is started with.
pub struct Setup {
    /// Where the database is.
    pub database: PgConnectOptions,
    /// How many connections to it at most, for each of the three pools that serve requests.
    pub connections: u32,
    /// What requests may ask for.
    pub limits: Limits,
    /// Tells the time.
    pub clock: Clock,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database can't be reached or read.
    #[error("the database can't be used")]
    Database(#[from] sqlx::Error),
    /// A migration failed, or the database is newer than this program.
    #[error("the schema can't be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// What is in the database can't be understood.
    #[error("the directory can't be read")]
    Directory(#[source] Error),
}

/// One server.
pub struct App {
    pool: PgPool,
    own_pool: PgPool,
    readers: Readers,
    lists: Readers,
    live_readers: Readers,
    clock: Clock,
    limits: Limits,
    directory: ArcSwap<Directory>,
    /// When the directory was last seen to be current.
    seen: Mutex<Instant>,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
    sessions: SessionCache,
    held_sessions: HeldSessions,
    /// The revisions of the directory, for those who have to notice.
    revisions: watch::Sender<i64>,
    feed: Arc<Feed>,
}

/// Applies the migrations that a database lacks. Returns a pool of one connection to it.
pub async fn migrate(database: &PgConnectOptions) -> Result<PgPool, StartError> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_FOR);
    let pool = pool.connect_with(session_settings(database)).await?;
    MIGRATIONS.run(&pool).await?;
    Ok(pool)
}

/// UTC, so that text made of times is one text everywhere.
fn session_settings(database: &PgConnectOptions) -> PgConnectOptions {
    // Every shape of a planned read is a statement of its own: sqlx keeps 100 by default.
    database.clone().application_name("tidepool").statement_cache_capacity(500).options([
        ("TimeZone", "UTC"),
        ("DateStyle", "ISO"),
        ("jit", "off"),
        // What is asked for is in memory, or on a disk that does not turn.
        ("random_page_cost", "1.1"),
        ("idle_in_transaction_session_timeout", "60s"),
    ])
}

impl App {
    /// Starts a server on a database that is [up to date](migrate), and keeps following the directory for as long as
    /// the server lives.
    pub async fn open(setup: Setup) -> Result<Arc<Self>, StartError> {
        let lost = Lost::default();
        // Nobody waits for longer; and work that nobody waits for ends.
        let longest = (setup.limits.request_time + Duration::from_secs(1)).as_millis().to_string();
        let options = session_settings(&setup.database).options([("statement_timeout", longest)]);
        let pool = pool(setup.connections, lost.clone()).connect_with(options.clone()).await?;
        let own_pool = self::pool(OWN_CONNECTIONS, lost.clone()).connect_with(options.clone()).await?;
        let reading = options.options([("cpu_tuple_cost", ROW_COST)]);
        let readers = Readers::new(setup.connections, reading.clone(), lost.clone());
        // Lists over a team: the good plan depends on how large the team is, which a plan made once can't know.
        let each_time = reading.clone().options([("plan_cache_mode", "force_custom_plan")]);
        let lists = Readers::new(setup.connections, each_time, lost.clone());
        let live_readers = Readers::new(feed::READS, reading, lost.clone());
        let directory = directory::load(&own_pool).await.map_err(StartError::Directory)?;
        let feed = Feed::open(&own_pool, setup.limits.event_backlog).await?;
        feed::sequencer::start(&feed, &own_pool, setup.clock.clone());
        let app = Arc::new(Self {
            pool,
            own_pool,
            readers,
            lists,
            live_readers,
            clock: setup.clock,
            limits: setup.limits,
            revisions: watch::Sender::new(directory.revision),
            directory: ArcSwap::from_pointee(directory),
            seen: Mutex::new(Instant::now()),
            looking: tokio::sync::Mutex::default(),
            sessions: SessionCache::default(),
            held_sessions: HeldSessions::default(),
            feed,
        });
        app.follow().await.map_err(StartError::Directory)?;
        let following = keep_following(Arc::downgrade(&app), lost);
        tokio::spawn(following.instrument(tracing::info_span!("pulse")));
        Ok(app)
    }

    /// The database, for everything but planned reads.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The database, for what a server does by itself and nobody should make wait.
    pub fn own_pool(&self) -> &PgPool {
        &self.own_pool
    }

    /// The database, for planned reads, with plans that are kept.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// The same, with a plan for each execution.
    pub fn lists(&self) -> &Readers {
        &self.lists
    }

    /// The same for those who watch: requests never make them wait.
    pub fn live_readers(&self) -> &Readers {
        &self.live_readers
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What requests may ask for.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sessions that were looked up a moment ago.
    pub fn sessions(&self) -> &SessionCache {
        &self.sessions
    }

    /// Sessions that hold a stream open.
    pub fn held_sessions(&self) -> &HeldSessions {
        &self.held_sessions
    }

    /// The live feed.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// The revision of the directory that those who have to notice were told last.
    pub fn revision(&self) -> i64 {
        *self.revisions.borrow()
    }

    /// Tells each new revision of the directory.
    pub fn revisions(&self) -> watch::Receiver<i64> {
        self.revisions.subscribe()
    }

    /// People, policy, settings and definitions, at most a second old.
    pub async fn directory(&self) -> Result<Arc<Directory>, Error> {
        if self.seen.lock().expect("no panic while held").elapsed() > TRUST_FOR {
            // Boxed, for it is seldom: else each request would keep room for it, and move it about.
            Box::pin(self.follow()).await?;
        }
        Ok(self.directory.load_full())
    }

    /// Looks whether the directory changed, and reads it again if so; whether sessions ended whose streams are open; and
    /// whether the log of events has grown.
    pub async fn follow(&self) -> Result<(), Error> {
        let _one_at_a_time = self.looking.lock().await;
        let looked = Instant::now();
        let poll = directory::poll(&self.own_pool).await?;
        self.clock.follow(poll.now, looked);
        if poll.revision != self.directory.load().revision {
            let directory = directory::load(&self.own_pool).await?;
            let revision = directory.revision;
            self.directory.store(Arc::new(directory));
            self.revisions.send_replace(revision);
        }
        self.held_sessions.follow(&self.own_pool, poll.sessions).await?;
        self.feed.saw(poll.head);
        if poll.has_waiting {
            self.feed.ring();
        }
        *self.seen.lock().expect("no panic while held") = looked;
        Ok(())
    }

    /// Whether requests can be served: the database answers, its schema is this program's, the clocks agree.
    pub async fn check_ready(&self) -> Result<(), String> {
        self.follow().await.map_err(|error| error.to_string())?;
        if self.clock.skew() > MAX_SKEW {
            return Err(format!("the clock is {} ms off the database's", self.clock.skew().num_milliseconds()));
        }
        // The migrator's own table: it is not part of the schema that statements are checked against.
        let applied: i64 = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&self.own_pool)
            .await
            .map_err(|_| "the schema can't be read".to_owned())?;
        let wanted = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
        if applied == wanted { Ok(()) } else { Err(format!("the schema is at {applied}, this program needs {wanted}")) }
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.feed.close();
        self.readers.close();
        self.lists.close();
        self.live_readers.close();
        self.pool.close().await;
        self.own_pool.close().await;
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.feed.close();
    }
}

fn pool(connections: u32, lost: Lost) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_FOR)
        // A ping for every request would cost a third of a small read. Instead, connections from before the database
        // was last lost are thrown away.
        .test_before_acquire(false)
        .before_acquire(move |_, about| {
            let usable = Instant::now().checked_sub(about.age).is_none_or(|made| !lost.since(made));
            Box::pin(async move { Ok(usable) })
        })
}

/// Whether PostgreSQL refused because it stops, or has just started.
fn is_shutting_down(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("57P"))
}

async fn keep_following(app: Weak<App>, lost: Lost) {
    let mut was_lost = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(app) = app.upgrade() else { return };
        if app.pool.is_closed() {
            return;
        }
        let looked = tokio::time::timeout(CONNECT_FOR, app.follow()).await;
        match looked.unwrap_or(Err(Error::Unavailable(sqlx::Error::PoolTimedOut))) {
            Ok(()) if was_lost => {
                was_lost = false;
                tracing::info!("the database is back");
            }
            Ok(()) => {}
            // It answers, if only with a refusal: then the connections are good.
            Err(Error::Unavailable(error @ sqlx::Error::Database(_))) if !is_shutting_down(&error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the directory can't be looked at");
            }
            Err(error) => {
                lost.now();
                if !was_lost {
                    was_lost = true;
                    tracing::error!(error = &error as &dyn std::error::Error, "the database is lost");
                }
            }
        }
    }
}
