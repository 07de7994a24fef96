//! What somebody who leaves owns, and where it goes.

use super::pool::{Owned, reclaim};
use super::store;
use super::transfer::hand_over;
use crate::kernel::error::Error;
use crate::kernel::event::Cause;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;

/// A part of the customers that a leaver owns. Each is in the first that it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "DepartureGroup")]
pub enum Group {
    /// A pool rule keeps them from the pool.
    Kept,
    /// Something that they ordered is not delivered yet.
    UnfinishedOrders,
    /// The leaver pursues an opportunity there.
    LiveOpportunities,
    /// All others.
    Rest,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Kept, Self::UnfinishedOrders, Self::LiveOpportunities, Self::Rest];
}

/// How many customers of each group somebody has.
pub async fn count(op: &mut Op<'_>, leaver: UserId) -> Result<Vec<(Group, i64)>, Error> {
    let counts = store::count_of_leaver(op, leaver).await?;
    let in_group = |group| counts.iter().find(|(of, _)| *of == group).map_or(0, |(_, count)| *count);
    Ok(Group::ALL.into_iter().map(|group| (group, in_group(group))).collect())
}

/// What became of the customers of a leaver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handed {
    /// How many went to the pool.
    pub released: usize,
    /// How many went to somebody else.
    pub transferred: usize,
}

/// Gives everything that a leaver owns away: each group to its successor, or to the pool. The caller holds the leaver's row, so
/// they claim nothing more, and those of the successors.
pub async fn give_away(
    op: &mut Op<'_>,
    leaver: UserId,
    successor_of: impl Fn(Group) -> Option<UserId>,
) -> Result<Handed, Error> {
    store::keep_period(op.db()).await?;
    let owned = store::lock_all_of_leaver(op, leaver).await?;
    let mut handed = Handed::default();
    for group in Group::ALL {
        let owned: Vec<Owned> = owned.iter().filter(|(of, _)| *of == group).map(|(_, owned)| *owned).collect();
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
