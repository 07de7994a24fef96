//! Corrections, and how it was put right.

use super::record::{Draft, WRITE, checked};
use super::{Category, store};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::FeedbackId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub rating: Option<i32>,
    pub category: Option<Category>,
    pub content: Option<Option<String>>,
}

/// Corrects what was taken down. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: FeedbackId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let feedback = hold(op, id, version).await?;
    let draft = checked(Draft {
        rating: edit.rating.unwrap_or(feedback.draft.rating),
        category: edit.category.unwrap_or(feedback.draft.category),
        content: edit.content.unwrap_or(feedback.draft.content),
    })?;
    let now = op.now();
    Ok(store::update(op.db(), id, &draft, now).await?)
}

/// Says how it was put right. Said again, it corrects what was said: it was put right the first time.
pub async fn resolve(op: &mut Op<'_>, id: FeedbackId, version: i32, resolution: &str) -> Result<(), Error> {
    op.authorize(WRITE)?;
    hold(op, id, version).await?;
    let resolution = text::block(&["resolution"], resolution, 1, 4_000)?;
    let now = op.now();
    Ok(store::resolve(op.db(), id, &resolution, now).await?)
}

/// Holds feedback that the permission reaches until the operation ends.
async fn hold(op: &mut Op<'_>, id: FeedbackId, version: i32) -> Result<store::Feedback, Error> {
    let feedback = store::lock(op, id).await?.ok_or_else(UserError::not_found)?;
    feedback.reach.check(WRITE)?;
    UserError::check_version(feedback.version, version)?;
    Ok(feedback)
}
