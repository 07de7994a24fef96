//! Orders of another system, many at once, with their lines and all their steps so far. They may be of any time in the
//! past, and others may have sold them. The caller has checked the rights and has locked the customers.

mod model;
mod store;

use crate::kernel::error::{Error, UserError};
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;
pub use model::{Entry, Progress};
pub use store::{customers_of, remove_imported, taken_order_numbers};

/// Inserts orders with their lines and history. If somebody else has just used one of the numbers, this is a
/// `CONFLICT`.
pub async fn enter(op: &mut Op<'_>, import: ImportId, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let (now, operator) = (op.now(), op.actor().user_id());
    if store::insert_all(op.db(), import, entries, now).await? != entries.len() as u64 {
        return Err(UserError::conflict().into());
    }
    store::insert_all_lines(op.db(), entries).await?;
    store::insert_payments(op.db(), entries, operator, now).await?;
    store::set_progress(op.db(), entries).await?;
    Ok(store::insert_history(op.db(), entries, operator).await?)
}
