//! The domain in memory, written from the specification and not from the server's statements: people, customers,
//! the outcome of every action, and its events.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::batches::Batch;
use super::orders::Order;
use super::rules::{Limits, Notices, Run};

pub type Time = DateTime<Utc>;
/// A person, as an index into the list.
pub type PersonIndex = usize;
/// A customer, as an index into the list.
pub type CustomerIndex = usize;
/// The outcome of an action: empty if it succeeded, otherwise the code of the refusal.
pub type Answer = &'static str;

/// How far a follow-up or an order may be backdated.
pub const MAX_BACKDATE: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    Rep,
    Manager,
    Marketing,
    Hr,
    Admin,
}

impl Role {
    /// Whether the role works on customers.
    pub fn claims(self) -> bool {
        matches!(self, Self::Rep | Self::Manager)
    }
}

pub struct Person {
    pub id: Uuid,
    pub role: Role,
    pub manager: Option<PersonIndex>,
    pub is_active: bool,
    claims: Vec<Time>,
}

/// Whether a customer is owned or in the pool.
#[derive(Debug)]
pub enum Place {
    /// `talks` are the follow-ups of this ownership.
    Owned { by: PersonIndex, since: Time, talks: Vec<Time> },
    /// While it `rests`, the end of its protection has not been announced yet.
    Pooled { since: Time, protected_until: Option<Time>, rests: bool, released_by: Option<PersonIndex> },
}

#[derive(Debug)]
pub struct Customer {
    pub id: Uuid,
    pub creator: PersonIndex,
    pub place: Place,
    pub is_blacklisted: bool,
    pub is_archived: bool,
    pub is_key: bool,
    pub version: i32,
    pub orders: Vec<Order>,
    /// When each former owner lost it last.
    pub lost: BTreeMap<PersonIndex, Time>,
    /// When an import entered it. Rules take it only after a grace period from the owner whom the import gave it.
    pub imported_at: Option<Time>,
    /// The ownership, by its beginning, of which the last follow-up was imported and the first is not known.
    pub first_talk_unknown: Option<Time>,
}

pub struct Settings {
    pub protection: TimeDelta,
    pub max_owned: Option<usize>,
    pub max_claims: Option<usize>,
    pub cooldown: Option<TimeDelta>,
    /// How long before a release the owner must be notified; zero: no notice.
    pub notice: TimeDelta,
}

/// A row of the operation log: time, customer, type, cause, operator, previous owner, new owner, rule.
pub type Logged = (Time, Uuid, String, String, Option<Uuid>, Option<Uuid>, Option<Uuid>, Option<Uuid>);
/// An event of the pool: customer, time, kind, cause, end of the protection.
pub type PoolEvent = (Uuid, Time, String, Option<String>, Option<Time>);

pub struct Model {
    pub now: Time,
    pub people: Vec<Person>,
    pub customers: Vec<Customer>,
    pub settings: Settings,
    /// Since when all pool rules are enabled.
    pub rules_since: Time,
    pub runs: Vec<Run>,
    pub limits: BTreeMap<Uuid, Limits>,
    pub notices: Notices,
    pub batches: Vec<Batch>,
    /// The batch that is under way.
    pub batch: Option<Batch>,
    /// The log rows and events that were not compared yet.
    pub log: Vec<Logged>,
    pub feed: Vec<PoolEvent>,
}

impl Customer {
    pub fn owner(&self) -> Option<PersonIndex> {
        if let Place::Owned { by, .. } = self.place { Some(by) } else { None }
    }

    /// The first and the last follow-up of the present ownership, as far as they are known.
    pub fn talks(&self) -> [Option<Time>; 2] {
        let Place::Owned { since, talks, .. } = &self.place else { return [None; 2] };
        let first = talks.iter().min().filter(|_| self.first_talk_unknown != Some(*since));
        [first.copied(), talks.iter().max().copied()]
    }

    pub fn was_lost_by(&self, who: PersonIndex) -> bool {
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
            limits: BTreeMap::new(),
            notices: Notices::new(),
            batches: Vec::new(),
            batch: None,
            log: Vec::new(),
            feed: Vec::new(),
        }
    }

    pub fn hire(&mut self, id: Uuid, role: Role, manager: Option<PersonIndex>) -> PersonIndex {
        self.people.push(Person { id, role, manager, is_active: true, claims: Vec::new() });
        self.people.len() - 1
    }

    /// Advances the clock; returns whether any protection ended meanwhile.
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
                self.record_protection_end(what, until);
            }
        }
        ended
    }

    pub fn is_above(&self, superior: PersonIndex, who: PersonIndex) -> bool {
        self.people[who].manager.is_some_and(|manager| manager == superior || self.is_above(superior, manager))
    }

    /// Whether a person may work for an owner: for themselves and everybody below.
    pub fn works_for(&self, who: PersonIndex, owner: PersonIndex) -> bool {
        who == owner || (self.people[who].role == Role::Manager && self.is_above(who, owner))
    }

    pub fn sees(&self, who: PersonIndex, what: CustomerIndex) -> bool {
        let customer = &self.customers[what];
        let role = self.people[who].role;
        match customer.owner() {
            _ if role == Role::Admin => true,
            _ if role == Role::Marketing && customer.creator == who => true,
            Some(owner) => self.works_for(who, owner),
            None => role == Role::Manager || !customer.is_blacklisted,
        }
    }

    /// The refusal of an action that owner, superiors and administrators may do.
    pub fn refusal(&self, who: PersonIndex, what: CustomerIndex) -> Answer {
        let reached = self.people[who].role == Role::Admin
            || self.customers[what].owner().is_some_and(|owner| self.works_for(who, owner));
        match (self.sees(who, what), reached, self.customers[what].is_archived) {
            (false, ..) => "NOT_FOUND",
            (_, false, _) => "FORBIDDEN",
            (.., true) => "ARCHIVED",
            _ => "",
        }
    }

    /// Creates a customer: owned, or in the pool without protection.
    pub fn create(&mut self, who: PersonIndex, id: Uuid, owner: Option<PersonIndex>, is_key: bool) {
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
            imported_at: None,
            first_talk_unknown: None,
        });
        let what = self.customers.len() - 1;
        self.log_operation(what, "CREATE", "MANUAL", Some(who), [None, owner]);
        self.record_entered(what, "CREATED");
    }

    pub fn claim(&mut self, who: PersonIndex, what: CustomerIndex) -> Answer {
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

    /// The number of customers of an owner, without archived ones.
    pub fn owned_by(&self, who: PersonIndex) -> usize {
        self.customers.iter().filter(|customer| customer.owner() == Some(who) && !customer.is_archived).count()
    }

    pub fn assign(&mut self, who: PersonIndex, what: CustomerIndex, owner: PersonIndex) -> Answer {
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

    pub fn release(&mut self, who: PersonIndex, what: CustomerIndex) -> Answer {
        let customer = &self.customers[what];
        match &customer.place {
            Place::Owned { by, .. } => {
                let (by, refusal) = (*by, self.refusal(who, what));
                if refusal.is_empty() {
                    let (kind, cause) = if by == who { ("RELEASE", "MANUAL") } else { ("RECLAIM", "MANAGER") };
                    self.move_to_pool(what, kind, cause, Some(who));
                }
                refusal
            }
            Place::Pooled { .. } if customer.is_archived && self.sees(who, what) => "ARCHIVED",
            Place::Pooled { released_by, .. } if *released_by == Some(who) => "",
            Place::Pooled { .. } if self.sees(who, what) => "NOT_OWNED",
            Place::Pooled { .. } => "NOT_FOUND",
        }
    }

    pub fn blacklist(&mut self, who: PersonIndex, what: CustomerIndex, on: bool) -> Answer {
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
        self.log_operation(what, kind, "MANUAL", Some(who), [owner, owner]);
        if on {
            self.record_left(what);
        }
        self.customers[what].is_blacklisted = on;
        if !on {
            self.record_entered(what, "UNBLACKLISTED");
        }
        ""
    }

    /// Superiors archive and restore an owned customer; the creator a pooled one.
    pub fn archive(&mut self, who: PersonIndex, what: CustomerIndex, on: bool) -> Answer {
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
        self.log_operation(what, if on { "ARCHIVE" } else { "RESTORE" }, "MANUAL", Some(who), [owner, owner]);
        if on {
            self.record_left(what);
        }
        self.customers[what].is_archived = on;
        if !on {
            self.record_entered(what, "RESTORED");
        }
        ""
    }

    /// A superior sets the level of the given version.
    pub fn level(&mut self, who: PersonIndex, what: CustomerIndex, version: i32, is_key: bool) -> Answer {
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
        self.record_changed(what, "EDITED");
        ""
    }

    pub fn follow_up(&mut self, who: PersonIndex, what: CustomerIndex, at: Time) -> Answer {
        let refusal = self.refusal(who, what);
        if !refusal.is_empty() {
            return refusal;
        }
        if at > self.now || at < self.now - MAX_BACKDATE {
            return "INVALID";
        }
        self.talked(what, at);
        ""
    }

    pub fn talked(&mut self, what: CustomerIndex, at: Time) {
        if let Place::Owned { since, talks, .. } = &mut self.customers[what].place
            && at >= *since
        {
            talks.push(at);
        }
    }

    /// A new period applies to protected customers, from their pool entry. A protection that is over by it ends now.
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
            self.record_changed(what, "PROTECTION_PERIOD");
            if is_over {
                self.record_protection_end(what, self.now);
            }
        }
    }

    /// A leaver loses every customer to the pool; their direct reports go to their manager.
    pub fn depart(&mut self, hr: PersonIndex, leaver: PersonIndex) {
        self.people[leaver].is_active = false;
        let manager = self.people[leaver].manager;
        for person in self.people.iter_mut().filter(|person| person.manager == Some(leaver)) {
            person.manager = manager;
        }
        for what in 0..self.customers.len() {
            if self.customers[what].owner() == Some(leaver) {
                self.move_to_pool(what, "RECLAIM", "DEPARTURE", Some(hr));
            }
        }
    }

    fn give(&mut self, what: CustomerIndex, owner: PersonIndex, kind: &str, cause: &str, operator: PersonIndex) {
        self.log_operation(what, kind, cause, Some(operator), [None, Some(owner)]);
        self.record_left(what);
        self.customers[what].place = Place::Owned { by: owner, since: self.now, talks: Vec::new() };
    }

    /// Moves a customer into the pool: every release uses this.
    pub fn move_to_pool(&mut self, what: CustomerIndex, kind: &str, cause: &str, operator: Option<PersonIndex>) {
        let owner = self.customers[what].owner().expect("it is owned");
        self.log_operation(what, kind, cause, operator, [Some(owner), None]);
        let (since, rests) = (self.now, !self.settings.protection.is_zero());
        let protected_until = rests.then_some(since + self.settings.protection);
        let customer = &mut self.customers[what];
        customer.lost.insert(owner, since);
        customer.place = Place::Pooled { since, protected_until, rests, released_by: operator };
        self.record_entered(what, cause);
    }

    pub fn log_operation(
        &mut self,
        what: CustomerIndex,
        kind: &str,
        cause: &str,
        operator: Option<PersonIndex>,
        owners: [Option<PersonIndex>; 2],
    ) {
        self.record_in_batch(what, kind, owners);
        let id = |who: Option<PersonIndex>| who.map(|who| self.people[who].id);
        let [previous, new] = owners.map(id);
        let row =
            (self.now, self.customers[what].id, kind.to_owned(), cause.to_owned(), id(operator), previous, new, None);
        self.log.push(row);
    }

    fn record_event(&mut self, what: CustomerIndex, at: Time, kind: &str, cause: Option<&str>, until: Option<Time>) {
        if self.customers[what].is_in_pool() {
            self.feed.push((self.customers[what].id, at, kind.to_owned(), cause.map(str::to_owned), until));
        }
    }

    pub fn record_entered(&mut self, what: CustomerIndex, cause: &str) {
        self.record_event(what, self.now, "ENTERED", Some(cause), self.customers[what].protected_until());
    }

    pub fn record_left(&mut self, what: CustomerIndex) {
        self.record_event(what, self.now, "LEFT", None, None);
    }

    fn record_changed(&mut self, what: CustomerIndex, cause: &str) {
        self.record_event(what, self.now, "CHANGED", Some(cause), self.customers[what].protected_until());
    }

    fn record_protection_end(&mut self, what: CustomerIndex, at: Time) {
        let until = self.customers[what].protected_until();
        self.record_event(what, at, "BECAME_CLAIMABLE", Some("PROTECTION_ENDED"), until);
    }
}
