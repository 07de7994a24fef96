//! The safety stop: what a rule may take without being asked.

use crate::crm::rule::edit::is_large;
use crate::crm::rule::store::OfOwner;
use crate::kernel::id::UserId;

/// What a run leaves alone until somebody approves.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Everything.
    Everything,
    /// What these own; perhaps nobody.
    Owners(Vec<UserId>),
}

/// A run stops as a whole beyond a fifth of the owned customers and 20, and before an owner beyond half of what they have
/// and 10.
pub fn stop(counts: &[OfOwner], max_per_run: Option<i32>) -> Stop {
    if is_large(counts, max_per_run).is_some() {
        return Stop::Everything;
    }
    let loses_much = |of: &&OfOwner| of.matched > 10 && of.matched * 2 > of.owned;
    Stop::Owners(counts.iter().filter(loses_much).map(|of| of.owner).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_would_lose_more_than_half_is_spared() {
        let of = |number: u128, matched, owned| OfOwner { owner: uuid::Uuid::from_u128(number).into(), owned, matched };
        let owner = |number: u128| UserId::from(uuid::Uuid::from_u128(number));
        assert_eq!(stop(&[of(1, 10, 10), of(2, 10, 990)], None), Stop::Owners(vec![]), "10 are not many");
        assert_eq!(stop(&[of(1, 11, 22), of(2, 9, 978)], None), Stop::Owners(vec![]), "half is not more than half");
        assert_eq!(stop(&[of(1, 11, 21), of(2, 9, 979)], None), Stop::Owners(vec![owner(1)]));
        assert_eq!(stop(&[of(1, 21, 21), of(2, 0, 83)], None), Stop::Everything);
        assert_eq!(stop(&[of(1, 20, 20)], None), Stop::Owners(vec![owner(1)]));
    }
}
