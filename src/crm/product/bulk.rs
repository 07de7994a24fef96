//! Products of another system, many at once. The caller has checked the values and the rights.

use super::edit::explain_taken_sku;
use super::{Draft, store};
use crate::kernel::error::Error;
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;
pub use store::{taken_skus, with_skus};

/// Inserts products. If somebody else has just created one with the same SKU, nothing is written.
pub async fn enter(op: &mut Op<'_>, entries: &[(ProductId, Draft)]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let now = op.now();
    store::insert_all(op.db(), entries, now).await.map_err(explain_taken_sku)
}

/// Archives those of the products that nobody has changed, ordered or named in an opportunity; returns them.
pub async fn take_back(op: &mut Op<'_>, ids: &[ProductId]) -> Result<Vec<ProductId>, Error> {
    let now = op.now();
    Ok(store::archive_unused(op.db(), ids, now).await?)
}
