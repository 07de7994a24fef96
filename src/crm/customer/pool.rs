//! Claim and release: the verbs of the public pool.

use chrono::{DateTime, Utc};

use super::locking::{self, Customer, Outcome};
use super::store;
use crate::crm::people;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::clock::change_time;
use crate::kernel::directory::Settings;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause, Event, Kind};
use crate::kernel::id::{CustomerId, OperationBatchId, UserId};
use crate::kernel::op::Op;

/// To take a customer from the pool.
pub const CLAIM: Permission = Permission::to(Action::Claim, Resource::Customer);
/// To give a customer back to the pool.
pub const RELEASE: Permission = Permission::to(Action::Release, Resource::Customer);

/// Why a customer can't be claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimError {
    /// It has an owner.
    AlreadyOwned {
        /// Whose name is given where the claimer may know it.
        owner: Option<String>,
    },
    /// It was merged into another one.
    Merged,
    /// It is archived.
    Archived,
    /// It is on the blacklist.
    Blacklisted,
    /// It rests in the pool.
    Protected {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// The claimer has claimed enough today.
    ClaimLimitReached {
        /// How many one may.
        limit: i32,
        /// When the next day begins.
        until: DateTime<Utc>,
    },
    /// The claimer owns enough.
    HoldingLimitReached {
        /// How many one may.
        limit: i32,
    },
    /// The claimer owned it not long ago.
    PreviousOwnerCooldown {
        /// Until then.
        until: DateTime<Utc>,
    },
}

/// What matters of the claimer.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimer {
    /// Claims of today, in the log.
    pub claims_today: i64,
    /// Customers owned now.
    pub owned: i64,
}

/// Everything that stands in the way of a claim, in the order in which it is told. The SQL of
/// [`Claimability`](super::describe_claimability) says the same; a test holds the two equal.
pub fn refusals(
    customer: &Customer,
    claimer: &Claimer,
    last_owned: Option<DateTime<Utc>>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Vec<ClaimError> {
    let mut refusals = lost(customer, now);
    if let Some(limit) = settings.max_claims_per_day.filter(|&limit| claimer.claims_today >= i64::from(limit)) {
        refusals.push(ClaimError::ClaimLimitReached { limit, until: settings.day_around(now).1 });
    }
    if let Some(limit) = settings.max_owned_customers.filter(|&limit| claimer.owned >= i64::from(limit)) {
        refusals.push(ClaimError::HoldingLimitReached { limit });
    }
    let cooled = last_owned.zip(settings.previous_owner_cooldown).map(|(last, cooldown)| last + cooldown);
    if let Some(until) = cooled.filter(|&until| until > now) {
        refusals.push(ClaimError::PreviousOwnerCooldown { until });
    }
    refusals
}

/// What can be told from the customer alone, before anything is locked.
fn lost(customer: &Customer, now: DateTime<Utc>) -> Vec<ClaimError> {
    let mut refusals = Vec::new();
    if customer.owner.is_some() {
        refusals.push(ClaimError::AlreadyOwned { owner: None });
    }
    if customer.merged_into.is_some() {
        refusals.push(ClaimError::Merged);
    } else if customer.is_archived {
        refusals.push(ClaimError::Archived);
    }
    if customer.is_blacklisted {
        refusals.push(ClaimError::Blacklisted);
    }
    if let Some(until) = customer.protected_until.filter(|&until| until > now) {
        refusals.push(ClaimError::Protected { until });
    }
    refusals
}

/// Claims customers for the actor, in the order given, with an answer for each. What the actor owns already is a
/// success, is not logged again and uses no quota.
pub async fn claim(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<Vec<Outcome>, Error> {
    op.authorize(CLAIM)?;
    locking::check_batch(op, ids.len())?;
    let (user, now) = (op.viewer()?.user, op.now());
    let (names, rights) = (op.directory_handle(), op.rights()?);
    // Their own are no loss: they are told apart below.
    let refuse = move |customer: &Customer| {
        // Whoever claims without seeing the pool finds nothing there. What is blacklisted was seen there before.
        if customer.owner.is_none() && !customer.reach.is_seen && !customer.is_blacklisted {
            return Some(UserError::not_found());
        }
        let first = lost(customer, now).into_iter().next().filter(|_| customer.owner != Some(user))?;
        let owner = customer.owner.filter(|_| customer.reach.is_seen);
        Some(UserError::from(match first {
            ClaimError::AlreadyOwned { .. } => {
                ClaimError::AlreadyOwned { owner: owner.and_then(|owner| people::name_for(&rights, &names, owner)) }
            }
            other => other,
        }))
    };
    let mut candidates = locking::look(op, ids, CLAIM, &refuse).await?;
    let mut claimer = Claimer { claims_today: 0, owned: 0 };
    if candidates.any_open() {
        let counts = op.settings().limits_claims();
        if counts {
            op.take_turn().await?;
        }
        locking::lock(op, &mut candidates, CLAIM, &refuse).await?;
        if counts {
            claimer = store::claimer(op).await?;
        }
    }
    let last_owned = store::last_owned(op, ids, user).await?;
    let mut events = Vec::new();
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        if customer.owner == Some(user) {
            return Ok(());
        }
        let refusals = refusals(&customer, &claimer, last_owned.get(&id).copied(), op.settings(), now);
        if let Some(refusal) = refusals.into_iter().next() {
            return Err(refusal.into());
        }
        claimer.claims_today += 1;
        claimer.owned += 1;
        events.push(Event {
            customer: id,
            at: change_time(now, customer.updated_at),
            kind: Kind::Claimed { owner: user },
            remark: None,
        });
        Ok(())
    });
    op.record(&events).await?;
    store::give(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("claimed", events.len());
    Ok(outcomes)
}

/// Gives customers back to the pool, in the order given, with an answer for each. A superior who does it takes them from
/// their owner. What the actor just released is a success and is not logged again.
pub async fn release(op: &mut Op<'_>, ids: &[CustomerId], remark: Option<String>) -> Result<Vec<Outcome>, Error> {
    op.authorize(RELEASE)?;
    locking::check_batch(op, ids.len())?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    let user = op.viewer()?.user;
    // Pooled ones are told apart below: perhaps it was the actor.
    let refuse = |customer: &Customer| match (customer.owner, customer.reach.is_seen, customer.reach.is_permitted) {
        (Some(_), false, _) => Some(UserError::not_found()),
        (Some(_), true, false) => Some(UserError::forbidden(RELEASE)),
        (None, false, _) => None,
        _ => locking::check_at_work(customer).err(),
    };
    let mut candidates = locking::look(op, ids, RELEASE, refuse).await?;
    store::keep_period(op.db()).await?;
    locking::lock(op, &mut candidates, RELEASE, refuse).await?;
    let released_by_me = store::last_released_by(op.db(), ids, user).await?;
    let (mut released, mut reclaimed) = (Vec::new(), Vec::new());
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        let owned = |owner| Owned { customer: id, owner, updated_at: customer.updated_at };
        match customer.owner {
            Some(owner) if owner == user => released.push(owned(owner)),
            Some(owner) => reclaimed.push(owned(owner)),
            None if released_by_me.contains(&id) => return Ok(()),
            None if customer.reach.is_seen => {
                let text = Text::new("The customer is in the pool already.", "该客户已在公海中。");
                return Err(UserError::new(Code::NotOwned, text));
            }
            None => return Err(UserError::not_found()),
        }
        Ok(())
    });
    to_pool(op, &released, |from| Kind::Released { from }, remark.as_deref()).await?;
    op.begin_batch(BatchKind::TeamRelease, None, None);
    reclaim(op, &reclaimed, Cause::Manager, remark.as_deref()).await?;
    Ok(outcomes)
}

/// A customer with its owner, locked.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Owned {
    pub customer: CustomerId,
    pub owner: UserId,
    pub updated_at: DateTime<Utc>,
}

/// Takes customers from their owners. The caller holds their rows, and [kept the period](super::keep_period) before it
/// locked them.
pub async fn reclaim(op: &mut Op<'_>, owned: &[Owned], cause: Cause, remark: Option<&str>) -> Result<(), Error> {
    to_pool(op, owned, |from| Kind::Reclaimed { from, cause }, remark).await
}

async fn to_pool(
    op: &mut Op<'_>,
    owned: &[Owned],
    kind: impl Fn(UserId) -> Kind,
    remark: Option<&str>,
) -> Result<(), Error> {
    let now = op.now();
    let event = |owned: &Owned| Event {
        customer: owned.customer,
        at: change_time(now, owned.updated_at),
        kind: kind(owned.owner),
        remark: remark.map(str::to_owned),
    };
    let events: Vec<_> = owned.iter().map(event).collect();
    op.record(&events).await?;
    store::release(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("released", events.len());
    Ok(())
}

/// A customer that a batch moved, locked, with what it was like before.
#[derive(Debug, Clone, Copy)]
pub struct MovedCustomer {
    /// Which.
    pub customer: CustomerId,
    /// Who has it.
    pub owner: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Who had it before.
    pub former_owner: Option<UserId>,
    /// The first follow-up of that ownership.
    pub first_followup_time: Option<DateTime<Utc>>,
    /// The last one.
    pub last_followup_time: Option<DateTime<Utc>>,
    /// When that owner planned to ask again.
    pub next_contact_at: Option<DateTime<Utc>>,
    /// In the pool, nobody could claim it before this.
    pub protected_until: Option<DateTime<Utc>>,
}

/// Puts customers back where they were before a batch: to owners with their follow-ups, whose ownership begins anew, or into the
/// pool, where they rest as long as they would have. The caller holds the owners and the customers, and kept the period.
pub async fn move_back(op: &mut Op<'_>, batch: OperationBatchId, moved: &[MovedCustomer]) -> Result<(), Error> {
    let now = op.now();
    let event = |it: &MovedCustomer| Event {
        customer: it.customer,
        at: change_time(now, it.updated_at),
        kind: Kind::Undone { batch, from: it.owner, to: it.former_owner },
        remark: None,
    };
    let events: Vec<_> = moved.iter().map(event).collect();
    op.record(&events).await?;
    store::move_back(op.db(), &events, moved).await?;
    crate::kernel::metrics::customers_moved("put_back", events.len());
    Ok(())
}

impl From<ClaimError> for UserError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::AlreadyOwned { owner } => {
                let text = match &owner {
                    Some(owner) => Text::new(
                        format!("The customer belongs to {owner} already."),
                        format!("该客户已归 {owner} 所有。"),
                    ),
                    None => Text::new("The customer belongs to somebody already.", "该客户已有负责人。"),
                };
                Self { owner, ..Self::new(Code::AlreadyOwned, text) }
            }
            ClaimError::Merged => locking::merged(),
            ClaimError::Archived => locking::archived(),
            ClaimError::Blacklisted => {
                Self::new(Code::Blacklisted, Text::new("The customer is on the blacklist.", "该客户已被列入黑名单。"))
            }
            ClaimError::Protected { until } => {
                Self::new(Code::Protected, Text::new("The customer still rests in the pool.", "该客户仍在保护期内。"))
                    .until(until)
            }
            ClaimError::ClaimLimitReached { limit, until } => Self::new(
                Code::ClaimLimitReached,
                Text::new(
                    format!("You have claimed {limit} customers today, as many as one may."),
                    format!("您今天已领取 {limit} 个客户，达到上限。"),
                ),
            )
            .limit(limit)
            .until(until),
            ClaimError::HoldingLimitReached { limit } => Self::new(
                Code::HoldingLimitReached,
                Text::new(
                    format!("You own {limit} customers, as many as one may and still claim."),
                    format!("您已拥有 {limit} 个客户，达到上限。"),
                ),
            )
            .limit(limit),
            ClaimError::PreviousOwnerCooldown { until } => Self::new(
                Code::PreviousOwnerCooldown,
                Text::new("You owned this customer not long ago.", "您不久前曾拥有该客户，暂时不能再次领取。"),
            )
            .until(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::access::Reach;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_352_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn pooled() -> Customer {
        Customer {
            id: Uuid::from_u128(1).into(),
            owner: None,
            owned_since: None,
            protected_until: None,
            is_blacklisted: false,
            is_archived: false,
            merged_into: None,
            updated_at: at(0),
            version: 1,
            reach: Reach { is_seen: true, is_permitted: true },
        }
    }

    fn settings() -> Settings {
        Settings {
            max_owned_customers: Some(2),
            max_claims_per_day: Some(1),
            previous_owner_cooldown: Some(TimeDelta::hours(5)),
            ..Settings::of_zone(chrono_tz::Tz::Asia__Shanghai)
        }
    }

    #[test]
    fn protection_ends_at_its_instant() {
        let resting = Customer { protected_until: Some(at(1)), ..pooled() };
        let before = at(1) - TimeDelta::microseconds(1);
        assert_eq!(lost(&resting, before), [ClaimError::Protected { until: at(1) }]);
        assert_eq!(lost(&resting, at(1)), []);
    }

    #[test]
    fn limits_count_what_is_reached_and_say_when_it_frees() {
        let refused =
            |claims_today, owned| refusals(&pooled(), &Claimer { claims_today, owned }, None, &settings(), at(0));
        assert_eq!(refused(0, 1), []);
        assert_eq!(refused(1, 0), [ClaimError::ClaimLimitReached { limit: 1, until: at(8) }]);
        assert_eq!(refused(0, 2), [ClaimError::HoldingLimitReached { limit: 2 }]);
    }

    #[test]
    fn a_former_owner_cools_down() {
        let refused = |last_owned| {
            refusals(&pooled(), &Claimer { claims_today: 0, owned: 0 }, Some(last_owned), &settings(), at(0))
        };
        assert_eq!(refused(at(-5)), []);
        assert_eq!(refused(at(-4)), [ClaimError::PreviousOwnerCooldown { until: at(1) }]);
    }
}
