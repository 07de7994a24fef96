//! Mass acts in memory: what moved in each, and where it goes when one is undone.

use uuid::Uuid;

use super::model::{Answer, Model, Place, Role, Time, What, Who};

/// What a batch is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Release,
    Assignment,
    Departure,
    /// Of a run: of which rule, planned for when.
    Rule(Uuid, Time),
}

#[derive(Debug)]
pub struct Batch {
    /// The id that the API gave out; of a run, that is the run's.
    pub id: Option<Uuid>,
    pub kind: Kind,
    pub by: Option<Who>,
    moves: Vec<Move>,
    pub returned: usize,
}

/// A customer that went from somebody, or from the pool, to somebody, or to the pool.
#[derive(Debug)]
struct Move {
    what: What,
    at: Time,
    from: Option<Who>,
    to: Option<Who>,
    talks: Vec<Time>,
    protected_until: Option<Time>,
}

impl Batch {
    /// Whose customers went.
    pub fn loser(&self) -> Who {
        self.moves[0].from.expect("they had an owner")
    }
}

impl Model {
    /// Whatever moves from now on moves in one batch.
    pub fn begin_batch(&mut self, kind: Kind, by: Who) {
        self.batch = Some(Batch { id: None, kind, by: Some(by), moves: Vec::new(), returned: 0 });
    }

    /// The same, in the batch of a run.
    pub fn go_on_with_batch(&mut self, rule: Uuid, planned_at: Time) {
        let kind = Kind::Rule(rule, planned_at);
        let known = self.batches.iter().position(|batch| batch.kind == kind);
        let batch = known.map(|place| self.batches.remove(place));
        self.batch = batch.or(Some(Batch { id: None, kind, by: None, moves: Vec::new(), returned: 0 }));
    }

    /// Ends it; one in which nothing moved is none. How many did.
    pub fn end_batch(&mut self, id: Option<Uuid>) -> usize {
        let mut batch = self.batch.take().expect("one is under way");
        let moved = batch.moves.len();
        if moved > 0 {
            batch.id = id;
            self.batches.push(batch);
        }
        moved
    }

    /// Remembers what a customer is like before it moves. What one releases oneself is in no batch.
    pub fn note_in_batch(&mut self, what: What, kind: &str, [from, to]: [Option<Who>; 2]) {
        let at = self.now;
        let Some(batch) = self.batch.as_mut().filter(|_| kind != "RELEASE") else { return };
        let (talks, protected_until) = match &self.customers[what].place {
            Place::Owned { talks, .. } => (talks.clone(), None),
            Place::Pooled { protected_until, .. } => (Vec::new(), *protected_until),
        };
        batch.moves.push(Move { what, at, from, to, talks, protected_until });
    }

    /// Undoes a batch, as far as customers are where it moved them and those who had them are there.
    pub fn undo(&mut self, who: Who, place: usize) -> Answer {
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
            let may_have = |owner: Who| self.people[owner].is_active && self.people[owner].role.claims();
            let is_below = |owner: Who| reaches_all || self.is_above(who, owner);
            let can_go =
                moved.from.is_none_or(|owner| may_have(owner) && is_below(owner)) && moved.to.is_none_or(is_below);
            if is_there && can_go {
                self.put_back(who, moved);
                self.batches[place].returned += 1;
            }
        }
        self.batches[place].moves = moves;
        ""
    }

    fn put_back(&mut self, who: Who, moved: &Move) {
        let (what, since) = (moved.what, self.now);
        let kind = match (moved.to, moved.from) {
            (_, None) => "RECLAIM",
            (None, _) => "ASSIGN",
            _ => "TRANSFER",
        };
        self.note(what, kind, "UNDO", Some(who), [moved.to, moved.from]);
        if let Some(loser) = moved.to {
            self.customers[what].lost.insert(loser, since);
        }
        match moved.from {
            Some(by) => {
                self.tell_leave(what);
                self.customers[what].place = Place::Owned { by, since, talks: moved.talks.clone() };
            }
            None => {
                let protected_until = moved.protected_until.filter(|until| *until > since);
                let rests = protected_until.is_some();
                self.customers[what].place = Place::Pooled { since, protected_until, rests, released_by: Some(who) };
                self.tell_entry(what, "UNDO");
            }
        }
    }
}
