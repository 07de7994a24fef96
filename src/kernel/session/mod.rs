//! The sessions that a server keeps in memory: those that it has read recently, and those that have open streams.

mod store;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use lru::LruCache;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::kernel::id::{ApiKeyId, SessionId, UserId};
use crate::kernel::watch_map::WatchMap;

/// The SHA-256 of a token: the token itself is never kept.
pub type TokenHash = [u8; 32];

/// How long a server uses a cached session before it reads the session again.
const VALID_FOR: Duration = Duration::from_millis(500);
/// How many sessions the cache holds.
const CAPACITY: usize = 50_000;

/// The cache of sessions that were read recently, by the hash of their access token.
pub struct SessionCache {
    known: Mutex<LruCache<TokenHash, KnownSession>>,
    /// How often the cache was cleared. A session that was read before a clear is not stored after it.
    cleared: AtomicI64,
}

/// A session as a server has read it.
#[derive(Debug, Clone, Copy)]
pub struct KnownSession {
    /// The session.
    pub session: SessionId,
    /// The user who signed in.
    pub user: UserId,
    /// When its access token expires.
    pub expires_at: DateTime<Utc>,
    /// When this server began to read the session.
    pub read_at: Instant,
}

impl Default for SessionCache {
    fn default() -> Self {
        let known = LruCache::new(NonZeroUsize::new(CAPACITY).expect("the capacity is positive"));
        Self { known: Mutex::new(known), cleared: AtomicI64::new(0) }
    }
}

impl SessionCache {
    /// Removes every session. Sessions end so rarely that an index to remove single sessions is not worth its cost.
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
        let known = known.get(hash).filter(|known| known.read_at.elapsed() < VALID_FOR && known.expires_at > now)?;
        Some((known.session, known.user))
    }

    /// Stores a session, unless the cache was cleared since [`Self::cleared`] returned `cleared`.
    pub fn put(&self, hash: TokenHash, session: KnownSession, cleared: i64) {
        let mut known = self.known.lock().expect("no panic while held");
        if self.cleared.load(Relaxed) == cleared {
            known.put(hash, session);
        }
    }
}

/// When this server last noted the use of each API key.
#[derive(Default)]
pub struct KeyUses(Mutex<HashMap<ApiKeyId, DateTime<Utc>>>);

impl KeyUses {
    /// Whether the use of a key is to be noted, because the last noted one is older than `interval`.
    pub fn is_due(&self, key: ApiKeyId, now: DateTime<Utc>, interval: TimeDelta) -> bool {
        let mut uses = self.0.lock().expect("no panic while held");
        let is_due = uses.get(&key).is_none_or(|last| now - *last >= interval);
        if is_due {
            uses.insert(key, now);
        }
        is_due
    }
}

/// The sessions that have open streams on this server. When a session ends, its streams end, too.
#[derive(Default)]
pub struct HeldSessions {
    held: WatchMap<SessionId, bool>,
    /// The revision of ended sessions up to which this server has checked.
    revision: AtomicI64,
}

impl HeldSessions {
    /// Becomes `true` when the session has ended.
    pub fn watch(&self, session: SessionId) -> watch::Receiver<bool> {
        self.held.watch(session, || false)
    }

    /// Finds the sessions that have ended, if the revision of ended sessions has changed.
    pub async fn follow(&self, db: &PgPool, revision: i64) -> sqlx::Result<()> {
        if self.revision.load(Relaxed) == revision {
            return Ok(());
        }
        let held: Vec<_> = self.held.keys().into_iter().map(SessionId::uuid).collect();
        if !held.is_empty() {
            for session in store::ended_among(db, &held).await? {
                self.held.send(session, true);
            }
        }
        self.revision.store(revision, Relaxed);
        Ok(())
    }
}
