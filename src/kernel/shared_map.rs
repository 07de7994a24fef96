//! A map of which many versions exist: a copy shares with its original whatever was not changed since.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

/// How many parts a map has. A copy costs this many counters, and the first change of a part copies this share of the entries.
const PARTS: usize = 512;

/// A map whose copies share their unchanged parts.
pub struct SharedMap<K, V> {
    parts: Box<[Arc<HashMap<K, V>>]>,
    hasher: RandomState,
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), hasher: self.hasher.clone() }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Arc::default()).collect(), hasher: RandomState::new() }
    }
}

impl<K, V> SharedMap<K, V> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.is_empty())
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flat_map(|part| part.iter())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> SharedMap<K, V> {
    fn place<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        self.hasher.hash_one(key) as usize % PARTS
    }

    /// The value of a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.parts[self.place(key)].get(key)
    }

    /// Whether it has a key.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key, and returns the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(&key);
        Arc::make_mut(&mut self.parts[place]).insert(key, value)
    }

    /// Removes a key.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key);
        // A part without the key is not copied.
        self.parts[place].contains_key(key).then(|| Arc::make_mut(&mut self.parts[place]).remove(key)).flatten()
    }

    /// The value of a key, to be changed; a default if it had none.
    pub fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = self.place(&key);
        Arc::make_mut(&mut self.parts[place]).entry(key).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_its_own_changes_and_shares_the_rest() {
        let mut first = SharedMap::default();
        for number in 0..10_000 {
            assert_eq!(first.insert(number, number), None);
        }
        let mut second = first.clone();
        assert_eq!(second.insert(1, 100), Some(1));
        assert_eq!(second.remove(&2), Some(2));
        assert_eq!(second.remove(&20_000), None);
        *second.entry(3) += 300;
        assert_eq!((first.get(&1), first.get(&2), first.get(&3), first.len()), (Some(&1), Some(&2), Some(&3), 10_000));
        assert_eq!(
            (second.get(&1), second.get(&2), second.get(&3), second.len()),
            (Some(&100), None, Some(&303), 9_999)
        );
        let own = first.parts.iter().zip(&second.parts).filter(|(one, other)| !Arc::ptr_eq(one, other)).count();
        assert!((1..=3).contains(&own), "{own} of {PARTS} parts were copied for three changes");
    }
}
