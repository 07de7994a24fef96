//! Archive and restore. A contact who has left their company is archived, not deleted.

use super::model::WRITE;
use super::store;
use super::visible::customer_of_visible;
use crate::crm::customer;
use crate::kernel::error::Error;
use crate::kernel::id::ContactId;
use crate::kernel::op::Op;

/// Archives a contact, which is then not the primary one any more. Archiving an archived contact is a success and
/// changes nothing.
pub async fn archive(op: &mut Op<'_>, id: ContactId) -> Result<(), Error> {
    change(op, id, true).await
}

/// Archives contacts. The caller has locked their customers and checked the rights of the actor.
pub async fn archive_all(op: &mut Op<'_>, ids: &[ContactId]) -> Result<(), Error> {
    let now = op.now();
    Ok(store::set_archived(op.db(), ids, true, now).await?)
}

/// Restores an archived contact. Restoring one that is not archived is a success and changes nothing.
pub async fn restore(op: &mut Op<'_>, id: ContactId) -> Result<(), Error> {
    change(op, id, false).await
}

async fn change(op: &mut Op<'_>, id: ContactId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let customer = customer_of_visible(op, id).await?;
    customer::require(op, customer, WRITE).await?;
    let now = op.now();
    Ok(store::set_archived(op.db(), &[id], is_archived, now).await?)
}
