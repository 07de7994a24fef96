//! The history of a customer until now, by the rules of the pool: created, claimed, released, assigned, reclaimed.
//! Superiors assign and reclaim many customers at once, every four weeks.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgConnection;
use uuid::{Builder, Uuid};

use super::copy::Table;
use super::firm::Firm;
use super::people::Person;
use super::random::{id_at, one_of, time_between};
use crate::kernel::event::{Cause, Kind};

/// The table of the operation log, and its columns.
pub const COLUMNS: &str = "customer_operation_log (id, customer_id, operator_user_id, type, cause, previous_owner_user_id, new_owner_user_id, remark, at, \
    batch_id, first_followup_time, last_followup_time, protected_until)";

const PROTECTION: TimeDelta = TimeDelta::days(3);
const HISTORY_LENGTH: TimeDelta = TimeDelta::days(730);
/// How often a superior reviews the customers of the team: on Mondays at 10:00 in Shanghai.
const REVIEW_EVERY: TimeDelta = TimeDelta::weeks(4);
const FIRST_REVIEW: DateTime<Utc> = DateTime::from_timestamp(1_704_074_400, 0).expect("2024-01-01, a Monday");

/// The history of a customer, and the state that it ends in.
pub struct History<'a> {
    pub created_at: DateTime<Utc>,
    pub created_by: Uuid,
    pub owner: Option<Uuid>,
    /// Who owned it and when, the earliest first.
    pub ownerships: Vec<Ownership<'a>>,
    /// Since when it has had its present owner, or has been in the pool.
    pub since: DateTime<Utc>,
    pub protected_until: Option<DateTime<Utc>>,
    pub blacklisted_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    steps: Vec<Step>,
}

/// A time during which a user owns the customer.
pub struct Ownership<'a> {
    pub owner: &'a Person,
    pub from: DateTime<Utc>,
    /// `None`: the user still owns it.
    pub to: Option<DateTime<Utc>>,
}

/// The follow-up times of one ownership, as the customer's row has them.
#[derive(Clone, Copy)]
pub struct FollowUpTimes {
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// When to contact the customer again, by the last follow-up that is not an order.
    pub next_contact: Option<DateTime<Utc>>,
}

struct Step {
    at: DateTime<Utc>,
    operator: Uuid,
    kind: Kind,
    remark: Option<&'static str>,
    /// The end of the protection before this step.
    protected_until: Option<DateTime<Utc>>,
}

/// The state that the history is to end in, if the times allow it.
#[derive(PartialEq)]
enum FinalState {
    Owned,
    Protected,
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

/// The history of the customer with this number.
pub fn of<'a>(rng: &mut Rng, number: u32, firm: &'a Firm) -> History<'a> {
    let plan = &firm.plan;
    // A customer with a higher number is newer; the newest one was created an hour ago.
    let age = (HISTORY_LENGTH - TimeDelta::hours(1)) * i32::try_from(plan.customers - number).unwrap_or(i32::MAX)
        / i32::try_from(plan.customers).unwrap_or(1);
    let created_at = plan.now - TimeDelta::hours(1) - age;
    let final_state = match rng.u8(..100) {
        0..50 => FinalState::Owned,
        50..58 => FinalState::Protected,
        58..60 => FinalState::Blacklisted,
        _ => FinalState::Claimable,
    };
    let rep = firm.random_rep(rng);
    let (created_by, owner) =
        if rng.bool() { (firm.first_with_role("marketing").id, None) } else { (rep.id, Some(rep)) };
    let (steps, ownerships) = (Vec::new(), Vec::new());
    let mut builder =
        HistoryBuilder { rng, firm, at: created_at, owner: None, protected_until: None, steps, ownerships };
    builder.change_owner(created_at, owner);
    builder.log(created_by, Kind::Created { owner: owner.map(|owner| owner.id.into()) }, None);
    for _ in 0..builder.rng.u8(..5) {
        let pause = TimeDelta::minutes(builder.rng.i64(60..60 * 24 * 60));
        builder.step(builder.at + pause);
    }
    match final_state {
        FinalState::Owned if builder.owner.is_none() => builder.step_before(plan.now),
        FinalState::Claimable if builder.owner.is_some() => builder.step_before(plan.now - PROTECTION),
        FinalState::Protected => {
            if builder.owner.is_none() {
                builder.step_before(plan.now - PROTECTION);
            }
            let recently = plan.now - TimeDelta::seconds(builder.rng.i64(0..PROTECTION.num_seconds()));
            if builder.owner.is_some() {
                builder.step(recently.max(builder.at + TimeDelta::seconds(1)));
            }
        }
        _ => {}
    }
    let blacklisted_at =
        (final_state == FinalState::Blacklisted && builder.owner.is_none()).then(|| builder.blacklist()).flatten();
    History {
        created_at,
        created_by,
        owner: builder.owner.map(|owner| owner.id),
        since: builder.ownerships.last().map_or(created_at, |last| last.to.unwrap_or(last.from)),
        protected_until: builder.protected_until,
        blacklisted_at,
        updated_at: builder.at,
        steps: builder.steps,
        ownerships: builder.ownerships,
    }
}

struct HistoryBuilder<'r, 'a> {
    rng: &'r mut Rng,
    firm: &'a Firm,
    at: DateTime<Utc>,
    owner: Option<&'a Person>,
    protected_until: Option<DateTime<Utc>>,
    steps: Vec<Step>,
    ownerships: Vec<Ownership<'a>>,
}

impl<'a> HistoryBuilder<'_, 'a> {
    /// Changes the owner; `None` puts the customer into the pool.
    fn change_owner(&mut self, at: DateTime<Utc>, owner: Option<&'a Person>) {
        (self.at, self.owner) = (at, owner);
        if let Some(before) = self.ownerships.last_mut() {
            before.to.get_or_insert(at);
        }
        self.ownerships.extend(owner.map(|owner| Ownership { owner, from: at, to: None }));
    }

    fn log(&mut self, operator: Uuid, kind: Kind, remark: Option<&'static str>) {
        self.steps.push(Step { at: self.at, operator, kind, remark, protected_until: self.protected_until });
    }

    /// Changes the owner at a random moment after the protection and before `end`, if there is such a moment.
    fn step_before(&mut self, end: DateTime<Utc>) {
        let start = self.at.max(self.protected_until.unwrap_or(self.at)) + TimeDelta::seconds(1);
        if start < end {
            let at = time_between(self.rng, start, end);
            self.step(at);
        }
    }

    /// Changes the owner at `at`, or as soon as the protection allows it; does nothing if that lies in the future.
    fn step(&mut self, at: DateTime<Utc>) {
        match self.owner {
            None => {
                let rep = self.firm.random_rep(self.rng);
                let assigned = self.rng.u8(..100) < 15;
                let at = if assigned { next_review(at) } else { at.max(self.protected_until.unwrap_or(at)) };
                if at >= self.firm.plan.now {
                    return;
                }
                self.change_owner(at, Some(rep));
                match assigned {
                    true => self.log(self.firm.manager_of(rep).id, Kind::Assigned { owner: rep.id.into() }, None),
                    false => self.log(rep.id, Kind::Claimed { owner: rep.id.into() }, None),
                }
                self.protected_until = None;
            }
            Some(rep) => {
                let by_rep = self.rng.u8(..10) < 6;
                let at = if by_rep { at } else { next_review(at) };
                if at >= self.firm.plan.now {
                    return;
                }
                self.change_owner(at, None);
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
        self.log(self.firm.first_with_role("manager").id, Kind::Blacklisted { owner: None }, Some("Does not pay"));
        Some(at)
    }
}

/// The first review after a moment.
fn next_review(at: DateTime<Utc>) -> DateTime<Utc> {
    let every = REVIEW_EVERY.num_seconds();
    let reviews = (at - FIRST_REVIEW).num_seconds().div_euclid(every) + 1;
    FIRST_REVIEW + TimeDelta::seconds(reviews * every)
}

impl Step {
    /// The batch of this step: all that one superior assigns in one review is one batch, and all that they reclaim is
    /// another.
    fn batch(&self) -> Option<Uuid> {
        let batch_kind = match self.kind {
            Kind::Reclaimed { .. } => 0,
            Kind::Assigned { .. } => 1,
            _ => return None,
        };
        let mut bytes: [u8; 10] =
            self.operator.as_bytes()[6..].try_into().expect("the last 10 of 16 bytes are 10 bytes");
        bytes[9] ^= batch_kind;
        let millis = u64::try_from(self.at.timestamp_millis()).unwrap_or_default();
        Some(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

/// Writes the batches that the rows of the operation log refer to.
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
    /// Whether the user owns the customer at this moment.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

impl<'a> History<'a> {
    /// The ownership at this moment; `None`: the customer is in the pool then.
    pub fn ownership_at(&self, at: DateTime<Utc>) -> Option<&Ownership<'a>> {
        self.ownerships.iter().find(|held| held.contains(at))
    }

    /// The ownership that has not ended.
    pub fn present(&self) -> Option<&Ownership<'a>> {
        self.ownerships.last().filter(|held| held.to.is_none())
    }

    /// Writes the operation log. The row of a step of a batch also has what the customer was like before, because a
    /// batch can be undone; `times_of` are the follow-up times of an ownership.
    pub fn write(
        &self,
        log: &mut Table,
        rng: &mut Rng,
        customer: Uuid,
        times_of: impl Fn(&Ownership<'_>) -> Option<FollowUpTimes>,
    ) {
        for step in &self.steps {
            let entry = step.kind.log_entry();
            log.value(id_at(rng, step.at)).value(customer).value(step.operator).value(entry.kind).value(entry.cause);
            log.optional(entry.previous_owner.map(|owner| owner.uuid()))
                .optional(entry.new_owner.map(|owner| owner.uuid()));
            log.optional(step.remark).time(Some(step.at));
            let batch = step.batch();
            let ended = self.ownerships.iter().find(|held| held.to == Some(step.at));
            let times = batch.and(ended).and_then(&times_of);
            log.optional(batch).time(times.map(|times| times.first)).time(times.map(|times| times.last));
            log.time(batch.and(step.protected_until)).end_row();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Plan;

    #[test]
    fn every_history_keeps_the_rules_of_the_pool() {
        let plan = Plan { customers: 3_000, ..Plan::demo(DateTime::from_timestamp(1_772_352_000, 0).unwrap()) };
        let firm = Firm::of(plan.clone());
        let mut claimable = 0;
        for number in 0..plan.customers {
            let history = of(&mut Rng::with_seed(number.into()), number, &firm);
            let (mut owner, mut free_at) = (None, history.created_at);
            for (index, step) in history.steps.iter().enumerate() {
                assert!(index == 0 || step.at > history.steps[index - 1].at, "in order");
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
            assert_eq!(owner.map(|owner| owner.uuid()), history.owner);
            let is_free = history.protected_until.is_none_or(|until| until <= plan.now);
            claimable += usize::from(owner.is_none() && history.blacklisted_at.is_none() && is_free);
        }
        assert!(claimable > 900, "{claimable} of 3,000 are claimable");
    }
}
