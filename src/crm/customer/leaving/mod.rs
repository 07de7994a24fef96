//! Hands over the customers of a user who leaves.

mod store;

pub use super::model::Group;
use super::model::OwnedCustomer;
use super::pool::reclaim;
use super::protection::lock_protection_period;
use super::transfer::hand_over;
use crate::kernel::error::Error;
use crate::kernel::event::Cause;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// Counts the customers of a user, by group; 0 for groups without any.
pub async fn count(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, i64)>, Error> {
    let counts = store::count_by_group(op, leaver).await?;
    let in_group = |group| counts.iter().find(|(of, _)| *of == group).map_or(0, |(_, count)| *count);
    Ok(Group::ALL.into_iter().map(|group| (group, in_group(group))).collect())
}

/// How many customers of a leaver went where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handed {
    /// Customers that went to the pool.
    pub released: usize,
    /// Customers that got another owner.
    pub transferred: usize,
}

/// Moves all customers of a leaver: each group to its successor, or to the pool if it has none. The caller has locked
/// the rows of the leaver, so that they can't claim any more, and of the successors.
pub async fn give_away(
    op: &mut Op<'_>,
    leaver: UserId,
    successor_of: impl Fn(Group) -> Option<UserId>,
) -> Result<Handed, Error> {
    lock_protection_period(op.db()).await?;
    let owned = store::lock_owned(op, leaver).await?;
    let mut handed = Handed::default();
    for group in Group::ALL {
        let owned: Vec<OwnedCustomer> = owned.iter().filter(|(of, _)| *of == group).map(|(_, owned)| *owned).collect();
        match successor_of(group) {
            None => {
                handed.released += owned.len();
                reclaim(op, &owned, Cause::Departure, None).await?;
            }
            Some(successor) => {
                handed.transferred += owned.len();
                hand_over(op, &owned, successor, Cause::Departure, None).await?;
            }
        }
    }
    Ok(handed)
}
