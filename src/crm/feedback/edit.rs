//! Feedback is corrected and resolved.

use super::{Category, Draft, WRITE, store};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::FeedbackId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// The changes of feedback: `None` keeps a value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub rating: Option<i32>,
    pub category: Option<Category>,
    pub content: Option<Option<String>>,
}

/// Updates feedback. `version` is the version that the user saw; if the feedback has another one, the update is refused
/// with `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: FeedbackId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let feedback = lock(op, id, version).await?;
    let draft = Draft {
        rating: edit.rating.unwrap_or(feedback.draft.rating),
        category: edit.category.unwrap_or(feedback.draft.category),
        content: edit.content.unwrap_or(feedback.draft.content),
    }
    .validate()?;
    let now = op.now();
    Ok(store::update(op.db(), id, &draft, now).await?)
}

/// Records how feedback was resolved. A second call replaces the text of the resolution and keeps the time of the first
/// one.
pub async fn resolve(op: &mut Op<'_>, id: FeedbackId, version: i32, resolution: &str) -> Result<(), Error> {
    op.authorize(WRITE)?;
    lock(op, id, version).await?;
    let resolution = text::block(&["resolution"], resolution, 1, 4_000)?;
    let now = op.now();
    Ok(store::resolve(op.db(), id, &resolution, now).await?)
}

/// Locks feedback that the permission reaches until the operation ends.
async fn lock(op: &mut Op<'_>, id: FeedbackId, version: i32) -> Result<store::Feedback, Error> {
    let feedback = store::lock(op, id).await?.ok_or_else(UserError::not_found)?;
    feedback.reach.check(WRITE)?;
    UserError::check_version(feedback.version, version)?;
    Ok(feedback)
}
