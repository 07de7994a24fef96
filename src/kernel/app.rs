//! The state of one server: connection pools, the clock, and what it keeps in memory.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use tracing::Instrument;

use crate::kernel::actor::Claimant;
use crate::kernel::clock::Clock;
use crate::kernel::config::Limits;
use crate::kernel::connections::Connections;
use crate::kernel::directory::{self, Directory};
use crate::kernel::error::Error;
use crate::kernel::feed::{self, Cursor, Epoch, Feed};
use crate::kernel::installation;
use crate::kernel::mail::{Mail, Mailer};
use crate::kernel::metrics;
use crate::kernel::readers::{Lost, Readers, WAITING};
use crate::kernel::replica::{LOOK_EVERY, USUAL_LAG};
use crate::kernel::schema::{self, CONNECT_FOR, StartError};
use crate::kernel::session::{HeldSessions, KeyUses, SessionCache};
use crate::kernel::turns::{Turn, Turns};

/// How often a server polls for changes of the directory.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long the result of a poll is valid: a right that was revoked is in effect for at most this long.
const POLL_VALID_FOR: Duration = Duration::from_millis(900);
/// How often idle connections that would not be used again are closed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often a server looks at the directory for those whom it does not know.
const LOOK_AGAIN_EVERY: Duration = Duration::from_millis(50);
/// The largest difference between the machine's clock and the database's clock with which a server is ready.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(1);

/// How long an event may be the oldest of the outbox before the server is not ready.
const MOST_WAITING: Duration = Duration::from_secs(5);

/// How many passwords may wait to be hashed. A hash takes some tens of milliseconds, so the last one waits for seconds.
const MOST_WAITING_HASHES: usize = 200;
/// The same for one network, or for one account from a network that it was signed in from before.
const MOST_WAITING_HASHES_OF_ONE: usize = 32;

/// The settings of a server.
pub struct Setup {
    /// How to connect to the database.
    pub database: PgConnectOptions,
    /// How to connect to it through a pooler in transaction mode, if there is one.
    pub pooler: Option<PgConnectOptions>,
    /// All places where its primary may be, if there are several.
    pub places: Vec<PgConnectOptions>,
    /// How to connect to its replicas.
    pub replicas: Vec<PgConnectOptions>,
    /// How far a replica may be behind.
    pub replica_lag: Duration,
    /// The largest number of connections of all pools together.
    pub connections: u32,
    /// The limits of requests.
    pub limits: Limits,
    /// The clock.
    pub clock: Clock,
}

impl Setup {
    /// A server on a database without pooler and replicas, at one place.
    pub fn of(database: PgConnectOptions, connections: u32, limits: Limits, clock: Clock) -> Self {
        let (places, replicas, replica_lag) = (Vec::new(), Vec::new(), USUAL_LAG);
        Self { database, pooler: None, places, replicas, replica_lag, connections, limits, clock }
    }
}

/// What the rights and the position of a stream depend on. When it changes, streams begin anew with what holds then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// The revision of the directory.
    pub directory: i64,
    /// The epoch of the log of events.
    pub epoch: Epoch,
}

/// One server.
pub struct App {
    connections: Connections,
    operation_turns: Arc<Turns<Claimant>>,
    clock: Clock,
    limits: Limits,
    places: Vec<PgConnectOptions>,
    directory: ArcSwap<Directory>,
    /// When the last successful poll began.
    polled_at: Mutex<Instant>,
    /// Held during a poll, so that polls run one at a time.
    polling: tokio::sync::Mutex<()>,
    sessions: SessionCache,
    held_sessions: HeldSessions,
    key_uses: KeyUses,
    hashing: Arc<Turns<String>>,
    mailer: Option<Arc<Mailer>>,
    revisions: watch::Sender<Revision>,
    feed: Arc<Feed>,
    /// Whether webhooks, e-mail and pool rules are held.
    is_held: AtomicBool,
    /// The oldest event of the outbox, and since when it has been the oldest.
    waiting: Mutex<Option<(i64, Instant)>>,
    /// Whether the server is about to stop.
    is_draining: AtomicBool,
}

impl App {
    /// Starts a server on a database that is [up to date](migrate). It polls the directory until it is closed or
    /// dropped.
    pub async fn open(setup: Setup) -> Result<Arc<Self>, StartError> {
        let lost = Lost::default();
        let mailer = Mailer::of(&setup.limits)?;
        let connections = Connections::open(
            setup.database,
            setup.pooler,
            (setup.replicas, setup.replica_lag),
            setup.connections,
            &setup.limits,
            &lost,
        )
        .await?;
        let directory = directory::load(&connections.own).await.map_err(StartError::Directory)?;
        let feed = Feed::open(&connections.own, setup.limits.event_backlog).await?;
        feed::sequencer::start(&feed, &connections.own, setup.clock.clone());
        let app = Arc::new(Self {
            operation_turns: Turns::shared(connections.most_operations, WAITING),
            connections,
            clock: setup.clock,
            limits: setup.limits,
            places: setup.places,
            revisions: watch::Sender::new(Revision { directory: directory.revision, epoch: feed.head().epoch }),
            directory: ArcSwap::from_pointee(directory),
            polled_at: Mutex::new(Instant::now()),
            polling: tokio::sync::Mutex::default(),
            sessions: SessionCache::default(),
            held_sessions: HeldSessions::default(),
            key_uses: KeyUses::default(),
            // The other cores stay for everybody else.
            hashing: Turns::bounded((cores() / 2).max(1), MOST_WAITING_HASHES_OF_ONE, MOST_WAITING_HASHES),
            mailer,
            feed,
            is_held: AtomicBool::new(false),
            waiting: Mutex::default(),
            is_draining: AtomicBool::new(false),
        });
        app.follow().await.map_err(StartError::Directory)?;
        let polling = poll_until_closed(Arc::downgrade(&app), lost);
        tokio::spawn(polling.instrument(tracing::info_span!("poll")));
        if !app.connections.replicas.is_empty() {
            tokio::spawn(look_at_replicas(Arc::downgrade(&app)).instrument(tracing::info_span!("replicas")));
        }
        Ok(app)
    }

    /// The connections of the server.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The connection pool for everything except operations and planned reads.
    pub fn pool(&self) -> &PgPool {
        &self.connections.statements
    }

    /// Waits until an operation may take a connection of the pool. Users take turns, so that nobody's operations keep others from
    /// theirs. `None` if too many of the same user wait, or if it takes too long.
    pub async fn operation_turn(&self, claimant: Claimant) -> Option<Turn<Claimant>> {
        tokio::time::timeout(CONNECT_FOR, self.operation_turns.wait(&claimant)).await.ok().flatten()
    }

    /// The connection pool for the server's own work, which requests must not delay.
    pub fn own_pool(&self) -> &PgPool {
        &self.connections.own
    }

    /// The connections for planned reads, where PostgreSQL keeps the plans of statements.
    pub fn readers(&self) -> &Readers {
        &self.connections.readers
    }

    /// The connections for the payloads of mutations, which other reads must not delay.
    pub fn payload_readers(&self) -> &Readers {
        &self.connections.payloads
    }

    /// The connections for the reads of subscriptions, which requests must not delay.
    pub fn live_readers(&self) -> &Readers {
        &self.connections.live
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The limits of requests.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The cache of sessions that were read recently.
    pub fn sessions(&self) -> &SessionCache {
        &self.sessions
    }

    /// The sessions that have open streams.
    pub fn held_sessions(&self) -> &HeldSessions {
        &self.held_sessions
    }

    /// When the use of each API key was last noted.
    pub fn key_uses(&self) -> &KeyUses {
        &self.key_uses
    }

    /// The turns at hashing passwords.
    pub fn hashing(&self) -> &Arc<Turns<String>> {
        &self.hashing
    }

    /// Whether webhooks, e-mail and pool rules are held, because nobody has said yet what this copy of an installation is.
    pub fn is_held(&self) -> bool {
        self.is_held.load(Relaxed)
    }

    /// Whether e-mail can be sent.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some() && !self.is_held()
    }

    /// Sends a message in the background, if e-mail can be sent. A failure is only logged.
    pub fn send_mail(&self, mail: Mail) {
        let Some(mailer) = self.mailer.clone().filter(|_| self.sends_mail()) else { return };
        let sending = async move {
            if let Err(error) = mailer.send(mail).await {
                tracing::error!(error = &error as &dyn std::error::Error, "an e-mail can't be sent");
            }
        };
        tokio::spawn(sending.instrument(tracing::info_span!("mail")));
    }

    /// The live feed.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// The current revision.
    pub fn revision(&self) -> Revision {
        *self.revisions.borrow()
    }

    /// Watches the revision.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.revisions.subscribe()
    }

    /// The directory, at most a second old.
    pub async fn directory(&self) -> Result<Arc<Directory>, Error> {
        if self.polled_at.lock().expect("no panic while held").elapsed() > POLL_VALID_FOR {
            // This is rare. Without the box, the future of every request would have room for it.
            Box::pin(self.follow()).await?;
        }
        Ok(self.directory.load_full())
    }

    /// The directory as of a look at the database that begins now. Those who ask at the same time share a look.
    pub async fn directory_now(&self) -> Result<Arc<Directory>, Error> {
        self.follow().await?;
        Ok(self.directory.load_full())
    }

    /// The same, for somebody whom the directory does not know: another server may have entered them just now. Names can be
    /// made up, so the server looks at most twenty times a second for all who wait.
    pub async fn directory_for_unknown(&self) -> Result<Arc<Directory>, Error> {
        let asked = Instant::now();
        let next = *self.polled_at.lock().expect("no panic while held") + LOOK_AGAIN_EVERY;
        tokio::time::sleep_until(next.into()).await;
        self.follow_since(asked).await?;
        Ok(self.directory.load_full())
    }

    /// Polls the database: reads what has changed in the directory, finds sessions that have ended while they have
    /// open streams, and notices new events.
    pub async fn follow(&self) -> Result<(), Error> {
        self.follow_since(Instant::now()).await
    }

    /// The same, unless a poll that began at `asked` or later has succeeded.
    async fn follow_since(&self, asked: Instant) -> Result<(), Error> {
        let _one_at_a_time = self.polling.lock().await;
        if *self.polled_at.lock().expect("no panic while held") >= asked {
            return Ok(());
        }
        let began = Instant::now();
        let poll = self.look().await?;
        self.clock.follow(poll.now, began);
        let known = self.directory.load_full();
        if !poll.is_of(&known) {
            self.directory.store(Arc::new(directory::refresh(&known, &self.connections.own).await?));
        }
        let head = Cursor { epoch: poll.epoch, position: poll.head };
        if head.epoch != self.feed.head().epoch {
            self.feed.begin_anew(head);
        }
        let revision = Revision { directory: self.directory.load().revision, epoch: head.epoch };
        self.revisions.send_if_modified(|known| std::mem::replace(known, revision) != revision);
        self.held_sessions.follow(&self.connections.own, poll.sessions).await?;
        self.feed.advance_head(head);
        if poll.waiting.is_some() {
            self.feed.ring();
        }
        self.note_waiting(poll.waiting);
        match self.is_held.swap(poll.is_held, Relaxed) {
            false if poll.is_held => tracing::warn!("{}", installation::ADVICE),
            true if !poll.is_held => tracing::info!("webhooks, e-mail and pool rules are no longer held"),
            _ => {}
        }
        *self.polled_at.lock().expect("no panic while held") = began;
        Ok(())
    }

    /// Finds the primary if there are several places where it may be. New connections lead there.
    async fn find_primary(&self) {
        if self.places.len() < 2 {
            return;
        }
        let Ok(primary) = schema::primary(&self.places).await else { return };
        self.connections.move_to(&primary);
    }

    /// Notes which event of the outbox is the oldest.
    fn note_waiting(&self, oldest: Option<i64>) {
        let mut waiting = self.waiting.lock().expect("no panic while held");
        if waiting.map(|(id, _)| id) != oldest {
            *waiting = oldest.map(|id| (id, Instant::now()));
        }
    }

    /// Polls the database. If its log of events is not the one that this server knows, another epoch begins first.
    async fn look(&self) -> Result<directory::PollResult, Error> {
        loop {
            let known = self.feed.known();
            let poll = directory::poll(&self.connections.own, known.cursor.position).await?;
            if poll.is_replica && self.places.len() > 1 {
                // It was the primary before.
                return Err(Error::Unavailable(sqlx::Error::PoolTimedOut));
            }
            let is_same_epoch = poll.epoch == known.cursor.epoch;
            if is_same_epoch && known.is_contradicted(poll.head, poll.image) {
                installation::begin_epoch(&self.connections.own, poll.epoch).await?;
            } else if !poll.is_settled {
                installation::settle(&self.connections.own, is_same_epoch && known.is_recognised()).await?;
            } else {
                self.feed.learn(known.cursor, poll.image.filter(|_| is_same_epoch));
                return Ok(poll);
            }
        }
    }

    /// Checks whether the server is ready: the database answers, this program can work with its schema, events are moved to the
    /// log, and the clocks agree. An error says what is wrong.
    pub async fn check_ready(&self) -> Result<(), String> {
        if self.is_draining.load(Relaxed) {
            return Err("the server is about to stop".to_owned());
        }
        self.follow().await.map_err(|error| error.to_string())?;
        if self.clock.skew() > MAX_SKEW {
            return Err(format!(
                "this machine's clock differs by {} ms from the database's clock",
                self.clock.skew().num_milliseconds()
            ));
        }
        if self.feed.is_disk_full() {
            return Err("the disk of the database is full: nothing can be saved until there is room".to_owned());
        }
        let waiting = *self.waiting.lock().expect("no panic while held");
        if let Some(since) = waiting.map(|(_, since)| since.elapsed()).filter(|waited| *waited > MOST_WAITING) {
            return Err(format!("events have not been moved to the log for {} seconds", since.as_secs()));
        }
        schema::check(&self.connections.own).await.map(drop).map_err(|error| error.to_string())
    }

    /// How far the server is behind, for the metrics.
    pub fn state(&self) -> metrics::State {
        let waiting = *self.waiting.lock().expect("no panic while held");
        metrics::State {
            outbox_age: waiting.map(|(_, since)| since.elapsed()).unwrap_or_default(),
            lag_events: self.feed.head().position - self.feed.known().cursor.position,
            directory_age: self.polled_at.lock().expect("no panic while held").elapsed(),
            users: self.directory.load().people.len(),
            skew: self.clock.skew(),
        }
    }

    /// Makes the server unready, so that proxies send their requests elsewhere before it stops.
    pub fn drain(&self) {
        self.is_draining.store(true, Relaxed);
    }

    /// Ends the streams and closes the connections.
    pub async fn close(&self) {
        self.feed.close();
        self.connections.close().await;
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.feed.close();
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Whether PostgreSQL refused because it is stopping or starting.
fn is_shutting_down(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("57P"))
}

async fn look_at_replicas(app: Weak<App>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(app) = app.upgrade() else { return };
        if app.pool().is_closed() {
            return;
        }
        app.connections.replicas.look(&app.connections.own, app.revision().epoch).await;
    }
}

async fn poll_until_closed(app: Weak<App>, lost: Lost) {
    let (mut was_lost, mut swept) = (false, Instant::now());
    loop {
        let Some(feed) = app.upgrade().map(|app| app.feed.clone()) else { return };
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            () = feed.look_wanted() => {}
        }
        let Some(app) = app.upgrade() else { return };
        if app.pool().is_closed() {
            return;
        }
        let polled = tokio::time::timeout(CONNECT_FOR, app.follow()).await;
        match polled.unwrap_or(Err(Error::Unavailable(sqlx::Error::PoolTimedOut))) {
            Ok(()) => {
                if was_lost || swept.elapsed() > SWEEP_EVERY {
                    swept = Instant::now();
                    app.connections.sweep();
                }
                if std::mem::take(&mut was_lost) {
                    tracing::info!("the database can be reached again");
                }
            }
            // The database answered with an error, so the connections are good.
            Err(Error::Unavailable(error @ sqlx::Error::Database(_))) if !is_shutting_down(&error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the directory can't be polled");
            }
            Err(error) => {
                lost.now();
                app.find_primary().await;
                if !was_lost {
                    was_lost = true;
                    tracing::error!(error = &error as &dyn std::error::Error, "the database can't be reached");
                }
            }
        }
    }
}
