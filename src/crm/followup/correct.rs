//! The author corrects the text of a follow-up, for a day. Who, when and with whom stay.

use chrono::TimeDelta;

use super::record::CREATE;
use super::{READ, store};
use crate::crm::customer;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::FollowUpId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// How long the text can be corrected.
const CORRECTED_FOR: TimeDelta = TimeDelta::hours(24);

/// Corrects a text. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn correct(op: &mut Op<'_>, id: FollowUpId, version: i32, content: &str) -> Result<(), Error> {
    op.authorize(CREATE)?;
    let written = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if !customer::reaches(op, written.customer, READ).await? {
        return Err(UserError::not_found().into());
    }
    if written.author != op.viewer()?.user {
        return Err(UserError::forbidden(CREATE).into());
    }
    UserError::check_version(written.version, version)?;
    let (now, until) = (op.now(), written.created_at + CORRECTED_FOR);
    if now >= until {
        let text = Text::new("A follow-up is corrected within 24 hours.", "跟进记录只能在 24 小时内修改。");
        return Err(UserError::new(Code::TooLate, text).into());
    }
    let content = text::block(&["content"], content, 1, 4_000)?;
    store::correct(op.db(), id, &content, now).await?;
    Ok(())
}
