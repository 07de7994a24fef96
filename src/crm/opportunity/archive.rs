//! Opportunities that were created by mistake are archived and not deleted. They stay in the history and in figures.

use super::locking::lock_even_archived;
use super::{WRITE, store};
use crate::kernel::clock::change_time;
use crate::kernel::error::Error;
use crate::kernel::id::OpportunityId;
use crate::kernel::op::Op;

/// Archives an opportunity. It is no error if it is archived.
pub async fn archive(op: &mut Op<'_>, id: OpportunityId) -> Result<(), Error> {
    set_archived(op, id, true).await
}

/// Restores an opportunity. It is no error if it is not archived.
pub async fn restore(op: &mut Op<'_>, id: OpportunityId) -> Result<(), Error> {
    set_archived(op, id, false).await
}

async fn set_archived(op: &mut Op<'_>, id: OpportunityId, is_archived: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = lock_even_archived(op, id, WRITE).await?;
    if opportunity.is_archived == is_archived {
        return Ok(());
    }
    let (at, archiver) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    Ok(store::set_archived(op.db(), id, is_archived, archiver, at).await?)
}
