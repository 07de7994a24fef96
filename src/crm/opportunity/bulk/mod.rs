//! Opportunities of another system, many at once. They may be of any time in the past, and others may have owned them. The
//! caller has checked the values and the rights, and has locked the customers.

mod model;
mod store;

use chrono::{DateTime, Utc};

use crate::kernel::directory::StageKind;
use crate::kernel::error::Error;
use crate::kernel::id::{ImportId, OpportunityId};
use crate::kernel::op::Op;
pub use model::{Closing, Entry};
pub use store::{customers_of, remove_imported};

/// Inserts opportunities. Each begins open, at the time of its creation, and comes to its end at the time of that, so that
/// its history has both.
pub async fn enter(op: &mut Op<'_>, import: ImportId, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let creator = op.actor().user_id();
    store::insert_all(op.db(), import, entries, creator).await?;
    let closed: Vec<_> = entries.iter().filter_map(|entry| Some((entry.id, entry.closing.as_ref()?))).collect();
    if closed.is_empty() { Ok(()) } else { Ok(store::close_all(op.db(), &closed, creator).await?) }
}

/// Wins those of the opportunities that are open, each with its earliest order: at the time of that, or just after its last change.
pub async fn win(op: &mut Op<'_>, won: &[(OpportunityId, DateTime<Utc>)]) -> Result<(), Error> {
    let Some(stage) = op.directory().stage_of(StageKind::Won).cloned() else { return Ok(()) };
    if won.is_empty() {
        return Ok(());
    }
    let winner = op.actor().user_id();
    Ok(store::win_all(op.db(), won, &stage, winner).await?)
}
