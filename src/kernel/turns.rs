//! Turns: how many tasks may do something at the same time, and which of the waiting ones is next.
//!
//! Each key, such as a user, has a queue of its own, and the queues are served in rotation. So a user who asks for a thousand
//! turns delays others by one turn each, and not by a thousand.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

/// Turns that tasks wait for.
pub struct Turns<K: Eq + Hash + Clone> {
    state: Mutex<State<K>>,
    /// How many tasks of one key may have a turn at the same time.
    most_of_key: usize,
    /// How many tasks may wait for each key.
    most_waiting: usize,
    /// How many may wait in all; `None`: any number.
    most_in_all: Option<usize>,
}

struct State<K: Eq + Hash + Clone> {
    free: usize,
    /// How many tasks of each key have a turn.
    held: HashMap<K, usize>,
    /// The waiting tasks of each key, in the order in which they came. No queue is empty.
    queues: HashMap<K, VecDeque<oneshot::Sender<Turn<K>>>>,
    /// The keys of the queues, in the order in which they are served.
    rotation: VecDeque<K>,
}

/// A turn. It ends when it is dropped.
pub struct Turn<K: Eq + Hash + Clone>(Option<(Arc<Turns<K>>, K)>);

impl<K: Eq + Hash + Clone> Turn<K> {
    /// A turn of somebody who has the machine alone, like a command.
    pub fn alone() -> Self {
        Self(None)
    }
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// `at_once` tasks have a turn at the same time, and at most `most_waiting` tasks of each key wait for one.
    pub fn new(at_once: usize, most_waiting: usize) -> Arc<Self> {
        Self::of(at_once, at_once, most_waiting, None)
    }

    /// The same, where the tasks of one key have at most three quarters of the turns. So tasks of one key that don't come to an
    /// end do not keep those of others from theirs.
    pub fn shared(at_once: usize, most_waiting: usize) -> Arc<Self> {
        Self::of(at_once, at_once - at_once / 4, most_waiting, None)
    }

    /// The same, and at most `most_in_all` tasks wait, whatever their keys: for keys that anybody can make up.
    pub fn bounded(at_once: usize, most_waiting: usize, most_in_all: usize) -> Arc<Self> {
        Self::of(at_once, at_once, most_waiting, Some(most_in_all))
    }

    fn of(at_once: usize, most_of_key: usize, most_waiting: usize, most_in_all: Option<usize>) -> Arc<Self> {
        let (held, queues, rotation) = (HashMap::new(), HashMap::new(), VecDeque::new());
        let state = State { free: at_once, held, queues, rotation };
        Arc::new(Self { state: Mutex::new(state), most_of_key, most_waiting, most_in_all })
    }

    /// Waits for a turn. `None` without waiting, if as many tasks as may wait for this key, or in all.
    pub async fn wait(self: &Arc<Self>, key: &K) -> Option<Turn<K>> {
        let receiver = {
            let mut state = self.state.lock().expect("no panic while held");
            if state.free > 0 && state.held_by(key) < self.most_of_key {
                state.take(key);
                return Some(Turn(Some((self.clone(), key.clone()))));
            }
            if self.most_in_all.is_some_and(|most| state.waiting() >= most) {
                return None;
            }
            let (sender, receiver) = oneshot::channel();
            match state.queues.get_mut(key) {
                Some(queue) => {
                    // Tasks that no longer wait are dropped where they would count.
                    if queue.len() >= self.most_waiting {
                        queue.retain(|waiting| !waiting.is_closed());
                    }
                    if queue.len() >= self.most_waiting {
                        return None;
                    }
                    queue.push_back(sender);
                }
                None => {
                    state.queues.insert(key.clone(), VecDeque::from([sender]));
                    state.rotation.push_back(key.clone());
                }
            }
            receiver
        };
        Some(receiver.await.expect("a queue loses a task only by giving it a turn, or when the task is gone"))
    }

    /// Ends a turn, and gives what is free to the tasks that are next.
    fn end(self: Arc<Self>, key: &K) {
        let mut state = self.state.lock().expect("no panic while held");
        state.give_back(key);
        while state.free > 0
            && let Some((key, next)) = state.next(self.most_of_key)
        {
            state.take(&key);
            if let Err(mut refused) = next.send(Turn(Some((self.clone(), key.clone())))) {
                // The task no longer waits.
                refused.0 = None;
                state.give_back(&key);
            }
        }
    }
}

impl<K: Eq + Hash + Clone> State<K> {
    /// How many tasks wait.
    fn waiting(&self) -> usize {
        let waits = |queue: &VecDeque<oneshot::Sender<_>>| queue.iter().filter(|waiting| !waiting.is_closed()).count();
        self.queues.values().map(waits).sum()
    }

    fn held_by(&self, key: &K) -> usize {
        self.held.get(key).copied().unwrap_or_default()
    }

    fn take(&mut self, key: &K) {
        self.free -= 1;
        *self.held.entry(key.clone()).or_default() += 1;
    }

    fn give_back(&mut self, key: &K) {
        self.free += 1;
        match self.held.get_mut(key) {
            Some(held) if *held > 1 => *held -= 1,
            _ => drop(self.held.remove(key)),
        }
    }

    /// The task that is next, with its key, which goes to the end of the rotation. Keys that have all the turns that one may have
    /// are passed over.
    fn next(&mut self, most_of_key: usize) -> Option<(K, oneshot::Sender<Turn<K>>)> {
        let place = self.rotation.iter().position(|key| self.held_by(key) < most_of_key)?;
        let key = self.rotation.remove(place)?;
        let queue = self.queues.get_mut(&key)?;
        let next = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&key);
        } else {
            self.rotation.push_back(key.clone());
        }
        Some((key, next))
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        if let Some((turns, key)) = self.0.take() {
            turns.end(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Lets two tasks of one key and one of another wait, and returns who gets its turn in which order.
    #[tokio::test]
    async fn keys_are_served_in_rotation() {
        let turns = Turns::new(1, 10);
        let first = turns.wait(&"busy").await;
        let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for (key, name) in [("busy", "busy 1"), ("busy", "busy 2"), ("busy", "busy 3"), ("calm", "calm 1")] {
            let (turns, sender) = (turns.clone(), sender.clone());
            let mut task = Box::pin(async move {
                let _turn = turns.wait(&key).await.unwrap();
                sender.send(name).unwrap();
            });
            assert!(task.as_mut().now_or_never().is_none(), "{name} waits");
            tasks.push(task);
        }
        drop((first, sender));
        futures_util::future::join_all(tasks).await;
        let mut served = Vec::new();
        while let Some(name) = order.recv().await {
            served.push(name);
        }
        assert_eq!(served, ["busy 1", "calm 1", "busy 2", "busy 3"]);
    }

    #[tokio::test]
    async fn a_queue_is_bounded_and_tasks_that_gave_up_do_not_count() {
        let turns = Turns::new(1, 2);
        let first = turns.wait(&1).await;
        let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(turns.wait(&1))).collect();
        for task in &mut waiting {
            assert!(task.now_or_never().is_none());
        }
        assert!(turns.wait(&1).now_or_never().is_some_and(|turn| turn.is_none()), "two wait already");
        let mut other = Box::pin(turns.wait(&2));
        assert!((&mut other).now_or_never().is_none(), "another key has its own queue");
        drop(waiting.remove(0));
        let mut late = Box::pin(turns.wait(&1));
        assert!((&mut late).now_or_never().is_none(), "the place is free again");
        drop((waiting, late, other, first));
        assert!(turns.wait(&1).now_or_never().is_some_and(|turn| turn.is_some()), "nobody waits any longer");
    }

    #[tokio::test]
    async fn all_queues_together_are_bounded() {
        let turns = Turns::bounded(1, 2, 2);
        let first = turns.wait(&1).await;
        let (mut gone, mut stays) = (Box::pin(turns.wait(&2)), Box::pin(turns.wait(&3)));
        assert!((&mut gone).now_or_never().is_none() && (&mut stays).now_or_never().is_none());
        assert!(turns.wait(&4).now_or_never().is_some_and(|turn| turn.is_none()), "two wait already");
        drop(gone);
        let mut late = Box::pin(turns.wait(&4));
        assert!((&mut late).now_or_never().is_none(), "the place is free again");
        drop(first);
        assert!(stays.now_or_never().is_some_and(|turn| turn.is_some()));
    }

    #[tokio::test]
    async fn a_turn_that_comes_too_late_is_passed_on() {
        let turns = Turns::new(1, 10);
        let first = turns.wait(&1).await;
        let mut gone = Box::pin(turns.wait(&1));
        let mut next = Box::pin(turns.wait(&2));
        assert!((&mut gone).now_or_never().is_none() && (&mut next).now_or_never().is_none());
        // The turn is given to `gone`, which is dropped before it looks.
        drop(first);
        drop(gone);
        assert!(next.now_or_never().is_some_and(|turn| turn.is_some()));
    }

    #[tokio::test]
    async fn one_key_has_three_quarters_of_the_turns_at_most() {
        let turns = Turns::shared(4, 10);
        let mut held: Vec<_> = (0..3).map(|_| turns.wait(&"busy").now_or_never().flatten().unwrap()).collect();
        let mut waiting = Box::pin(turns.wait(&"busy"));
        assert!((&mut waiting).now_or_never().is_none(), "it has three of the four");
        let other = turns.wait(&"calm").now_or_never().flatten().unwrap();
        assert!(turns.wait(&"calm").now_or_never().is_none(), "all are taken");
        drop(other);
        assert!((&mut waiting).now_or_never().is_none(), "a free turn is not for it");
        held.pop();
        assert!((&mut waiting).now_or_never().flatten().is_some(), "it has its next one");
    }
}
