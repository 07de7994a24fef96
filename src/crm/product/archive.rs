//! Products that were created by mistake, or are not sold any more, are archived and not deleted. Orders keep their
//! archived products.

use super::{WRITE, store};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;

/// Archives a product. It is no error if it is archived.
pub async fn archive(op: &mut Op<'_>, id: ProductId) -> Result<(), Error> {
    set_archived(op, id, true).await
}

/// Restores a product. It is no error if it is not archived.
pub async fn restore(op: &mut Op<'_>, id: ProductId) -> Result<(), Error> {
    set_archived(op, id, false).await
}

async fn set_archived(op: &mut Op<'_>, id: ProductId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    let now = op.now();
    Ok(store::set_archived(op.db(), id, is_archived, now).await?)
}
