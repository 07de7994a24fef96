//! The archive: what was entered by mistake is put away, not deleted. It stays in history and figures.

use super::edit::WRITE;
use super::held::hold_any;
use super::store;
use crate::kernel::clock::change_time;
use crate::kernel::error::Error;
use crate::kernel::id::OpportunityId;
use crate::kernel::op::Op;

/// Archives an opportunity. One that is archived stays so.
pub async fn archive(op: &mut Op<'_>, id: OpportunityId) -> Result<(), Error> {
    change(op, id, true).await
}

/// Restores an opportunity. One that is not archived stays so.
pub async fn restore(op: &mut Op<'_>, id: OpportunityId) -> Result<(), Error> {
    change(op, id, false).await
}

async fn change(op: &mut Op<'_>, id: OpportunityId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = hold_any(op, id, WRITE).await?;
    if opportunity.is_archived == is_archived {
        return Ok(());
    }
    let (at, archiver) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    Ok(store::set_archived(op.db(), id, is_archived, archiver, at).await?)
}
