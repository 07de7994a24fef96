//! The author corrects the text of a follow-up, within 24 hours. Its author, time and customer stay.

use chrono::TimeDelta;

use super::{CREATE, READ, store};
use crate::crm::customer;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::FollowUpId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// How long the text can be corrected.
const CORRECTABLE_FOR: TimeDelta = TimeDelta::hours(24);

/// Replaces the text of a follow-up. `version` is the version that the user saw; if the follow-up has another one, the
/// correction is refused with `CONFLICT`.
pub async fn correct(op: &mut Op<'_>, id: FollowUpId, version: i32, content: &str) -> Result<(), Error> {
    op.authorize(CREATE)?;
    let followup = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if !customer::reaches(op, followup.customer, READ).await? {
        return Err(UserError::not_found().into());
    }
    if followup.author != op.viewer()?.user {
        return Err(UserError::forbidden(CREATE).into());
    }
    UserError::check_version(followup.version, version)?;
    let (now, until) = (op.now(), followup.created_at + CORRECTABLE_FOR);
    if now >= until {
        let text = Text::new(
            "A follow-up can only be corrected within 24 hours after it was recorded.",
            "跟进记录只能在记录后 24 小时内修改。",
        );
        return Err(UserError::new(Code::TooLate, text).into());
    }
    let content = text::block(&["content"], content, 1, 4_000)?;
    store::correct(op.db(), id, &content, now).await?;
    Ok(())
}
