//! What a server keeps in memory of sessions: those that it looked up a moment ago, and those that hold a stream open.

mod store;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lru::LruCache;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::kernel::id::{SessionId, UserId};
use crate::kernel::watch_map::WatchMap;

/// The SHA-256 of a token: the token itself is never kept.
pub type TokenHash = [u8; 32];

/// How long a server uses what it has read of a session before it reads the session again.
const TRUST_FOR: Duration = Duration::from_millis(500);
/// How many sessions are kept.
const CAPACITY: usize = 50_000;

/// Sessions that were looked up a moment ago, by the hash of their access token.
pub struct SessionCache {
    known: Mutex<LruCache<TokenHash, KnownSession>>,
    /// How often the cache was cleared: what was read before a clear is not kept after it.
    cleared: AtomicI64,
}

/// What a server has read of a session.
#[derive(Debug, Clone, Copy)]
pub struct KnownSession {
    /// The session.
    pub session: SessionId,
    /// Whose session it is.
    pub user: UserId,
    /// When its access token expires.
    pub expires_at: DateTime<Utc>,
    /// When this server began to read it.
    pub read_at: Instant,
}

impl Default for SessionCache {
    fn default() -> Self {
        let known = LruCache::new(NonZeroUsize::new(CAPACITY).expect("the capacity is positive"));
        Self { known: Mutex::new(known), cleared: AtomicI64::new(0) }
    }
}

impl SessionCache {
    /// Removes every session. Sessions end so seldom that removing single ones is not worth an index.
    pub fn clear(&self) {
        let mut known = self.known.lock().expect("no panic while held");
        self.cleared.fetch_add(1, Relaxed);
        known.clear();
    }

    /// How often the cache was cleared.
    pub fn cleared(&self) -> i64 {
        self.cleared.load(Relaxed)
    }

    /// The session and the user of an access token, if they were read recently and the token has not expired.
    pub fn get(&self, hash: &TokenHash, now: DateTime<Utc>) -> Option<(SessionId, UserId)> {
        let mut known = self.known.lock().expect("no panic while held");
        let known = known.get(hash).filter(|known| known.read_at.elapsed() < TRUST_FOR && known.expires_at > now)?;
        Some((known.session, known.user))
    }

    /// Keeps what was read while [`Self::cleared`] was `cleared`.
    pub fn put(&self, hash: TokenHash, session: KnownSession, cleared: i64) {
        let mut known = self.known.lock().expect("no panic while held");
        if self.cleared.load(Relaxed) == cleared {
            known.put(hash, session);
        }
    }
}

/// Sessions that hold a stream open on this server: when a session ends, so do its streams.
#[derive(Default)]
pub struct HeldSessions {
    held: WatchMap<SessionId, bool>,
    /// The revision of the ends of sessions up to which this server has looked.
    revision: AtomicI64,
}

impl HeldSessions {
    /// Turns true when the session has ended.
    pub fn watch(&self, session: SessionId) -> watch::Receiver<bool> {
        self.held.watch(session, || false)
    }

    /// Looks which of them have ended, if any session has ended since the last look.
    pub async fn follow(&self, db: &PgPool, revision: i64) -> sqlx::Result<()> {
        if self.revision.load(Relaxed) == revision {
            return Ok(());
        }
        let held: Vec<_> = self.held.keys().into_iter().map(SessionId::uuid).collect();
        if !held.is_empty() {
            for session in store::ended_among(db, &held).await? {
                self.held.tell(session, true);
            }
        }
        self.revision.store(revision, Relaxed);
        Ok(())
    }
}
