//! Operation batches in memory: which customers moved, and where they go when a batch is undone.

use uuid::Uuid;

use super::model::{Answer, CustomerIndex, Model, PersonIndex, Place, Role, Time};

/// The kind of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Release,
    Assignment,
    Departure,
    /// A run, with its rule and planned time.
    Rule(Uuid, Time),
}

#[derive(Debug)]
pub struct Batch {
    /// The id from the API; for a run it is the id of the run.
    pub id: Option<Uuid>,
    pub kind: Kind,
    pub by: Option<PersonIndex>,
    moves: Vec<Move>,
    pub returned: usize,
}

/// A customer that moved between owners, or between an owner and the pool.
#[derive(Debug)]
struct Move {
    what: CustomerIndex,
    at: Time,
    from: Option<PersonIndex>,
    to: Option<PersonIndex>,
    /// Since when it was where it was before.
    since: Time,
    talks: Vec<Time>,
    protected_until: Option<Time>,
}

impl Batch {
    /// The owner who lost the customers.
    pub fn loser(&self) -> PersonIndex {
        self.moves[0].from.expect("they had an owner")
    }
}

impl Model {
    /// Begins a batch: it contains every customer that moves from now on.
    pub fn begin_batch(&mut self, kind: Kind, by: PersonIndex) {
        self.batch = Some(Batch { id: None, kind, by: Some(by), moves: Vec::new(), returned: 0 });
    }

    /// Continues the batch of a run, or begins it.
    pub fn continue_batch(&mut self, rule: Uuid, planned_at: Time) {
        let kind = Kind::Rule(rule, planned_at);
        let known = self.batches.iter().position(|batch| batch.kind == kind);
        let batch = known.map(|place| self.batches.remove(place));
        self.batch = batch.or(Some(Batch { id: None, kind, by: None, moves: Vec::new(), returned: 0 }));
    }

    /// Ends the batch, and drops it if no customer moved; returns how many moved.
    pub fn end_batch(&mut self, id: Option<Uuid>) -> usize {
        let mut batch = self.batch.take().expect("one is under way");
        let moved = batch.moves.len();
        if moved > 0 {
            batch.id = id;
            self.batches.push(batch);
        }
        moved
    }

    /// Records the state of a customer before it moves. A release by the owner is in no batch.
    pub fn record_in_batch(&mut self, what: CustomerIndex, kind: &str, [from, to]: [Option<PersonIndex>; 2]) {
        let at = self.now;
        let Some(batch) = self.batch.as_mut().filter(|_| kind != "RELEASE") else { return };
        let (since, talks, protected_until) = match &self.customers[what].place {
            Place::Owned { since, talks, .. } => (*since, talks.clone(), None),
            Place::Pooled { since, protected_until, .. } => (*since, Vec::new(), *protected_until),
        };
        batch.moves.push(Move { what, at, from, to, since, talks, protected_until });
    }

    /// Undoes a batch for customers that are still where it moved them and whose former owners are still active.
    pub fn undo(&mut self, who: PersonIndex, place: usize) -> Answer {
        let Batch { by, kind, .. } = self.batches[place];
        let role = self.people[who].role;
        let is_seen = match role {
            Role::Admin => true,
            Role::Manager => by.is_some_and(|by| by == who || self.is_above(who, by)),
            Role::Hr => by == Some(who),
            Role::Rep | Role::Marketing => return "FORBIDDEN",
        };
        if !is_seen {
            return "NOT_FOUND";
        }
        let reaches_all = role == Role::Admin || kind == Kind::Departure;
        let moves = std::mem::take(&mut self.batches[place].moves);
        for moved in &moves {
            let is_there = match &self.customers[moved.what].place {
                Place::Owned { by, since, .. } => Some(*by) == moved.to && *since == moved.at,
                Place::Pooled { since, .. } => moved.to.is_none() && *since == moved.at,
            };
            let may_have = |owner: PersonIndex| self.people[owner].is_active && self.people[owner].role.claims();
            let is_below = |owner: PersonIndex| reaches_all || self.is_above(who, owner);
            let can_go =
                moved.from.is_none_or(|owner| may_have(owner) && is_below(owner)) && moved.to.is_none_or(is_below);
            if is_there && can_go {
                self.put_back(who, moved);
                if matches!(kind, Kind::Rule(..)) {
                    self.notices.retain(|(_, what), _| *what != moved.what);
                }
                self.batches[place].returned += 1;
            }
        }
        self.batches[place].moves = moves;
        ""
    }

    fn put_back(&mut self, who: PersonIndex, moved: &Move) {
        let (what, since) = (moved.what, moved.since);
        let kind = match (moved.to, moved.from) {
            (_, None) => "RECLAIM",
            (None, _) => "ASSIGN",
            _ => "TRANSFER",
        };
        self.log_operation(what, kind, "UNDO", Some(who), [moved.to, moved.from]);
        if let Some(loser) = moved.to {
            self.customers[what].lost.insert(loser, self.now);
        }
        match moved.from {
            Some(by) => {
                self.record_left(what);
                self.customers[what].place = Place::Owned { by, since, talks: moved.talks.clone() };
            }
            None => {
                let protected_until = moved.protected_until;
                let rests = protected_until.is_some_and(|until| until > self.now);
                self.customers[what].place = Place::Pooled { since, protected_until, rests, released_by: Some(who) };
                self.record_entered(what, "UNDO");
            }
        }
    }
}
