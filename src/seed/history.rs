//! The life of a customer until now: entered, claimed, released, assigned, by the rules of the pool. What superiors do, they do
//! to many at once, every four weeks.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgConnection;
use uuid::{Builder, Uuid};

use super::copy::Table;
use super::followups::{FollowUp, Talks};
use super::people::Person;
use super::{Firm, between, id_at, one_of};
use crate::kernel::event::{Cause, Kind};

/// The table of the log, and its columns.
pub const COLUMNS: &str = "customer_operation_log (id, customer_id, operator_user_id, type, cause, previous_owner_user_id, new_owner_user_id, remark, at, \
    batch_id, first_followup_time, last_followup_time, next_contact_at, protected_until)";

const PROTECTION: TimeDelta = TimeDelta::days(3);
const YEARS: TimeDelta = TimeDelta::days(730);
/// How often a superior looks through the customers of the team: on Mondays at 10:00 in Shanghai.
const LOOKS_EVERY: TimeDelta = TimeDelta::weeks(4);
const FIRST_LOOK: DateTime<Utc> = DateTime::from_timestamp(1_704_074_400, 0).expect("2024-01-01, a Monday");

/// A life, and where it led.
pub struct History<'a> {
    pub created_at: DateTime<Utc>,
    pub created_by: Uuid,
    pub owner: Option<Uuid>,
    /// Who had it and when, the first first.
    pub ownerships: Vec<Ownership<'a>>,
    /// Since when it has its owner, or is in the pool.
    pub since: DateTime<Utc>,
    pub protected_until: Option<DateTime<Utc>>,
    pub blacklisted_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    steps: Vec<Step>,
}

/// A time in which somebody has the customer; without an end, still.
pub struct Ownership<'a> {
    pub owner: &'a Person,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
}

struct Step {
    at: DateTime<Utc>,
    operator: Uuid,
    kind: Kind,
    remark: Option<&'static str>,
    /// Until when it rested before.
    protected_until: Option<DateTime<Utc>>,
}

/// Where a customer ends up, if its times allow it.
#[derive(PartialEq)]
enum Fate {
    Owned,
    Resting,
    Blacklisted,
    Claimable,
}

const REMARKS: [&str; 6] = [
    "预算取消",
    "联系不上负责人",
    "已选择其他供应商",
    "No budget this year",
    "Wrong region for me",
    "Asked to be called next year",
];

/// The life of the customer with this number.
pub fn of<'a>(rng: &mut Rng, number: u32, firm: &'a Firm) -> History<'a> {
    let plan = &firm.plan;
    // The later the number, the younger; the youngest was entered an hour ago.
    let age = (YEARS - TimeDelta::hours(1)) * i32::try_from(plan.customers - number).unwrap_or(i32::MAX)
        / i32::try_from(plan.customers).unwrap_or(1);
    let created_at = plan.now - TimeDelta::hours(1) - age;
    let fate = match rng.u8(..100) {
        0..50 => Fate::Owned,
        50..58 => Fate::Resting,
        58..60 => Fate::Blacklisted,
        _ => Fate::Claimable,
    };
    let rep = firm.one_rep(rng);
    let (created_by, owner) = if rng.bool() { (firm.one("marketing").id, None) } else { (rep.id, Some(rep)) };
    let (steps, ownerships) = (Vec::new(), Vec::new());
    let mut life = Life { rng, firm, at: created_at, owner: None, protected_until: None, steps, ownerships };
    life.hand_over(created_at, owner);
    life.log(created_by, Kind::Created { owner: owner.map(|owner| owner.id.into()) }, None);
    for _ in 0..life.rng.u8(..5) {
        let pause = TimeDelta::minutes(life.rng.i64(60..60 * 24 * 60));
        life.step(life.at + pause);
    }
    match fate {
        Fate::Owned if life.owner.is_none() => life.step_by_chance(plan.now),
        Fate::Claimable if life.owner.is_some() => life.step_by_chance(plan.now - PROTECTION),
        Fate::Resting => {
            if life.owner.is_none() {
                life.step_by_chance(plan.now - PROTECTION);
            }
            let lately = plan.now - TimeDelta::seconds(life.rng.i64(0..PROTECTION.num_seconds()));
            if life.owner.is_some() {
                life.step(lately.max(life.at + TimeDelta::seconds(1)));
            }
        }
        _ => {}
    }
    let blacklisted_at = (fate == Fate::Blacklisted && life.owner.is_none()).then(|| life.blacklist()).flatten();
    History {
        created_at,
        created_by,
        owner: life.owner.map(|owner| owner.id),
        since: life.ownerships.last().map_or(created_at, |last| last.to.unwrap_or(last.from)),
        protected_until: life.protected_until,
        blacklisted_at,
        updated_at: life.at,
        steps: life.steps,
        ownerships: life.ownerships,
    }
}

struct Life<'r, 'a> {
    rng: &'r mut Rng,
    firm: &'a Firm,
    at: DateTime<Utc>,
    owner: Option<&'a Person>,
    protected_until: Option<DateTime<Utc>>,
    steps: Vec<Step>,
    ownerships: Vec<Ownership<'a>>,
}

impl<'a> Life<'_, 'a> {
    /// From then on somebody has it, or nobody.
    fn hand_over(&mut self, at: DateTime<Utc>, owner: Option<&'a Person>) {
        (self.at, self.owner) = (at, owner);
        if let Some(before) = self.ownerships.last_mut() {
            before.to.get_or_insert(at);
        }
        self.ownerships.extend(owner.map(|owner| Ownership { owner, from: at, to: None }));
    }

    fn log(&mut self, operator: Uuid, kind: Kind, remark: Option<&'static str>) {
        self.steps.push(Step { at: self.at, operator, kind, remark, protected_until: self.protected_until });
    }

    /// Changes hands at a moment of chance before `end`, if there is one.
    fn step_by_chance(&mut self, end: DateTime<Utc>) {
        let start = self.at.max(self.protected_until.unwrap_or(self.at)) + TimeDelta::seconds(1);
        if start < end {
            let at = between(self.rng, start, end);
            self.step(at);
        }
    }

    /// Changes hands at `at`, or as soon as protection allows; not in the future.
    fn step(&mut self, at: DateTime<Utc>) {
        match self.owner {
            None => {
                let rep = self.firm.one_rep(self.rng);
                let assigned = self.rng.u8(..100) < 15;
                let at = if assigned { look_after(at) } else { at.max(self.protected_until.unwrap_or(at)) };
                if at >= self.firm.plan.now {
                    return;
                }
                self.hand_over(at, Some(rep));
                match assigned {
                    true => self.log(self.firm.manager_of(rep).id, Kind::Assigned { owner: rep.id.into() }, None),
                    false => self.log(rep.id, Kind::Claimed { owner: rep.id.into() }, None),
                }
                self.protected_until = None;
            }
            Some(rep) => {
                let by_rep = self.rng.u8(..10) < 6;
                let at = if by_rep { at } else { look_after(at) };
                if at >= self.firm.plan.now {
                    return;
                }
                self.hand_over(at, None);
                let from = rep.id.into();
                if by_rep {
                    let remark = self.rng.bool().then(|| *one_of(self.rng, &REMARKS));
                    self.log(rep.id, Kind::Released { from }, remark);
                } else {
                    self.log(self.firm.manager_of(rep).id, Kind::Reclaimed { from, cause: Cause::Manager }, None);
                }
                self.protected_until = Some(at + PROTECTION);
            }
        }
    }

    fn blacklist(&mut self) -> Option<DateTime<Utc>> {
        let at = self.at + TimeDelta::hours(self.rng.i64(1..200));
        if at >= self.firm.plan.now {
            return None;
        }
        self.at = at;
        self.log(self.firm.one("manager").id, Kind::Blacklisted { owner: None }, Some("Does not pay"));
        Some(at)
    }
}

/// The next time at which superiors look.
fn look_after(at: DateTime<Utc>) -> DateTime<Utc> {
    let every = LOOKS_EVERY.num_seconds();
    let looks = (at - FIRST_LOOK).num_seconds().div_euclid(every) + 1;
    FIRST_LOOK + TimeDelta::seconds(looks * every)
}

impl Step {
    /// What one superior does in one look is one batch.
    fn batch(&self) -> Option<Uuid> {
        let what = match self.kind {
            Kind::Reclaimed { .. } => 0,
            Kind::Assigned { .. } => 1,
            _ => return None,
        };
        let mut bytes: [u8; 10] = self.operator.as_bytes()[6..].try_into().expect("the last ten of sixteen");
        bytes[9] ^= what;
        let millis = u64::try_from(self.at.timestamp_millis()).unwrap_or_default();
        Some(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

/// Makes the batches that the log tells of.
pub async fn write_batches(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into operation_batch (id, kind, operator_user_id, at, moved)
         select batch_id, case type when 'ASSIGN' then 'ASSIGNMENT' else 'TEAM_RELEASE' end, operator_user_id, at, count(*)
         from customer_operation_log where batch_id is not null group by batch_id, type, operator_user_id, at"
    )
    .execute(db)
    .await?;
    Ok(())
}

impl Ownership<'_> {
    /// Whether a moment lies in it.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

impl<'a> History<'a> {
    /// In whose time a moment lies.
    pub fn ownership_at(&self, at: DateTime<Utc>) -> Option<&Ownership<'a>> {
        self.ownerships.iter().find(|held| held.contains(at))
    }

    /// The ownership that lasts.
    pub fn present(&self) -> Option<&Ownership<'a>> {
        self.ownerships.last().filter(|held| held.to.is_none())
    }

    /// Writes the log; of what was done to many, with what the customer was like before.
    pub fn write(&self, log: &mut Table, rng: &mut Rng, customer: Uuid, followups: &[FollowUp]) {
        for step in &self.steps {
            let entry = step.kind.log_entry();
            log.value(id_at(rng, step.at)).value(customer).value(step.operator).value(entry.kind).value(entry.cause);
            log.optional(entry.previous_owner.map(|owner| owner.uuid()))
                .optional(entry.new_owner.map(|owner| owner.uuid()));
            log.optional(step.remark).time(Some(step.at));
            let batch = step.batch();
            let ended = self.ownerships.iter().find(|held| held.to == Some(step.at));
            let talks = batch.and(ended).and_then(|held| Talks::of(followups, held));
            log.optional(batch).time(talks.map(|talks| talks.first)).time(talks.map(|talks| talks.last));
            log.time(talks.and_then(|talks| talks.next)).time(batch.and(step.protected_until)).end_row();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Plan;

    #[test]
    fn every_life_is_one_that_the_pool_allows() {
        let plan = Plan { customers: 3_000, ..Plan::demo(DateTime::from_timestamp(1_772_352_000, 0).unwrap()) };
        let firm = Firm::of(plan.clone());
        let mut claimable = 0;
        for number in 0..plan.customers {
            let life = of(&mut Rng::with_seed(number.into()), number, &firm);
            let (mut owner, mut free_at) = (None, life.created_at);
            for (place, step) in life.steps.iter().enumerate() {
                assert!(place == 0 || step.at > life.steps[place - 1].at, "in order");
                assert!(step.at <= plan.now);
                match step.kind {
                    Kind::Created { owner: first } | Kind::Imported { owner: first } => owner = first,
                    Kind::Claimed { owner: next } => {
                        assert!(owner.is_none() && step.at >= free_at);
                        owner = Some(next);
                    }
                    Kind::Assigned { owner: next } => {
                        assert!(owner.is_none());
                        owner = Some(next);
                    }
                    Kind::Released { from } | Kind::Reclaimed { from, .. } => {
                        assert_eq!(owner, Some(from));
                        (owner, free_at) = (None, step.at + PROTECTION);
                    }
                    Kind::Blacklisted { owner: of } => assert_eq!(of, owner),
                    other => unreachable!("{other:?}"),
                }
            }
            assert_eq!(owner.map(|owner| owner.uuid()), life.owner);
            let is_free = life.protected_until.is_none_or(|until| until <= plan.now);
            claimable += usize::from(owner.is_none() && life.blacklisted_at.is_none() && is_free);
        }
        assert!(claimable > 900, "{claimable} of 3,000 are claimable");
    }
}
