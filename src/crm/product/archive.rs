//! The archive: what was entered by mistake, or sold long ago, is put away, not deleted. Orders keep what they have.

use super::edit::WRITE;
use super::store;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;

/// Archives a product. One that is archived stays so.
pub async fn archive(op: &mut Op<'_>, id: ProductId) -> Result<(), Error> {
    change(op, id, true).await
}

/// Restores a product. One that is not archived stays so.
pub async fn restore(op: &mut Op<'_>, id: ProductId) -> Result<(), Error> {
    change(op, id, false).await
}

async fn change(op: &mut Op<'_>, id: ProductId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    let now = op.now();
    Ok(store::set_archived(op.db(), id, is_archived, now).await?)
}

/// The product is archived.
pub fn archived() -> UserError {
    let text = Text::new("The product is archived. It has to be restored first.", "该产品已归档，请先恢复。");
    UserError::new(Code::Archived, text)
}
