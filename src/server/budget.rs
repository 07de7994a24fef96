//! Budgets: how much the requests of one user, or of one address without a user, may cost in a minute.
//!
//! A budget is a bucket of cost that fills up evenly. A request takes its cost out before it runs, or is refused with the time
//! after which there is enough.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use lru::LruCache;

use crate::api::base::context::Caller;
use crate::kernel::actor::network_of;
use crate::kernel::id::UserId;

/// How many buckets are kept of each kind. One that is not kept is full.
const KEPT: usize = 100_000;
/// How long an empty bucket takes to fill up, in seconds.
const PERIOD: f64 = 60.0;

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user who is signed in.
    User(UserId),
    /// An address that nobody has signed in from with this request.
    Address(Option<IpAddr>),
}

impl Holder {
    /// The holder that a caller's requests count for.
    pub fn of(caller: &Caller) -> Self {
        match &caller.viewer {
            Some(viewer) => Self::User(viewer.user),
            None => Self::of_address(caller.origin.address),
        }
    }

    /// The holder of an address: of IPv6 the network of 64 bits, because one customer of a provider has all of its addresses.
    pub fn of_address(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(network_of))
    }
}

/// How much is left after a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    /// The cost that a full budget allows.
    pub limit: usize,
    /// The cost that is left.
    pub remaining: usize,
    /// After how many seconds the budget is full again.
    pub full_in: u32,
}

/// After how many seconds there is enough for a request that was refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exhausted {
    /// The seconds.
    pub retry_after: u32,
    /// What is left now.
    pub left: Left,
}

struct Bucket {
    left: f64,
    at: DateTime<Utc>,
}

/// The budgets that one server keeps.
pub struct Budgets {
    of_users: Mutex<LruCache<Holder, Bucket>>,
    of_addresses: Mutex<LruCache<Holder, Bucket>>,
}

impl Default for Budgets {
    fn default() -> Self {
        let kept = NonZeroUsize::new(KEPT).expect("the capacity is positive");
        Self { of_users: Mutex::new(LruCache::new(kept)), of_addresses: Mutex::new(LruCache::new(kept)) }
    }
}

impl Budgets {
    /// Takes a cost out of a budget of `limit` a minute. A cost above the limit takes all of a full budget.
    pub fn take(&self, holder: Holder, cost: usize, limit: usize, now: DateTime<Utc>) -> Result<Left, Exhausted> {
        let full = limit as f64;
        self.with_bucket(holder, full, now, |available| {
            let wanted = (cost as f64).min(full);
            let is_enough = *available >= wanted;
            if is_enough {
                *available -= wanted;
            }
            let seconds = |missing: f64| (missing * PERIOD / full).ceil().max(0.0) as u32;
            let left = Left { limit, remaining: *available as usize, full_in: seconds(full - *available) };
            let retry_after = seconds(wanted - *available).max(1);
            if is_enough { Ok(left) } else { Err(Exhausted { retry_after, left }) }
        })
    }

    /// Takes a cost that was known only afterwards out of a budget, which may then be below zero, by a full budget at most.
    pub fn spend(&self, holder: Holder, cost: usize, limit: usize, now: DateTime<Utc>) {
        let full = limit as f64;
        self.with_bucket(holder, full, now, |available| *available = (*available - cost as f64).max(-full));
    }

    /// Uses what a bucket has at a moment.
    fn with_bucket<T>(&self, holder: Holder, full: f64, now: DateTime<Utc>, run: impl FnOnce(&mut f64) -> T) -> T {
        // Strangers must not push the budgets of users out.
        let buckets = if matches!(holder, Holder::User(_)) { &self.of_users } else { &self.of_addresses };
        let mut buckets = buckets.lock().expect("no panic while held");
        let bucket = buckets.get_or_insert_mut(holder, || Bucket { left: full, at: now });
        let passed = (now - bucket.at).as_seconds_f64().max(0.0);
        bucket.left = (bucket.left + passed * full / PERIOD).min(full);
        bucket.at = bucket.at.max(now);
        run(&mut bucket.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_budget_is_used_up_and_fills_up_evenly() {
        let budgets = Budgets::default();
        let user = Holder::User(UserId::from(uuid::Uuid::from_u128(1)));
        assert_eq!(budgets.take(user, 400, 600, at(0)), Ok(Left { limit: 600, remaining: 200, full_in: 40 }));
        let refused = budgets.take(user, 400, 600, at(0)).unwrap_err();
        assert_eq!((refused.retry_after, refused.left.remaining), (20, 200));
        assert_eq!(budgets.take(user, 400, 600, at(20)).unwrap().remaining, 0);
        assert_eq!(budgets.take(user, 9_999, 600, at(80)).unwrap().remaining, 0, "what costs more than all takes all");
        budgets.spend(user, 300, 600, at(80));
        assert_eq!(
            budgets.take(user, 100, 600, at(80)).unwrap_err().retry_after,
            40,
            "what was spent is paid off first"
        );
        let other = Holder::User(UserId::from(uuid::Uuid::from_u128(2)));
        assert!(budgets.take(other, 600, 600, at(0)).is_ok(), "another user has a budget of their own");
    }

    #[test]
    fn one_network_of_ipv6_has_one_budget() {
        let holder = |text: &str| Holder::of_address(Some(text.parse().unwrap()));
        assert_eq!(holder("2001:db8:1:2::1"), holder("2001:db8:1:2:ffff::9"));
        assert_ne!(holder("2001:db8:1:2::1"), holder("2001:db8:1:3::1"));
        assert_eq!(holder("::ffff:192.0.2.1"), holder("192.0.2.1"));
        assert_ne!(holder("192.0.2.1"), holder("192.0.2.2"));
    }
}
