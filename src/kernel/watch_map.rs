//! Watched values by key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use tokio::sync::watch;

/// Values by key, kept while they have watchers.
pub struct WatchMap<K, V>(Mutex<HashMap<K, watch::Sender<V>>>);

impl<K, V> Default for WatchMap<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash, V> WatchMap<K, V> {
    /// Watches the value of a key. If the key has no watcher yet, its value is `first`.
    pub fn watch(&self, key: K, first: impl FnOnce() -> V) -> watch::Receiver<V> {
        let mut known = self.0.lock().expect("no panic while held");
        // Keys without watchers are removed only before the map would grow, so that not every call has to search for
        // them.
        if known.len() == known.capacity() {
            known.retain(|_, sender| sender.receiver_count() > 0);
            let alive = known.len();
            known.reserve(alive);
        }
        known.entry(key).or_insert_with(|| watch::Sender::new(first())).subscribe()
    }

    /// Sends a value to the watchers of a key.
    pub fn send(&self, key: K, value: V) {
        if let Some(sender) = self.0.lock().expect("no panic while held").get(&key) {
            sender.send_replace(value);
        }
    }

    /// The keys that have watchers.
    pub fn keys(&self) -> Vec<K> {
        let known = self.0.lock().expect("no panic while held");
        known.iter().filter(|(_, sender)| sender.receiver_count() > 0).map(|(key, _)| *key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_watchers_are_removed() {
        let watch_map = WatchMap::default();
        let first = watch_map.watch(1, || 'a');
        watch_map.send(1, 'b');
        assert_eq!((*first.borrow(), *watch_map.watch(1, || 'c').borrow()), ('b', 'b'));
        for key in 2..1_000 {
            drop(watch_map.watch(key, || 'a'));
        }
        assert_eq!(watch_map.keys(), [1]);
        assert!(watch_map.0.lock().unwrap().capacity() < 100, "the map has not grown");
        drop(first);
        assert_eq!(watch_map.keys(), [0; 0]);
    }
}
