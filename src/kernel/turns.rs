//! Turns at work that keeps a core busy: a few run at once, and the others wait in a short queue that takes one of each
//! holder in turn. So whoever asks a thousand times delays nobody else.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

/// A place in the queue: the holder, and how many of the holder may wait at once.
pub type Holder<'h> = (&'h str, usize);

/// Turns at one kind of work.
pub struct Turns {
    /// How many may wait in all.
    most_waiting: usize,
    state: Mutex<State>,
}

struct State {
    free: usize,
    /// The waiting turns of each holder; the next turn is the first one of the first line.
    lines: VecDeque<(String, VecDeque<Waiting>)>,
    /// How many turns of each holder wait.
    counts: HashMap<String, usize>,
    waiting: usize,
}

struct Waiting {
    holders: Vec<String>,
    give: oneshot::Sender<Turn>,
}

/// A turn, which ends when it is dropped.
pub struct Turn {
    turns: Option<Arc<Turns>>,
}

impl Turn {
    /// A turn of somebody who has the machine alone, like a command.
    pub fn alone() -> Self {
        Self { turns: None }
    }
}

impl Turns {
    /// `at_once` run at the same time, and at most `most_waiting` wait.
    pub fn new(at_once: usize, most_waiting: usize) -> Arc<Self> {
        let state = State { free: at_once, lines: VecDeque::new(), counts: HashMap::new(), waiting: 0 };
        Arc::new(Self { most_waiting, state: Mutex::new(state) })
    }

    /// Waits for a turn in the line of the first holder. `None`, at once, if too many wait in all or of one of the holders.
    pub async fn take(self: &Arc<Self>, holders: &[Holder<'_>]) -> Option<Turn> {
        let turn = {
            let mut state = self.state.lock().expect("no panic while held");
            if state.free > 0 {
                state.free -= 1;
                return Some(Turn { turns: Some(self.clone()) });
            }
            let waits = |&(holder, most): &Holder<'_>| state.counts.get(holder).is_some_and(|&count| count >= most);
            if state.waiting >= self.most_waiting || holders.iter().any(waits) {
                return None;
            }
            let (give, turn) = oneshot::channel();
            state.join(holders.iter().map(|&(holder, _)| holder.to_owned()).collect(), give);
            turn
        };
        turn.await.ok()
    }

    /// Gives a turn that has ended to the next who still waits.
    fn pass_on(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state.lock().expect("no panic while held");
                let next = state.next();
                if next.is_none() {
                    state.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.give.send(Turn { turns: Some(self.clone()) }) {
                Ok(()) => return,
                // Nobody waits for it any more. It must not be passed on by its end as well.
                Err(mut turn) => turn.turns = None,
            }
        }
    }
}

impl State {
    fn join(&mut self, holders: Vec<String>, give: oneshot::Sender<Turn>) {
        for holder in &holders {
            *self.counts.entry(holder.clone()).or_default() += 1;
        }
        self.waiting += 1;
        let name = holders.first().cloned().unwrap_or_default();
        let waiting = Waiting { holders, give };
        match self.lines.iter_mut().find(|(holder, _)| *holder == name) {
            Some((_, line)) => line.push_back(waiting),
            None => self.lines.push_back((name, VecDeque::from([waiting]))),
        }
    }

    fn next(&mut self) -> Option<Waiting> {
        let (name, mut line) = self.lines.pop_front()?;
        let next = line.pop_front()?;
        if !line.is_empty() {
            self.lines.push_back((name, line));
        }
        self.waiting -= 1;
        for holder in &next.holders {
            match self.counts.get_mut(holder) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.counts.remove(holder)),
            }
        }
        Some(next)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.turns.take() {
            turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;

    /// Somebody who waits for a turn, polled once, so that their place in the queue is certain.
    fn waiting(turns: &Arc<Turns>, holder: &'static str) -> BoxFuture<'static, Option<Turn>> {
        let turns = turns.clone();
        let mut waiting = async move { turns.take(&[(holder, 3)]).await }.boxed();
        assert!(waiting.as_mut().now_or_never().is_none(), "nobody has a turn at once");
        waiting
    }

    #[tokio::test]
    async fn each_holder_is_served_in_turn() {
        let turns = Turns::new(1, 10);
        let first = turns.take(&[("a", 3)]).await;
        let mut greedy: VecDeque<_> = (0..3).map(|_| waiting(&turns, "a")).collect();
        let modest = waiting(&turns, "b");
        assert!(turns.take(&[("a", 3)]).await.is_none(), "too many of one holder are refused at once");
        drop(first);
        drop(greedy.pop_front().unwrap().await);
        drop(modest.now_or_never().expect("the second turn is the other holder's"));
        for left in greedy {
            drop(left.await);
        }
        assert!(turns.take(&[("a", 3)]).now_or_never().is_some(), "the turn is free again");
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_who_leaves_it_loses_no_turn() {
        let turns = Turns::new(1, 2);
        let first = turns.take(&[("a", 3)]).await;
        let (gone, stays) = (waiting(&turns, "b"), waiting(&turns, "c"));
        assert!(turns.take(&[("d", 3)]).await.is_none(), "two wait already");
        drop(gone);
        drop(first);
        drop(stays.now_or_never().expect("the turn went to who was left"));
        assert!(turns.take(&[("d", 3)]).now_or_never().is_some());
    }
}
