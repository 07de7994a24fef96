//! Automatic persisted queries: a client sends the hash of a document, and the document itself only when the server does not
//! know it yet (<https://www.apollographql.com/docs/apollo-server/performance/apq>).

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use lru::LruCache;
use sha2::{Digest, Sha256};

/// How many documents are kept, and how long one may be to be kept, in bytes.
const KEPT: usize = 1_000;
const KEPT_BYTES: usize = 20_000;

/// The documents that clients of this server may name by their hash.
pub struct PersistedQueries(Mutex<LruCache<String, String>>);

impl Default for PersistedQueries {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).expect("the capacity is positive"))))
    }
}

impl PersistedQueries {
    /// The document of a hash.
    pub fn get(&self, hash: &str) -> Option<String> {
        self.0.lock().expect("no panic while held").get(hash).cloned()
    }

    /// Keeps a document, if it is short enough.
    pub fn keep(&self, hash: &str, document: &str) {
        if document.len() <= KEPT_BYTES {
            self.0.lock().expect("no panic while held").put(hash.to_owned(), document.to_owned());
        }
    }
}

/// Whether a hash is the SHA-256 of a document, in hexadecimal digits.
pub fn is_hash_of(hash: &str, document: &str) -> bool {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(document.as_bytes()) {
        write!(digits, "{byte:02x}").expect("text is written to memory");
    }
    hash.eq_ignore_ascii_case(&digits)
}
