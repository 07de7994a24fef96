//! The domain in memory, written from what it says and without a look at the server's statements: people, customers, what
//! every act answers, and what is told of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::batches::Batch;
use super::orders::Order;
use super::rules::{Notices, Run};

pub type Time = DateTime<Utc>;
/// Somebody, by their place in the list.
pub type Who = usize;
/// A customer, by its place in the list.
pub type What = usize;
/// What an act is answered with: empty when it was done, else the code of the refusal.
pub type Answer = &'static str;

/// How far back one can write down a talk or an order.
pub const LATEST: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    Rep,
    Manager,
    Marketing,
    Hr,
    Admin,
}

impl Role {
    /// Who works on customers.
    pub fn claims(self) -> bool {
        matches!(self, Self::Rep | Self::Manager)
    }
}

pub struct Person {
    pub id: Uuid,
    pub role: Role,
    pub manager: Option<Who>,
    pub is_active: bool,
    claims: Vec<Time>,
}

/// Where a customer is: somebody's, or nobody's.
#[derive(Debug)]
pub enum Place {
    /// `talks` are the follow-ups of this ownership.
    Owned { by: Who, since: Time, talks: Vec<Time> },
    /// While it `rests`, the end of its protection has still to be told.
    Pooled { since: Time, protected_until: Option<Time>, rests: bool, released_by: Option<Who> },
}

#[derive(Debug)]
pub struct Customer {
    pub id: Uuid,
    pub creator: Who,
    pub place: Place,
    pub is_blacklisted: bool,
    pub is_archived: bool,
    pub is_key: bool,
    pub version: i32,
    pub orders: Vec<Order>,
    /// When each of its former owners lost it last.
    pub lost: BTreeMap<Who, Time>,
}

pub struct Settings {
    pub protection: TimeDelta,
    pub max_owned: Option<usize>,
    pub max_claims: Option<usize>,
    pub cooldown: Option<TimeDelta>,
    /// How long before a rule takes a customer its owner has to be told; zero: not at all.
    pub notice: TimeDelta,
}

/// A row of the operation log: when, of which customer, type and cause, by whom, whose it was and is, by which rule.
pub type Logged = (Time, Uuid, String, String, Option<Uuid>, Option<Uuid>, Option<Uuid>, Option<Uuid>);
/// What watchers of the pool are told: of which customer, when, kind and cause, until when it rests.
pub type Told = (Uuid, Time, String, Option<String>, Option<Time>);

pub struct Model {
    pub now: Time,
    pub people: Vec<Person>,
    pub customers: Vec<Customer>,
    pub settings: Settings,
    /// Since when all pool rules are on.
    pub rules_since: Time,
    pub runs: Vec<Run>,
    pub notices: Notices,
    pub batches: Vec<Batch>,
    /// The batch that is under way.
    pub batch: Option<Batch>,
    /// What was logged and told, and was not compared yet.
    pub log: Vec<Logged>,
    pub feed: Vec<Told>,
}

impl Customer {
    pub fn owner(&self) -> Option<Who> {
        if let Place::Owned { by, .. } = self.place { Some(by) } else { None }
    }

    pub fn was_lost_by(&self, who: Who) -> bool {
        self.lost.contains_key(&who)
    }

    fn protected_until(&self) -> Option<Time> {
        if let Place::Pooled { protected_until, .. } = self.place { protected_until } else { None }
    }

    /// Whether the public pool shows it.
    pub fn is_in_pool(&self) -> bool {
        self.owner().is_none() && !self.is_blacklisted && !self.is_archived
    }
}

impl Model {
    pub fn new(now: Time) -> Self {
        let settings = Settings {
            protection: TimeDelta::days(3),
            max_owned: None,
            max_claims: None,
            cooldown: None,
            notice: TimeDelta::zero(),
        };
        Self {
            now,
            people: Vec::new(),
            customers: Vec::new(),
            settings,
            rules_since: now,
            runs: Vec::new(),
            notices: Notices::new(),
            batches: Vec::new(),
            batch: None,
            log: Vec::new(),
            feed: Vec::new(),
        }
    }

    pub fn hire(&mut self, id: Uuid, role: Role, manager: Option<Who>) -> Who {
        self.people.push(Person { id, role, manager, is_active: true, claims: Vec::new() });
        self.people.len() - 1
    }

    /// Lets time pass; whether any protection ended meanwhile.
    pub fn wait_until(&mut self, now: Time) -> bool {
        self.now = now;
        let mut ended = false;
        for what in 0..self.customers.len() {
            let customer = &mut self.customers[what];
            if let Place::Pooled { protected_until: Some(until), rests: rests @ true, .. } = &mut customer.place
                && *until <= now
            {
                let until = *until;
                *rests = false;
                ended = true;
                self.tell_end(what, until);
            }
        }
        ended
    }

    pub fn is_above(&self, superior: Who, who: Who) -> bool {
        self.people[who].manager.is_some_and(|manager| manager == superior || self.is_above(superior, manager))
    }

    /// Whose work somebody may do: their own, and that of everybody below them.
    pub fn works_for(&self, who: Who, owner: Who) -> bool {
        who == owner || (self.people[who].role == Role::Manager && self.is_above(who, owner))
    }

    pub fn sees(&self, who: Who, what: What) -> bool {
        let customer = &self.customers[what];
        let role = self.people[who].role;
        match customer.owner() {
            _ if role == Role::Admin => true,
            _ if role == Role::Marketing && customer.creator == who => true,
            Some(owner) => self.works_for(who, owner),
            None => role == Role::Manager || !customer.is_blacklisted,
        }
    }

    /// What is done to a customer by its owner, those above and administrators: why not.
    pub fn refusal(&self, who: Who, what: What) -> Answer {
        let reached = self.people[who].role == Role::Admin
            || self.customers[what].owner().is_some_and(|owner| self.works_for(who, owner));
        match (self.sees(who, what), reached, self.customers[what].is_archived) {
            (false, ..) => "NOT_FOUND",
            (_, false, _) => "FORBIDDEN",
            (.., true) => "ARCHIVED",
            _ => "",
        }
    }

    /// Enters a customer: the owner gets it, or the pool, where it does not rest.
    pub fn create(&mut self, who: Who, id: Uuid, owner: Option<Who>, is_key: bool) {
        let place = match owner {
            Some(by) => Place::Owned { by, since: self.now, talks: Vec::new() },
            None => Place::Pooled { since: self.now, protected_until: None, rests: false, released_by: None },
        };
        self.customers.push(Customer {
            id,
            creator: who,
            place,
            is_blacklisted: false,
            is_archived: false,
            is_key,
            version: 1,
            orders: Vec::new(),
            lost: BTreeMap::new(),
        });
        let what = self.customers.len() - 1;
        self.note(what, "CREATE", "MANUAL", Some(who), [None, owner]);
        self.tell_entry(what, "CREATED");
    }

    pub fn claim(&mut self, who: Who, what: What) -> Answer {
        let customer = &self.customers[what];
        if customer.owner() == Some(who) {
            return "";
        }
        let day = |at: Time| (at + TimeDelta::hours(8)).date_naive();
        let claims = self.people[who].claims.iter().filter(|at| day(**at) == day(self.now)).count();
        let cooled = self.settings.cooldown.zip(customer.lost.get(&who)).map(|(cooldown, lost)| *lost + cooldown);
        let refusals = [
            (customer.owner().is_some(), "ALREADY_OWNED"),
            (customer.is_archived, "ARCHIVED"),
            (customer.is_blacklisted, "BLACKLISTED"),
            (customer.protected_until().is_some_and(|until| until > self.now), "PROTECTED"),
            (self.settings.max_claims.is_some_and(|limit| claims >= limit), "CLAIM_LIMIT_REACHED"),
            (self.settings.max_owned.is_some_and(|limit| self.owned_by(who) >= limit), "HOLDING_LIMIT_REACHED"),
            (cooled.is_some_and(|until| until > self.now), "PREVIOUS_OWNER_COOLDOWN"),
        ];
        if let Some((_, refusal)) = refusals.iter().find(|(refused, _)| *refused) {
            return refusal;
        }
        self.people[who].claims.push(self.now);
        self.give(what, who, "CLAIM", "MANUAL", who);
        ""
    }

    /// How many customers somebody owns; what is archived is out of every count.
    pub fn owned_by(&self, who: Who) -> usize {
        self.customers.iter().filter(|customer| customer.owner() == Some(who) && !customer.is_archived).count()
    }

    pub fn assign(&mut self, who: Who, what: What, owner: Who) -> Answer {
        let Person { role, is_active, .. } = self.people[owner];
        let is_admin = self.people[who].role == Role::Admin;
        let customer = &self.customers[what];
        if !is_active || !role.claims() || !(is_admin || self.is_above(who, owner)) {
            return "INVALID_OWNER";
        }
        match customer.owner() {
            _ if !self.sees(who, what) => return "NOT_FOUND",
            Some(present) if present == owner => return "",
            Some(_) => return "ALREADY_OWNED",
            None if customer.is_archived => return "ARCHIVED",
            None if customer.is_blacklisted => return "BLACKLISTED",
            None => {}
        }
        self.give(what, owner, "ASSIGN", "MANAGER", who);
        ""
    }

    pub fn release(&mut self, who: Who, what: What) -> Answer {
        let customer = &self.customers[what];
        match &customer.place {
            Place::Owned { by, .. } => {
                let (by, refusal) = (*by, self.refusal(who, what));
                if refusal.is_empty() {
                    let (kind, cause) = if by == who { ("RELEASE", "MANUAL") } else { ("RECLAIM", "MANAGER") };
                    self.drop(what, kind, cause, Some(who));
                }
                refusal
            }
            Place::Pooled { .. } if customer.is_archived && self.sees(who, what) => "ARCHIVED",
            Place::Pooled { released_by, .. } if *released_by == Some(who) => "",
            Place::Pooled { .. } if self.sees(who, what) => "NOT_OWNED",
            Place::Pooled { .. } => "NOT_FOUND",
        }
    }

    pub fn blacklist(&mut self, who: Who, what: What, on: bool) -> Answer {
        let customer = &self.customers[what];
        let owner = customer.owner();
        let reached = self.people[who].role == Role::Admin || owner.is_none_or(|owner| self.is_above(who, owner));
        match (self.sees(who, what), reached, customer.is_blacklisted == on, customer.is_archived) {
            (false, ..) => return "NOT_FOUND",
            (_, false, ..) => return "FORBIDDEN",
            (_, _, true, _) => return "",
            (.., true) => return "ARCHIVED",
            _ => {}
        }
        let kind = if on { "BLACKLIST" } else { "UNBLACKLIST" };
        self.note(what, kind, "MANUAL", Some(who), [owner, owner]);
        if on {
            self.tell_leave(what);
        }
        self.customers[what].is_blacklisted = on;
        if !on {
            self.tell_entry(what, "UNBLACKLISTED");
        }
        ""
    }

    /// An owned customer is archived and restored by superiors; a pooled one by who entered it.
    pub fn archive(&mut self, who: Who, what: What, on: bool) -> Answer {
        let customer = &self.customers[what];
        let owner = customer.owner();
        let reached = match (self.people[who].role, owner) {
            (Role::Admin, _) => true,
            (Role::Manager, Some(owner)) => self.is_above(who, owner),
            (_, owner) => owner.is_none() && customer.creator == who && self.people[who].role == Role::Marketing,
        };
        match (self.sees(who, what), reached, customer.is_archived == on) {
            (false, ..) => return "NOT_FOUND",
            (_, false, _) => return "FORBIDDEN",
            (.., true) => return "",
            _ => {}
        }
        self.note(what, if on { "ARCHIVE" } else { "RESTORE" }, "MANUAL", Some(who), [owner, owner]);
        if on {
            self.tell_leave(what);
        }
        self.customers[what].is_archived = on;
        if !on {
            self.tell_entry(what, "RESTORED");
        }
        ""
    }

    /// A superior writes the level; the edit is of a version.
    pub fn level(&mut self, who: Who, what: What, version: i32, is_key: bool) -> Answer {
        let refusal = self.refusal(who, what);
        if !refusal.is_empty() {
            return refusal;
        }
        let customer = &mut self.customers[what];
        if customer.version != version {
            return "CONFLICT";
        }
        if customer.is_key != is_key && customer.owner() == Some(who) {
            return "FORBIDDEN";
        }
        customer.version += 1;
        customer.is_key = is_key;
        self.tell_change(what, "EDITED");
        ""
    }

    pub fn follow_up(&mut self, who: Who, what: What, at: Time) -> Answer {
        let refusal = self.refusal(who, what);
        if !refusal.is_empty() {
            return refusal;
        }
        if at > self.now || at < self.now - LATEST {
            return "INVALID";
        }
        self.talked(what, at);
        ""
    }

    pub fn talked(&mut self, what: What, at: Time) {
        if let Place::Owned { since, talks, .. } = &mut self.customers[what].place
            && at >= *since
        {
            talks.push(at);
        }
    }

    /// A new period counts for what still rests, from when it came into the pool. What is over already ends now.
    pub fn set_protection(&mut self, period: TimeDelta) {
        if period == self.settings.protection {
            return;
        }
        self.settings.protection = period;
        for what in 0..self.customers.len() {
            let Place::Pooled { since, protected_until, rests, .. } = &mut self.customers[what].place else { continue };
            if !*rests {
                continue;
            }
            *protected_until = (!period.is_zero()).then_some(*since + period);
            let is_over = *since + period <= self.now;
            *rests = !is_over;
            self.tell_change(what, "PROTECTION_PERIOD");
            if is_over {
                self.tell_end(what, self.now);
            }
        }
    }

    /// Who leaves loses every customer to the pool; who answered to them answers to their manager.
    pub fn depart(&mut self, hr: Who, leaver: Who) {
        self.people[leaver].is_active = false;
        let manager = self.people[leaver].manager;
        for person in self.people.iter_mut().filter(|person| person.manager == Some(leaver)) {
            person.manager = manager;
        }
        for what in 0..self.customers.len() {
            if self.customers[what].owner() == Some(leaver) {
                self.drop(what, "RECLAIM", "DEPARTURE", Some(hr));
            }
        }
    }

    fn give(&mut self, what: What, owner: Who, kind: &str, cause: &str, operator: Who) {
        self.note(what, kind, cause, Some(operator), [None, Some(owner)]);
        self.tell_leave(what);
        self.customers[what].place = Place::Owned { by: owner, since: self.now, talks: Vec::new() };
    }

    /// Every release is this one.
    pub fn drop(&mut self, what: What, kind: &str, cause: &str, operator: Option<Who>) {
        let owner = self.customers[what].owner().expect("it is owned");
        self.note(what, kind, cause, operator, [Some(owner), None]);
        let (since, rests) = (self.now, !self.settings.protection.is_zero());
        let protected_until = rests.then_some(since + self.settings.protection);
        let customer = &mut self.customers[what];
        customer.lost.insert(owner, since);
        customer.place = Place::Pooled { since, protected_until, rests, released_by: operator };
        self.tell_entry(what, cause);
    }

    pub fn note(&mut self, what: What, kind: &str, cause: &str, operator: Option<Who>, owners: [Option<Who>; 2]) {
        self.note_in_batch(what, kind, owners);
        let id = |who: Option<Who>| who.map(|who| self.people[who].id);
        let [previous, new] = owners.map(id);
        let row =
            (self.now, self.customers[what].id, kind.to_owned(), cause.to_owned(), id(operator), previous, new, None);
        self.log.push(row);
    }

    fn tell(&mut self, what: What, at: Time, kind: &str, cause: Option<&str>, until: Option<Time>) {
        if self.customers[what].is_in_pool() {
            self.feed.push((self.customers[what].id, at, kind.to_owned(), cause.map(str::to_owned), until));
        }
    }

    pub fn tell_entry(&mut self, what: What, cause: &str) {
        self.tell(what, self.now, "ENTERED", Some(cause), self.customers[what].protected_until());
    }

    pub fn tell_leave(&mut self, what: What) {
        self.tell(what, self.now, "LEFT", None, None);
    }

    fn tell_change(&mut self, what: What, cause: &str) {
        self.tell(what, self.now, "CHANGED", Some(cause), self.customers[what].protected_until());
    }

    fn tell_end(&mut self, what: What, at: Time) {
        let until = self.customers[what].protected_until();
        self.tell(what, at, "BECAME_CLAIMABLE", Some("PROTECTION_ENDED"), until);
    }
}
