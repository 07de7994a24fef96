//! Values that are watched, each under its key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use tokio::sync::watch;

/// Values by their keys, for as long as somebody watches them.
pub struct WatchMap<K, V>(Mutex<HashMap<K, watch::Sender<V>>>);

impl<K, V> Default for WatchMap<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash, V> WatchMap<K, V> {
    /// Watches what is under a key: at first this, if nobody does yet.
    pub fn watch(&self, key: K, first: impl FnOnce() -> V) -> watch::Receiver<V> {
        let mut known = self.0.lock().expect("no panic while held");
        // What nobody watches any more makes room before there is need of more: so it is not looked for each time.
        if known.len() == known.capacity() {
            known.retain(|_, told| told.receiver_count() > 0);
            let alive = known.len();
            known.reserve(alive);
        }
        known.entry(key).or_insert_with(|| watch::Sender::new(first())).subscribe()
    }

    /// Tells those who watch what is under a key.
    pub fn tell(&self, key: K, value: V) {
        if let Some(told) = self.0.lock().expect("no panic while held").get(&key) {
            told.send_replace(value);
        }
    }

    /// The keys that somebody watches.
    pub fn keys(&self) -> Vec<K> {
        let known = self.0.lock().expect("no panic while held");
        known.iter().filter(|(_, told)| told.receiver_count() > 0).map(|(key, _)| *key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_watches_is_forgotten() {
        let watch_map = WatchMap::default();
        let first = watch_map.watch(1, || 'a');
        watch_map.tell(1, 'b');
        assert_eq!((*first.borrow(), *watch_map.watch(1, || 'c').borrow()), ('b', 'b'));
        for key in 2..1_000 {
            drop(watch_map.watch(key, || 'a'));
        }
        assert_eq!(watch_map.keys(), [1]);
        assert!(watch_map.0.lock().unwrap().capacity() < 100, "there was room");
        drop(first);
        assert_eq!(watch_map.keys(), [0; 0]);
    }
}
