//! The safety stop limits how many customers a run may take without approval.

use crate::crm::rule::count::{OwnerCount, large_share};
use crate::kernel::id::UserId;

/// What a run leaves alone until somebody approves it.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// All customers.
    Everything,
    /// The customers of these owners; the list may be empty.
    Owners(Vec<UserId>),
}

/// Decides what a run must leave alone. The whole run stops if it would take more than 20 customers and more than a
/// fifth of all owned ones. Otherwise it leaves an owner alone who would lose more than 10 customers and more than half
/// of theirs.
pub fn stop(counts: &[OwnerCount], max_per_run: Option<i32>) -> Stop {
    if large_share(counts, max_per_run).is_some() {
        return Stop::Everything;
    }
    let loses_much = |count: &&OwnerCount| count.matched > 10 && count.matched * 2 > count.owned;
    Stop::Owners(counts.iter().filter(loses_much).map(|count| count.owner).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_who_would_lose_more_than_half_is_left_alone() {
        let of =
            |number: u128, matched, owned| OwnerCount { owner: uuid::Uuid::from_u128(number).into(), owned, matched };
        let owner = |number: u128| UserId::from(uuid::Uuid::from_u128(number));
        assert_eq!(stop(&[of(1, 10, 10), of(2, 10, 990)], None), Stop::Owners(vec![]), "10 are not many");
        assert_eq!(stop(&[of(1, 11, 22), of(2, 9, 978)], None), Stop::Owners(vec![]), "half is not more than half");
        assert_eq!(stop(&[of(1, 11, 21), of(2, 9, 979)], None), Stop::Owners(vec![owner(1)]));
        assert_eq!(stop(&[of(1, 21, 21), of(2, 0, 83)], None), Stop::Everything);
        assert_eq!(stop(&[of(1, 20, 20)], None), Stop::Owners(vec![owner(1)]));
    }
}
