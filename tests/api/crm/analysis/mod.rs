//! Figures: the ledger, its sums, and what is asked of them.

mod conversion;
mod export;
mod figures;
mod groups;
mod history;
mod ledger;
mod lifetime;
mod losses;
mod naive;
mod ownership;
mod speed;

use crate::support::World;

/// Asserts that the ledger and its sums are what a naive model makes of the rows.
pub async fn assert_ledger(world: &World) {
    ledger::check(world, chrono_tz::Tz::Asia__Shanghai).await;
}
