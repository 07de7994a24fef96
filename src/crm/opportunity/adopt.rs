//! The customer's present owner takes over an opportunity that a former owner left open. The history shows it.

use super::locking::{lock, not_live};
use super::{ADOPT, store};
use crate::kernel::clock::change_time;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OpportunityId;
use crate::kernel::op::Op;

/// Gives an open opportunity to the present owner of its customer. It is no error if it is theirs already. `version` is
/// the version that the user saw; if the opportunity has another one, the change is refused with `CONFLICT`.
pub async fn adopt(op: &mut Op<'_>, id: OpportunityId, version: i32) -> Result<(), Error> {
    op.authorize(ADOPT)?;
    let opportunity = lock(op, id, ADOPT).await?;
    let owner = opportunity.customer_owner.filter(|_| opportunity.kind == StageKind::Open).ok_or_else(not_live)?;
    if opportunity.owner == owner {
        return Ok(());
    }
    UserError::check_version(opportunity.version, version)?;
    let (at, adopter) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    store::set_owner(op.db(), id, owner, adopter, at).await?;
    Ok(())
}
