//! Claim and release: how customers leave the public pool, and come back to it.

pub(super) mod entering;
mod quick;
mod store;

use chrono::{DateTime, Utc};

use super::locking::{self, Outcome};
pub use super::model::{CLAIM, RELEASE};
use super::model::{Claimer, Customer, Limit, MovedCustomer, OwnedCustomer};
use super::protection::lock_protection_period;
use super::store as customers;
use crate::crm::people;
use crate::kernel::clock::change_time;
use crate::kernel::directory::Settings;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Cause, Event, Kind};
use crate::kernel::id::{CustomerId, OperationBatchId, UserId};
use crate::kernel::op::Op;
pub(super) use store::count_claims;

/// Why a customer can't be claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimError {
    /// It has an owner.
    AlreadyOwned {
        /// The name of the owner, if the claimer may see it.
        owner: Option<String>,
    },
    /// It belongs to a pool of which the claimer is no member.
    NotAMember,
    /// It was merged into another one.
    Merged,
    /// It is archived.
    Archived,
    /// It is on the blacklist.
    Blacklisted,
    /// It is still protected.
    Protected {
        /// The end of the protection.
        until: DateTime<Utc>,
    },
    /// The claimer has reached the limit of claims in a day.
    ClaimLimitReached {
        /// The limit.
        limit: i32,
        /// When the next day begins.
        until: DateTime<Utc>,
    },
    /// The claimer has reached the limit of owned customers.
    HoldingLimitReached {
        /// The limit.
        limit: i32,
    },
    /// The claimer owned it recently.
    PreviousOwnerCooldown {
        /// The end of the cool-down.
        until: DateTime<Utc>,
    },
}

/// All reasons why a claim is refused; the first one is the one that the claimer gets. The SQL of
/// [`Claimability`](super::claimability::describe) gives the same reasons in the same order; a test compares the two.
pub fn refusals(
    customer: &Customer,
    is_member: bool,
    [claims_today, owned]: [Limit; 2],
    last_owned: Option<DateTime<Utc>>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Vec<ClaimError> {
    let mut refusals = refusals_of_customer(customer, is_member, now);
    if let Some(limit) = claims_today.reached() {
        refusals.push(ClaimError::ClaimLimitReached { limit, until: settings.day_around(now).1 });
    }
    if let Some(limit) = owned.reached() {
        refusals.push(ClaimError::HoldingLimitReached { limit });
    }
    let cool_down_end = last_owned.zip(settings.previous_owner_cooldown).map(|(last, cooldown)| last + cooldown);
    if let Some(until) = cool_down_end.filter(|&until| until > now) {
        refusals.push(ClaimError::PreviousOwnerCooldown { until });
    }
    refusals
}

/// The reasons that depend on the customer alone. They are checked before anything is locked.
fn refusals_of_customer(customer: &Customer, is_member: bool, now: DateTime<Utc>) -> Vec<ClaimError> {
    let mut refusals = Vec::new();
    if customer.owner.is_some() {
        refusals.push(ClaimError::AlreadyOwned { owner: None });
    }
    if !is_member {
        refusals.push(ClaimError::NotAMember);
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

/// Claims customers for the actor, in the order given, with an outcome for each. A customer that the actor owns already
/// is a success, is not logged again and uses no quota.
pub async fn claim(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<Vec<Outcome>, Error> {
    op.authorize(CLAIM)?;
    locking::check_batch(op, ids.len())?;
    let (user, now) = (op.viewer()?.user, op.now());
    let (directory, rights) = (op.directory_handle(), op.rights()?);
    let refuse_directory = (directory.clone(), rights.clone());
    // The actor's own customers are not refused here: they are a success below.
    let refuse = move |customer: &Customer| {
        let (names, rights) = &refuse_directory;
        let is_member = rights.is_member_of(customer.pool);
        // If the actor can't see the pool, a pooled customer does not exist for them. A blacklisted one may have been
        // seen in the pool before, so it gets its own reason.
        if customer.owner.is_none() && !customer.reach.is_seen && !(customer.is_blacklisted && is_member) {
            return Some(UserError::not_found());
        }
        let first = refusals_of_customer(customer, is_member, now)
            .into_iter()
            .next()
            .filter(|_| customer.owner != Some(user))?;
        let owner = customer.owner.filter(|_| customer.reach.is_seen);
        Some(UserError::from(match first {
            ClaimError::AlreadyOwned { .. } => {
                ClaimError::AlreadyOwned { owner: owner.and_then(|owner| people::name_for(rights, names, owner)) }
            }
            other => other,
        }))
    };
    let mut candidates = locking::load(op, ids, CLAIM, &refuse).await?;
    let mut claimer = Claimer::default();
    if candidates.any_open() {
        let has_limits = op.settings().limits_claims() || directory.pools.have_limits();
        if has_limits {
            op.take_turn().await?;
        }
        locking::lock(op, &mut candidates, CLAIM, &refuse).await?;
        if has_limits {
            claimer = store::load_claimer(op).await?;
        }
    }
    let last_owned = store::last_owned(op, ids, user).await?;
    let mut events = Vec::new();
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        if customer.owner == Some(user) {
            return Ok(());
        }
        let (pool, pools, settings) = (customer.pool, &directory.pools, op.settings());
        let limits = [claimer.claims_today(pool, pools, settings), claimer.owned(pool, pools, settings)];
        let last_owned = last_owned.get(&id).copied();
        let refusals = refusals(&customer, rights.is_member_of(pool), limits, last_owned, settings, now);
        if let Some(refusal) = refusals.into_iter().next() {
            return Err(refusal.into());
        }
        claimer.add_claim(pool);
        events.push(Event {
            customer: id,
            at: change_time(now, customer.updated_at),
            kind: Kind::Claimed { owner: user },
            remark: None,
            pool: None,
        });
        Ok(())
    });
    op.record(&events).await?;
    customers::give(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("claimed", events.len());
    Ok(outcomes)
}

/// Releases customers to the pool, in the order given, with an outcome for each. If the actor is not the owner but a
/// superior, the customer is reclaimed from its owner. A customer in the pool whose last owner change is a release by
/// the actor is a success and is not logged again.
pub async fn release(op: &mut Op<'_>, ids: &[CustomerId], remark: Option<String>) -> Result<Vec<Outcome>, Error> {
    op.authorize(RELEASE)?;
    locking::check_batch(op, ids.len())?;
    let remark = crate::kernel::text::optional(&["remark"], remark, 1_000)?;
    let user = op.viewer()?.user;
    // Customers in the pool are not refused here: if the actor released them, they are a success below.
    let refuse = |customer: &Customer| match (customer.owner, customer.reach.is_seen, customer.reach.is_permitted) {
        (Some(_), false, _) => Some(UserError::not_found()),
        (Some(_), true, false) => Some(UserError::forbidden(RELEASE)),
        (None, false, _) => None,
        _ => locking::check_not_archived(customer).err(),
    };
    let mut candidates = locking::load(op, ids, RELEASE, refuse).await?;
    lock_protection_period(op.db()).await?;
    locking::lock(op, &mut candidates, RELEASE, refuse).await?;
    let released_by_me = store::last_released_by(op.db(), ids, user).await?;
    let (mut released, mut reclaimed) = (Vec::new(), Vec::new());
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        let owned = |owner| OwnedCustomer { customer: id, owner, updated_at: customer.updated_at };
        match customer.owner {
            Some(owner) if owner == user => released.push(owned(owner)),
            Some(owner) => reclaimed.push(owned(owner)),
            None if released_by_me.contains(&id) => return Ok(()),
            None if customer.reach.is_seen => {
                let text = Text::new("The customer is already in the pool.", "该客户已在公海中。");
                return Err(UserError::new(Code::NotOwned, text));
            }
            None => return Err(UserError::not_found()),
        }
        Ok(())
    });
    // Boxed, because it is rare.
    Box::pin(quick::log(op, &released)).await?;
    to_pool(op, &released, |from| Kind::Released { from }, remark.as_deref()).await?;
    op.begin_batch(BatchKind::TeamRelease, None, None);
    reclaim(op, &reclaimed, Cause::Manager, remark.as_deref()).await?;
    Ok(outcomes)
}

/// Moves customers from their owners to the pool. The caller has locked the customers, and before them the
/// [protection period](super::lock_protection_period).
pub async fn reclaim(
    op: &mut Op<'_>,
    owned: &[OwnedCustomer],
    cause: Cause,
    remark: Option<&str>,
) -> Result<(), Error> {
    to_pool(op, owned, |from| Kind::Reclaimed { from, cause }, remark).await
}

async fn to_pool(
    op: &mut Op<'_>,
    owned: &[OwnedCustomer],
    kind: impl Fn(UserId) -> Kind,
    remark: Option<&str>,
) -> Result<(), Error> {
    let now = op.now();
    let pools = entering::of_owned(op, owned).await?;
    let event = |owned: &OwnedCustomer| Event {
        customer: owned.customer,
        at: change_time(now, owned.updated_at),
        kind: kind(owned.owner),
        remark: remark.map(str::to_owned),
        pool: pools.get(&owned.customer).copied(),
    };
    let events: Vec<_> = owned.iter().map(event).collect();
    op.record(&events).await?;
    customers::release(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("released", events.len());
    Ok(())
}

/// Moves customers back to where they were before a batch, with the times that they had there: an ownership goes on as if
/// it had not been interrupted, and one that was in the pool is protected until the same time as before. The caller has
/// locked the owners, the protection period and the customers.
pub async fn move_back(op: &mut Op<'_>, batch: OperationBatchId, moved: &[MovedCustomer]) -> Result<(), Error> {
    let now = op.now();
    let event = |moved: &MovedCustomer| Event {
        customer: moved.customer,
        at: change_time(now, moved.updated_at),
        kind: Kind::Undone { batch, from: moved.owner, to: moved.former_owner },
        remark: None,
        pool: None,
    };
    let events: Vec<_> = moved.iter().map(event).collect();
    op.record(&events).await?;
    customers::move_back(op.db(), &events, moved).await?;
    crate::kernel::metrics::customers_moved("put_back", events.len());
    Ok(())
}

impl From<ClaimError> for UserError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::AlreadyOwned { owner } => {
                let text = match &owner {
                    Some(owner) => Text::new(
                        format!("The customer already has an owner: {owner}."),
                        format!("该客户已有负责人：{owner}。"),
                    ),
                    None => Text::new("The customer already has an owner.", "该客户已有负责人。"),
                };
                Self { owner, ..Self::new(Code::AlreadyOwned, text) }
            }
            ClaimError::NotAMember => {
                let en = "You are not a member of the public pool to which the customer belongs.";
                Self::new(Code::NotAMember, Text::new(en, "你不是该客户所属公海的成员。"))
            }
            ClaimError::Merged => locking::merged(),
            ClaimError::Archived => locking::archived(),
            ClaimError::Blacklisted => {
                Self::new(Code::Blacklisted, Text::new("The customer is on the blacklist.", "该客户已被列入黑名单。"))
            }
            ClaimError::Protected { until } => Self::new(
                Code::Protected,
                Text::new(
                    "The customer is still protected and can't be claimed yet.",
                    "该客户仍在保护期内，暂时不能领取。",
                ),
            )
            .until(until),
            ClaimError::ClaimLimitReached { limit, until } => Self::new(
                Code::ClaimLimitReached,
                Text::new(
                    format!("You have reached the limit of {limit} claims in a day."),
                    format!("你今天领取的客户已达上限（{limit} 家），请明天再试。"),
                ),
            )
            .limit(limit)
            .until(until),
            ClaimError::HoldingLimitReached { limit } => Self::new(
                Code::HoldingLimitReached,
                Text::new(
                    format!("You have reached the limit of {limit} owned customers, so you can't claim more."),
                    format!("你名下的客户已达上限（{limit} 家），不能再领取。"),
                ),
            )
            .limit(limit),
            ClaimError::PreviousOwnerCooldown { until } => Self::new(
                Code::PreviousOwnerCooldown,
                Text::new(
                    "You owned this customer recently and can't claim it again yet.",
                    "你不久前是该客户的负责人，暂时不能再次领取。",
                ),
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
            pool: crate::kernel::id::DEFAULT_POOL,
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
            previous_owner_cooldown: Some(TimeDelta::hours(5)),
            ..Settings::of_zone(chrono_tz::Tz::Asia__Shanghai)
        }
    }

    #[test]
    fn a_customer_is_claimable_from_the_end_of_its_protection_on() {
        let protected = Customer { protected_until: Some(at(1)), ..pooled() };
        let before = at(1) - TimeDelta::microseconds(1);
        assert_eq!(refusals_of_customer(&protected, true, before), [ClaimError::Protected { until: at(1) }]);
        assert_eq!(refusals_of_customer(&protected, true, at(1)), []);
    }

    #[test]
    fn a_claim_is_refused_when_a_limit_is_reached() {
        let limits = |claims_today, owned| {
            [Limit { most: Some(1), counted: claims_today }, Limit { most: Some(2), counted: owned }]
        };
        let refused =
            |claims_today, owned| refusals(&pooled(), true, limits(claims_today, owned), None, &settings(), at(0));
        assert_eq!(refused(0, 1), []);
        assert_eq!(refused(1, 0), [ClaimError::ClaimLimitReached { limit: 1, until: at(8) }]);
        assert_eq!(refused(0, 2), [ClaimError::HoldingLimitReached { limit: 2 }]);
    }

    #[test]
    fn a_former_owner_may_claim_again_after_the_cool_down() {
        let refused = |last_owned| {
            let limits = [Limit { most: None, counted: 0 }; 2];
            refusals(&pooled(), true, limits, Some(last_owned), &settings(), at(0))
        };
        assert_eq!(refused(at(-5)), []);
        assert_eq!(refused(at(-4)), [ClaimError::PreviousOwnerCooldown { until: at(1) }]);
    }
}
