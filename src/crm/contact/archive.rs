//! The archive: whoever has left their company is put away, not deleted.

use super::edit::WRITE;
use super::store;
use crate::crm::customer;
use crate::kernel::error::Error;
use crate::kernel::id::ContactId;
use crate::kernel::op::Op;

/// Archives a contact, who is then not the primary one any more. One that is archived stays so.
pub async fn archive(op: &mut Op<'_>, id: ContactId) -> Result<(), Error> {
    change(op, id, true).await
}

/// Archives contacts of customers that are held, and for which the actor's rights were looked at.
pub async fn archive_all(op: &mut Op<'_>, ids: &[ContactId]) -> Result<(), Error> {
    let now = op.now();
    Ok(store::set_archived(op.db(), ids, true, now).await?)
}

/// Restores a contact. One that is not archived stays so.
pub async fn restore(op: &mut Op<'_>, id: ContactId) -> Result<(), Error> {
    change(op, id, false).await
}

async fn change(op: &mut Op<'_>, id: ContactId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let customer = super::seen_customer_of(op, id).await?;
    customer::require(op, customer, WRITE).await?;
    let now = op.now();
    Ok(store::set_archived(op.db(), &[id], is_archived, now).await?)
}
