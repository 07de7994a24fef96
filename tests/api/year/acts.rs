//! Random actions of people during a day; some are possible, some are not.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Year;
use super::batches::{Batch, Kind};
use super::model::{CustomerIndex, PersonIndex, Place, Role, Time};
use super::orders::Step;
use crate::support::Person;

fn iso(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The id that the API gave out.
fn uuid_of(id: &Json) -> Uuid {
    id.as_str().and_then(|id| id.split_once('_')).unwrap().1.parse().unwrap()
}

impl Person {
    /// The outcome of each item of a batch (the same for all if the whole was refused), and the id of the batch.
    async fn batch(&self, mutation: &str, input: Json) -> (Vec<String>, Json) {
        let count = input["customerIds"].as_array().unwrap().len();
        let payload = self.act(mutation, input, "results { userErrors { code } } operationBatch { id }").await;
        let code = |errors: &Json| errors[0]["code"].as_str().unwrap_or_default().to_owned();
        let answers = match payload["results"].as_array() {
            Some(results) if results.len() == count => {
                results.iter().map(|result| code(&result["userErrors"])).collect()
            }
            _ => vec![code(&payload["userErrors"]); count],
        };
        (answers, payload["operationBatch"]["id"].clone())
    }
}

impl Year {
    fn gid(&self, what: CustomerIndex) -> Json {
        json!(format!("customer_{}", self.model.customers[what].id))
    }

    fn gids(&self, what: &[CustomerIndex]) -> Json {
        what.iter().map(|what| self.gid(*what)).collect()
    }

    pub fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// A random index that satisfies the condition, if there is one.
    fn one_of(&mut self, count: usize, is: impl Fn(&Self, usize) -> bool) -> Option<usize> {
        let start = self.rng.usize(..count.max(1));
        (0..count).map(|place| (start + place) % count).find(|place| is(self, *place))
    }

    pub fn someone(&mut self, is: impl Fn(Role) -> bool) -> PersonIndex {
        let somebody = self
            .one_of(self.people.len(), |year, who| year.model.people[who].is_active && is(year.model.people[who].role));
        somebody.expect("nobody of them all leaves")
    }

    fn random_customer(&mut self) -> CustomerIndex {
        self.rng.usize(..self.model.customers.len())
    }

    /// Mostly a claimable customer, otherwise any.
    fn random_claimable(&mut self) -> CustomerIndex {
        let now = self.model.now;
        let is_free = |year: &Self, what: usize| {
            let customer = &year.model.customers[what];
            let rests = matches!(customer.place, Place::Pooled { protected_until: Some(until), .. } if until > now);
            customer.is_in_pool() && !rests
        };
        let found = if self.chance(70) { self.one_of(self.model.customers.len(), is_free) } else { None };
        found.unwrap_or_else(|| self.random_customer())
    }

    /// Mostly an owned customer, otherwise any.
    fn random_owned(&mut self, is: impl Fn(&Self, PersonIndex) -> bool) -> CustomerIndex {
        let is_held =
            |year: &Self, what: usize| year.model.customers[what].owner().is_some_and(|owner| is(year, owner));
        let found = if self.chance(85) { self.one_of(self.model.customers.len(), is_held) } else { None };
        found.unwrap_or_else(|| self.random_customer())
    }

    /// Mostly now, otherwise some days earlier or later.
    fn some_time(&mut self) -> Time {
        match self.rng.u8(..10) {
            0 => self.model.now + TimeDelta::hours(1),
            1 | 2 => self.model.now - TimeDelta::hours(self.rng.i64(1..200)),
            3..6 => self.model.now - TimeDelta::minutes(self.rng.i64(1..1_500)),
            _ => self.model.now,
        }
    }

    /// Every eighth rep follows up a quarter of their customers before a rule releases them; sometimes nobody does.
    pub async fn follow_up_customers(&mut self, day: i64) {
        if day % 61 >= 56 {
            return;
        }
        let latest = self.model.now - TimeDelta::hours(50);
        for what in (0..self.model.customers.len()).step_by(4) {
            let customer = &self.model.customers[what];
            let Place::Owned { by, since, talks } = &customer.place else { continue };
            if by % 8 != 0 || customer.is_archived || talks.iter().max().unwrap_or(since) > &latest {
                continue;
            }
            let by = *by;
            self.follow_up(by, what, None).await;
        }
    }

    pub async fn act(&mut self) {
        self.advance_to(self.model.now).await;
        match self.rng.u8(..100) {
            0..25 => self.claim().await,
            25..31 => self.release().await,
            31..36 => self.assign(1).await,
            36..46 => {
                let what = self.random_owned(|_, _| true);
                let who = self.random_actor(what);
                let at = self.some_time();
                self.follow_up(who, what, Some(at)).await;
            }
            46..56 => self.order().await,
            56..70 => self.advance_order().await,
            70..75 => self.blacklist().await,
            75..80 => self.archive().await,
            80 | 81 => self.undo().await,
            82..85 => self.level().await,
            85..88 => self.enter().await,
            88..91 => self.approve().await,
            91 | 92 => self.change_settings().await,
            93 if self.chance(30) => self.limit_a_rule().await,
            93 => self.change_settings().await,
            94 | 95 if self.rng.bool() => self.depart().await,
            94 | 95 if self.rng.bool() => self.come_back().await,
            94 | 95 if self.rng.bool() => self.hire_somebody().await,
            94 | 95 => self.move_in().await,
            // A campaign assigns many customers to few reps.
            96.. => {
                let count = self.rng.usize(11..25);
                self.assign(count).await;
            }
        }
    }

    /// Mostly the owner, otherwise a superior, or anybody who works on customers.
    fn random_actor(&mut self, what: CustomerIndex) -> PersonIndex {
        let owner = self.model.customers[what].owner();
        match (owner, self.rng.u8(..10)) {
            (Some(owner), 0..7) => owner,
            (Some(owner), 7 | 8) => self.model.people[owner].manager.unwrap_or(owner),
            _ => self.someone(Role::claims),
        }
    }

    async fn claim(&mut self) {
        let (who, count) = (self.someone(Role::claims), self.rng.usize(1..4));
        let mut whats: Vec<_> = (0..count).map(|_| self.random_claimable()).collect();
        // Some claim a customer that they owned before.
        let was_lost = |year: &Self, what: usize| {
            let customer = &year.model.customers[what];
            customer.owner().is_none() && customer.was_lost_by(who)
        };
        let lost = if self.chance(30) { self.one_of(self.model.customers.len(), was_lost) } else { None };
        whats.extend(lost);
        let (said, _) = self.people[who].batch("claimCustomers", json!({"customerIds": self.gids(&whats)})).await;
        for (what, said) in whats.into_iter().zip(said) {
            let wanted = self.model.claim(who, what);
            self.assert_same_outcome("claim", who, what, &said, wanted);
        }
    }

    async fn release(&mut self) {
        let what = self.random_owned(|_, _| true);
        let who = self.random_actor(what);
        let mut whats = vec![what];
        for _ in 0..self.rng.usize(..3) {
            whats.push(self.random_owned(|year, owner| owner == who || year.model.is_above(who, owner)));
        }
        let (said, batch) = self.people[who].batch("releaseCustomers", json!({"customerIds": self.gids(&whats)})).await;
        self.model.begin_batch(Kind::Release, who);
        for (what, said) in whats.into_iter().zip(said) {
            let wanted = self.model.release(who, what);
            self.assert_same_outcome("release", who, what, &said, wanted);
        }
        self.end_batch(&batch);
    }

    async fn assign(&mut self, count: usize) {
        let who = self.someone(|role| matches!(role, Role::Manager | Role::Admin));
        let is_below = |year: &Self, owner: usize| {
            let is_admin = year.model.people[who].role == Role::Admin;
            year.model.people[owner].role == Role::Rep && (is_admin || year.model.is_above(who, owner))
        };
        let below = if self.chance(90) { self.one_of(self.people.len(), is_below) } else { None };
        let owner = below.unwrap_or_else(|| self.rng.usize(..self.people.len()));
        let whats: Vec<_> = (0..count).map(|_| self.random_claimable()).collect();
        let input = json!({"customerIds": self.gids(&whats), "ownerId": self.people[owner].gid()});
        let (said, batch) = self.people[who].batch("assignCustomers", input).await;
        self.model.begin_batch(Kind::Assignment, who);
        for (what, said) in whats.into_iter().zip(said) {
            let wanted = self.model.assign(who, what, owner);
            self.assert_same_outcome("assign", who, what, &said, wanted);
        }
        self.end_batch(&batch);
    }

    /// Ends a batch: it can be undone if it moved a customer; otherwise it is no batch.
    fn end_batch(&mut self, batch: &Json) {
        let moved = self.model.end_batch(batch.is_string().then(|| uuid_of(batch)));
        assert_eq!(moved > 0, batch.is_string(), "{batch}");
    }

    /// Undoes a recent batch, mostly by somebody who may.
    async fn undo(&mut self) {
        let count = self.model.batches.len();
        let place = count.saturating_sub(1 + self.rng.usize(..12.min(count.max(1))));
        let Some(batch) = self.model.batches.get(place) else { return };
        let by = batch.by.filter(|by| self.model.people[*by].is_active);
        let who = match by {
            Some(by) if self.chance(70) => by,
            _ if self.chance(40) => self.someone(|role| role == Role::Admin),
            _ if self.chance(50) => self.someone(|role| matches!(role, Role::Manager | Role::Hr)),
            _ => self.someone(|_| true),
        };
        self.undo_batch(who, place).await;
    }

    async fn undo_batch(&mut self, who: PersonIndex, place: usize) {
        let batch = &self.model.batches[place];
        let id = match batch.kind {
            Kind::Rule(rule, planned_at) => {
                let run = "select id from pool_rule_run where rule_id = $1 and planned_at = $2";
                sqlx::query_scalar(run).bind(rule).bind(planned_at).fetch_one(&self.world.db).await.unwrap()
            }
            _ => batch.id.unwrap(),
        };
        let query = "mutation($id: ID!) { undoOperationBatch(input: {operationBatchId: $id}) { operationBatch { returned } userErrors { code } } }";
        let answer = self.people[who].ask_with(query, json!({"id": format!("operationbatch_{id}")})).await;
        let payload = &answer["data"]["undoOperationBatch"];
        let code = answer["errors"][0]["extensions"]["code"].as_str().or(payload["userErrors"][0]["code"].as_str());
        let said = code.unwrap_or_default().to_owned();
        let wanted = self.model.undo(who, place);
        if said.is_empty() {
            assert_eq!(payload["operationBatch"]["returned"], self.model.batches[place].returned);
        }
        self.assert_same_outcome("undo", who, usize::MAX, &said, wanted);
    }

    async fn follow_up(&mut self, who: PersonIndex, what: CustomerIndex, at: Option<Time>) {
        let input = json!({"customerId": self.gid(what), "channel": "PHONE", "content": "谈了报价", "at": at.map(iso)});
        let said = self.people[who].outcome("recordFollowUp", input).await;
        let wanted = self.model.follow_up(who, what, at.unwrap_or(self.model.now));
        self.assert_same_outcome("follow up", who, what, &said, wanted);
    }

    async fn order(&mut self) {
        let what = self.random_owned(|_, _| true);
        let who = if self.chance(10) { self.someone(|role| role == Role::Admin) } else { self.random_actor(what) };
        let at = self.some_time();
        let lines = json!([{"productId": self.product, "quantity": "1"}]);
        let input = json!({"customerId": self.gid(what), "lines": lines, "orderedAt": iso(at)});
        let payload = self.people[who].act("createOrder", input, "order { id }").await;
        let id = || payload["order"]["id"].as_str().unwrap_or_default().to_owned();
        let wanted = self.model.order(who, what, at, id);
        let said = payload["userErrors"][0]["code"].as_str().unwrap_or_default();
        self.assert_same_outcome("order", who, what, said, wanted);
    }

    async fn advance_order(&mut self) {
        let has_any = |year: &Self, what: usize| !year.model.customers[what].orders.is_empty();
        let Some(what) = self.one_of(self.model.customers.len(), has_any) else { return };
        let count = self.model.customers[what].orders.len();
        // Mostly the latest order, because old delivered orders do not change any more.
        let place = if self.chance(80) { count - 1 } else { self.rng.usize(..count) };
        let order = &self.model.customers[what].orders[place];
        let (id, version, owner) = (order.id.clone(), order.version, order.owner);
        let version = if self.chance(5) { version - 1 } else { version };
        let is_there = self.model.people[owner].is_active && self.chance(90);
        let who = if is_there { owner } else { self.someone(|role| role != Role::Hr && role != Role::Marketing) };
        let (step, action, amount) = match self.rng.u8(..12) {
            0..3 => (Step::Pay(Some(40)), "PAY", Some("40")),
            3..6 => (Step::Pay(None), "PAY", None),
            6 | 7 => (Step::Ship, "SHIP", None),
            8 | 9 => (Step::Deliver, "DELIVER", None),
            10 => (Step::Cancel, "CANCEL", None),
            _ => (Step::Refund, "REFUND", None),
        };
        let input = json!({"orderId": id, "version": version, "action": action, "amount": amount});
        let said = self.people[who].outcome("advanceOrder", input).await;
        let wanted = self.model.advance(who, what, place, version, step);
        self.assert_same_outcome("advance order", who, what, &said, wanted);
    }

    async fn blacklist(&mut self) {
        // Customers leave the blacklist as often as others enter it.
        let is_on = |year: &Self, what: usize| year.model.customers[what].is_blacklisted;
        let found = if self.chance(50) { self.one_of(self.model.customers.len(), is_on) } else { None };
        let what = found.unwrap_or_else(|| self.random_customer());
        let who = self.someone(|role| matches!(role, Role::Manager | Role::Admin));
        let on = if self.chance(90) { found.is_none() } else { self.rng.bool() };
        let customer = self.gid(what);
        let said = match on {
            true => {
                self.people[who].outcome("blacklistCustomer", json!({"customerId": customer, "reason": "no"})).await
            }
            false => self.people[who].outcome("unblacklistCustomer", json!({"customerId": customer})).await,
        };
        let wanted = self.model.blacklist(who, what, on);
        self.assert_same_outcome("blacklist", who, what, &said, wanted);
    }

    async fn archive(&mut self) {
        let is_away = |year: &Self, what: usize| year.model.customers[what].is_archived;
        let found = if self.chance(40) { self.one_of(self.model.customers.len(), is_away) } else { None };
        let what = if self.chance(50) { self.random_owned(|_, _| true) } else { self.random_customer() };
        let what = found.unwrap_or(what);
        let who = self.someone(|role| matches!(role, Role::Manager | Role::Admin | Role::Marketing));
        let on = found.is_none();
        let mutation = if on { "archiveCustomer" } else { "restoreCustomer" };
        let said = self.people[who].outcome(mutation, json!({"customerId": self.gid(what)})).await;
        let wanted = self.model.archive(who, what, on);
        self.assert_same_outcome(if on { "archive" } else { "restore" }, who, what, &said, wanted);
    }

    async fn level(&mut self) {
        let what = self.random_owned(|_, _| true);
        let who = self.someone(|role| matches!(role, Role::Manager | Role::Admin));
        let is_key = self.chance(30);
        let version = self.model.customers[what].version - i32::from(self.chance(10));
        let level = if is_key { json!("KEY") } else { json!(null) };
        let input = json!({"customerId": self.gid(what), "version": version, "level": level});
        let said = self.people[who].outcome("updateCustomer", input).await;
        let wanted = self.model.level(who, what, version, is_key);
        self.assert_same_outcome("level", who, what, &said, wanted);
    }

    /// Creates a customer: marketing for the pool, a rep for themselves, a manager for one of the team.
    pub async fn enter(&mut self) {
        self.advance_to(self.model.now).await;
        let is_begun = self.model.customers.len() >= self.scale.customers;
        let who = self.someone(|role| role == Role::Marketing || (is_begun && role.claims()));
        let below = self.one_of(self.people.len(), |year, owner| {
            year.model.people[owner].is_active && year.model.is_above(who, owner)
        });
        let named = below.filter(|_| self.model.people[who].role == Role::Manager);
        let owner = named.or_else(|| self.model.people[who].role.claims().then_some(who));
        let is_key = named.is_some() && self.chance(30);
        let name = self.new_name();
        let input = json!({"name": name, "source": "WEBSITE", "notDuplicate": true, "level": is_key.then_some("KEY"),
            "ownerId": named.map(|owner| self.people[owner].gid())});
        let payload = self.people[who].act("createCustomer", input, "customer { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        self.model.create(who, uuid_of(&payload["customer"]["id"]), owner, is_key);
    }

    /// A name as different from others as those of real companies are.
    pub fn new_name(&mut self) -> String {
        self.entered += 1;
        let letter =
            |place: usize| char::from_u32(0x4e00 + ((self.entered * 2_654_435_761) >> (8 * place)) as u32 % 20_000);
        format!("{}{}", (0..4).filter_map(letter).collect::<String>(), self.entered)
    }

    async fn approve(&mut self) {
        let query = "{ poolRuleRuns(first: 4) { edges { node { id plannedAt poolRule { id } } } } }";
        let admin = self.someone(|role| role == Role::Admin);
        let runs = self.people[admin].ask(query).await["poolRuleRuns"]["edges"].clone();
        let run = runs[self.rng.usize(..4)]["node"].clone();
        let Some(planned_at) = run["plannedAt"].as_str() else { return };
        let (planned_at, rule): (Time, _) = (planned_at.parse().unwrap(), uuid_of(&run["poolRule"]["id"]));
        let place = self.model.runs.iter().position(|run| (run.rule, run.planned_at) == (rule, planned_at)).unwrap();
        let said = self.people[admin].outcome("approvePoolRuleRun", json!({"poolRuleRunId": run["id"]})).await;
        let wanted = self.model.approve(place);
        self.assert_same_outcome("approve", admin, usize::MAX, &said, wanted);
        self.run_rules().await;
    }

    async fn change_settings(&mut self) {
        let admin = self.someone(|role| role == Role::Admin);
        let hours = |hours: i64| (format!("PT{hours}H"), TimeDelta::hours(hours));
        let limit = |year: &mut Self, most| year.chance(40).then(|| year.rng.usize(1..most));
        let input = match self.rng.u8(..6) {
            0 | 1 => {
                let period = [0, 24, 40, 72, 72, 120][self.rng.usize(..6)];
                let (written, period) = hours(period);
                self.model.set_protection(period);
                json!({"protectionPeriod": written})
            }
            2 => {
                let (written, notice) = hours([0, 0, 20, 30][self.rng.usize(..4)]);
                self.model.settings.notice = notice;
                json!({"notice": written})
            }
            3 | 4 => {
                let (owned, claims) = (limit(self, 14), limit(self, 4));
                (self.model.settings.max_owned, self.model.settings.max_claims) = (owned, claims);
                json!({"maxOwnedCustomers": owned, "maxClaimsPerDay": claims})
            }
            _ => {
                let (written, cooldown) = hours(self.rng.i64(50..400));
                let cooldown = self.chance(60).then_some(cooldown);
                self.model.settings.cooldown = cooldown;
                json!({"previousOwnerCooldown": cooldown.map(|_| written)})
            }
        };
        assert_eq!(self.people[admin].outcome("updateSettings", input).await, "");
        self.world.app.follow().await.unwrap();
        // Protections that end by the change are announced before anybody acts.
        self.wait_for_ends_of_protection().await;
    }

    /// Changes how many customers a run of a rule takes, and what becomes of those that wait.
    async fn limit_a_rule(&mut self) {
        let admin = self.someone(|role| role == Role::Admin);
        let most = [None, None, Some(4), Some(30)][self.rng.usize(..4)];
        let (place, keeps) = (self.rng.usize(..2), self.chance(30));
        let rule = format!("poolrule_{}", self.model.limit(place, most, keeps));
        let query = "query($id: ID!) { poolRule(id: $id) { version } }";
        let version = self.people[admin].data(query, json!({"id": rule})).await["poolRule"]["version"].clone();
        let input = json!({"poolRuleId": rule, "version": version, "maxPerRun": most, "keepsUnapproved": keeps});
        assert_eq!(self.people[admin].outcome("updatePoolRule", input).await, "");
        self.assert_same_outcome("limit a rule", admin, usize::MAX, "", "");
    }

    async fn depart(&mut self) {
        let staff = self.model.people.iter().filter(|person| person.is_active && person.role.claims()).count();
        if staff * 4 < self.scale.reps * 3 {
            return;
        }
        let (hr, leaver) = (self.someone(|role| role == Role::Hr), self.someone(Role::claims));
        // One manager must stay.
        if self.model.people[leaver].manager.is_none() {
            return;
        }
        let owned = self.model.customers.iter().filter(|customer| customer.owner() == Some(leaver)).count();
        // All customers go to the pool.
        let choices: Vec<_> =
            ["KEPT", "UNFINISHED_ORDERS", "LIVE_OPPORTUNITIES"].map(|group| json!({"group": group})).into();
        let input = json!({"userId": self.people[leaver].gid(), "customers": choices});
        let payload = self.people[hr].act("departUser", input, "released operationBatch { id }").await;
        assert_eq!(payload["released"], owned);
        self.model.begin_batch(Kind::Departure, hr);
        self.model.depart(hr, leaver);
        self.end_batch(&payload["operationBatch"]["id"]);
        self.world.app.follow().await.unwrap();
        self.assert_same_outcome("depart", hr, usize::MAX, "", "");
        let query = "mutation($id: ID!) { claimCustomer(input: {customerId: $id}) { userErrors { code } } }";
        let what = self.random_claimable();
        assert_eq!(self.people[leaver].refused(query, json!({"id": self.gid(what)})).await, "UNAUTHENTICATED");
    }

    /// The user who left last comes back, and gets the customers that nobody has owned since.
    async fn come_back(&mut self) {
        let is_last = |batch: &Batch| batch.kind == Kind::Departure;
        let Some(place) = self.model.batches.iter().rposition(is_last) else { return };
        let leaver = self.model.batches[place].loser();
        if self.model.people[leaver].is_active {
            return;
        }
        let hr = self.someone(|role| role == Role::Hr);
        let input = json!({"userId": self.people[leaver].gid()});
        assert_eq!(self.people[hr].outcome("reactivateUser", input).await, "");
        self.model.people[leaver].is_active = true;
        let (again, name) = (&self.people[leaver], self.people[leaver].name.clone());
        let token = format!("token-of-{name}-since-{}", self.model.now);
        self.people[leaver] = self.world.signed_in(again.id.uuid(), &name, token).await;
        self.assert_same_outcome("come back", hr, leaver, "", "");
        self.undo_batch(hr, place).await;
    }

    async fn hire_somebody(&mut self) {
        let staff = self.model.people.iter().filter(|person| person.is_active && person.role.claims()).count();
        if staff > self.scale.reps + self.scale.reps / 4 {
            return;
        }
        let (hr, manager) = (self.someone(|role| role == Role::Hr), self.someone(|role| role == Role::Manager));
        let email = format!("new{}@example.com", self.people.len());
        let input = json!({"email": email, "name": email, "roles": ["sales"], "managerId": self.people[manager].gid()});
        assert_eq!(self.people[hr].outcome("createUser", input).await, "");
        let person = self.world.existing_user(&email).await;
        self.join(person, Role::Rep, Some(manager));
    }
}
