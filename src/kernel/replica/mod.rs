//! Replicas of the database, which take planned reads from the primary while they are fresh enough.
//!
//! A replica is used while it has everything that the primary had a second ago. Users read what they have written: the position of
//! their last commit in PostgreSQL's log is remembered here and travels with their requests, because the next one may reach another
//! server. A replica that has not replayed it yet is not asked. What a replica can't do, the primary does.

mod position;
mod store;

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::time::timeout;

use crate::kernel::feed::Epoch;
use crate::kernel::id::UserId;
use crate::kernel::metrics;
use crate::kernel::readers::Readers;
pub use position::{NoPosition, Position};

/// How far a replica may be behind the primary, if nothing else is said.
pub const USUAL_LAG: Duration = Duration::from_secs(1);
/// How often a server looks how far the replicas are.
pub const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a look may take. A replica that does not answer is not used.
const LOOK_FOR: Duration = Duration::from_millis(500);
/// How long the position of a commit is remembered. By then a replica has it, or is too far behind to be used.
pub const REMEMBER_FOR: Duration = Duration::from_secs(60);
/// The longest lag that can be allowed.
pub const LONGEST_LAG: u64 = 30;

/// A replica.
pub struct Replica {
    /// Its host and port.
    name: String,
    /// One connection, to look how far it is.
    look: PgPool,
    /// For planned reads, where PostgreSQL keeps the plans of statements.
    readers: Readers,
    /// For planned reads that PostgreSQL must plan for each execution.
    lists: Readers,
    /// Up to where it has replayed the log; 0 while it is not used.
    replayed: AtomicI64,
}

impl Replica {
    /// A replica that is used as soon as it is known how far it is.
    pub fn new(name: String, look: PgPool, readers: Readers, lists: Readers) -> Self {
        Self { name, look, readers, lists, replayed: AtomicI64::new(0) }
    }

    /// The connections for reads that are planned each time, or not.
    pub fn readers(&self, plan_each_time: bool) -> &Readers {
        if plan_each_time { &self.lists } else { &self.readers }
    }

    /// Whether the primary may still do what this replica could not.
    pub fn can_be_replaced(&self, error: &sqlx::Error) -> bool {
        match error {
            // A statement that conflicts with what is replayed is cancelled (40001); a server stops, starts, or has no room.
            sqlx::Error::Database(error) => {
                error.code().is_some_and(|code| code == "40001" || code.starts_with("57P") || code.starts_with("53"))
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolClosed => true,
            // Too many wait for it, and the primary has enough to do; or it has gone.
            sqlx::Error::PoolTimedOut => !self.is_used(),
            _ => false,
        }
    }

    fn is_used(&self) -> bool {
        self.replayed.load(Relaxed) > 0
    }

    fn use_from(&self, position: Position) {
        if self.replayed.swap(position.0, Relaxed) == 0 {
            tracing::info!(replica = self.name, "a replica is used for reads");
        }
    }

    fn stop_using(&self, why: &'static str) {
        if self.replayed.swap(0, Relaxed) > 0 {
            tracing::warn!(replica = self.name, why, "a replica is not used for reads");
        }
    }
}

/// The replicas of a server, and how far they have to be for whom.
pub struct Replicas {
    all: Vec<Replica>,
    /// Held during a look.
    history: tokio::sync::Mutex<History>,
    next: AtomicUsize,
    committed: Mutex<HashMap<UserId, LastCommit>>,
}

/// The last commit of a user at this server.
struct LastCommit {
    /// How many commits of the user were noted before it.
    number: u64,
    position: Position,
    at: Instant,
}

impl Replicas {
    /// These replicas, of which each may be behind for so long.
    pub fn new(all: Vec<Replica>, most_lag: Duration) -> Self {
        let history = History { most_lag, positions: VecDeque::new() };
        Self { all, history: history.into(), next: AtomicUsize::new(0), committed: Mutex::default() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A replica that has everything up to a position, and what this user committed at this server.
    pub fn for_reading(&self, user: Option<UserId>, after: Position) -> Option<&Replica> {
        if self.all.is_empty() {
            return None;
        }
        let after = user.and_then(|user| self.committed_by(user)).unwrap_or_default().max(after);
        let first = self.next.fetch_add(1, Relaxed);
        let mut in_turn = (0..self.all.len()).map(|step| &self.all[first.wrapping_add(step) % self.all.len()]);
        // One that is not used has replayed nothing.
        let after = after.max(Position(1));
        in_turn.find(|replica| replica.replayed.load(Relaxed) >= after.0)
    }

    /// Behind what a user committed at this server lately.
    pub fn committed_by(&self, user: UserId) -> Option<Position> {
        if self.all.is_empty() {
            return None;
        }
        let committed = self.committed.lock().expect("no panic while held");
        committed.get(&user).map(|last| last.position)
    }

    /// Notes that a user has committed something just now.
    pub async fn note_commit(&self, user: UserId, primary: &PgPool) {
        if self.all.is_empty() {
            return;
        }
        // Until the position is known, and if it can't be known, the user reads at the primary.
        let number = self.begin_noting(user);
        match store::committed(primary).await {
            Ok(position) => self.end_noting(user, number, position),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the position of a commit can't be read");
            }
        }
    }

    /// Notes a commit whose position is not known yet, and returns its number.
    fn begin_noting(&self, user: UserId) -> u64 {
        let mut committed = self.committed.lock().expect("no panic while held");
        let number = committed.get(&user).map_or(0, |last| last.number + 1);
        committed.insert(user, LastCommit { number, position: Position::UNKNOWN, at: Instant::now() });
        number
    }

    /// Notes the position of a commit. That of an earlier one says nothing, because the later one may lie behind it.
    fn end_noting(&self, user: UserId, number: u64, position: Position) {
        let mut committed = self.committed.lock().expect("no panic while held");
        if let Some(last) = committed.get_mut(&user).filter(|last| last.number == number) {
            last.position = position;
        }
    }

    /// Looks how far each replica is.
    pub async fn look(&self, primary: &PgPool, epoch: Epoch) {
        let mut history = self.history.lock().await;
        let flushed = timeout(LOOK_FOR, store::flushed(primary)).await.ok().and_then(Result::ok);
        let needed = flushed.map(|position| history.note(position, Instant::now()));
        let look = async |replica: &Replica| {
            let Some(needed) = needed else { return replica.stop_using("it is not known how far the primary is") };
            match timeout(LOOK_FOR, store::replayed(&replica.look)).await {
                Err(_) => replica.stop_using("it does not answer"),
                Ok(Err(error)) => {
                    tracing::debug!(
                        replica = replica.name,
                        error = &error as &dyn std::error::Error,
                        "a replica can't be read"
                    );
                    replica.stop_using("it can't be read");
                }
                Ok(Ok(None)) => replica.stop_using("it is no replica"),
                Ok(Ok(Some((_, other)))) if other != epoch => replica.stop_using("it has another history"),
                Ok(Ok(Some((position, _)))) if position < needed => replica.stop_using("it is too far behind"),
                Ok(Ok(Some((position, _)))) => replica.use_from(position),
            }
        };
        futures_util::future::join_all(self.all.iter().map(look)).await;
        let now = Instant::now();
        self.committed.lock().expect("no panic while held").retain(|_, last| now - last.at < REMEMBER_FOR);
        let used = self.all.iter().filter(|replica| replica.is_used()).count();
        metrics::replicas(self.all.len(), used);
    }

    /// The pools of all replicas.
    pub fn pools(&self) -> impl Iterator<Item = &Readers> {
        self.all.iter().flat_map(|replica| [&replica.readers, &replica.lists])
    }

    /// Stops looking at the replicas.
    pub async fn close(&self) {
        for replica in &self.all {
            replica.look.close().await;
        }
    }
}

/// Where the primary was lately.
struct History {
    /// How far a replica may be behind.
    most_lag: Duration,
    positions: VecDeque<(Instant, Position)>,
}

impl History {
    /// Notes where the primary is, and returns up to where a replica must be.
    fn note(&mut self, position: Position, now: Instant) -> Position {
        if self.positions.back().is_some_and(|(_, last)| position < *last) {
            // Another primary, whose log is shorter.
            self.positions.clear();
        }
        self.positions.push_back((now, position));
        while self.positions.get(1).is_some_and(|(at, _)| now - *at >= self.most_lag) {
            self.positions.pop_front();
        }
        self.positions[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_commits_at_once_the_later_one_is_the_position_of_the_user() {
        let replicas = Replicas::new(Vec::new(), USUAL_LAG);
        let user = UserId::from(uuid::Uuid::from_u128(1));
        let position = || replicas.committed.lock().unwrap()[&user].position;
        let (first, second) = (replicas.begin_noting(user), replicas.begin_noting(user));
        replicas.end_noting(user, first, Position(10));
        assert_eq!(position(), Position::UNKNOWN, "the second one may lie behind it");
        replicas.end_noting(user, second, Position(20));
        assert_eq!(position(), Position(20));
    }

    #[test]
    fn a_replica_must_have_what_the_primary_had_a_second_ago() {
        let mut history = History { most_lag: Duration::from_secs(1), positions: VecDeque::new() };
        let start = Instant::now();
        let mut note = |position, after| history.note(Position(position), start + Duration::from_millis(after)).0;
        assert_eq!([note(10, 0), note(20, 500), note(30, 999)], [10, 10, 10]);
        assert_eq!([note(40, 1_500), note(40, 2_000), note(40, 9_000)], [20, 30, 40]);
        assert_eq!(note(5, 9_100), 5, "after a failover that lost something");
    }
}
