//! A cache with a budget of memory: what was not used for the longest time makes room.

use std::borrow::Borrow;
use std::hash::Hash;

use lru::LruCache;

/// What an entry weighs at least, because it takes memory also where it says little.
const EACH: usize = 1_000;

/// Values that were used lately. All that are kept together weigh no more than a budget.
pub struct Cache<K: Hash + Eq, V> {
    /// The values and their weights.
    entries: LruCache<K, (V, usize)>,
    weight: usize,
    budget: usize,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    /// An empty cache.
    pub fn new(budget: usize) -> Self {
        Self { entries: LruCache::unbounded(), weight: 0, budget }
    }

    /// The value of a key, if it was kept.
    pub fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// Keeps a value for the next time. It weighs as much as its text has bytes, and a little more.
    pub fn keep(&mut self, key: K, value: V, bytes: usize) {
        let weight = bytes + EACH;
        if let Some((_, before)) = self.entries.put(key, (value, weight)) {
            self.weight -= before;
        }
        self.weight += weight;
        while self.weight > self.budget
            && let Some((_, (_, weight))) = self.entries.pop_lru()
        {
            self.weight -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_the_longest_time_makes_room() {
        let mut cache = Cache::new(4 * EACH);
        for key in [1, 2, 3] {
            cache.keep(key, key, EACH / 4);
        }
        assert_eq!(cache.get(&1), Some(&1));
        cache.keep(4, 4, 0);
        let kept = |cache: &mut Cache<i32, i32>| (1..=6).filter(|key| cache.get(key).is_some()).collect::<Vec<_>>();
        assert_eq!(kept(&mut cache), [1, 3, 4]);
        cache.keep(5, 5, 2 * EACH);
        assert_eq!(kept(&mut cache), [4, 5], "it weighs as much as three");
        cache.keep(5, 5, 0);
        cache.keep(6, 6, 2 * EACH);
        assert_eq!(kept(&mut cache), [5, 6], "what is kept again has its new weight");
        cache.keep(1, 1, 4 * EACH);
        assert_eq!(kept(&mut cache), [0; 0], "it weighs more than the budget");
        assert_eq!(cache.weight, 0);
    }
}
